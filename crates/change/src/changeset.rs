//! What a pull request changes: plain data, the same for the same automation, context and files.

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
    pub content: Vec<u8>,
    /// The content before; none for a new file, and for one that goes without having been read.
    pub previous: Option<Arc<[u8]>>,
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The file is new.
    Create,
    /// The file has other content.
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
    /// Whether the file has other bytes after it. Matched and not changed is "already at target".
    pub changed: bool,
}
