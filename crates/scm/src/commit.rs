//! What a commit is made of. Pure data: the intent to commit, and what the forge says about commits.

use jiff::Timestamp;

use crate::{
    error::Error,
    id::{CommitSha, RepositoryId},
};

/// A person as git writes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// The intent to put one commit on a new branch. Equal intents give equal commits: everything that git
/// hashes is in here or follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// Where.
    pub repository: RepositoryId,
    /// The branch that is made.
    pub branch: String,
    /// The branch that it starts from.
    pub base_branch: String,
    /// The commit of `base_branch` that the changes were computed on, and the only parent that is right.
    pub base: CommitSha,
    /// The whole message; blanks at both ends do not count.
    pub message: String,
    /// Author and committer.
    pub author: Person,
    /// Author date and committer date; git keeps whole seconds.
    pub date: Timestamp,
    /// The changes, at most one a path.
    pub changes: Vec<FileChange>,
}

/// What happens to one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The path inside the repository, without a leading slash.
    pub path: String,
    /// What happens to it.
    pub change: NewPath,
}

/// The three things that can happen to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewPath {
    /// The file does not exist and is made.
    Create {
        /// All bytes of it.
        content: Vec<u8>,
        /// Its mode.
        mode: FileMode,
    },
    /// The file exists with the blob id `previous`, and gets other bytes or another mode.
    Update {
        /// All bytes of it.
        content: Vec<u8>,
        /// [`crate::File::blob`] as it was read.
        previous: String,
        /// Its new mode; none: it keeps the one that it has.
        mode: Option<FileMode>,
    },
    /// The file exists with the blob id `previous`, and goes.
    Delete {
        /// [`crate::File::blob`] as it was read.
        previous: String,
    },
}

impl NewPath {
    /// Whether only a forge that sets modes can do it.
    pub(crate) fn asks_for_mode(&self) -> bool {
        match self {
            Self::Create { mode, .. } => *mode != FileMode::Regular,
            Self::Update { mode, .. } => mode.is_some(),
            Self::Delete { .. } => false,
        }
    }

    /// The bytes that stand at the path afterwards; none when it is deleted.
    pub fn content(&self) -> Option<&[u8]> {
        match self {
            Self::Create { content, .. } | Self::Update { content, .. } => Some(content),
            Self::Delete { .. } => None,
        }
    }
}

/// What git keeps of a file's mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileMode {
    /// A file.
    #[default]
    Regular,
    /// A file that may be run.
    Executable,
}

/// A commit as the forge reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub sha: CommitSha,
    /// Its parents, first one first.
    pub parents: Vec<CommitSha>,
    /// The whole message.
    pub message: String,
    /// The author.
    pub author: Person,
    /// The author date.
    pub date: Timestamp,
}

impl Commit {
    /// Whether this is the commit of that intent, parent and content aside. A forge that signs what its API
    /// commits replaces the committer and names it in a trailer: the rest of the message is still ours.
    pub(crate) fn is_of(&self, intent: &NewCommit) -> bool {
        let wanted = intent.message.trim();
        let same_message = self
            .message
            .trim()
            .strip_prefix(wanted)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("\n\nCo-authored-by:"));
        same_message && self.author == intent.author && self.date.as_second() == intent.date.as_second()
    }
}

/// The commit that stands behind an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The commit of the intent.
    pub sha: CommitSha,
    /// What the branch points at: `sha`, or a commit that a person put on top of it.
    pub head: CommitSha,
    /// False when an earlier pass had made it; then the pull request may exist as well.
    pub created: bool,
}

/// Refuses an intent that no forge should ever see. Paths were confined when the changes were computed; this
/// is the last door before a token with write access is used. A mode that the forge would drop without a word is refused too.
pub(crate) fn validate(intent: &NewCommit, sets_modes: bool) -> Result<(), Error> {
    if intent.changes.is_empty() {
        return Err(Error::InvalidCommitIntent {
            branch: intent.branch.clone(),
            why: "it changes nothing".to_owned(),
        });
    }
    if intent.branch == intent.base_branch {
        let why = "the branch is its own base: stagecoach never commits to a base branch".to_owned();
        return Err(Error::InvalidCommitIntent {
            branch: intent.branch.clone(),
            why,
        });
    }
    for (index, change) in intent.changes.iter().enumerate() {
        if change.change.asks_for_mode() && !sets_modes {
            let why = format!("the forge cannot set the mode of {:?}", change.path);
            return Err(Error::InvalidCommitIntent {
                branch: intent.branch.clone(),
                why,
            });
        }
        if !is_inside(&change.path) {
            let why = format!("the path {:?} leaves the repository or enters .git", change.path);
            return Err(Error::InvalidCommitIntent {
                branch: intent.branch.clone(),
                why,
            });
        }
        if intent
            .changes
            .iter()
            .skip(index + 1)
            .any(|other| other.path == change.path)
        {
            let why = format!("the path {} is changed twice", change.path);
            return Err(Error::InvalidCommitIntent {
                branch: intent.branch.clone(),
                why,
            });
        }
    }
    Ok(())
}

/// Whether a path stays inside the repository's tree.
pub(crate) fn is_inside(path: &str) -> bool {
    !path.contains(['\\', '\0'])
        && path
            .split('/')
            .all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent() -> NewCommit {
        NewCommit {
            repository: RepositoryId::parse("o/r").unwrap(),
            branch: "b".to_owned(),
            base_branch: "main".to_owned(),
            base: CommitSha::parse(&"1".repeat(40)).unwrap(),
            message: "Update x\n\nbody\n".to_owned(),
            author: Person {
                name: "S".to_owned(),
                email: "s@example.com".to_owned(),
            },
            date: "2026-01-02T03:04:05Z".parse().unwrap(),
            changes: vec![FileChange {
                path: "a".to_owned(),
                change: NewPath::Create {
                    content: vec![],
                    mode: FileMode::Regular,
                },
            }],
        }
    }

    fn commit(message: &str) -> Commit {
        Commit {
            sha: CommitSha::parse(&"2".repeat(40)).unwrap(),
            parents: vec![],
            message: message.to_owned(),
            author: intent().author,
            date: "2026-01-02T03:04:05+00:00".parse().unwrap(),
        }
    }

    #[test]
    fn a_commit_is_known_by_message_author_and_date() {
        assert!(commit("Update x\n\nbody").is_of(&intent()));
        assert!(commit("Update x\n\nbody\n\nCo-authored-by: S <s@example.com>\n").is_of(&intent()));
        assert!(!commit("Update x\n\nbody and more").is_of(&intent()));
        assert!(!commit("Update y").is_of(&intent()));
        let mut other = commit("Update x\n\nbody");
        other.author.email = "p@example.com".to_owned();
        assert!(!other.is_of(&intent()));
        let mut later = commit("Update x\n\nbody");
        later.date = "2026-01-02T03:04:06Z".parse().unwrap();
        assert!(!later.is_of(&intent()));
    }

    #[test]
    fn paths_stay_inside() {
        for path in ["a", "a/b.yaml", ".github/workflows/x.yml", "..a/b"] {
            assert!(is_inside(path), "{path}");
        }
        for path in [
            "",
            "/a",
            "a/",
            "a//b",
            "../a",
            "a/../b",
            "./a",
            ".git/config",
            "a/.GIT/x",
            "a\\b",
        ] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn an_intent_is_checked_before_it_leaves() {
        assert!(validate(&intent(), false).is_ok());
        let mut none = intent();
        none.changes.clear();
        assert!(
            validate(&none, false)
                .unwrap_err()
                .to_string()
                .contains("changes nothing")
        );
        let mut twice = intent();
        twice.changes.push(FileChange {
            path: "a".to_owned(),
            change: NewPath::Delete {
                previous: "x".to_owned(),
            },
        });
        assert!(
            validate(&twice, false)
                .unwrap_err()
                .to_string()
                .contains("changed twice")
        );
        let mut base = intent();
        base.branch = "main".to_owned();
        assert!(validate(&base, false).is_err());
        let mut outside = intent();
        outside.changes[0].path = "../x".to_owned();
        assert!(
            validate(&outside, false)
                .unwrap_err()
                .to_string()
                .contains("leaves the repository")
        );
    }

    #[test]
    fn a_mode_is_asked_of_a_forge_that_sets_modes_only() {
        let update = |mode| NewPath::Update {
            content: vec![],
            previous: "x".to_owned(),
            mode,
        };
        for (change, asks) in [
            (update(None), false),
            (update(Some(FileMode::Regular)), true),
            (
                NewPath::Create {
                    content: vec![],
                    mode: FileMode::Executable,
                },
                true,
            ),
        ] {
            let mut intent = intent();
            intent.changes[0].change = change;
            assert!(validate(&intent, true).is_ok());
            assert_eq!(validate(&intent, false).is_err(), asks);
        }
    }
}
