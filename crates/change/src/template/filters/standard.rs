//! Liquid's own filters, where Sprig has none of that name.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::super::compare::less;
use super::super::convert::float;
use super::super::evaluate::property;
use super::super::print::verbose;
use super::super::value::Value;
use super::{Call, Filter, Outcome};

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "append" => Filter::new(2, |call| Ok(Value::text(format!("{}{}", call.text(0), call.text(1))))),
        "capitalize" => Filter::new(2, |call| {
            let text = call.text(0);
            let mut chars = text.chars();
            let first = chars.next().map(super::words::upper);
            Ok(Value::text(first.into_iter().chain(chars).collect::<String>()))
        }),
        "strip" => Filter::new(1, |call| Ok(Value::text(call.text(0).trim()))),
        "lstrip" => Filter::new(1, |call| Ok(Value::text(call.text(0).trim_start()))),
        "rstrip" => Filter::new(1, |call| Ok(Value::text(call.text(0).trim_end()))),
        "strip_newlines" => Filter::new(1, |call| Ok(Value::text(call.text(0).replace('\n', "")))),
        "strip_html" => Filter::new(1, |call| Ok(Value::text(without_tags(&call.text(0))))),
        "newline_to_br" => Filter::new(1, |call| {
            call.make(call.text(0).len().saturating_mul(6))?;
            Ok(Value::text(call.text(0).replace('\n', "<br />")))
        }),
        "remove" => Filter::new(2, |call| Ok(Value::text(call.text(0).replace(&*call.text(1), "")))),
        "remove_first" => Filter::new(2, |call| Ok(Value::text(call.text(0).replacen(&*call.text(1), "", 1)))),
        "replace_first" => Filter::new(3, |call| {
            Ok(Value::text(call.text(0).replacen(&*call.text(1), &call.text(2), 1)))
        }),
        "escape" => Filter::new(1, |call| {
            call.make(call.text(0).len().saturating_mul(5))?;
            Ok(Value::text(escape(&call.text(0))))
        }),
        "escape_once" => Filter::new(2, |call| {
            call.make(call.text(0).len().saturating_mul(5))?;
            Ok(Value::text(escape(&unescape(&call.text(0)))))
        }),
        "url_encode" => Filter::new(1, |call| Ok(Value::text(url_encode(&call.text(0))))),
        "url_decode" => Filter::new(1, |call| match url_decode(&call.text(0)) {
            Some(text) => Ok(Value::text(text)),
            None => call.refuse("takes text that `url_encode` could have made"),
        }),
        "truncate" => Filter::new(3, truncate),
        "truncatewords" => Filter::new(3, truncate_words),
        "size" => Filter::new(1, |call| {
            let count = match call.arg(0) {
                Value::Text(text) => text.chars().count(),
                Value::List(list) => list.items.len(),
                _ => 0,
            };
            Ok(i64::try_from(count).map_or(Value::Nil, Value::Int))
        }),
        "join" => Filter::new(2, join),
        "map" => Filter::new(2, |call| {
            let key = call.text(1);
            let values: Vec<Value> = call
                .items(0)?
                .iter()
                .map(|item| property(item, &key).unwrap_or(Value::Nil))
                .collect();
            Value::list(values)
        }),
        "sort" => Filter::new(2, sort),
        "sort_natural" => Filter::new(2, sort_natural),
        _ => return None,
    })
}

fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        // A tag ends on its line.
        let line = after.split('\n').next().unwrap_or_default();
        rest = if let Some(end) = line.find('>') {
            after.get(end + 1..).unwrap_or_default()
        } else {
            out.push('<');
            after
        };
    }
    out.push_str(rest);
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            c => out.push(c),
        }
    }
    out
}

/// The characters behind the names that `escape` and people write.
fn unescape(text: &str) -> String {
    const NAMES: [(&str, char); 8] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("&#39;", '\''),
        ("&#34;", '"'),
        ("&nbsp;", '\u{a0}'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let named = NAMES.iter().find_map(|(name, c)| Some((*c, rest.strip_prefix(name)?)));
        let (c, after) = named.unwrap_or_else(|| (c, rest.get(c.len_utf8()..).unwrap_or_default()));
        out.push(c);
        rest = after;
    }
    out
}

fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => {
                // Writing into a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn url_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'%' => {
                let digits = std::str::from_utf8(after.get(..2)?).ok()?;
                let proper = digits.bytes().all(|b| b.is_ascii_hexdigit());
                bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| proper)?);
                after.get(2..)?
            }
            b'+' => {
                bytes.push(b' ');
                after
            }
            other => {
                bytes.push(*other);
                after
            }
        };
    }
    String::from_utf8(bytes).ok()
}

/// An argument that may be absent.
fn or_text(call: &Call<'_>, index: usize, absent: &str) -> String {
    if call.args.len() > index {
        call.text(index).into_owned()
    } else {
        absent.to_owned()
    }
}

fn or_size(call: &Call<'_>, index: usize, absent: usize) -> Result<usize, super::Refusal> {
    if call.args.len() > index {
        call.size(index)
    } else {
        Ok(absent)
    }
}

/// The first line cut to so many characters, the dots included.
fn truncate(call: &mut Call<'_>) -> Outcome {
    let text = call.text(0);
    let length = or_size(call, 1, 50)?;
    let dots = or_text(call, 2, "...");
    let Some(kept) = length.checked_sub(dots.len()) else {
        return Ok(Value::text(&*text));
    };
    let (line, rest) = text.split_at(text.find('\n').unwrap_or(text.len()));
    if line.chars().count() <= kept + dots.len() {
        return Ok(Value::text(&*text));
    }
    let kept: String = line.chars().take(kept).collect();
    Ok(Value::text(format!("{kept}{dots}{rest}")))
}

/// The first so many words, with dots.
fn truncate_words(call: &mut Call<'_>) -> Outcome {
    let text = call.text(0);
    let count = or_size(call, 1, 15)?;
    let dots = or_text(call, 2, "...");
    let pattern = call.budget.pattern(&format!("^(?:\\s*\\S+){{{count}}}"))?;
    match pattern.find(&text) {
        Some(words) if !words.is_empty() => Ok(Value::text(format!("{words}{dots}"))),
        _ => Ok(Value::text(&*text)),
    }
}

fn join(call: &mut Call<'_>) -> Outcome {
    let separator = or_text(call, 1, " ");
    let texts: Vec<String> = call
        .items(0)?
        .iter()
        .filter(|item| !matches!(item, Value::Nil))
        .map(verbose)
        .collect();
    call.make(
        texts
            .iter()
            .map(|text| text.len() + separator.len())
            .fold(0, usize::saturating_add),
    )?;
    Ok(Value::text(texts.join(&separator)))
}

/// By value, or by a property, what lacks it first.
fn sort(call: &mut Call<'_>) -> Outcome {
    let mut items = call.items(0)?.into_owned();
    call.budget.steps(items.len())?;
    let by_value = matches!(call.arg(1), Value::Nil);
    let key = verbose(call.arg(1));
    let of = |item: &Value| {
        if by_value {
            Some(item.clone())
        } else {
            property(item, &key)
        }
    };
    items.sort_by(|left, right| match (of(left), of(right)) {
        (None | Some(Value::Nil), None | Some(Value::Nil)) => Ordering::Equal,
        (None | Some(Value::Nil), _) => Ordering::Less,
        (_, None | Some(Value::Nil)) => Ordering::Greater,
        (Some(left), Some(right)) => order(&left, &right),
    });
    Value::list(items)
}

/// What has no order among one another is taken by kind, so that the order is total.
fn order(left: &Value, right: &Value) -> Ordering {
    if let (2, 2, Some(left), Some(right)) = (rank(left), rank(right), float(left), float(right)) {
        return left.total_cmp(&right);
    }
    if less(left, right) {
        Ordering::Less
    } else if less(right, left) {
        Ordering::Greater
    } else {
        rank(left).cmp(&rank(right))
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Nil => 0,
        Value::Bool(_) => 1,
        Value::Int(_) | Value::Float(_) => 2,
        Value::Text(_) => 3,
        Value::List(_) => 4,
        Value::Map(_) => 5,
        Value::Version(_) => 6,
    }
}

/// Without regard to capitals. Without a property only texts have an order.
fn sort_natural(call: &mut Call<'_>) -> Outcome {
    let mut items = call.items(0)?.into_owned();
    call.budget.steps(items.len())?;
    if !matches!(call.arg(1), Value::Nil) {
        let key = call.text(1);
        items.sort_by_cached_key(|item| match property(item, &key) {
            Some(Value::Text(text)) => text.to_lowercase(),
            _ => String::new(),
        });
    } else if matches!(items.first(), Some(Value::Text(_))) {
        items.sort_by_cached_key(|item| verbose(item).to_uppercase());
    }
    Value::list(items)
}
