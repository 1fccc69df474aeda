//! Overlays over generated files: whatever the layout of both, the result means the merge, and what is not named stays.

use proptest::prelude::*;
use serde_json::Value;

use crate::automation::ListMerge::{Append, Overwrite};
use crate::yaml::{documents, merge, overlaid};

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let odd = prop::sample::select(vec!["", "yes", "1.0", "null", "- x", "é", "a\nb\n", " lead", "0x1"]);
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-99i64..99).prop_map(Value::from),
        "[a-z][a-z0-9 :#'\"-]{0,6}".prop_map(Value::from),
        odd.prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

pub(super) fn map() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-d]", value(), 0..4).prop_map(|map| map.into_iter().collect())
}

/// Writes data in styles of its choice: blocks of different depth, braces, three kinds of quotes, and a comment on every line
/// that may have one.
pub(super) struct Writer {
    choices: u64,
    text: String,
}

impl Writer {
    pub(super) fn write(data: &Value, choices: u64) -> String {
        let mut writer = Self {
            choices,
            text: String::new(),
        };
        if writer.is_block(data) {
            writer.block(data, 0);
        } else {
            writer.line(&[&data.to_string()]);
        }
        writer.text
    }

    fn choice(&mut self, among: u64) -> usize {
        self.choices = self.choices.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from((self.choices >> 33) % among).expect("small")
    }

    fn is_block(&mut self, data: &Value) -> bool {
        let empty = match data {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => true,
        };
        !empty && self.choice(4) > 0
    }

    /// A line with a comment of its own.
    fn line(&mut self, parts: &[&str]) {
        let comment = format!(" # c{}\n", self.choice(1000));
        self.text.extend(parts.iter().copied().chain([comment.as_str()]));
    }

    fn block(&mut self, data: &Value, indent: usize) {
        let pad = " ".repeat(indent);
        match data {
            Value::Object(map) => map
                .iter()
                .for_each(|(key, value)| self.entry(&format!("{pad}{key}:"), value, indent)),
            Value::Array(items) => items
                .iter()
                .for_each(|item| self.entry(&format!("{pad}-"), item, indent)),
            _ => {}
        }
    }

    fn entry(&mut self, head: &str, value: &Value, indent: usize) {
        if self.is_block(value) {
            self.line(&[head]);
            let deeper = indent + 1 + self.choice(3);
            return self.block(value, deeper);
        }
        match value {
            Value::String(text) if text.ends_with('\n') => {
                self.text.extend([head, " |\n"]);
                for line in text.lines() {
                    self.text.extend([" ".repeat(indent + 2).as_str(), line, "\n"]);
                }
            }
            Value::String(text) if !text.contains('\n') && self.choice(2) == 0 => {
                self.line(&[head, " '", &text.replace('\'', "''"), "'"]);
            }
            other => self.line(&[head, " ", &other.to_string()]),
        }
    }
}

/// The lines of each key at the top of a block mapping.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let begins = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    let mut starts = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| text[*start..end].trim_end())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::tests::cases(400)))]

    #[test]
    fn the_result_means_the_merge(base in map(), overlay in map(), choices in any::<u64>(), append in any::<bool>()) {
        let (base_text, overlay_text) = (Writer::write(&base, choices), Writer::write(&overlay, !choices));
        let lists = if append { Append } else { Overwrite };
        let edited = overlaid(&base_text, &overlay_text, lists);
        let edited = edited.map_err(|trouble| TestCaseError::fail(format!("{trouble:?}\n{base_text}---\n{overlay_text}")))?;
        let edited = edited.unwrap_or_else(|| base_text.clone());
        prop_assert_eq!(documents(&edited), Ok(vec![merge::merged(&base, &overlay, lists)]));
        for part in parts(&base_text) {
            let untouched = part.get(..1).is_none_or(|key| overlay.get(key).is_none());
            prop_assert!(!untouched || edited.contains(part), "{} is not in\n{}", part, edited);
        }
    }

    /// Every text gives an answer.
    #[test]
    fn nothing_panics(base in "[a-c:{}\\[\\]#&*|>'\"\\n -]{0,40}", overlay in "[a-c:{}\\[\\]#&*|>'\"\\n -]{0,24}") {
        let _ = overlaid(&base, &overlay, Overwrite);
        let _ = overlaid(&base, "a: {b: [1]}\nc: 1\n", Append);
    }
}
