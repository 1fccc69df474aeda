//! What the computation asks for of the repository, and nothing else of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use stagecoach_change::{self as change, Change, Elsewhere, Files, Mode, Needs, Op};

use super::{
    Job, RenderError,
    pull_request::FileChange,
    repository::{File, Listing, Repository},
};

/// What is read at most, as by the operator.
const MOST_FILES: usize = 5_000;
const MOST_BYTES: usize = 128 << 20;

/// A place beside the repository; none: the repository itself, as the base branch has it.
type At = Option<Elsewhere>;

#[derive(Default)]
pub(super) struct Original {
    pub(super) files: Files,
    /// Those that may be run.
    executables: BTreeMap<At, BTreeSet<String>>,
    listings: BTreeMap<At, Listing>,
    asked: BTreeSet<(At, String)>,
    bytes: usize,
}

impl Original {
    /// Reads until nothing more is asked for: a script names files only when it has seen others.
    pub(super) fn read(job: &Job<'_>, repository: &Repository) -> Result<Self, RenderError> {
        let automation = job.automation;
        let bad = |error: change::Error| RenderError::Bad(vec![automation.complaint(&error)]);
        let mut original = Self::default();
        let mut needs = change::needs(&automation.change, &job.values).map_err(bad)?;
        loop {
            let mut more = original.take(&None, &needs, repository)?;
            for (place, needs) in &needs.elsewhere {
                more |= original.take(&Some(place.clone()), needs, &job.elsewhere(place)?)?;
            }
            if !more || !needs.is_scripted {
                return Ok(original);
            }
            needs = change::needs_of_script(&automation.change, &job.values, &original.files).map_err(bad)?;
        }
    }

    /// Reads what was not read before. False where that is nothing.
    fn take(&mut self, at: &At, needs: &Needs, repository: &Repository) -> Result<bool, RenderError> {
        let mut more = false;
        if needs.listing && !self.listings.contains_key(at) {
            let listing = repository.list()?;
            let files = listing.files.iter().cloned();
            match at {
                Some(at) => self.files.set_listing_at(at.clone(), files),
                None => self.files.set_listing(files),
            }
            let executables = self.executables.entry(at.clone()).or_default();
            executables.extend(listing.executables.iter().cloned());
            self.listings.insert(at.clone(), listing);
            more = true;
        }
        let listed = self
            .listings
            .get(at)
            .map(|listing| listing.files.as_slice())
            .unwrap_or_default();
        let found = needs.select(listed.iter().map(String::as_str));
        let mut paths: BTreeSet<String> = found.into_iter().map(str::to_owned).collect();
        paths.extend(needs.files.iter().cloned());
        for path in paths {
            if self.asked.insert((at.clone(), path.clone())) {
                more = true;
                self.file(at, path, repository)?;
            }
        }
        let executables = self.executables.get(at).into_iter().flatten().cloned();
        match at {
            Some(at) => self.files.set_executables_at(at.clone(), executables),
            None => self.files.set_executables(executables),
        }
        Ok(more)
    }

    fn file(&mut self, at: &At, path: String, repository: &Repository) -> Result<(), RenderError> {
        let Some(file) = repository.read(&path)? else {
            return Ok(());
        };
        self.bytes += file.bytes.len();
        if self.asked.len() > MOST_FILES || self.bytes > MOST_BYTES {
            let message = format!(
                "is asked for more than {MOST_FILES} files or {} MiB: narrow what the PrAutomation searches",
                MOST_BYTES >> 20
            );
            return Err(repository.refusal("", &message));
        }
        if file.executable {
            self.executables.entry(at.clone()).or_default().insert(path.clone());
        }
        match at {
            Some(at) => self.files.insert_at(at.clone(), path, file.bytes),
            None => self.files.insert(path, file.bytes),
        }
        Ok(())
    }

    /// A change with both sides, as far as it is one. What only goes, or is written over, was not read before.
    pub(super) fn with_both_sides(
        &self,
        change: Change,
        repository: &Repository,
    ) -> Result<Option<FileChange>, RenderError> {
        let is_executable = || {
            self.executables
                .get(&None)
                .is_some_and(|all| all.contains(&change.path))
        };
        let (before, mode_before) = match &change.previous {
            Some(previous) => (Some(Arc::clone(previous)), Some(Mode::of(is_executable()))),
            None => match repository.read(&change.path)? {
                Some(File { bytes, executable }) => (Some(bytes.into()), Some(Mode::of(executable))),
                None => (None, None),
            },
        };
        let after = match change.op {
            Op::Create | Op::Update => Some(change.content.bytes().into_owned()),
            Op::Delete => None,
        };
        let mode = change.mode.or(mode_before).unwrap_or_default();
        let mode_after = after.is_some().then_some(mode);
        let op = match (&before, &after) {
            (before, after) if before.as_deref() == after.as_deref() && mode_before == mode_after => return Ok(None),
            (_, None) => Op::Delete,
            (None, Some(_)) => Op::Create,
            (Some(_), Some(_)) => Op::Update,
        };
        Ok(Some(FileChange {
            path: change.path,
            op,
            before,
            mode_before,
            after,
            mode_after,
        }))
    }

    /// A link that stays alone in a folder of which every file goes is worth a word.
    pub(super) fn left_behind(&self, changes: &[FileChange]) -> Vec<String> {
        let Some(listing) = self.listings.get(&None) else {
            return Vec::new();
        };
        let gone = changes.iter().filter(|change| change.op == Op::Delete);
        let gone: BTreeSet<&str> = gone.map(|change| change.path.as_str()).collect();
        let touched: BTreeSet<&str> = gone.iter().map(|path| folder(path)).collect();
        let files = listing.files.iter().filter(|path| !gone.contains(path.as_str()));
        let kept: BTreeSet<&str> = files.map(|path| folder(path)).collect();
        let alone = |link: &&String| touched.contains(folder(link)) && !kept.contains(folder(link));
        let links = listing.links.iter().filter(alone);
        links
            .map(|link| format!("spec.deletes: {link} stays: it is a symbolic link, and only files are edited"))
            .collect()
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
