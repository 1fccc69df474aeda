//! What a dry run would do, in words. Pure.

use std::fmt;

use crate::{
    commit::{FileChange, FileMode, NewCommit, NewPath},
    id::RepositoryId,
    pull_request::{Merge, NewPullRequest},
};

/// One effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A commit on a new branch.
    Commit(NewCommit),
    /// A branch gets one other commit.
    Replace(NewCommit),
    /// A new pull request.
    Open(NewPullRequest),
    /// A pull request is closed.
    Close {
        /// Where.
        repository: RepositoryId,
        /// Which one.
        number: u64,
        /// What is said about it there.
        comment: Option<String>,
    },
    /// A comment.
    Comment {
        /// Where.
        repository: RepositoryId,
        /// On which pull request.
        number: u64,
        /// Its words.
        text: String,
    },
    /// Labels.
    Label {
        /// Where.
        repository: RepositoryId,
        /// On which pull request.
        number: u64,
        /// Their names.
        labels: Vec<String>,
    },
    /// A merge.
    Merge(Merge),
}

/// Effects in their order. It prints as text that a person reads before saying yes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The effects.
    pub steps: Vec<Step>,
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return formatter.write_str("nothing to do\n");
        }
        self.steps.iter().try_for_each(|step| step.fmt(formatter))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(commit) => {
                writeln!(
                    formatter,
                    "create branch {} of {} from {} at {}",
                    commit.branch,
                    commit.repository,
                    commit.base_branch,
                    commit.base.short()
                )?;
                write_commit(formatter, commit)
            }
            Self::Replace(commit) => {
                writeln!(
                    formatter,
                    "replace branch {} of {}, on {} at {}",
                    commit.branch,
                    commit.repository,
                    commit.base_branch,
                    commit.base.short()
                )?;
                write_commit(formatter, commit)
            }
            Self::Open(new) => {
                writeln!(
                    formatter,
                    "open a pull request in {}: {} -> {}",
                    new.repository, new.head, new.base
                )?;
                writeln!(formatter, "  title: {}", new.title)?;
                write_text(formatter, "body", &new.body)
            }
            Self::Close {
                repository,
                number,
                comment,
            } => {
                writeln!(formatter, "close {repository}#{number}")?;
                comment
                    .as_ref()
                    .map_or(Ok(()), |text| write_text(formatter, "comment", text))
            }
            Self::Comment {
                repository,
                number,
                text,
            } => {
                writeln!(formatter, "comment on {repository}#{number}")?;
                write_text(formatter, "comment", text)
            }
            Self::Label {
                repository,
                number,
                labels,
            } => {
                writeln!(formatter, "label {repository}#{number}: {}", labels.join(", "))
            }
            Self::Merge(merge) => {
                let branch = if merge.delete_branch {
                    ", and delete its branch"
                } else {
                    ""
                };
                writeln!(
                    formatter,
                    "merge {}#{} at {} ({}){branch}",
                    merge.repository,
                    merge.number,
                    merge.head.short(),
                    merge.method.as_str()
                )
            }
        }
    }
}

fn write_commit(formatter: &mut fmt::Formatter<'_>, commit: &NewCommit) -> fmt::Result {
    write_text(formatter, "message", commit.message.trim())?;
    for FileChange { path, change } in &commit.changes {
        match change {
            NewPath::Create { content, mode } => {
                let mode = mode_in_words(Some(*mode).filter(|mode| *mode == FileMode::Executable));
                writeln!(formatter, "  create {path} ({} bytes{mode})", content.len())?;
            }
            NewPath::Update { content, mode, .. } => {
                let mode = mode_in_words(*mode);
                writeln!(formatter, "  update {path} ({} bytes{mode})", content.len())?;
            }
            NewPath::Delete { .. } => writeln!(formatter, "  delete {path}")?,
        }
    }
    Ok(())
}

fn mode_in_words(mode: Option<FileMode>) -> &'static str {
    match mode {
        Some(FileMode::Executable) => ", executable",
        Some(FileMode::Regular) => ", not executable",
        None => "",
    }
}

fn write_text(formatter: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    let mut lines = text.lines();
    writeln!(formatter, "  {name}: {}", lines.next().unwrap_or_default())?;
    for line in lines {
        writeln!(formatter, "    {line}")?;
    }
    Ok(())
}
