//! Sprig's filters over text: cutting, joining, quoting, asking.

use super::super::print::{quoted, verbose};
use super::super::value::Value;
use super::{ANY, Call, Filter, Outcome};

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "trim" => Filter::new(1, |call| Ok(Value::text(call.text(0).trim()))),
        "trimAll" | "trimall" => Filter::new(2, |call| {
            let (cut, text) = (call.text(0), call.text(1));
            Ok(Value::text(text.trim_matches(|c| cut.contains(c))))
        }),
        "trimPrefix" => Filter::new(2, |call| {
            let (prefix, text) = (call.text(0), call.text(1));
            Ok(Value::text(text.strip_prefix(&*prefix).unwrap_or(&text)))
        }),
        "trimSuffix" => Filter::new(2, |call| {
            let (suffix, text) = (call.text(0), call.text(1));
            Ok(Value::text(text.strip_suffix(&*suffix).unwrap_or(&text)))
        }),
        "trunc" => Filter::new(2, trunc),
        "substr" => Filter::new(3, substr),
        "abbrev" => Filter::new(2, |call| Ok(Value::text(abbreviate(&call.text(1), 0, call.int(0)?)))),
        "abbrevboth" => Filter::new(3, abbrevboth),
        "repeat" => Filter::new(2, repeat),
        "replace" => Filter::new(3, replace),
        "indent" => Filter::new(2, |call| indent(call, "")),
        "nindent" => Filter::new(2, |call| indent(call, "\n")),
        "contains" => Filter::new(2, |call| Ok(Value::Bool(call.text(1).contains(&*call.text(0))))),
        "hasPrefix" => Filter::new(2, |call| Ok(Value::Bool(call.text(1).starts_with(&*call.text(0))))),
        "hasSuffix" => Filter::new(2, |call| Ok(Value::Bool(call.text(1).ends_with(&*call.text(0))))),
        "quote" => Filter::new(ANY, |call| Ok(joined(call, |value| quoted(&printed(value))))),
        "squote" => Filter::new(ANY, |call| Ok(joined(call, |value| format!("'{}'", printed(value))))),
        "cat" => Filter::new(ANY, |call| Ok(joined(call, printed))),
        "plural" => Filter::new(3, |call| {
            let form = usize::from(call.int(2)? != 1);
            Ok(Value::text(&*call.text(form)))
        }),
        "toString" => Filter::new(1, |call| Ok(Value::text(printed(call.arg(0))))),
        "wrap" => Filter::new(2, |call| wrap(call, &call.text(1), "\n", LongWords::Stay)),
        "wrapWith" => Filter::new(3, |call| wrap(call, &call.text(2), &call.text(1), LongWords::Cut)),
        _ => return None,
    })
}

fn printed(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => verbose(other),
    }
}

/// All arguments but nil, with a space between them.
fn joined(call: &Call<'_>, each: impl Fn(&Value) -> String) -> Value {
    let parts: Vec<String> = call
        .args
        .iter()
        .filter(|value| !matches!(value, Value::Nil))
        .map(each)
        .collect();
    Value::text(parts.join(" "))
}

/// The first so many bytes, or with a negative number the last; never a part of a character.
fn trunc(call: &mut Call<'_>) -> Outcome {
    let (count, text) = (call.int(0)?, call.text(1));
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if length >= text.len() && count != 0 {
        return Ok(Value::text(&*text));
    }
    let cut = if count < 0 {
        let from = (text.len() - length..text.len()).find(|at| text.is_char_boundary(*at));
        text.get(from.unwrap_or(text.len())..)
    } else {
        text.get(..boundary_before(&text, length))
    };
    Ok(Value::text(cut.unwrap_or_default()))
}

fn boundary_before(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Bytes from `start` to `end`; a negative start is 0, an end outside is the end.
fn substr(call: &mut Call<'_>) -> Outcome {
    let (start, end, text) = (call.int(0)?, call.int(1)?, call.text(2));
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let end = if start >= 0 && (end < 0 || end > length) {
        length
    } else {
        end
    };
    let range = usize::try_from(start.max(0)).ok().zip(usize::try_from(end).ok());
    match range.and_then(|(start, end)| text.get(start..end)) {
        Some(part) => Ok(Value::text(part)),
        None => call.refuse("cuts outside of the text, or in the middle of a character"),
    }
}

/// Cuts a text to `width` characters, dots included; with an offset it also cuts in front.
fn abbreviate(text: &str, offset: usize, width: i64) -> String {
    let chars: Vec<char> = text.chars().collect();
    let width = usize::try_from(width).unwrap_or(0);
    if width < 4 || chars.len() <= width {
        return text.to_owned();
    }
    let part = |range: std::ops::Range<usize>| chars.get(range).unwrap_or_default().iter().collect::<String>();
    let offset = offset.min(chars.len()).min(chars.len() - (width - 3));
    if offset <= 4 {
        return format!("{}...", part(0..width - 3));
    }
    if width < 7 {
        return String::new();
    }
    if offset + width - 3 < chars.len() {
        return format!("...{}...", part(offset..offset + width - 6));
    }
    format!("...{}", part(chars.len() - (width - 3)..chars.len()))
}

fn abbrevboth(call: &mut Call<'_>) -> Outcome {
    let (left, right, text) = (call.int(0)?, call.int(1)?, call.text(2));
    if right < 4 || (left > 0 && right < 7) {
        return Ok(Value::text(&*text));
    }
    Ok(Value::text(abbreviate(
        &text,
        usize::try_from(left).unwrap_or(0),
        right,
    )))
}

fn repeat(call: &mut Call<'_>) -> Outcome {
    let text = call.text(1);
    let Ok(times) = usize::try_from(call.int(0)?) else {
        return call.refuse("cannot repeat a negative number of times");
    };
    call.make(text.len().saturating_mul(times))?;
    Ok(Value::text(text.repeat(times)))
}

fn replace(call: &mut Call<'_>) -> Outcome {
    let (text, old, new) = (call.text(0), call.text(1), call.text(2));
    let hits = if new.len() > old.len() {
        text.matches(&*old).count()
    } else {
        0
    };
    call.make(text.len().saturating_add(hits.saturating_mul(new.len())))?;
    Ok(Value::text(text.replace(&*old, &new)))
}

fn indent(call: &mut Call<'_>, before: &str) -> Outcome {
    let text = call.text(0);
    let Ok(spaces) = usize::try_from(call.int(1)?) else {
        return call.refuse("cannot indent by a negative number");
    };
    let lines = text.matches('\n').count() + 1;
    call.make(text.len().saturating_add(lines.saturating_mul(spaces)))?;
    let pad = " ".repeat(spaces);
    Ok(Value::text(format!(
        "{before}{pad}{}",
        text.replace('\n', &format!("\n{pad}"))
    )))
}

/// What happens to words that are longer than a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LongWords {
    Stay,
    Cut,
}

/// Breaks lines at spaces so that none is longer than the piped width.
fn wrap(call: &Call<'_>, text: &str, line_end: &str, long_words: LongWords) -> Outcome {
    let width = call.size(0)?.max(1);
    let line_end = if line_end.is_empty() { "\n" } else { line_end };
    let chars: Vec<char> = text.chars().collect();
    let is_space = |at: &usize| chars.get(*at) == Some(&' ');
    let mut wrapped = String::with_capacity(text.len());
    let mut from = 0;
    while chars.len() - from > width {
        if is_space(&from) {
            from += 1;
            continue;
        }
        let end = from + width;
        let space = (from..=end).rev().find(is_space);
        let (to, next) = match (space, long_words) {
            (Some(at), _) => (at, at + 1),
            (None, LongWords::Cut) => (end, end),
            (None, LongWords::Stay) => match (end..chars.len()).find(is_space) {
                Some(at) => (at, at + 1),
                None => break,
            },
        };
        wrapped.extend(chars.get(from..to).unwrap_or_default());
        wrapped.push_str(line_end);
        from = next;
    }
    wrapped.extend(chars.get(from..).unwrap_or_default());
    Ok(Value::text(wrapped))
}
