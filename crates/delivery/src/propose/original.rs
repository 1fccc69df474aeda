//! What the edits need of the repository: at the base commit, and at the refs that they copy from. The files that they
//! name, and, where they search, the list of all files and those that they find in it. Nothing is read twice, and
//! nothing that would be refused afterwards.

use std::collections::{BTreeMap, BTreeSet};

use stagecoach_change::{self as change, LARGEST_FILE, Needs};
use stagecoach_scm::{CommitSha, File, RepositoryId, TreeEntry};

use super::{Before, Edit, Proposal, Sides, read_files};
use crate::{Error, Forge};

/// Files that are read for one pull request.
const MOST_FILES: usize = 5_000;
/// Bytes of them, as far as they are known beforehand.
const MOST_BYTES: u64 = 128 << 20;

/// The repository, as far as the edits look at it.
#[derive(Default)]
pub(super) struct Original {
    /// At the base commit.
    pub(super) here: Part,
    /// At the refs that edits copy from, by their names.
    pub(super) at_refs: BTreeMap<String, Part>,
    /// Paths that the edits name.
    pub(super) named: BTreeSet<String>,
}

/// The repository at one commit.
#[derive(Default)]
pub(super) struct Part {
    /// Files that were asked for; `None` where one does not exist.
    pub(super) files: BTreeMap<String, Option<File>>,
    /// Everything that is no folder, where an edit searches.
    pub(super) listing: Option<BTreeMap<String, TreeEntry>>,
    /// Links and submodules that a search came across.
    pub(super) left_out: Vec<TreeEntry>,
}

impl Original {
    /// A file before anything was edited.
    pub(super) fn before(&self, path: &str) -> Before {
        match (self.here.files.get(path), self.here.entry(path)) {
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
                let entry = self.here.entry(path);
                entry.is_some_and(|entry| entry.size == after.bytes().len() as u64)
            }
            (Before::Absent | Before::Read(_) | Before::Listed { .. }, _) => false,
        };
        let changes = proposal.changes.iter().filter(may_be_same);
        changes.map(|(path, _)| path.clone()).collect()
    }

    /// The link or submodule that stands at a path or above it, where that is known.
    pub(super) fn obstacle(&self, path: &str) -> Option<&TreeEntry> {
        let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        let mut entries = above.chain([path]).filter_map(|path| self.here.entry(path));
        entries.find(|entry| !entry.kind.is_file())
    }
}

impl Part {
    fn entry(&self, path: &str) -> Option<&TreeEntry> {
        self.listing.as_ref()?.get(path)
    }

    /// What edits may search: the paths of all files.
    pub(super) fn searchable(&self) -> Option<impl Iterator<Item = &String>> {
        let listing = self.listing.as_ref()?;
        let files = listing.iter().filter(|(_, entry)| entry.kind.is_file());
        Some(files.map(|(path, _)| path))
    }

    /// Links and submodules that stay behind alone: every file beside them goes.
    pub(super) fn left_behind(&self, goes: impl Fn(&str) -> bool) -> impl Iterator<Item = &TreeEntry> {
        let entries = || self.listing.iter().flat_map(BTreeMap::values);
        let mut folders: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        for entry in entries().filter(|entry| entry.kind.is_file()) {
            let (some_go, some_stay) = folders.entry(folder(&entry.path)).or_default();
            if goes(&entry.path) {
                *some_go = true;
            } else {
                *some_stay = true;
            }
        }
        entries().filter(move |entry| !entry.kind.is_file() && folders.get(folder(&entry.path)) == Some(&(true, false)))
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
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
    let mut of_refs: BTreeMap<&String, Vec<&Needs>> = BTreeMap::new();
    for (name, needs) in needs.iter().flat_map(|needs| &needs.at_refs) {
        of_refs.entry(name).or_default().push(needs);
    }
    let mut budget = Budget::default();
    let here = part(forge, repository, at, &needs.iter().collect::<Vec<_>>(), &mut budget).await?;
    let mut at_refs = BTreeMap::new();
    for (name, needs) in of_refs {
        let commit = forge.read().resolve(repository, name).await?;
        let commit = commit.ok_or_else(|| Error::RefMissing {
            repository: repository.to_string(),
            reference: name.clone(),
        })?;
        let part = part(forge, repository, &commit, &needs, &mut budget).await?;
        at_refs.insert(name.clone(), part);
    }
    Ok(Original {
        here,
        at_refs,
        named: needs.into_iter().flat_map(|needs| needs.files).collect(),
    })
}

async fn part(
    forge: &Forge,
    repository: &RepositoryId,
    at: &CommitSha,
    needs: &[&Needs],
    budget: &mut Budget,
) -> Result<Part, Error> {
    let named = || needs.iter().flat_map(|needs| needs.files.iter().cloned());
    if !needs.iter().any(|needs| needs.listing) {
        let wanted: BTreeSet<String> = named().collect();
        budget.take(wanted.len(), 0)?;
        return Ok(Part {
            files: read_files(forge, repository, at, wanted).await?,
            ..Part::default()
        });
    }
    let listed = forge.read().list_files(repository, at).await?;
    let listing = listed.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
    let Wanted { files, left_out } = wanted(needs, &listing, budget)?;
    Ok(Part {
        files: read_files(forge, repository, at, files).await?,
        listing: Some(listing),
        left_out,
    })
}

/// What is left to read of a repository that was listed.
pub(super) struct Wanted {
    pub(super) files: BTreeSet<String>,
    pub(super) left_out: Vec<TreeEntry>,
}

/// What is named and there, and what the searches find.
pub(super) fn wanted(
    needs: &[&Needs],
    listing: &BTreeMap<String, TreeEntry>,
    budget: &mut Budget,
) -> Result<Wanted, Error> {
    let mut found: BTreeMap<&str, &TreeEntry> = BTreeMap::new();
    for path in needs.iter().flat_map(|needs| &needs.files) {
        if let Some(entry) = listing.get(path) {
            if !entry.kind.is_file() {
                return Err(not_a_file(entry));
            }
            found.insert(path, entry);
        }
    }
    for needs in needs.iter().filter(|needs| needs.listing) {
        let selected = needs.select(listing.keys().map(String::as_str));
        found.extend(selected.into_iter().filter_map(|path| Some((path, listing.get(path)?))));
    }
    let (files, left_out): (Vec<_>, Vec<_>) = found.into_values().partition(|entry| entry.kind.is_file());
    if let Some(large) = files.iter().find(|entry| entry.size > LARGEST_FILE as u64) {
        return Err(Error::FileTooLarge {
            path: large.path.clone(),
            size: large.size,
            limit: LARGEST_FILE,
        });
    }
    budget.take(files.len(), files.iter().map(|entry| entry.size).sum())?;
    Ok(Wanted {
        files: files.into_iter().map(|entry| entry.path.clone()).collect(),
        left_out: left_out.into_iter().cloned().collect(),
    })
}

/// What one pull request may read, in all its places.
#[derive(Default)]
pub(super) struct Budget {
    files: usize,
    bytes: u64,
}

impl Budget {
    fn take(&mut self, files: usize, bytes: u64) -> Result<(), Error> {
        self.files += files;
        self.bytes += bytes;
        if self.files > MOST_FILES {
            return Err(Error::TooManyReads {
                count: self.files,
                limit: MOST_FILES,
            });
        }
        if self.bytes > MOST_BYTES {
            return Err(Error::TooManyBytes {
                count: self.files,
                bytes: self.bytes,
                limit: MOST_BYTES,
            });
        }
        Ok(())
    }
}

/// The error for an edit of what is no file.
pub(super) fn not_a_file(entry: &TreeEntry) -> Error {
    Error::NotAFile {
        path: entry.path.clone(),
        kind: entry.kind.as_str(),
    }
}
