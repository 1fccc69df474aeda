//! What the edits need: of the repository at the base commit and at the refs that they copy from, and of the repositories
//! of their templates. The files that they name, and, where they search, the list of all files and those that they find in it. Nothing is read twice, and
//! nothing that would be refused afterwards.

use std::collections::{BTreeMap, BTreeSet};

use stagecoach_change::{self as change, Chart, LARGEST_FILE, Mode, Needs};
use stagecoach_scm::{CommitSha, Content, EntryKind, File, TreeEntry};
use stagecoach_versions::helm::{Archive, Packed};

use super::places::{Spot, Tree};
use super::{Before, Edit, Proposal, Sides};
use crate::{Error, LARGEST_PATCH};

/// Files that are read for one pull request.
const MOST_FILES: usize = 5_000;
/// Bytes of them: refused beforehand where they are known, else when they were read.
const MOST_BYTES: u64 = 128 << 20;

/// Bytes that are read only to stand in a patch. Compressed they may still fit into it.
const MOST_UNREAD: u64 = 16 * LARGEST_PATCH as u64;

/// The repository, as far as the edits look at it.
#[derive(Default)]
pub(super) struct Original {
    /// At the base commit.
    pub(super) here: Part,
    /// At other places.
    pub(super) elsewhere: BTreeMap<Spot, Part>,
    /// Paths that the edits name.
    pub(super) named: BTreeSet<String>,
}

/// What an edit asks for.
pub(super) struct Asked<'e> {
    pub(super) edit: &'e Edit,
    pub(super) needs: Needs,
}

/// A repository at one commit.
#[derive(Default)]
pub(super) struct Part {
    /// Files that were asked for; `None` where one does not exist.
    pub(super) files: BTreeMap<String, Option<File>>,
    /// Everything that is no folder, where an edit searches.
    pub(super) listing: Option<BTreeMap<String, TreeEntry>>,
    /// Links and submodules that a search came across.
    pub(super) left_out: Vec<TreeEntry>,
    /// The commit that a ref stands for; it is not asked twice.
    pub(super) commit: Option<CommitSha>,
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
                entry.is_some_and(|entry| entry.size.is_none_or(|size| size == after.bytes().len() as u64))
            }
            (Before::Absent | Before::Read(_) | Before::Listed { .. }, _) => false,
        };
        let changes = proposal.changes.iter().filter(may_be_same);
        changes.map(|(path, _)| path.clone()).collect()
    }

    /// Changed paths that nobody had to look into, as far as a patch has room for them.
    pub(super) fn unread(&self, proposal: &Proposal) -> Result<Vec<String>, Error> {
        let changes = proposal.changes.iter();
        let unread = changes.filter(|(_, sides)| matches!(sides.before, Before::Listed { .. }));
        let unread: Vec<String> = unread.map(|(path, _)| path.clone()).collect();
        let sizes = unread.iter().filter_map(|path| self.here.entry(path)?.size);
        let bytes = sizes.sum();
        if bytes > MOST_UNREAD {
            return Err(Error::PatchTooLarge {
                bytes,
                limit: LARGEST_PATCH,
            });
        }
        Budget::default().take(unread.len(), bytes)?;
        Ok(unread)
    }

    /// The link or submodule that stands at a path or above it, where that is known.
    pub(super) fn obstacle(&self, path: &str) -> Option<&TreeEntry> {
        let above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        let mut entries = above.chain([path]).filter_map(|path| self.here.entry(path));
        entries.find(|entry| !entry.kind.is_file())
    }
}

impl Part {
    /// A chart's files.
    fn of_chart(files: Archive) -> Self {
        let mut part = Self {
            listing: Some(BTreeMap::new()),
            ..Self::default()
        };
        for (path, Packed { bytes, executable }) in files {
            let entry = TreeEntry {
                path: path.clone(),
                kind: if executable {
                    EntryKind::Executable
                } else {
                    EntryKind::File
                },
                blob: String::new(),
                size: Some(bytes.len() as u64),
            };
            part.listing.get_or_insert_default().insert(path.clone(), entry);
            let file = File {
                bytes: bytes.into(),
                blob: String::new(),
            };
            part.files.insert(path, Some(file));
        }
        part
    }

    fn entry(&self, path: &str) -> Option<&TreeEntry> {
        self.listing.as_ref()?.get(path)
    }

    /// What edits may search: the paths of all files.
    pub(super) fn searchable(&self) -> Option<impl Iterator<Item = &String>> {
        let listing = self.listing.as_ref()?;
        let files = listing.iter().filter(|(_, entry)| entry.kind.is_file());
        Some(files.map(|(path, _)| path))
    }

    /// The paths of the files that may be run.
    pub(super) fn executables(&self) -> impl Iterator<Item = &String> {
        let entries = self.listing.iter().flatten();
        let runs = entries.filter(|(_, entry)| entry.kind == EntryKind::Executable);
        runs.map(|(path, _)| path)
    }

    /// The mode of a file, where the list tells it.
    pub(super) fn mode(&self, path: &str) -> Option<Mode> {
        let kind = self.entry(path)?.kind;
        kind.is_file().then(|| Mode::of(kind == EntryKind::Executable))
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

/// Reads what edits need, and never more than one pull request may.
pub(super) struct Reader<'a> {
    tree: Tree<'a>,
    at: &'a CommitSha,
    budget: Budget,
}

impl<'a> Reader<'a> {
    pub(super) fn new(content: &'a dyn Content, at: &'a CommitSha) -> Self {
        Self {
            tree: Tree { content, folder: "" },
            at,
            budget: Budget::default(),
        }
    }

    /// What all edits together need, as far as it is known before a script runs.
    pub(super) async fn read(&mut self, edits: &[Edit]) -> Result<Original, Error> {
        let mut asked = Vec::new();
        for edit in edits {
            let needs = change::needs(&edit.automation, &edit.context)?;
            asked.push(Asked { edit, needs });
        }
        let mut original = Original::default();
        self.more(&mut original, &asked).await?;
        Ok(original)
    }

    /// Reads what is not there yet; true when there was something to read.
    pub(super) async fn more(&mut self, original: &mut Original, asked: &[Asked<'_>]) -> Result<bool, Error> {
        let here: Vec<&Needs> = asked.iter().map(|asked| &asked.needs).collect();
        let named = here.iter().flat_map(|needs| needs.files.iter().cloned());
        original.named.extend(named);
        let mut grown = self.grow(self.tree, self.at, &mut original.here, &here).await?;
        let mut spots: BTreeMap<Spot, (&Edit, Vec<&Needs>)> = BTreeMap::new();
        for Asked { edit, needs } in asked {
            for (place, needs) in &needs.elsewhere {
                let spot = spots.entry(Spot::of(place, edit)?);
                spot.or_insert((edit, Vec::new())).1.push(needs);
            }
        }
        for (spot, (edit, needs)) in spots {
            let mut part = original.elsewhere.remove(&spot).unwrap_or_default();
            grown |= match &spot {
                Spot::Ref(name) => {
                    self.grow_at(self.tree, (name, "spec.updates.copies"), &mut part, &needs)
                        .await?
                }
                Spot::Templates(folder) => {
                    let templates = edit.sources.templates.as_ref().ok_or(Error::TemplatesUnnamed)?;
                    let tree = Tree::of(templates);
                    self.grow_at(tree, (&folder.reference, "spec.git"), &mut part, &needs)
                        .await?
                }
                Spot::Chart(chart) => self.pull(edit, chart, &mut part).await?,
            };
            original.elsewhere.insert(spot, part);
        }
        Ok(grown)
    }

    /// A chart comes whole, once.
    async fn pull(&mut self, edit: &Edit, chart: &Chart, part: &mut Part) -> Result<bool, Error> {
        if part.listing.is_some() {
            return Ok(false);
        }
        let files = edit.sources.chart(chart).await?;
        self.budget
            .take(files.len(), files.values().map(|file| file.bytes.len() as u64).sum())?;
        *part = Part::of_chart(files);
        Ok(true)
    }

    /// As [`Reader::grow`], at a branch, tag or commit that a field of the automation names.
    async fn grow_at(
        &mut self,
        tree: Tree<'_>,
        (reference, field): (&str, &'static str),
        part: &mut Part,
        needs: &[&Needs],
    ) -> Result<bool, Error> {
        let commit = match part.commit.take() {
            Some(known) => known,
            None => tree.resolve(reference, field).await?,
        };
        let grown = self.grow(tree, &commit, part, needs).await?;
        part.commit = Some(commit);
        Ok(grown)
    }

    async fn grow(&mut self, tree: Tree<'_>, at: &CommitSha, part: &mut Part, needs: &[&Needs]) -> Result<bool, Error> {
        let mut grown = false;
        if part.listing.is_none() && needs.iter().any(|needs| needs.listing) {
            part.listing = Some(tree.list(at).await?);
            grown = true;
        }
        let named = || needs.iter().flat_map(|needs| needs.files.iter().cloned());
        let mut wanted = match &part.listing {
            Some(listing) => wanted(needs, listing)?,
            None => Wanted {
                files: named().map(|path| (path, 0)).collect(),
                left_out: Vec::new(),
            },
        };
        wanted.files.retain(|path, _| !part.files.contains_key(path));
        let foreseen = wanted.files.values().sum();
        self.budget.take(wanted.files.len(), foreseen)?;
        grown |= !wanted.files.is_empty();
        let files = tree.read(at, wanted.files.into_keys()).await?;
        let read: u64 = files.values().flatten().map(|file| file.bytes.len() as u64).sum();
        self.budget.take(0, read.saturating_sub(foreseen))?;
        part.files.extend(files);
        part.left_out.extend(wanted.left_out);
        Ok(grown)
    }
}

/// What is to be read of a repository that was listed.
pub(super) struct Wanted {
    /// Paths, and the bytes of each as far as they are known.
    pub(super) files: BTreeMap<String, u64>,
    pub(super) left_out: Vec<TreeEntry>,
}

/// What is named and there, and what the searches find.
pub(super) fn wanted(needs: &[&Needs], listing: &BTreeMap<String, TreeEntry>) -> Result<Wanted, Error> {
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
    let size = |entry: &TreeEntry| entry.size.unwrap_or_default();
    if let Some(large) = files.iter().find(|entry| size(entry) > LARGEST_FILE as u64) {
        return Err(Error::FileTooLarge {
            path: large.path.clone(),
            size: size(large),
            limit: LARGEST_FILE,
        });
    }
    Ok(Wanted {
        files: files
            .into_iter()
            .map(|entry| (entry.path.clone(), size(entry)))
            .collect(),
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
    pub(super) fn take(&mut self, files: usize, bytes: u64) -> Result<(), Error> {
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
