//! Repositories and files as a forge reports them. Pure data.

use crate::id::RepositoryId;

/// What is known about a repository. It changes seldom: the caller keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its name as the forge spells it now.
    pub id: RepositoryId,
    /// The branch that pull requests go to when nothing else is said.
    pub default_branch: String,
    /// Where a person looks at it.
    pub html_url: String,
    /// Where git clones it over HTTP.
    pub clone_url: String,
    /// An archived repository takes no commit.
    pub archived: bool,
}

/// A file at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// All bytes of it.
    pub bytes: Vec<u8>,
    /// Git's id of these bytes; an update or a delete names it, so that nothing unseen is overwritten.
    pub blob: String,
}
