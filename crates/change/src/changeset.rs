//! What a pull request changes: plain data, the same for the same automation, context and files.

use std::borrow::Cow;
use std::sync::Arc;

/// All changes of one automation for one context, with the texts of the pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// The title of the pull request.
    pub title: String,
    /// The commit message and the beginning of the body, verbatim.
    pub message: String,
    /// The base branch; none: the repository's default branch.
    pub branch: Option<String>,
    /// The changes, by path. None: everything is at its target already, which is a success.
    pub changes: Vec<Change>,
    /// What each edit found, in the order of the automation.
    pub edits: Vec<Edit>,
    /// What a person should know and what is no error; each names the field it is about.
    pub warnings: Vec<String>,
}

/// The texts of a pull request, rendered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Texts {
    /// The title.
    pub title: String,
    /// The commit message and the beginning of the body, verbatim.
    pub message: String,
    /// The base branch; none: the repository's default branch.
    pub branch: Option<String>,
}

/// What happens to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path in the repository.
    pub path: String,
    /// What happens.
    pub op: Op,
    /// The new content; empty for a deletion.
    pub content: Content,
    /// The content before; none for a new file, and for one that goes without having been read.
    pub previous: Option<Arc<[u8]>>,
    /// The new mode; a new file always has one. None: it stays as it is, or the file goes.
    pub mode: Option<Mode>,
}

/// What git keeps of a file's mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// A file.
    #[default]
    Regular,
    /// A file that may be run.
    Executable,
}

impl Mode {
    /// By whether the file may be run.
    pub fn of(executable: bool) -> Self {
        if executable { Self::Executable } else { Self::Regular }
    }

    /// The mode as git writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }
}

/// The bytes of a file. Most edits touch a line: what lies before and behind it is shared with the file as it was read.
#[derive(Clone, Debug, Default)]
pub struct Content {
    base: Arc<[u8]>,
    /// How many bytes of the base come first, and how many last.
    head: usize,
    tail: usize,
    middle: Box<[u8]>,
}

impl Content {
    /// `bytes`, holding on to no more of them than `base` does not have at its beginning and end.
    pub(crate) fn new(base: Option<&Arc<[u8]>>, bytes: &[u8]) -> Self {
        let base = base.cloned().unwrap_or_default();
        let same = |(one, other): &(&u8, &u8)| one == other;
        let head = base.iter().zip(bytes).take_while(same).count();
        let rest = (base[head..].iter().rev()).zip(bytes[head..].iter().rev());
        let tail = rest.take_while(same).count();
        let middle = bytes[head..bytes.len() - tail].into();
        Self {
            base,
            head,
            tail,
            middle,
        }
    }

    /// Whether these are its bytes.
    pub(crate) fn is(&self, bytes: &Arc<[u8]>) -> bool {
        if !Arc::ptr_eq(&self.base, bytes) {
            return *self.bytes() == **bytes;
        }
        let same_length = self.head + self.middle.len() + self.tail == bytes.len();
        same_length && *self.middle == bytes[self.head..bytes.len() - self.tail]
    }

    /// The bytes; made anew where they are not all in one place.
    #[must_use]
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match (self.head, self.tail) {
            (0, 0) => Cow::Borrowed(&self.middle),
            (head, tail) => {
                Cow::Owned([&self.base[..head], &self.middle, &self.base[self.base.len() - tail..]].concat())
            }
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Content {}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The file is new.
    Create,
    /// The file has other content, or another mode.
    Update,
    /// The file goes.
    Delete,
}

impl Op {
    /// The word for people and for JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What one edit found in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The field of the automation.
    pub field: String,
    /// The file.
    pub path: String,
    /// How often its regular expression matched.
    pub matches: usize,
    /// Whether the file has other bytes, or another mode, after it. Matched and not changed is "already at target".
    pub changed: bool,
}
