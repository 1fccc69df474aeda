//! From automations to a proposal: the base is found, the files are read, the edits are computed. Reads only.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use stagecoach_change::{self as change, Automation, Files, Op};
use stagecoach_scm::{CommitSha, File, FileChange, NewPath, RepositoryId};

use crate::{Error, Forge};

/// Files that are read from a forge at the same time.
const CONCURRENT_READS: usize = 8;

/// Where a change starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The branch.
    pub branch: String,
    /// What it points at.
    pub commit: CommitSha,
}

/// One automation with the values for one service.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The automation.
    pub automation: Automation,
    /// What its templates see.
    pub context: Value,
}

/// What a pull request would do: all edits of a group, one after the other, against one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Paths whose content is another one afterwards.
    pub changes: BTreeMap<String, Sides>,
    /// Paths that the edits looked at and left as they are.
    pub unchanged: BTreeSet<String>,
    /// What the edits warn of.
    pub warnings: Vec<String>,
}

/// A file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// As it is at the base commit; `None` where it does not exist.
    pub before: Option<File>,
    /// As it is to be; `None` where it goes.
    pub after: Option<Vec<u8>>,
}

impl Proposal {
    /// The paths that the change is about: the changed ones, or all that were looked at where none changes.
    pub fn files(&self) -> Vec<String> {
        if self.changes.is_empty() {
            self.unchanged.iter().cloned().collect()
        } else {
            self.changes.keys().cloned().collect()
        }
    }

    /// The changes as a commit takes them.
    pub(crate) fn file_changes(&self) -> Vec<FileChange> {
        let change = |(path, sides): (&String, &Sides)| {
            let change = match (&sides.before, &sides.after) {
                (Some(before), Some(content)) => NewPath::Update {
                    content: content.clone(),
                    previous: before.blob.clone(),
                },
                (None, Some(content)) => NewPath::Create {
                    content: content.clone(),
                },
                (Some(before), None) => NewPath::Delete {
                    previous: before.blob.clone(),
                },
                (None, None) => return None,
            };
            Some(FileChange {
                path: path.clone(),
                change,
            })
        };
        self.changes.iter().filter_map(change).collect()
    }
}

/// The head of `branch`, or of the default branch.
pub async fn base(forge: &Forge, repository: &RepositoryId, branch: Option<&str>) -> Result<Base, Error> {
    let branch = match branch {
        Some(branch) => branch.to_owned(),
        None => forge.repository(repository).await?.default_branch,
    };
    match forge.read().branch_head(repository, &branch).await? {
        Some(commit) => Ok(Base { branch, commit }),
        None => Err(Error::BranchMissing {
            repository: repository.to_string(),
            branch,
        }),
    }
}

/// Reads files at a commit; `None` for the ones that do not exist.
pub async fn read_files(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    paths: impl IntoIterator<Item = String>,
) -> Result<BTreeMap<String, Option<File>>, Error> {
    stream::iter(paths)
        .map(|path| async move {
            let file = forge.read().read_file(repository, at, &path).await?;
            Ok((path, file))
        })
        .buffer_unordered(CONCURRENT_READS)
        .try_collect()
        .await
}

/// Computes what `edits`, in their order, do to the repository as it is at `at`.
pub async fn propose(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    edits: &[Edit],
) -> Result<Proposal, Error> {
    let mut wanted = BTreeSet::new();
    for edit in edits {
        wanted.extend(change::needs(&edit.automation, &edit.context)?.files);
    }
    let original = read_files(forge, repository, at, wanted).await?;
    apply(&original, edits)
}

/// The pure part of [`propose`].
fn apply(original: &BTreeMap<String, Option<File>>, edits: &[Edit]) -> Result<Proposal, Error> {
    let present = original
        .iter()
        .filter_map(|(path, file)| Some((path.clone(), Some(file.as_ref()?.bytes.clone()))));
    let mut current: BTreeMap<String, Option<Vec<u8>>> = present.collect();
    let mut warnings: BTreeSet<String> = BTreeSet::new();
    for edit in edits {
        let mut files = Files::new();
        for (path, content) in &current {
            if let Some(content) = content {
                files.insert(path.clone(), content.clone());
            }
        }
        let set = change::compute(&edit.automation, &edit.context, &files)?;
        warnings.extend(set.warnings.iter().map(ToString::to_string));
        for change in set.changes {
            let after = match change.op {
                Op::Create | Op::Update => Some(change.content.bytes().into_owned()),
                Op::Delete => None,
            };
            current.insert(change.path, after);
        }
    }
    let mut proposal = Proposal {
        warnings: warnings.into_iter().collect(),
        ..Proposal::default()
    };
    for (path, after) in current {
        let before = original.get(&path).cloned().flatten();
        if before.as_ref().map(|file| &file.bytes) == after.as_ref() {
            proposal.unchanged.insert(path);
        } else {
            proposal.changes.insert(path, Sides { before, after });
        }
    }
    Ok(proposal)
}

#[cfg(test)]
mod tests;
