//! From one kind of value to another, as the original does it: when a filter is called, and inside Sprig's filters.

use std::borrow::Cow;

use super::print::verbose;
use super::value::Value;

/// The text that a filter receives: nothing for nil, else as printed.
pub(super) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Nil => Cow::Borrowed(""),
        Value::Text(text) => Cow::Borrowed(text),
        other => Cow::Owned(verbose(other)),
    }
}

/// The whole number that a filter receives; none where there is none in the value.
pub(super) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Nil => Some(0),
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Int(number) => Some(*number),
        Value::Float(number) => Some(truncated(*number)),
        Value::Text(text) => decimal_digits(text).then(|| text.parse().ok()).flatten(),
        _ => None,
    }
}

/// The number that a filter receives.
pub(super) fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Nil => Some(0.0),
        #[expect(clippy::cast_precision_loss, reason = "the original converts so")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Text(text) => parsed_float(text),
        _ => None,
    }
}

/// The whole number that Sprig's arithmetic sees: 0 for what is none. Text may be `0x1f`, `0b1`, `017` or `3.00`.
pub(super) fn cast_int(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Int(number) => *number,
        Value::Float(number) => truncated(*number),
        Value::Text(text) => literal(without_zero_decimals(text)).unwrap_or(0),
        _ => 0,
    }
}

/// The number that Sprig's arithmetic sees: 0 for what is none.
pub(super) fn cast_float(value: &Value) -> f64 {
    match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Text(_) | Value::Int(_) | Value::Float(_) => float(value).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// What Sprig calls empty: nil, false, zero, and what has no content.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil | Value::Bool(false) | Value::Int(0) => true,
        Value::Float(number) => *number == 0.0,
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.items.is_empty(),
        Value::Map(map) => map.entries.is_empty(),
        Value::Bool(true) | Value::Int(_) | Value::Version(_) => false,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction goes; what does not fit becomes the nearest that does"
)]
pub(super) fn truncated(number: f64) -> i64 {
    number as i64
}

/// Text as Go's `ParseFloat` reads it, which knows no blanks.
pub(super) fn parsed_float(text: &str) -> Option<f64> {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    plain.then(|| text.parse().ok()).flatten()
}

fn decimal_digits(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `3.00` is a whole number too.
fn without_zero_decimals(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// A whole number as Go writes it: with a prefix for its base, and `_` between digits.
fn literal(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(hexadecimal) = lower.strip_prefix("0x") {
        (16, hexadecimal)
    } else if let Some(binary) = lower.strip_prefix("0b") {
        (2, binary)
    } else if let Some(octal) = lower.strip_prefix("0o") {
        (8, octal)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    let digits = if base == 10 && digits.contains('_') {
        return None;
    } else {
        digits.replace('_', "")
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), base).ok()
}
