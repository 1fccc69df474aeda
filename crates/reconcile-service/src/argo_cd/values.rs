//! Helm values as YAML text.
//!
//! An Application could carry them as an object, but then Argo CD's report of what it compared loses `null`s and large
//! numbers, and never equals what was asked. A text is compared byte by byte, so it has to come out the same every time:
//! keys are sorted, texts are always quoted. So no reader of an older YAML takes `yes`, `1_000` or `0777` for anything
//! else than text either.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Words that an older YAML does not take for text.
const RESERVED: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// The values as a YAML document; empty for none.
pub(super) fn yaml(values: &Map<String, Value>) -> String {
    let mut text = String::new();
    fields(&mut text, values, 0);
    text
}

fn fields(text: &mut String, fields: &Map<String, Value>, depth: usize) {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in sorted {
        indent(text, depth);
        if is_plain(name) {
            text.push_str(name);
        } else {
            quoted(text, name);
        }
        text.push(':');
        below(text, value, depth);
    }
}

/// A value behind `key:` or `-`.
fn below(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(inner) if !inner.is_empty() => {
            text.push('\n');
            fields(text, inner, depth + 1);
        }
        Value::Array(elements) if !elements.is_empty() => {
            text.push('\n');
            for element in elements {
                indent(text, depth + 1);
                text.push('-');
                below(text, element, depth + 1);
            }
        }
        Value::String(string) => {
            text.push(' ');
            quoted(text, string);
            text.push('\n');
        }
        // `{}`, `[]`, numbers, booleans and null are the same in JSON and YAML.
        other => {
            // Writing to a String cannot fail.
            let _ = writeln!(text, " {other}");
        }
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

fn is_plain(key: &str) -> bool {
    let begins = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let continues = key
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    begins && continues && !RESERVED.contains(&key.to_ascii_lowercase().as_str())
}

fn quoted(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            // Not printable in YAML, or a line break there.
            '\0'..=' ' | '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' if c != ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(values: &Value) -> String {
        yaml(values.as_object().unwrap())
    }

    #[test]
    fn values_read_like_a_values_file() {
        let values = json!({
            "image": { "repository": "example.com/app", "tag": "0.1.0" },
            "replicas": 2,
            "ratio": 0.5,
            "debug": false,
            "nothing": null,
            "empty": {},
            "none": [],
            "ports": [{ "port": 80, "name": "http" }, [1, 2], "x"],
        });
        insta::assert_snapshot!(text(&values), @r#"
        debug: false
        empty: {}
        image:
          repository: "example.com/app"
          tag: "0.1.0"
        none: []
        nothing: null
        ports:
          -
            name: "http"
            port: 80
          -
            - 1
            - 2
          - "x"
        ratio: 0.5
        replicas: 2
        "#);
        assert_eq!(yaml(&Map::new()), "");
    }

    #[test]
    fn it_means_the_same_when_it_is_read_back() {
        let values = json!({
            "yes": "no", "On": "1e3", "null": "~", "0777": "0777", "1": "12:30:45", "a b": "2020-01-01", "": "",
            "big": 9_007_199_254_740_993_u64, "negative": -1, "float": 1e21,
            "nginx.ingress.kubernetes.io/rewrite-target": "/$1",
            "script": "#!/bin/sh\n\techo \"ä → \\ {{ x }}\"\r\n\u{2028}\u{85}\u{7f}\u{0}: - # & *",
            "deep": [[[{ "a": [{ "b": { "c": [] } }] }]]],
        });
        let read: Value = serde_yaml::from_str(&text(&values)).unwrap();
        assert_eq!(read, values);
    }
}
