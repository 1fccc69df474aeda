//! Changes as git writes them, for `git apply` and `git am`: <https://git-scm.com/docs/diff-format>. Pure, and the same for the
//! same input, whatever the machine.
//!
//! Called by `delivery`, which makes a patch of a proposal and shows its lines in a pull request, and by `kubectl stagecoach
//! render`.

mod binary;
mod hunks;

use std::borrow::Cow;

use sha1::{Digest as _, Sha1};

use crate::changeset::Mode;

pub use hunks::text_lines;

const NOTHING: &str = "/dev/null";

/// One changed file.
#[derive(Clone, Copy, Debug)]
pub struct FileDiff<'a> {
    /// The path in the repository.
    pub path: &'a str,
    /// As it is; none where it does not exist.
    pub before: Option<Side<'a>>,
    /// As it is to be; none where it goes.
    pub after: Option<Side<'a>>,
}

/// A file before or after.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// All bytes of it.
    pub bytes: &'a [u8],
    /// Its mode; none where it is not known, and then it stays.
    pub mode: Option<Mode>,
}

/// Where the text is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// To `git apply` and to people.
    Plain,
    /// Into a mail for `git am`, which takes a carriage return before a line's end away: files that have one are written as
    /// binary ones.
    Mail,
}

/// A line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What it is.
    pub kind: LineKind,
    /// Its text, with git's sign before lines of a file.
    pub text: Cow<'a, str>,
}

/// The kinds of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Of a file's header.
    Header,
    /// Where the next lines stand.
    Place,
    /// A line that stays.
    Context,
    /// A line that goes.
    Deleted,
    /// A line that comes.
    Inserted,
    /// That the line before has no end.
    NoEnd,
    /// Of a binary file.
    Binary,
}

impl<'a> Line<'a> {
    fn new(kind: LineKind, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

impl<'a> FileDiff<'a> {
    /// The lines of this file's change.
    pub fn lines(&self, form: Form) -> Vec<Line<'a>> {
        let mut lines = self.header();
        let (before, after) = (bytes(self.before), bytes(self.after));
        let both = self.before.is_some() && self.after.is_some();
        if both && before == after {
            return lines;
        }
        lines.push(Line::new(LineKind::Header, self.index()));
        if let Some((before, after)) = text(before, form).zip(text(after, form)) {
            if before != after {
                lines.extend(self.names().map(|name| Line::new(LineKind::Header, name)));
            }
            lines.extend(text_lines(before, after));
        } else {
            let packed = binary::lines(before, after);
            lines.extend(packed.into_iter().map(|line| Line::new(LineKind::Binary, line)));
        }
        lines
    }

    fn header(&self) -> Vec<Line<'a>> {
        let (old, new) = (quoted("a", self.path), quoted("b", self.path));
        let mode = |side: Option<Side<'_>>| side.and_then(|side| side.mode);
        let or_plain = |side| mode(side).unwrap_or_default().as_str();
        let mut texts = vec![format!("diff --git {old} {new}")];
        match (self.before, self.after) {
            (None, after) => texts.push(format!("new file mode {}", or_plain(after))),
            (before, None) => texts.push(format!("deleted file mode {}", or_plain(before))),
            (before, after) => {
                if let Some((old, new)) = mode(before).zip(mode(after)).filter(|(old, new)| old != new) {
                    texts.push(format!("old mode {}", old.as_str()));
                    texts.push(format!("new mode {}", new.as_str()));
                }
            }
        }
        texts
            .into_iter()
            .map(|text| Line::new(LineKind::Header, text))
            .collect()
    }

    /// Git's ids of both sides, whole: `git apply` asks for them where a file is binary, and `git am -3` looks for them.
    fn index(&self) -> String {
        let of = |side: Option<Side<'_>>| side.map_or_else(|| "0".repeat(40), |side| blob(side.bytes));
        let mode = match (self.before, self.after) {
            (Some(before), Some(after)) if after.mode.is_none() || before.mode == after.mode => before.mode,
            _ => None,
        };
        let mode = mode.map(|mode| format!(" {}", mode.as_str())).unwrap_or_default();
        format!("index {}..{}{mode}", of(self.before), of(self.after))
    }

    /// Both names, as they stand above the hunks.
    fn names(&self) -> [String; 2] {
        let name = |sign: &str, side: &str, there: bool| {
            let name = if there {
                quoted(side, self.path)
            } else {
                NOTHING.to_owned()
            };
            // A blank could be the end of the name.
            let end = if name.contains(' ') { "\t" } else { "" };
            format!("{sign} {name}{end}")
        };
        [
            name("---", "a", self.before.is_some()),
            name("+++", "b", self.after.is_some()),
        ]
    }
}

/// Git's id of a file's content.
fn blob(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hex::encode(hash.finalize())
}

fn bytes(side: Option<Side<'_>>) -> &[u8] {
    side.map(|side| side.bytes).unwrap_or_default()
}

/// The content, where it can be shown line by line.
fn text(bytes: &[u8], form: Form) -> Option<&str> {
    let is_safe = |byte: &u8| *byte != 0 && (*byte != b'\r' || form == Form::Plain);
    str::from_utf8(bytes).ok().filter(|_| bytes.iter().all(is_safe))
}

/// The path as git writes it: in quotes where it holds what a header cannot.
fn quoted(side: &str, path: &str) -> String {
    let path = format!("{side}/{path}");
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if path.bytes().all(is_plain) {
        return path;
    }
    let byte = |byte: u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b'\t' => "\\t".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        other => format!("\\{other:03o}"),
    };
    format!("\"{}\"", path.bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests;
