//! What can go wrong at a forge, in words for a person: what was done, where, why it failed, what to do.
//!
//! Callers ask [`Error::kind`] whether to try again and [`Error::reason`] for conditions, events and metrics.
//! No variant ever holds a token; what a forge answered is cut and cleaned before it gets here.

use std::fmt;

use jiff::Timestamp;

use crate::id::{CommitSha, RepositoryId};

/// Which call failed, and at which forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The connection's name where it has one; host, and port when it is not the usual one.
    pub forge: String,
    /// What was being done, as it reads after "cannot".
    pub doing: String,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: cannot {}", self.forge, self.doing)
    }
}

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Try again, with backoff.
    Retry,
    /// Try again then, and not before.
    Wait(Timestamp),
    /// A person must change something.
    Stalled,
}

/// A call to a forge that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 401.
    #[error("{at}: the token was refused; put a valid token into {secret}")]
    Unauthorized {
        /// Where.
        at: Place,
        /// Where the token came from.
        secret: String,
    },
    /// 403.
    #[error("{at}: the token may not do that ({message}); give it read and write access to code and pull requests")]
    Forbidden {
        /// Where.
        at: Place,
        /// The forge's own words.
        message: String,
    },
    /// 404; forges also answer it for what a token may not see.
    #[error("{at}: {what} was not found; check the name, and that the token may see it")]
    NotFound {
        /// Where.
        at: Place,
        /// What is missing.
        what: String,
    },
    /// 429.
    #[error("{at}: the forge's rate limit is spent until {until}")]
    RateLimited {
        /// Where.
        at: Place,
        /// When calls are taken again.
        until: Timestamp,
    },
    /// 5xx, no connection, or no answer in time.
    #[error("{at}: the forge is not available ({cause}); it is tried again")]
    Unavailable {
        /// Where.
        at: Place,
        /// What was seen.
        cause: String,
    },
    /// The state at the forge is another than the call expected.
    #[error("{at}: {message}")]
    Conflict {
        /// Where.
        at: Place,
        /// The forge's own words.
        message: String,
    },
    /// The forge does not merge the pull request now. Conflict, running check and missing review look alike.
    #[error(
        "{at}: the forge does not merge it now ({message}); look for conflicts, checks and reviews at the pull request"
    )]
    NotMergeable {
        /// Where.
        at: Place,
        /// The forge's own words.
        message: String,
    },
    /// The forge understood, and says no.
    #[error("{at}: the forge refused it: {message}")]
    Refused {
        /// Where.
        at: Place,
        /// The forge's own words.
        message: String,
    },
    /// An answer that is not what this forge's API promises, as from a proxy or a login page.
    #[error("{at}: the answer was not understood ({message}); check that the connection's URL is the forge's API")]
    Unreadable {
        /// Where.
        at: Place,
        /// What was wrong with it.
        message: String,
    },
    /// More than we are ready to hold.
    #[error(
        "{at}: it is larger than {limit} bytes, which is more than a promotion reads; take it out of the automation"
    )]
    TooLarge {
        /// Where.
        at: Place,
        /// The limit in bytes.
        limit: usize,
    },
    /// A repository with more paths than we are ready to hold.
    #[error(
        "{at}: it has {count} files and folders, and at most {limit} are listed; name the files in the automation, \
         instead of searching for them"
    )]
    TooManyFiles {
        /// Where.
        at: Place,
        /// How many there are.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// The forge points elsewhere; the token is never taken along.
    #[error("{at}: the forge redirects to {to}; use the new address in the connection, or the repository's new name")]
    Redirected {
        /// Where.
        at: Place,
        /// The new place.
        to: String,
    },
    /// The base branch has moved since the intent was written: nothing was left on the forge, write it anew.
    #[error("{repository}: branch {base_branch} has moved from {} to {}; the change is computed again there", base.short(), parent.short())]
    BaseMoved {
        /// Where.
        repository: RepositoryId,
        /// The branch that moved.
        base_branch: String,
        /// Where the intent thought it was.
        base: CommitSha,
        /// Where it was found.
        parent: CommitSha,
    },
    /// The branch exists and does not hold the intended commit.
    #[error("{repository}: branch {branch} exists with other commits (it is at {}); delete it, or retry the stage, which takes another branch", head.short())]
    BranchTaken {
        /// Where.
        repository: RepositoryId,
        /// The branch.
        branch: String,
        /// What it points at.
        head: CommitSha,
    },
    /// A text that names no repository.
    #[error("{identifier:?} is no repository: {why}; write owner/name, or its URL")]
    InvalidIdentifier {
        /// The path part of what was written.
        identifier: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A text that is no full commit id.
    #[error("{text:?} is no full commit id")]
    InvalidCommit {
        /// The text.
        text: String,
    },
    /// A commit that must not be made.
    #[error("the commit for branch {branch} is not made: {why}")]
    InvalidCommitIntent {
        /// The branch.
        branch: String,
        /// What is wrong.
        why: String,
    },
    /// The connection itself cannot be used.
    #[error("the connection cannot be used: {why}")]
    InvalidConnection {
        /// What is wrong.
        why: String,
    },
    /// A git server that is no forge.
    #[error("{0}")]
    Git(#[from] crate::git::Error),
}

impl Error {
    /// What the caller does next.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Git(error) => error.kind(),
            Self::RateLimited { until, .. } => Kind::Wait(*until),
            Self::Unavailable { .. }
            | Self::Conflict { .. }
            | Self::NotMergeable { .. }
            | Self::Unreadable { .. }
            | Self::BaseMoved { .. } => Kind::Retry,
            Self::Unauthorized { .. }
            | Self::Forbidden { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::TooManyFiles { .. }
            | Self::Redirected { .. }
            | Self::BranchTaken { .. }
            | Self::InvalidIdentifier { .. }
            | Self::InvalidCommit { .. }
            | Self::InvalidCommitIntent { .. }
            | Self::InvalidConnection { .. } => Kind::Stalled,
        }
    }

    /// One word for a condition, an event and a metric.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Git(error) => error.reason(),
            Self::Unauthorized { .. } => "ForgeUnauthorized",
            Self::Forbidden { .. } => "ForgeForbidden",
            Self::NotFound { .. } => "ForgeNotFound",
            Self::RateLimited { .. } => "ForgeRateLimited",
            Self::Unavailable { .. } => "ForgeUnavailable",
            Self::Conflict { .. } => "ForgeConflict",
            Self::NotMergeable { .. } => "PullRequestNotMergeable",
            Self::Refused { .. } => "ForgeRefused",
            Self::Unreadable { .. } => "ForgeUnreadable",
            Self::TooLarge { .. } => "FileTooLarge",
            Self::TooManyFiles { .. } => "TooManyFiles",
            Self::Redirected { .. } => "ForgeRedirected",
            Self::BaseMoved { .. } => "BaseMoved",
            Self::BranchTaken { .. } => "BranchTaken",
            Self::InvalidIdentifier { .. } => "InvalidRepository",
            Self::InvalidCommit { .. } => "InvalidCommit",
            Self::InvalidCommitIntent { .. } => "InvalidChangeSet",
            Self::InvalidConnection { .. } => "InvalidConnection",
        }
    }
}
