//! From automations to a proposal: the base is found, the files are read, the edits are computed. Reads only.

mod apply;
mod aside;
mod modes;
mod original;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stagecoach_change::{self as change, Automation, Content, Mode, Op, Secrets};
use stagecoach_scm::{CommitSha, Content as _, File, FileChange, FileMode, NewPath, RepositoryId};

use apply::{Work, apply};
use aside::aside;
use original::{Asked, Original, Reader};

use crate::{Error, Forge, Sources};

/// How often a script may ask for more files.
const SCRIPT_ROUNDS: usize = 50;

/// Where a change starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The branch.
    pub branch: String,
    /// What it points at.
    pub commit: CommitSha,
}

/// One automation with the values for one service.
#[derive(Clone)]
pub struct Edit {
    /// The automation.
    pub automation: Automation,
    /// What its templates see.
    pub context: Value,
    /// Where it finds what is not in the repository.
    pub sources: Sources,
}

/// What a pull request would do: all edits of a group, one after the other, against one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Paths whose content or mode is another one afterwards.
    pub changes: BTreeMap<String, Sides>,
    /// Paths that the edits were about and left as they are.
    pub unchanged: BTreeSet<String>,
    /// What the edits warn of.
    pub warnings: Vec<String>,
    /// What nobody is told who looks at the proposal.
    pub secrets: Secrets,
}

/// A file before and after. The bytes that both sides have in common are in memory once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// As it is at the base commit.
    pub before: Before,
    /// As it is to be; `None` where it goes.
    pub after: Option<Content>,
    /// The mode at the base commit, where it is known.
    pub mode_before: Option<Mode>,
    /// The mode that it is to have; a new file always has one. `None` where it keeps its own, or goes.
    pub mode: Option<Mode>,
}

/// A file at the base commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// It does not exist.
    Absent,
    /// It was read.
    Read(File),
    /// It exists and nobody had to look inside: it goes, or is written anew whole.
    Listed {
        /// Git's id of its content.
        blob: String,
    },
}

impl Before {
    /// Git's id of the content; `None` where there is none.
    fn blob(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Read(file) => Some(&file.blob),
            Self::Listed { blob } => Some(blob),
        }
    }

    /// The content, where it was read and is text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Read(file) => std::str::from_utf8(&file.bytes).ok(),
            Self::Absent | Self::Listed { .. } => None,
        }
    }
}

impl Sides {
    /// What happens to the file.
    pub fn op(&self) -> Op {
        match (&self.before, &self.after) {
            (_, None) => Op::Delete,
            (Before::Absent, Some(_)) => Op::Create,
            (Before::Read(_) | Before::Listed { .. }, Some(_)) => Op::Update,
        }
    }

    /// The content afterwards, where there is some and it is text.
    pub fn text_after(&self) -> Option<String> {
        let content = self.after.as_ref()?;
        String::from_utf8(content.bytes().into_owned()).ok()
    }
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
            let content = sides.after.as_ref().map(|content| content.bytes().into_owned());
            let previous = sides.before.blob().map(str::to_owned);
            let change = match (previous, content) {
                (Some(previous), Some(content)) => NewPath::Update {
                    content,
                    previous,
                    mode: sides.mode.map(modes::of_forge),
                },
                (None, Some(content)) => NewPath::Create {
                    content,
                    mode: sides.mode.map_or(FileMode::Regular, modes::of_forge),
                },
                (Some(previous), None) => NewPath::Delete { previous },
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

/// Computes what `edits`, in their order, do to the repository as it is at `at`, as far as a commit through this forge can do
/// it: what it cannot is a warning.
pub async fn propose(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    edits: &[Edit],
) -> Result<Proposal, Error> {
    let proposed = async {
        let (mut proposal, _) = wanted(forge, repository, at, edits).await?;
        if !forge.write().sets_modes() {
            modes::leave_to_people(&mut proposal);
        }
        Ok(proposal)
    };
    told(edits, proposed.await)
}

/// Computes what `edits` want, whatever a commit through this forge can do of it, and reads every changed file: for a patch.
pub async fn propose_whole(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    edits: &[Edit],
) -> Result<Proposal, Error> {
    let proposed = async {
        let (mut proposal, original) = wanted(forge, repository, at, edits).await?;
        let unread = original.unread(&proposal)?;
        for (path, file) in forge.content(repository).read_files(at, unread).await? {
            if let (Some(sides), Some(file)) = (proposal.changes.get_mut(&path), file) {
                sides.before = Before::Read(file);
            }
        }
        Ok(proposal)
    };
    told(edits, proposed.await)
}

/// What the values of the edits hold and nobody is told: a ref, a chart's name or a path may be made of it.
fn secrets(edits: &[Edit]) -> Secrets {
    let each = edits
        .iter()
        .map(|edit| Secrets::of(&edit.automation.configuration, &edit.context));
    each.fold(Secrets::default(), Secrets::and)
}

/// What it came to, without secrets.
fn told(edits: &[Edit], proposed: Result<Proposal, Error>) -> Result<Proposal, Error> {
    let secrets = secrets(edits);
    match proposed {
        Ok(mut proposal) => {
            proposal.warnings = proposal.warnings.into_iter().map(|text| secrets.hide(text)).collect();
            proposal.secrets = secrets;
            Ok(proposal)
        }
        Err(error) => Err(error.without(&secrets)),
    }
}

async fn wanted(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    edits: &[Edit],
) -> Result<(Proposal, Original), Error> {
    let content = forge.content(repository);
    let mut reader = Reader::new(&content, at);
    let mut original = reader.read(edits).await?;
    let mut work = Work::default();
    for edit in edits {
        if edit.automation.lua.is_some() {
            read_for_script(&mut reader, &mut original, &work, edit).await?;
        }
        work.apply(&original, edit).await?;
    }
    let proposal = work.finish(&original)?;
    // What is made where a file of that size stands already may be that file.
    let unseen = original.unseen(&proposal);
    if unseen.is_empty() {
        return Ok((proposal, original));
    }
    let found = content.read_files(at, unseen).await?;
    original.here.files.extend(found);
    Ok((apply(&original, edits).await?, original))
}

/// Reads what an edit's script asks for, until it asks for nothing new.
async fn read_for_script(
    reader: &mut Reader<'_>,
    original: &mut Original,
    work: &Work,
    edit: &Edit,
) -> Result<(), Error> {
    for _ in 0..SCRIPT_ROUNDS {
        let files = work.files(original, edit);
        let needs = aside(edit, files, change::needs_of_script).await?;
        let asked = Asked { edit, needs };
        if !reader.more(original, &[asked]).await? {
            return Ok(());
        }
    }
    Err(Error::EndlessScript { limit: SCRIPT_ROUNDS })
}

#[cfg(test)]
mod tests;
