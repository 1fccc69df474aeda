//! How values become text: as output of a template, as Go's `%v`, as JSON. All three are Go's forms, to the byte.

use std::fmt::Write as _;

use super::value::Value;

/// Writes a value as `{{ }}` does: nothing for nil, items of a list without separators, numbers short.
pub(super) fn output<E>(value: &Value, out: &mut impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
    match value {
        Value::Nil => Ok(()),
        Value::Text(text) => out(text),
        Value::Float(number) => out(&plain(*number)),
        Value::List(list) => list.items.iter().try_for_each(|item| output(item, out)),
        other => out(&verbose(other)),
    }
}

/// The form of Go's `fmt.Sprint`.
pub(super) fn verbose(value: &Value) -> String {
    let mut text = String::new();
    push_verbose(value, &mut text);
    text
}

fn push_verbose(value: &Value, text: &mut String) {
    match value {
        Value::Nil => text.push_str("<nil>"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => text.push_str(&number.to_string()),
        Value::Float(number) => text.push_str(&scientific(*number)),
        Value::Text(value) => text.push_str(value),
        Value::Version(version) => text.push_str(&version.to_string()),
        Value::List(list) => {
            text.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                push_verbose(item, text);
            }
            text.push(']');
        }
        Value::Map(map) => {
            text.push_str("map[");
            for (index, (key, value)) in map.entries.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                text.push_str(key);
                text.push(':');
                push_verbose(value, text);
            }
            text.push(']');
        }
    }
}

/// A number without an exponent.
fn plain(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 {
            "+Inf".to_owned()
        } else {
            "-Inf".to_owned()
        };
    }
    number.to_string()
}

/// A number as `%v` shows it: with an exponent where it has more than four zeros behind the point or six digits before it.
fn scientific(number: f64) -> String {
    if !number.is_finite() || number == 0.0 {
        return plain(number);
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return plain(number);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct JsonForm {
    /// Spaces a level; none for one line.
    pub(super) indent: Option<usize>,
    /// Whether `<`, `>` and `&` are written as escapes, as Go does where nobody says otherwise.
    pub(super) escape_html: bool,
}

/// The form of Go's `encoding/json`.
pub(super) fn json(value: &Value, form: JsonForm) -> String {
    let mut text = String::new();
    push_json(value, form, 0, &mut text);
    text
}

fn push_json(value: &Value, form: JsonForm, level: usize, text: &mut String) {
    match value {
        Value::Nil => text.push_str("null"),
        Value::Bool(_) | Value::Int(_) => push_verbose(value, text),
        Value::Float(number) => text.push_str(&json_number(*number)),
        Value::Text(value) => push_json_text(value, form, text),
        Value::Version(version) => push_json_text(&version.to_string(), form, text),
        Value::List(list) => {
            let write = |item: &Value, text: &mut String| push_json(item, form, level + 1, text);
            bracketed(('[', ']'), list.items.iter(), form, level, text, write);
        }
        Value::Map(map) => {
            let write = |(key, value): (&String, &Value), text: &mut String| {
                push_json_text(key, form, text);
                text.push_str(if form.indent.is_some() { ": " } else { ":" });
                push_json(value, form, level + 1, text);
            };
            bracketed(('{', '}'), map.entries.iter(), form, level, text, write);
        }
    }
}

fn bracketed<T>(
    (open, close): (char, char),
    items: impl ExactSizeIterator<Item = T>,
    form: JsonForm,
    level: usize,
    text: &mut String,
    mut write: impl FnMut(T, &mut String),
) {
    let empty = items.len() == 0;
    text.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        new_line(form, level + 1, text);
        write(item, text);
    }
    if !empty {
        new_line(form, level, text);
    }
    text.push(close);
}

fn new_line(form: JsonForm, level: usize, text: &mut String) {
    if let Some(indent) = form.indent {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', indent * level));
    }
}

fn json_number(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return plain(number);
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if exponent < 0 {
        format!("{digits}e{exponent}")
    } else {
        format!("{digits}e+{exponent}")
    }
}

fn push_json_text(value: &str, form: JsonForm, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '<' | '>' | '&' if !form.escape_html => text.push(c),
            c if c < ' ' || matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') => {
                // Writing into a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

/// The form of Go's `%q`: a Go string literal.
pub(super) fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{7}' => text.push_str("\\a"),
            '\u{8}' => text.push_str("\\b"),
            '\u{b}' => text.push_str("\\v"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
            c if c.is_ascii() => {
                let _ = write!(text, "\\x{:02x}", u32::from(c));
            }
            c if is_printable(c) => text.push(c),
            c if u32::from(c) < 0x10000 => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(text, "\\U{:08x}", u32::from(c));
            }
        }
    }
    text.push('"');
    text
}

/// Whether a character can be seen. Rust's own escaping knows; behind a letter it leaves combining marks alone, as Go does.
fn is_printable(c: char) -> bool {
    let pair: String = ['a', c].iter().collect();
    pair.escape_debug().nth(1) == Some(c) && !c.is_whitespace()
}
