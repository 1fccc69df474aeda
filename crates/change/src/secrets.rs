//! The values of PASSWORD entries. What is rendered may hold them, and what is told to people must not: every error and warning of
//! this crate passes here before it leaves, and errors of those who look for rendered names may.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::automation::{ConfigurationEntry, ValueKind};
use crate::changeset::ChangeSet;
use crate::error::{CUT, Error};

/// What stands in place of a secret.
pub(crate) const HIDDEN: &str = "<hidden>";
/// The least of a secret that counts when only a part of it is left: a line, a part of a path, or what stands before a cut.
const PART: usize = 4;

/// The secrets of a context.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// In all the forms in which they may be told; longer ones first.
    texts: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Those that the entries name, with their defaults.
    pub fn of(configuration: &[ConfigurationEntry], context: &Value) -> Self {
        let mut secrets = Self::default();
        for entry in configuration.iter().filter(|entry| entry.kind == ValueKind::Password) {
            secrets.add_all(context.get(&entry.name).unwrap_or(&Value::Null));
            secrets.add(entry.default.as_deref().unwrap_or_default());
        }
        secrets.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        secrets.texts.dedup();
        secrets
    }

    /// Those of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.texts.extend(other.texts);
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self
    }

    fn add_all(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Number(number) => self.add(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.add_all(item)),
            Value::Object(map) => map.values().for_each(|item| self.add_all(item)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn add(&mut self, secret: &str) {
        // A reader tells the line, an address or a path the part that it is about, and a path its parts put together anew.
        let separators: [&[char]; 4] = [&['\n'], &['/'], &['.', '[', ']'], &['\n', '.', '/', '[', ']', '=']];
        let parts = separators.into_iter().flat_map(|separators| secret.split(separators));
        let parts = parts.map(str::trim).filter(|part| part.chars().count() >= PART);
        let path: Vec<&str> = secret.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let path = path.join("/");
        for text in parts.chain([secret, secret.trim(), &path]) {
            let (quoted, json) = (format!("{text:?}"), Value::from(text).to_string());
            let inner = |text: &str| text.get(1..text.len() - 1).unwrap_or_default().to_owned();
            let forms = [text.to_owned(), inner(&quoted), inner(&json)];
            self.texts.extend(forms.into_iter().filter(|form| !form.is_empty()));
        }
    }

    /// A text without them.
    pub fn hide(&self, text: String) -> String {
        self.texts.iter().fold(text, |text, secret| {
            let text = if text.contains(secret.as_str()) {
                text.replace(secret.as_str(), HIDDEN)
            } else {
                text
            };
            hide_beginning(text, secret)
        })
    }

    /// An outcome whose error and warnings tell none.
    pub(crate) fn of_change(&self, outcome: Result<ChangeSet, Error>) -> Result<ChangeSet, Error> {
        self.of_outcome(outcome.map(|mut set| {
            set.warnings = set.warnings.into_iter().map(|warning| self.hide(warning)).collect();
            set
        }))
    }

    /// An outcome whose error tells none.
    pub(crate) fn of_outcome<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.map_err(|error| error.map_texts(|text| self.hide(text)))
    }
}

/// A text that was cut within a secret tells its beginning.
fn hide_beginning(text: String, secret: &str) -> String {
    if !text.contains(CUT) {
        return text;
    }
    let ends = secret.char_indices().map(|(at, _)| at).rev();
    let parts = ends.filter_map(|end| secret.get(..end));
    parts
        .take_while(|part| part.chars().count() >= PART)
        .fold(text, |text, part| {
            let cut = Cow::from(format!("{part}{CUT}"));
            if text.contains(&*cut) {
                text.replace(&*cut, &format!("{HIDDEN}{CUT}"))
            } else {
                text
            }
        })
}
