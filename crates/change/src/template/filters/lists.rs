//! Filters over lists.

use std::collections::BTreeMap;

use super::super::compare::identical;
use super::super::value::Value;
use super::super::{convert, print};
use super::{ANY, Call, Filter, Outcome};
use crate::template::Refusal;

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "list" | "tuple" => Filter::new(ANY, |call| made(call, call.args.to_vec())),
        "push" | "mustPush" | "mustAppend" => Filter::new(2, |call| {
            let mut items = list(call, 0)?.to_vec();
            items.push(call.arg(1).clone());
            made(call, items)
        }),
        "prepend" | "mustPrepend" => Filter::new(2, prepend),
        "first" | "mustFirst" => Filter::new(1, |call| Ok(list(call, 0)?.first().cloned().unwrap_or(Value::Nil))),
        "last" | "mustLast" => Filter::new(1, |call| Ok(list(call, 0)?.last().cloned().unwrap_or(Value::Nil))),
        "rest" | "mustRest" => Filter::new(1, |call| {
            let items = list(call, 0)?.split_first().map(|(_, rest)| rest.to_vec());
            made(call, items.unwrap_or_default())
        }),
        "initial" | "mustInitial" => Filter::new(1, |call| {
            let items = list(call, 0)?.split_last().map(|(_, rest)| rest.to_vec());
            made(call, items.unwrap_or_default())
        }),
        "reverse" | "mustReverse" => Filter::new(1, |call| {
            let items = list(call, 0)?.iter().rev().cloned().collect();
            made(call, items)
        }),
        "compact" | "mustCompact" => Filter::new(1, |call| {
            let items = list(call, 0)?
                .iter()
                .filter(|item| !convert::is_empty(item))
                .cloned()
                .collect();
            made(call, items)
        }),
        "uniq" | "mustUniq" => Filter::new(1, uniq),
        "without" | "mustWithout" => Filter::new(ANY, without),
        "has" | "mustHas" => Filter::new(2, |call| {
            let items = if matches!(call.arg(1), Value::Nil) {
                &[]
            } else {
                list(call, 1)?
            };
            Ok(Value::Bool(items.iter().any(|item| identical(item, call.arg(0)))))
        }),
        "concat" => Filter::new(ANY, |call| {
            let mut items = Vec::new();
            for index in 0..call.args.len() {
                items.extend_from_slice(list(call, index)?);
                call.budget.memory(24 * items.len())?;
            }
            made(call, items)
        }),
        "chunk" | "mustChunk" => Filter::new(2, chunk),
        "slice" | "mustSlice" => Filter::new(3, slice),
        "sortAlpha" => Filter::new(1, |call| {
            let mut texts = texts(call.arg(0));
            texts.sort();
            Ok(Value::texts(texts))
        }),
        "toStrings" => Filter::new(1, |call| Ok(Value::texts(texts(call.arg(0))))),
        "splitList" => Filter::new(2, |call| {
            let (separator, text) = (call.text(0), call.text(1));
            call.make(24 * text.len() + text.len())?;
            Ok(Value::texts(pieces(&text, &separator)))
        }),
        "split" => Filter::new(2, split),
        "splitn" => Filter::new(3, splitn),
        "all" => Filter::new(ANY, |call| Ok(Value::Bool(!call.args.iter().any(convert::is_empty)))),
        "any" => Filter::new(ANY, |call| Ok(Value::Bool(!call.args.iter().all(convert::is_empty)))),
        "coalesce" => Filter::new(ANY, |call| {
            Ok(call
                .args
                .iter()
                .find(|value| !convert::is_empty(value))
                .cloned()
                .unwrap_or(Value::Nil))
        }),
        _ => return None,
    })
}

/// The items of an argument that must be a list.
fn list<'c>(call: &Call<'c>, index: usize) -> Result<&'c [Value], Refusal> {
    match call.arg(index) {
        Value::List(list) => Ok(&list.items),
        _ => Err(call.wants(index, "a list")),
    }
}

fn made(call: &mut Call<'_>, items: Vec<Value>) -> Outcome {
    call.make(24 * items.len())?;
    Value::list(items)
}

/// Before a list, as in Sprig; before a text, as in Liquid, where the original ends.
fn prepend(call: &mut Call<'_>) -> Outcome {
    if let Value::Text(text) = call.arg(0) {
        return Ok(Value::text(format!("{}{text}", call.text(1))));
    }
    let mut items = vec![call.arg(1).clone()];
    items.extend_from_slice(list(call, 0)?);
    made(call, items)
}

fn uniq(call: &mut Call<'_>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in list(call, 0)? {
        call.budget.steps(1 + kept.len() / 16)?;
        if !kept.iter().any(|other| identical(other, item)) {
            kept.push(item.clone());
        }
    }
    made(call, kept)
}

fn without(call: &mut Call<'_>) -> Outcome {
    let unwanted = call.args.get(1..).unwrap_or_default();
    let items = list(call, 0)?
        .iter()
        .filter(|item| !unwanted.iter().any(|other| identical(other, item)));
    let items = items.cloned().collect();
    made(call, items)
}

/// Lists of the piped length.
fn chunk(call: &mut Call<'_>) -> Outcome {
    let size = call.size(0)?;
    if size == 0 {
        return call.refuse("needs a length of at least 1");
    }
    let chunks = list(call, 1)?
        .chunks(size)
        .map(|chunk| Value::list(chunk.to_vec()))
        .collect::<Result<_, _>>()?;
    made(call, chunks)
}

/// From one place to before another, counted from the end where negative; of a text its characters.
fn slice(call: &mut Call<'_>) -> Outcome {
    let range = |call: &Call<'_>, length: usize| -> Result<std::ops::Range<usize>, Refusal> {
        let place = |index: usize, absent: usize| -> Result<usize, Refusal> {
            if matches!(call.arg(index), Value::Nil) {
                return Ok(absent);
            }
            let place = call.int(index)?;
            let from_end = place < 0;
            let distance = usize::try_from(place.unsigned_abs()).unwrap_or(usize::MAX);
            Ok(if from_end {
                length.saturating_sub(distance)
            } else {
                distance.min(length)
            })
        };
        let (start, end) = (place(1, 0)?, place(2, length)?);
        Ok(start..end.max(start))
    };
    match call.arg(0) {
        Value::List(list) => {
            let range = range(call, list.items.len())?;
            let items = list.items.get(range).unwrap_or_default().to_vec();
            made(call, items)
        }
        Value::Nil => Err(call.wants(0, "a text or a list")),
        _ => {
            let chars: Vec<char> = call.text(0).chars().collect();
            let range = range(call, chars.len())?;
            Ok(Value::text(
                chars.get(range).unwrap_or_default().iter().collect::<String>(),
            ))
        }
    }
}

/// The items of a list as texts, without nil; anything else as one text.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| print::verbose(value);
    match value {
        Value::Nil => Vec::new(),
        Value::List(list) => list
            .items
            .iter()
            .filter(|item| !matches!(item, Value::Nil))
            .map(text)
            .collect(),
        other => vec![text(other)],
    }
}

/// The pieces of a text between separators; its characters where the separator is empty.
fn pieces(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.chars().map(String::from).collect();
    }
    text.split(separator).map(str::to_owned).collect()
}

/// The pieces between separators; empty ones at the end go, and a space stands for any white space.
fn split(call: &mut Call<'_>) -> Outcome {
    let (text, separator) = (call.text(0), call.text(1));
    call.make(text.len().saturating_mul(25))?;
    let mut found = if &*separator == " " {
        // Runs of white space separate; one in front leaves an empty first piece.
        let front = text.starts_with(|c: char| c.is_ascii_whitespace());
        front
            .then(String::new)
            .into_iter()
            .chain(text.split_ascii_whitespace().map(str::to_owned))
            .collect()
    } else {
        pieces(&text, &separator)
    };
    while found.last().is_some_and(String::is_empty) {
        found.pop();
    }
    Ok(Value::texts(found))
}

/// At most so many pieces, under the keys `_0`, `_1` and so on.
fn splitn(call: &mut Call<'_>) -> Outcome {
    let (separator, count, text) = (call.text(0), call.int(1)?, call.text(2));
    call.make(text.len().saturating_mul(96))?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let found: Vec<String> = if separator.is_empty() {
        pieces(&text, "").into_iter().take(count).collect()
    } else {
        text.splitn(count, &*separator).map(str::to_owned).collect()
    };
    let entries: BTreeMap<String, Value> = found
        .into_iter()
        .enumerate()
        .map(|(index, piece)| (format!("_{index}"), Value::text(piece)))
        .collect();
    Value::map(entries)
}
