//! What the edits need of the repository at the base commit: the files that they name, and, where they search, the list
//! of all files and those that they find in it. Nothing is read twice, and nothing that would be refused afterwards.

use std::collections::{BTreeMap, BTreeSet};

use stagecoach_change::{self as change, LARGEST_FILE, Needs};
use stagecoach_scm::{CommitSha, EntryKind, File, RepositoryId, TreeEntry};

use super::{Before, Edit, Proposal, Sides, read_files};
use crate::{Error, Forge};

/// Files that are read for one pull request.
const MOST_FILES: usize = 5_000;
/// Bytes of them, as far as they are known beforehand.
const MOST_BYTES: u64 = 128 << 20;

/// The repository at the base commit, as far as the edits look at it.
#[derive(Default)]
pub(super) struct Original {
    /// Files that were asked for; `None` where one does not exist.
    pub(super) files: BTreeMap<String, Option<File>>,
    /// Everything that is no folder, where an edit searches.
    pub(super) listing: Option<BTreeMap<String, TreeEntry>>,
    /// Paths that the edits name.
    pub(super) named: BTreeSet<String>,
}

impl Original {
    /// A file before anything was edited.
    pub(super) fn before(&self, path: &str) -> Before {
        let listed = || self.listing.as_ref()?.get(path);
        match (self.files.get(path), listed()) {
            (Some(Some(file)), _) => Before::Read(file.clone()),
            (_, Some(entry)) => Before::Listed {
                blob: entry.blob.clone(),
            },
            (_, None) => Before::Absent,
        }
    }

    /// Paths that are to be written over without a look at what is there, though it may be the very same.
    pub(super) fn unseen(&self, proposal: &Proposal) -> Vec<String> {
        let may_be_same = |(path, sides): &(&String, &Sides)| match (&sides.before, &sides.after) {
            (Before::Listed { .. }, Some(after)) => {
                let entry = self.listing.as_ref().and_then(|listing| listing.get(*path));
                entry.is_some_and(|entry| entry.size == after.bytes().len() as u64)
            }
            (Before::Absent | Before::Read(_) | Before::Listed { .. }, _) => false,
        };
        let changes = proposal.changes.iter().filter(may_be_same);
        changes.map(|(path, _)| path.clone()).collect()
    }

    /// The link or submodule that stands at a path or above it, where that is known.
    pub(super) fn obstacle(&self, path: &str) -> Option<&TreeEntry> {
        let listing = self.listing.as_ref()?;
        let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        above.chain([path]).find_map(|path| {
            let entry = listing.get(path)?;
            (!entry.kind.is_file()).then_some(entry)
        })
    }
}

/// Reads it.
pub(super) async fn read(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    edits: &[Edit],
) -> Result<Original, Error> {
    let mut needs = Vec::new();
    for edit in edits {
        needs.push(change::needs(&edit.automation, &edit.context)?);
    }
    let named: BTreeSet<String> = needs.iter().flat_map(|needs| needs.files.iter().cloned()).collect();
    let listing = if needs.iter().any(|needs| needs.listing) {
        let listed = forge.read().list_files(repository, at).await?;
        let by_path = listed.into_iter().map(|entry| (entry.path.clone(), entry));
        Some(by_path.collect::<BTreeMap<_, _>>())
    } else {
        None
    };
    let wanted = match &listing {
        Some(listing) => wanted(&named, &needs, listing)?,
        None => named.clone(),
    };
    if wanted.len() > MOST_FILES {
        return Err(Error::TooManyReads {
            count: wanted.len(),
            limit: MOST_FILES,
        });
    }
    let files = read_files(forge, repository, at, wanted).await?;
    Ok(Original { files, listing, named })
}

/// Of a listed repository, what is to be read: what is named and there, and what the searches find.
pub(super) fn wanted(
    named: &BTreeSet<String>,
    needs: &[Needs],
    listing: &BTreeMap<String, TreeEntry>,
) -> Result<BTreeSet<String>, Error> {
    let mut wanted = BTreeMap::new();
    for path in named {
        if let Some(entry) = listing.get(path) {
            if !entry.kind.is_file() {
                return Err(not_a_file(entry));
            }
            wanted.insert(path.as_str(), entry);
        }
    }
    let files = || listing.values().filter(|entry| entry.kind.is_file());
    for needs in needs.iter().filter(|needs| needs.listing) {
        for path in needs.select(files().map(|entry| entry.path.as_str())) {
            if let Some(entry) = listing.get(path) {
                wanted.insert(path, entry);
            }
        }
    }
    if let Some(large) = wanted.values().find(|entry| entry.size > LARGEST_FILE as u64) {
        return Err(Error::FileTooLarge {
            path: large.path.clone(),
            size: large.size,
            limit: LARGEST_FILE,
        });
    }
    let bytes: u64 = wanted.values().map(|entry| entry.size).sum();
    if bytes > MOST_BYTES {
        return Err(Error::TooManyBytes {
            count: wanted.len(),
            bytes,
            limit: MOST_BYTES,
        });
    }
    Ok(wanted.into_keys().map(str::to_owned).collect())
}

/// The error for an edit of what is no file.
pub(super) fn not_a_file(entry: &TreeEntry) -> Error {
    Error::NotAFile {
        path: entry.path.clone(),
        kind: entry.kind.as_str(),
    }
}

/// What edits may search: the paths of all files.
pub(super) fn searchable(listing: &BTreeMap<String, TreeEntry>) -> impl Iterator<Item = &String> {
    let files = listing.iter().filter(|(_, entry)| entry.kind.is_file());
    files.map(|(path, _)| path)
}

/// Links and submodules that stay behind alone: every file beside them goes.
pub(super) fn left_behind(
    listing: &BTreeMap<String, TreeEntry>,
    goes: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &TreeEntry> {
    let mut folders: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for entry in listing.values().filter(|entry| entry.kind.is_file()) {
        let (some_go, some_stay) = folders.entry(folder(&entry.path)).or_default();
        if goes(&entry.path) {
            *some_go = true;
        } else {
            *some_stay = true;
        }
    }
    listing.values().filter(move |entry| {
        matches!(entry.kind, EntryKind::Symlink | EntryKind::Submodule)
            && folders.get(folder(&entry.path)) == Some(&(true, false))
    })
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
