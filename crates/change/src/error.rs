//! What can go wrong between an automation and its change set, in words a person can act on.
//!
//! Every error names the field of the automation, or the file, that it is about. Errors show the text of templates and
//! paths, never the values of a context: those may be passwords. Callers turn `reason()` into a condition's reason.

use std::fmt;

/// Where in a template something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The field of the automation (`spec.updates.regexReplacements[0].file`) or the path of a template file.
    pub source: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The few characters around, on one line.
    pub around: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, line {}, column {}, near `{}`",
            self.source, self.line, self.column, self.around
        )
    }
}

/// What to do about a variable without a value. All that there are stand below `context`.
fn advice(variable: &str) -> String {
    let is_below = variable == "context" || variable.starts_with("context.") || variable.starts_with("context[");
    if is_below {
        format!("add it to the context, or write `{variable} | default: \"...\"` where it may be absent")
    } else {
        format!("values stand below `context`: write `context.{variable}`")
    }
}

/// How many characters of the text before and after a place are shown.
const AROUND: usize = 24;

impl Place {
    /// The place of byte `offset` in `text`, which is the template called `source`.
    pub(crate) fn at(source: &str, text: &str, offset: usize) -> Self {
        let offset = floor_boundary(text, offset);
        let before = text.get(..offset).unwrap_or_default();
        let after = text.get(offset..).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let on_line = before.get(line_start..).unwrap_or_default();
        let rest_of_line = after.split('\n').next().unwrap_or_default();
        let skipped = on_line.chars().count().saturating_sub(AROUND);
        let around: String = on_line
            .chars()
            .skip(skipped)
            .chain(rest_of_line.chars().take(AROUND))
            .collect();
        Self {
            source: source.to_owned(),
            line: before.matches('\n').count() + 1,
            column: on_line.chars().count() + 1,
            around: around.trim().to_owned(),
        }
    }
}

/// The nearest character boundary at or before `offset`.
fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Why a change set cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A template does not parse, or a filter refuses its input.
    #[error("{place}: {message}")]
    Template {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
    },
    /// A title, message or branch names a variable that the context does not have.
    #[error("{place}: `{variable}` has no value; {}", advice(variable))]
    Undefined {
        /// Where.
        place: Place,
        /// The variable as it is written.
        variable: String,
    },
    /// A template wants more output, steps or memory than it may have.
    #[error("{place}: {message}")]
    Limit {
        /// Where.
        place: Place,
        /// Which limit, and how large it is.
        message: String,
    },
    /// A regular expression does not compile.
    #[error("{field}: the regular expression `{pattern}` is not valid at character {column}: {message}")]
    Regex {
        /// The field of the automation.
        field: String,
        /// The expression after rendering.
        pattern: String,
        /// Character of the expression, counted from 1.
        column: usize,
        /// What is wrong, and what to write instead.
        message: String,
    },
    /// A path leaves the repository or cannot be a file of it.
    #[error("{field}: the path {path:?} {message}")]
    Path {
        /// The field of the automation.
        field: String,
        /// The path after rendering, cut when it is very long.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A file that an edit names is not in the repository.
    #[error(
        "{field}: the file {path:?} does not exist on the base branch; create it, or correct the path or the context"
    )]
    FileMissing {
        /// The field of the automation.
        field: String,
        /// The path after rendering.
        path: String,
    },
    /// A file is not what the edit needs (its size, its text, its syntax).
    #[error("{field}: the file {path:?} {message}")]
    File {
        /// The field of the automation.
        field: String,
        /// The path after rendering.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// YAML in the automation is not what it must be.
    #[error("{field}: {message}")]
    Yaml {
        /// The field of the automation.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// A title, a message or a branch depends on the value of a PASSWORD entry.
    #[error(
        "{field} would tell the value of a PASSWORD field to everybody who sees the pull request: take it out of there"
    )]
    SecretTold {
        /// The field of the automation.
        field: String,
    },
    /// `noMatch: Fail`, and a regular expression matches nothing.
    #[error("{field}: the regular expression `{pattern}` matches nothing in {place} (spec.updates.noMatch is Fail)")]
    NoMatch {
        /// The field of the automation.
        field: String,
        /// The expression after rendering.
        pattern: String,
        /// Where it was searched for.
        place: String,
    },
    /// An address cannot be read.
    #[error("{field}: the path `{address}` is not valid at character {column}: {message}")]
    Address {
        /// The field of the automation.
        field: String,
        /// The address after rendering.
        address: String,
        /// Character of the address, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// `noMatch: Fail`, and there is nothing at an address.
    #[error("{field}: there is nothing at `{address}` in {path:?}: {message} (spec.updates.noMatch is Fail)")]
    NothingThere {
        /// The field of the automation.
        field: String,
        /// The address after rendering.
        address: String,
        /// The file.
        path: String,
        /// What is missing.
        message: String,
    },
    /// Not one edit of the automation finds its place, so nothing would be promoted.
    #[error(
        "none of the {what} ({edits}), so there is nothing to promote; correct them, or set spec.updates.noMatch to Ignore"
    )]
    NothingMatched {
        /// What found nothing.
        what: &'static str,
        /// The expressions and the files that were searched.
        edits: String,
    },
    /// The automation has no edit of any kind, or lacks its title.
    #[error("{field} is empty: {message}")]
    Incomplete {
        /// The field of the automation.
        field: String,
        /// What to write.
        message: String,
    },
    /// A value of the context does not fit `spec.configuration`.
    #[error("field \"{field}\" with value {value} does not match type {kind}: {message}")]
    Value {
        /// The entry's name.
        field: String,
        /// The value as JSON, or `<hidden>`.
        value: String,
        /// The entry's type.
        kind: &'static str,
        /// What is expected.
        message: String,
    },
    /// The default of an entry of `spec.configuration` is none of its values.
    #[error("{field}: the default {value} of \"{name}\" does not match type {kind}: {message}")]
    Default {
        /// The field of the automation.
        field: String,
        /// The entry's name.
        name: String,
        /// The default as JSON, or `<hidden>`.
        value: String,
        /// The entry's type.
        kind: &'static str,
        /// What is expected.
        message: String,
    },
    /// The context lacks a value that `spec.configuration` requires.
    #[error("field \"{field}\" is missing: the context needs a value of type {kind}")]
    MissingValue {
        /// The entry's name.
        field: String,
        /// The entry's type.
        kind: &'static str,
    },
    /// The automation's script fails, or makes something that is no automation.
    #[error("spec.lua: {message}")]
    Script {
        /// What is wrong, with the script's line where it has one.
        message: String,
    },
    /// The automation uses something that this version cannot do yet.
    #[error("{field} is not supported yet; {message}")]
    Unsupported {
        /// The field of the automation.
        field: String,
        /// What to do without it.
        message: String,
    },
}

impl Error {
    /// The reason in CamelCase: condition reason, event reason and metric label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Template { .. } => "InvalidTemplate",
            Self::Undefined { .. } => "UndefinedVariable",
            Self::Limit { .. } => "TemplateLimitExceeded",
            Self::Regex { .. } => "InvalidRegex",
            Self::Path { .. } => "InvalidPath",
            Self::FileMissing { .. } => "FileMissing",
            Self::File { .. } => "InvalidFile",
            Self::Yaml { .. } => "InvalidYaml",
            Self::Address { .. } => "InvalidAddress",
            Self::SecretTold { .. } => "SecretTold",
            Self::NoMatch { .. } | Self::NothingThere { .. } => "NoMatch",
            Self::NothingMatched { .. } => "NothingMatched",
            Self::Incomplete { .. } => "IncompleteAutomation",
            Self::Value { .. } => "InvalidValue",
            Self::Default { .. } => "InvalidDefault",
            Self::MissingValue { .. } => "MissingValue",
            Self::Script { .. } => "ScriptFailed",
            Self::Unsupported { .. } => "Unsupported",
        }
    }

    /// Changes every text that may hold values of a context. Fields of the automation and names of entries are none; the path of a
    /// template file is one.
    pub(crate) fn map_texts(mut self, change: impl Fn(String) -> String) -> Self {
        let apply = |text: &mut String| *text = change(std::mem::take(text));
        let place = |place: &mut Place| {
            if !place.source.starts_with("spec.") {
                apply(&mut place.source);
            }
            apply(&mut place.around);
        };
        match &mut self {
            Self::Template { place: at, message } | Self::Limit { place: at, message } => {
                place(at);
                apply(message);
            }
            Self::Undefined { place: at, variable } => {
                place(at);
                apply(variable);
            }
            Self::Regex {
                pattern: text, message, ..
            }
            | Self::Path {
                path: text, message, ..
            }
            | Self::File {
                path: text, message, ..
            }
            | Self::Address {
                address: text, message, ..
            }
            | Self::NoMatch {
                pattern: text,
                place: message,
                ..
            }
            | Self::Value {
                value: text, message, ..
            }
            | Self::Default {
                value: text, message, ..
            } => {
                apply(text);
                apply(message);
            }
            Self::NothingThere {
                address, path, message, ..
            } => {
                apply(address);
                apply(path);
                apply(message);
            }
            Self::FileMissing { path: text, .. }
            | Self::Yaml { message: text, .. }
            | Self::Script { message: text }
            | Self::NothingMatched { edits: text, .. }
            | Self::Incomplete { message: text, .. }
            | Self::Unsupported { message: text, .. } => apply(text),
            Self::MissingValue { .. } | Self::SecretTold { .. } => {}
        }
        self
    }

    /// The field of the automation, the value or the template file that the error is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Template { place, .. } | Self::Undefined { place, .. } | Self::Limit { place, .. } => &place.source,
            Self::Regex { field, .. }
            | Self::Path { field, .. }
            | Self::FileMissing { field, .. }
            | Self::File { field, .. }
            | Self::Yaml { field, .. }
            | Self::SecretTold { field }
            | Self::NoMatch { field, .. }
            | Self::Address { field, .. }
            | Self::NothingThere { field, .. }
            | Self::Incomplete { field, .. }
            | Self::Value { field, .. }
            | Self::Default { field, .. }
            | Self::MissingValue { field, .. }
            | Self::Unsupported { field, .. } => field,
            Self::NothingMatched { .. } => "spec.updates",
            Self::Script { .. } => "spec.lua",
        }
    }
}

/// The first line of another parser's message, or of a script's machine: the rest draws the lines around, which may hold
/// secrets, or the machine's own stack.
pub(crate) fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

/// What stands where a text was cut.
pub(crate) const CUT: &str = "...";

/// The first characters of a text that is too long to be shown whole.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most).collect();
    short.push_str(CUT);
    short
}
