//! The pull request: what is computed, with the names and texts that the operator would give it.

use std::{collections::BTreeSet, sync::Arc};

use stagecoach_change::{self as change, Change, Files, Needs, Op};

use super::{
    Job, RenderError, body,
    branch::{self, Group},
    repository::{File, Repository},
};

/// What is read at most, as by the operator.
const MOST_FILES: usize = 5_000;
const MOST_BYTES: usize = 128 << 20;

/// Everything there is to show.
pub(super) struct PullRequest {
    /// The head branch.
    pub(super) branch: String,
    /// The base branch; none: the repository's default branch.
    pub(super) base: Option<String>,
    pub(super) title: String,
    /// The commit message.
    pub(super) message: String,
    pub(super) body: String,
    pub(super) changes: Vec<FileChange>,
    pub(super) warnings: Vec<String>,
}

/// What happens to one file.
pub(super) struct FileChange {
    pub(super) path: String,
    pub(super) op: Op,
    pub(super) executable: bool,
    /// As it is; none where it does not exist.
    pub(super) before: Option<Arc<[u8]>>,
    /// As it would be; none where it goes.
    pub(super) after: Option<Vec<u8>>,
}

impl FileChange {
    /// The mode as git writes it.
    pub(super) fn mode(&self) -> &'static str {
        if self.executable { "100755" } else { "100644" }
    }
}

impl PullRequest {
    /// Reads what the computation asks for, and computes.
    pub(super) fn of(job: &Job<'_>, repository: &Repository) -> Result<Self, RenderError> {
        let automation = job.automation;
        let bad = |error: change::Error| RenderError::Bad(vec![automation.complaint(&error)]);
        let original = Original::read(job, repository, bad)?;
        let set = change::compute(&automation.change, &job.values, &original.files).map_err(bad)?;
        let mut changes = Vec::new();
        for change in set.changes {
            changes.extend(original.with_both_sides(change, repository)?);
        }
        let group = Group {
            connection: automation.object.spec.scm_connection_ref.name(),
            repository: automation.object.spec.identifier.as_deref().unwrap_or_default(),
            base: set.branch.as_deref().unwrap_or_default(),
            title: &set.title,
            message: &set.message,
        };
        Ok(Self {
            branch: branch::head(job, &group),
            body: body::body(job, &set.message, &changes, &set.warnings),
            base: set.branch,
            title: set.title,
            message: set.message,
            changes,
            warnings: set.warnings,
        })
    }
}

/// What the computation asks for.
#[derive(Default)]
struct Original {
    files: Files,
    /// Those of them that may be run.
    executable: BTreeSet<String>,
}

impl Original {
    fn read(
        job: &Job<'_>,
        repository: &Repository,
        bad: impl Fn(change::Error) -> RenderError,
    ) -> Result<Self, RenderError> {
        let needs = change::needs(&job.automation.change, &job.values).map_err(bad)?;
        let mut original = Self::default();
        let mut left = Allowance::default();
        let here = Gathered::read(&needs, repository, &mut left)?;
        if let Some(listing) = here.listing {
            original.files.set_listing(listing);
        }
        for (path, file) in here.files {
            if file.executable {
                original.executable.insert(path.clone());
            }
            original.files.insert(path, file.bytes);
        }
        for (at, needs) in &needs.at_refs {
            let there = Gathered::read(needs, &job.at_ref(at)?, &mut left)?;
            original.files.set_listing_at(at, there.listing.unwrap_or_default());
            for (path, file) in there.files {
                original.files.insert_at(at, path, file.bytes);
            }
        }
        Ok(original)
    }

    /// A change with both sides, as far as it is one. What only goes, or is written over, was not read before.
    fn with_both_sides(&self, change: Change, repository: &Repository) -> Result<Option<FileChange>, RenderError> {
        let (before, executable) = match &change.previous {
            Some(previous) => (Some(Arc::clone(previous)), self.executable.contains(&change.path)),
            None => match repository.read(&change.path)? {
                Some(File { bytes, executable }) => (Some(bytes.into()), executable),
                None => (None, false),
            },
        };
        let after = match change.op {
            Op::Create | Op::Update => Some(change.content.bytes().into_owned()),
            Op::Delete => None,
        };
        let op = match (&before, &after) {
            (before, after) if before.as_deref() == after.as_deref() => return Ok(None),
            (_, None) => Op::Delete,
            (None, Some(_)) => Op::Create,
            (Some(_), Some(_)) => Op::Update,
        };
        Ok(Some(FileChange {
            path: change.path,
            op,
            executable,
            before,
            after,
        }))
    }
}

/// What is read of one folder.
struct Gathered {
    files: Vec<(String, File)>,
    listing: Option<Vec<String>>,
}

/// How much was read.
#[derive(Default)]
struct Allowance {
    files: usize,
    bytes: usize,
}

impl Gathered {
    fn read(needs: &Needs, repository: &Repository, allowance: &mut Allowance) -> Result<Self, RenderError> {
        let mut paths = needs.files.clone();
        let listing = if needs.listing { Some(repository.list()?) } else { None };
        let found = needs.select(listing.iter().flatten().map(String::as_str));
        paths.extend(found.into_iter().map(str::to_owned));
        let mut files = Vec::new();
        for path in paths {
            let Some(file) = repository.read(&path)? else { continue };
            allowance.files += 1;
            allowance.bytes += file.bytes.len();
            if allowance.files > MOST_FILES || allowance.bytes > MOST_BYTES {
                let message = format!(
                    "is asked for more than {MOST_FILES} files or {} MiB: narrow what the PrAutomation searches",
                    MOST_BYTES >> 20
                );
                return Err(repository.refusal("", &message));
            }
            files.push((path, file));
        }
        Ok(Self { files, listing })
    }
}
