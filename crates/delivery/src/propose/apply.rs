//! The edits, one after the other, on what was read. Bytes are shared with what was read; only what an edit wrote
//! is in memory beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stagecoach_change::{self as change, Change, Content, Files, Mode, Op, Secrets};
use stagecoach_scm::TreeEntry;

use super::aside::aside;
use super::original::{Original, not_a_file};
use super::{Before, Edit, Proposal, Sides};
use crate::Error;

/// Links that are named one by one.
const LINKS: usize = 5;

/// Computes what `edits`, in their order, make of the original.
pub(super) async fn apply(original: &Original, edits: &[Edit]) -> Result<Proposal, Error> {
    let mut work = Work::default();
    for edit in edits {
        work.apply(original, edit).await?;
    }
    work.finish(original)
}

/// What became of the repository so far.
#[derive(Default)]
pub(super) struct Work {
    edited: BTreeMap<String, Option<Edited>>,
    warnings: BTreeSet<String>,
    /// Paths in which an edit found its place.
    matched: BTreeSet<String>,
}

/// A file that an edit wrote.
struct Edited {
    content: Content,
    /// None: the one that it has at the base commit.
    mode: Option<Mode>,
}

impl Work {
    /// One edit more.
    pub(super) async fn apply(&mut self, original: &Original, edit: &Edit) -> Result<(), Error> {
        let set = aside(edit, self.files(original, edit), change::compute).await?;
        self.warnings.extend(set.warnings);
        let matched = set.edits.into_iter().filter(|edit| edit.matches > 0);
        self.matched.extend(matched.map(|edit| edit.path));
        for change in set.changes {
            let Change {
                path,
                op,
                content,
                mode,
                ..
            } = change;
            let earlier = self.edited.get(&path).and_then(Option::as_ref);
            let mode = mode.or_else(|| earlier?.mode);
            let after = match op {
                Op::Create | Op::Update => Some(Edited { content, mode }),
                Op::Delete => None,
            };
            self.edited.insert(path, after);
        }
        Ok(())
    }

    /// What is different in the end.
    pub(super) fn finish(self, original: &Original) -> Result<Proposal, Error> {
        let mut changes = BTreeMap::new();
        for (path, after) in self.edited {
            let sides = sides(original, &path, after);
            if is_same(&sides) {
                continue;
            }
            if let Some(entry) = original.obstacle(&path) {
                return Err(not_a_file(entry));
            }
            changes.insert(path, sides);
        }
        let exists = |path: &&String| matches!(original.here.files.get(*path), Some(Some(_)));
        let named = original.named.iter().filter(exists).cloned();
        let about = named.chain(self.matched);
        let unchanged = about.filter(|path| !changes.contains_key(path)).collect();
        let mut warnings: Vec<String> = self.warnings.into_iter().collect();
        warnings.extend(links(original, &changes));
        Ok(Proposal {
            changes,
            unchanged,
            warnings,
            secrets: Secrets::default(),
        })
    }

    /// The files as the next edit finds them.
    pub(super) fn files(&self, original: &Original, edit: &Edit) -> Files {
        let edited = &self.edited;
        let mut files = Files::new();
        for (path, file) in &original.here.files {
            if let Some(file) = file.as_ref().filter(|_| !edited.contains_key(path)) {
                files.insert(path.clone(), Arc::clone(&file.bytes));
            }
        }
        for (path, content) in edited {
            if let Some(Edited { content, .. }) = content {
                files.insert(path.clone(), content.bytes().into_owned());
            }
        }
        if original.here.listing.is_some() {
            files.set_executables(self.executables(original));
        }
        if let Some(searchable) = original.here.searchable() {
            let stays = |path: &&String| edited.get(*path).is_none_or(Option::is_some);
            let made = edited
                .iter()
                .filter_map(|(path, content)| content.as_ref().map(|_| path));
            let all: BTreeSet<&String> = searchable.filter(stays).chain(made).collect();
            files.set_listing(all.into_iter().cloned());
        }
        for (spot, part) in &original.elsewhere {
            let Some(place) = spot.place(edit) else {
                continue;
            };
            for (path, file) in &part.files {
                if let Some(file) = file {
                    files.insert_at(place.clone(), path.clone(), Arc::clone(&file.bytes));
                }
            }
            if let Some(searchable) = part.searchable() {
                files.set_listing_at(place.clone(), searchable.cloned());
                files.set_executables_at(place, part.executables().cloned());
            }
        }
        files
    }

    /// What may be run as things stand.
    fn executables<'w>(&'w self, original: &Original) -> Vec<String> {
        let is_edited = |path: &&String| self.edited.contains_key(*path);
        let stay = original.here.executables().filter(|path| !is_edited(path));
        let runs = |(path, edited): (&'w String, &Option<Edited>)| {
            let mode = edited.as_ref()?.mode.or_else(|| original.here.mode(path))?;
            (mode == Mode::Executable).then_some(path)
        };
        stay.chain(self.edited.iter().filter_map(runs)).cloned().collect()
    }
}

/// A file before and after. A mode that it has already is no new one.
fn sides(original: &Original, path: &str, after: Option<Edited>) -> Sides {
    let before = original.before(path);
    let mode_before = original.here.mode(path);
    let mode = match (&before, &after) {
        (_, None) => None,
        (Before::Absent, Some(edited)) => Some(edited.mode.unwrap_or_default()),
        (Before::Read(_) | Before::Listed { .. }, Some(edited)) => {
            edited.mode.filter(|mode| mode_before.is_none_or(|was| was != *mode))
        }
    };
    Sides {
        before,
        after: after.map(|edited| edited.content),
        mode_before,
        mode,
    }
}

/// Whether the file is as it was. One that nobody looked into is another one when it is written.
fn is_same(sides: &Sides) -> bool {
    match (&sides.before, &sides.after) {
        (Before::Read(file), Some(content)) => {
            *content.bytes() == *file.bytes && (sides.mode.is_none() || sides.mode_before.is_none())
        }
        (Before::Absent, None) => true,
        (Before::Read(_) | Before::Listed { .. }, None) | (Before::Absent | Before::Listed { .. }, Some(_)) => false,
    }
}

/// Links are no files: those that a search came across, and those that stay alone in a folder that goes, are worth a
/// word.
fn links(original: &Original, changes: &BTreeMap<String, Sides>) -> Vec<String> {
    let goes = |path: &str| changes.get(path).is_some_and(|sides| sides.after.is_none());
    let elsewhere = original.elsewhere.values().flat_map(|part| &part.left_out);
    let found = original.here.left_behind(goes).chain(&original.here.left_out);
    let entries: BTreeMap<&str, &TreeEntry> = found
        .chain(elsewhere)
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    let words = |entry: &&TreeEntry| {
        let (path, kind) = (&entry.path, entry.kind.as_str());
        format!("{path} is a {kind} and is left out: only files are edited")
    };
    let mut all: Vec<String> = entries.values().take(LINKS).map(words).collect();
    if entries.len() > LINKS {
        all.push(format!(
            "and {} more links or submodules are left out",
            entries.len() - LINKS
        ));
    }
    all
}
