//! Sprig's filters with regular expressions, which mean what they mean in Go. The expression is the piped value.

use super::super::value::Value;
use super::{Call, Filter, Outcome};
use crate::pattern::Replacement;

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "regexMatch" | "mustRegexMatch" => Filter::new(2, |call| {
            let pattern = call.budget.pattern(&call.text(0))?;
            Ok(Value::Bool(pattern.is_match(&call.text(1))))
        }),
        "regexFind" | "mustRegexFind" => Filter::new(2, |call| {
            let pattern = call.budget.pattern(&call.text(0))?;
            Ok(Value::text(pattern.find(&call.text(1)).unwrap_or_default()))
        }),
        "regexFindAll" | "mustRegexFindAll" => Filter::new(3, find_all),
        "regexSplit" | "mustRegexSplit" => Filter::new(3, split),
        "regexReplaceAll" | "mustRegexReplaceAll" => Filter::new(3, |call| {
            let pattern = call.budget.pattern(&call.text(0))?;
            let with = Replacement::expanded(&call.text(2), &pattern);
            replace(call, &with)
        }),
        "regexReplaceAllLiteral" | "mustRegexReplaceAllLiteral" => {
            Filter::new(3, |call| replace(call, &Replacement::literal(&call.text(2))))
        }
        "regexQuoteMeta" => Filter::new(1, |call| {
            let mut quoted = String::new();
            for c in call.text(0).chars() {
                if r"\.+*?()|[]{}^$".contains(c) {
                    quoted.push('\\');
                }
                quoted.push(c);
            }
            Ok(Value::text(quoted))
        }),
        _ => return None,
    })
}

/// How many matches are asked for: all, where the number is negative.
fn count(call: &Call<'_>) -> Result<usize, super::Refusal> {
    Ok(usize::try_from(call.int(2)?).unwrap_or(usize::MAX))
}

fn find_all(call: &mut Call<'_>) -> Outcome {
    let pattern = call.budget.pattern(&call.text(0))?;
    let text = call.text(1);
    let count = count(call)?;
    call.make(text.len() * 24)?;
    let found = pattern.find_all(&text, count);
    Ok(Value::texts(
        found.into_iter().filter_map(|(start, end)| text.get(start..end)),
    ))
}

fn split(call: &mut Call<'_>) -> Outcome {
    let pattern = call.budget.pattern(&call.text(0))?;
    let text = call.text(1);
    let count = count(call)?;
    if count == 0 {
        return Value::list(Vec::new());
    }
    if !pattern.source().is_empty() && text.is_empty() {
        return Ok(Value::texts([""]));
    }
    call.make(text.len() * 24)?;
    let mut pieces = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for (start, match_end) in pattern.find_all(&text, count) {
        if pieces.len() + 1 == count {
            break;
        }
        end = start;
        if match_end != 0 {
            pieces.push(text.get(begin..end).unwrap_or_default());
        }
        begin = match_end;
    }
    if end != text.len() {
        pieces.push(text.get(begin..).unwrap_or_default());
    }
    Ok(Value::texts(pieces))
}

fn replace(call: &mut Call<'_>, with: &Replacement) -> Outcome {
    let pattern = call.budget.pattern(&call.text(0))?;
    let most = call.budget.memory_left();
    let Ok(replaced) = pattern.replace_all(call.text(1).as_bytes(), with, most) else {
        return Err(call.budget.out_of_memory());
    };
    Ok(Value::text(String::from_utf8_lossy(&replaced.bytes).into_owned()))
}
