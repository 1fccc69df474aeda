//! Regular expressions with the meaning that Go gives them, on the regex crate.
//!
//! Automations were written for Go's `regexp`. The expression is read by Go's rules (`translate`), written out for the regex
//! crate, and replaced by Go's rules (`replace`, `expansion`). Both engines are linear in the text, so no expression can hang.
//! Called by the editors, by `configuration` and by the template filters.

mod class;
mod expansion;
mod replace;
mod translate;

#[cfg(test)]
mod tests;

use regex::{Regex, RegexBuilder};

pub(crate) use expansion::Replacement;
pub(crate) use replace::{Replaced, TooLarge};

use crate::error::{Error, shortened};

/// How large a compiled expression may be. `.{1000}` and `\pL{100}` fit; stacked repeats of classes do not.
const COMPILED_SIZE: usize = 8 << 20;
/// How much memory a search may take for its states. With less than the expression itself needs, a large one would be searched a
/// thousand times slower.
const SEARCH_SIZE: usize = 2 * COMPILED_SIZE;
/// How long an expression may be, in bytes.
const LONGEST: usize = 64 << 10;
/// How deep groups may stand in one another.
const DEEPEST: u32 = 200;

/// The expression that people write for "never": it is not counted where missing matches are reported.
const NEVER: &str = "a^";

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    /// The name of each group, by its number; group 0 is the whole match.
    groups: Vec<Option<String>>,
    source: String,
}

/// Why an expression is not valid, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// Byte in the expression.
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Invalid {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

impl Pattern {
    /// Compiles an expression; `field` is named in the error.
    pub(crate) fn compile(field: &str, source: &str) -> Result<Self, Error> {
        Self::new(source).map_err(|invalid| Error::Regex {
            field: field.to_owned(),
            pattern: shortened(source, 200),
            column: source.get(..invalid.at).unwrap_or(source).chars().count() + 1,
            message: invalid.message,
        })
    }

    /// Compiles an expression that no field of an automation holds.
    pub(crate) fn new(source: &str) -> Result<Self, Invalid> {
        if source.len() > LONGEST {
            return Err(Invalid::new(LONGEST, "it is longer than 64 KiB"));
        }
        let translated = translate::translate(source)?;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(COMPILED_SIZE)
            .dfa_size_limit(SEARCH_SIZE)
            .nest_limit(DEEPEST * 2)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => Invalid::new(
                    0,
                    "it is too large when compiled (over 8 MiB); use smaller repeat counts",
                ),
                other => Invalid::new(0, last_line(&other.to_string())),
            })?;
        Ok(Self {
            regex,
            groups: translated.groups,
            source: source.to_owned(),
        })
    }

    /// The expression as it was written.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Whether the expression was written to match nothing.
    pub(crate) fn is_never(&self) -> bool {
        self.source == NEVER
    }

    /// Whether the expression matches somewhere in the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The first match.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.regex.find(text).map(|found| found.as_str())
    }

    /// Matches from left to right, by Go's rule for empty ones: none directly after another match.
    pub(crate) fn find_all(&self, text: &str, most: usize) -> Vec<(usize, usize)> {
        replace::matches(self, text, most)
    }
}

/// The regex crate draws the expression and puts the reason into the last line.
fn last_line(message: &str) -> String {
    message
        .lines()
        .last()
        .unwrap_or(message)
        .trim_start_matches("error: ")
        .trim()
        .to_owned()
}
