//! Pull requests as a forge reports them, and the intents to open and to merge one. Pure data.

use jiff::Timestamp;

use crate::id::{CommitSha, RepositoryId};

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Where a person looks at it.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its body, as written.
    pub body: String,
    /// Whether it is open, merged or closed.
    pub state: State,
    /// The branch that is to be merged; known also after it was deleted.
    pub head: String,
    /// What that branch points at. Gone when branch and pull request reference are gone.
    pub head_sha: Option<CommitSha>,
    /// The branch that it goes to.
    pub base: String,
    /// What that branch points at.
    pub base_sha: Option<CommitSha>,
    /// Whether a merge would go through. `None`: the forge has not found out, or does not tell that from a
    /// conflict. Gitea is of that kind, and a new base or head makes it look again: `None` for some ten seconds
    /// with the same `head_sha` and `base_sha` means a conflict there.
    pub mergeable: Option<bool>,
    /// When it last changed, in whole seconds. A new state of `mergeable` is no change.
    pub updated_at: Timestamp,
}

/// Where a pull request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Waiting.
    Open,
    /// Merged: `commit` is the merge result on the base branch.
    Merged {
        /// The merge commit; for a squash or rebase the last commit that came to the base branch.
        commit: CommitSha,
        /// When.
        at: Timestamp,
    },
    /// Closed without a merge.
    Closed,
}

/// The intent to open a pull request; it is known by repository, base and head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPullRequest {
    /// Where.
    pub repository: RepositoryId,
    /// The branch to merge; its name belongs to this intent alone.
    pub head: String,
    /// The branch to merge into.
    pub base: String,
    /// The title, verbatim.
    pub title: String,
    /// The body, verbatim.
    pub body: String,
    /// True only when this very pass made the head branch ([`crate::Committed::created`]): then there can be
    /// no pull request yet and looking for one is saved. Otherwise it is looked for first, because most forges
    /// open a second one where the first was closed or merged meanwhile.
    pub head_is_new: bool,
}

/// The pull request that stands behind an intent. It may be closed or merged when it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The pull request.
    pub pull_request: PullRequest,
    /// False when it was found.
    pub created: bool,
}

/// The intent to merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Where.
    pub repository: RepositoryId,
    /// Which pull request.
    pub number: u64,
    /// The head that was judged; when the branch has moved on, nothing is merged.
    pub head: CommitSha,
    /// How.
    pub method: MergeMethod,
    /// The title of the merge commit; the forge's own when none.
    pub title: Option<String>,
    /// The rest of its message.
    pub message: Option<String>,
    /// Whether the head branch goes.
    pub delete_branch: bool,
}

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMethod {
    /// A merge commit with two parents.
    Merge,
    /// One new commit.
    Squash,
    /// The commits again on top of the base.
    Rebase,
    /// The base moves to the head, or nothing happens.
    FastForward,
}

impl MergeMethod {
    /// One word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
            Self::FastForward => "fast-forward",
        }
    }
}

/// What changed among the pull requests of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Those that changed at or after the time asked for, latest first, each once.
    pub pull_requests: Vec<PullRequest>,
    /// False when there were more than one call sequence may read: then ask for single ones.
    pub complete: bool,
}
