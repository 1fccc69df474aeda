//! The only place that writes: results to standard output, notes and errors to standard error.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write},
};

use kube::{Resource, ResourceExt as _};
use serde::Serialize;

use crate::{arguments::MadeFormat, error::Error};

/// Where results and notes go.
pub(crate) struct Output {
    results: Box<dyn Write>,
    notes: Box<dyn Write>,
    paint: Paint,
}

impl Output {
    /// Standard output and standard error; with colours where the first is a terminal and `NO_COLOR` is not set.
    #[expect(
        clippy::disallowed_methods,
        reason = "NO_COLOR is a convention of terminals that has no argument"
    )]
    pub(crate) fn of_process() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let results = io::stdout();
        Self {
            paint: Paint(results.is_terminal() && !plain),
            results: Box::new(results),
            notes: Box::new(io::stderr()),
        }
    }

    /// How results are coloured.
    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    /// Writes a result, with a line break behind it.
    pub(crate) fn result(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self.results, "{}", text.trim_end_matches('\n'))?;
        self.results.flush()?;
        Ok(())
    }

    /// Writes a result as it is.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.results.write_all(bytes)?;
        self.results.flush()?;
        Ok(())
    }

    /// Writes a result for programs.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Error::Format(error.to_string()))?;
        self.result(&text)
    }

    /// Writes a result for programs.
    pub(crate) fn yaml(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let text = serde_yaml::to_string(value).map_err(|error| Error::Format(error.to_string()))?;
        self.result(&text)
    }

    /// Writes an object that was made: `text` for people.
    pub(crate) fn made<K>(&mut self, format: MadeFormat, made: &K, text: &str) -> Result<(), Error>
    where
        K: Resource<DynamicType = ()> + Serialize,
    {
        match format {
            MadeFormat::Text => self.result(text),
            MadeFormat::Name => {
                let kind = K::kind(&()).to_ascii_lowercase();
                self.result(&format!("{kind}.{}/{}", K::group(&()), made.name_any()))
            }
            MadeFormat::Json => self.json(made),
            MadeFormat::Yaml => self.yaml(made),
        }
    }

    /// Writes what a person should know beside the result.
    pub(crate) fn note(&mut self, text: impl fmt::Display) {
        // There is nobody to tell when standard error is gone.
        let _ = writeln!(self.notes, "note: {text}");
    }

    /// Writes what a person should look at before they go on.
    pub(crate) fn warning(&mut self, text: impl fmt::Display) {
        let _ = writeln!(self.notes, "warning: {text}");
    }

    /// Writes why it could not be done.
    pub(crate) fn error(&mut self, error: &Error) {
        let _ = writeln!(self.notes, "error: {error}");
    }
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    /// No colours.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self(false);

    /// Well.
    pub(crate) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    /// Going on.
    pub(crate) fn busy(self, text: &str) -> String {
        self.with("36", text)
    }

    /// Waits for a person.
    pub(crate) fn waiting(self, text: &str) -> String {
        self.with("33", text)
    }

    /// Failed.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    /// A heading.
    pub(crate) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Beside the point.
    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_nothing_is_painted() {
        assert_eq!(Paint::NONE.bad("no"), "no");
        assert_eq!(Paint(true).bad("no"), "\u{1b}[31mno\u{1b}[0m");
    }
}
