//! How scalars are written: quoted where a reader of YAML 1.1 or 1.2 would take them for something else than a text.

use serde_json::{Number, Value};

/// A scalar on one line. A text takes the quotes of the one that stood there.
pub(crate) fn scalar(value: &Value, before: Option<&str>, flow: bool) -> String {
    match value {
        Value::String(text) => quoted_like(text, before, flow),
        Value::Number(number) => self::number(number),
        other => other.to_string(),
    }
}

/// A text in the quotes of the one before it, where it can stand in them.
fn quoted_like(text: &str, before: Option<&str>, flow: bool) -> String {
    match before.and_then(|before| before.chars().next()) {
        Some('\'') if text.chars().all(is_printable) => format!("'{}'", text.replace('\'', "''")),
        Some('"') => double(text),
        _ if is_plain_everywhere(text, flow) => text.to_owned(),
        _ => double(text),
    }
}

/// A key.
pub(crate) fn key(text: &str, flow: bool) -> String {
    if is_plain_everywhere(text, flow) {
        text.to_owned()
    } else {
        double(text)
    }
}

/// A text in double quotes.
pub(crate) fn double(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_printable(c) => quoted.push(c),
            c => quoted.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    quoted.push('"');
    quoted
}

/// What may stand in quotes as it is, on one line.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A number as readers of both versions take it for one: with an exponent, it has a point and a sign.
fn number(number: &Number) -> String {
    let text = number.to_string();
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return text;
    };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

/// Whether every reader takes this text for a text without quotes, those of YAML 1.1 too.
pub(crate) fn is_plain_everywhere(text: &str, flow: bool) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    begins && is_simple(text, flow) && !is_word(text) && !is_number_like(text)
}

/// Whether it has only characters that mean nothing to YAML where they stand.
fn is_simple(text: &str, flow: bool) -> bool {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let plain = match c {
            '.' | '_' | '-' | '/' | '+' | '@' => true,
            ':' => {
                !flow
                    && chars
                        .peek()
                        .is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, '/' | '_'))
            }
            ' ' => chars
                .peek()
                .is_some_and(|next| next.is_ascii_alphanumeric() || *next == '/'),
            c => c.is_ascii_alphanumeric(),
        };
        if !plain {
            return false;
        }
    }
    true
}

fn is_word(text: &str) -> bool {
    let words = [
        "y", "yes", "n", "no", "true", "false", "on", "off", "null", "nan", "inf",
    ];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether some reader may take it for a number or a time: it begins with a digit, and has no letter that none of these has; a
/// version with two points is neither.
fn is_number_like(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let date = text
        .as_bytes()
        .get(..5)
        .is_some_and(|begin| begin[..4].iter().all(u8::is_ascii_digit) && begin[4] == b'-');
    let letter = |c: char| matches!(c.to_ascii_lowercase(), 'g'..='n' | 'p'..='w' | 'y' | 'z' | '/' | '@' | ' ');
    let version = text.matches('.').count() >= 2 && !text.contains([':', '_']);
    date || !(version || text.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_reader_takes_for_something_else_is_quoted() {
        for text in [
            "",
            "yes",
            "No",
            "ON",
            "y",
            "true",
            "null",
            "~",
            "12",
            "012",
            "0x1F",
            "0b1",
            "0o7",
            "1e3",
            "1.5",
            "1_000",
            "+1",
            "-1",
            ".5",
            ".inf",
            "NaN",
            "12:30:45",
            "2024-01-05",
            "2001-12-14t21:59:43.10-05:00",
            "a: b",
            "a #b",
            " a",
            "a ",
            "- a",
            "#a",
            "*a",
            "&a",
            "!a",
            "{a",
            "a\nb",
            "é",
            "=",
            "<<",
            "?",
            "12e5",
            "1.10",
            "a:",
            "@a",
            "%a",
            "a\u{7f}",
        ] {
            assert!(!is_plain_everywhere(text, false), "{text}");
        }
        for text in [
            "v1",
            "1.2.3",
            "1.2.3-rc.1",
            "10.0.0+build.5",
            "repo/app:1.0",
            "100m",
            "30Mi",
            "1h",
            "hello world",
            "a-b_c",
            "/etc/x",
            "https://example.com/a",
            "sha256:00ff",
        ] {
            assert!(is_plain_everywhere(text, false), "{text}");
        }
        assert!(!is_plain_everywhere("a:b", true));
    }

    #[test]
    fn scalars_are_written_as_both_versions_read_them() {
        for (value, before, wanted) in [
            (Value::from("1.10"), None, "\"1.10\""),
            (Value::from("1.10"), Some("'x'"), "'1.10'"),
            (Value::from("it's"), Some("'x'"), "'it''s'"),
            (Value::from("a\nb"), Some("'x'"), "\"a\\nb\""),
            (Value::from("b"), Some("\"a\""), "\"b\""),
            (Value::from("b"), Some("a"), "b"),
            (Value::from(1e300), None, "1.0e+300"),
            (Value::from(1.5), None, "1.5"),
            (Value::from("\u{85}\u{1}"), None, "\"\\u0085\\u0001\""),
            (Value::Null, Some("a"), "null"),
        ] {
            assert_eq!(scalar(&value, before, false), wanted);
        }
    }
}
