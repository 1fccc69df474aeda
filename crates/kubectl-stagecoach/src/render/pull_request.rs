//! The pull request: what is computed, with the names and texts that the operator would give it.

use std::sync::Arc;

use stagecoach_change::diff::{FileDiff, Side};
use stagecoach_change::{self as change, ChangeSet, Mode, Op};
use stagecoach_delivery::{self as delivery, Group, Head};

use super::{Job, RUN, RenderError, body, original::Original, repository::Repository};

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
    /// As it is; none where it does not exist.
    pub(super) before: Option<Arc<[u8]>>,
    /// The mode that it has; none where it does not exist.
    pub(super) mode_before: Option<Mode>,
    /// As it would be; none where it goes.
    pub(super) after: Option<Vec<u8>>,
    /// The mode that it would have; none where it goes.
    pub(super) mode_after: Option<Mode>,
}

impl FileChange {
    /// The mode as git writes it: the new one, or that of a file which goes.
    pub(super) fn mode(&self) -> &'static str {
        self.mode_after.or(self.mode_before).unwrap_or_default().as_str()
    }

    /// Both sides, for a diff.
    pub(super) fn diff(&self) -> FileDiff<'_> {
        let before = self.before.as_deref().map(|bytes| Side {
            bytes,
            mode: self.mode_before,
        });
        let after = self.after.as_deref().map(|bytes| Side {
            bytes,
            mode: self.mode_after,
        });
        FileDiff {
            path: &self.path,
            before,
            after,
        }
    }

    /// The new mode, where it is another one.
    pub(super) fn new_mode(&self) -> Option<Mode> {
        self.mode_after.filter(|mode| self.mode_before != Some(*mode))
    }
}

impl PullRequest {
    /// Reads what the computation asks for, and computes.
    pub(super) fn of(job: &Job<'_>, repository: &Repository) -> Result<Self, RenderError> {
        let automation = job.automation;
        let bad = |error: change::Error| RenderError::Bad(vec![automation.complaint(&error)]);
        let original = Original::read(job, repository)?;
        let set = change::compute(&automation.change, &job.values, &original.files).map_err(bad)?;
        let branch = head(job, &set);
        let mut changes = Vec::new();
        for change in set.changes {
            changes.extend(original.with_both_sides(change, repository)?);
        }
        let mut warnings = set.warnings;
        warnings.extend(original.left_behind(&changes));
        let body = body::body(job, &set.message, &changes, &warnings);
        // The operator says it of the PrAutomation, and not in each body.
        let unsupported = automation.object.spec.unsupported();
        warnings.extend(unsupported.map(|error| error.to_string()));
        Ok(Self {
            branch,
            body,
            base: set.branch,
            title: set.title,
            message: set.message,
            changes,
            warnings,
        })
    }
}

/// The head branch, as the operator names it. What it knows of a run is not known here, so the digits at the end are others; they
/// differ where pull requests would.
fn head(job: &Job<'_>, set: &ChangeSet) -> String {
    let (arguments, spec) = (job.arguments, &job.automation.object.spec);
    let group = Group {
        connection: spec.scm_connection_ref.name().to_owned(),
        repository: spec.identifier.clone().unwrap_or_default(),
        base: set.branch.clone().unwrap_or_default(),
        title: set.title.clone(),
        message: set.message.clone(),
    };
    let pipeline = arguments.pipeline.as_ref().map(|pipeline| pipeline.name.as_str());
    delivery::branch(&Head {
        context: job.pipeline.as_deref().unwrap_or_default(),
        run: RUN,
        pipeline: pipeline.unwrap_or(&job.automation.name),
        stage: arguments.stage.as_deref().unwrap_or_default(),
        attempt: 1,
        group: &group.id(),
        prefix: spec.branch_prefix.as_deref(),
    })
}
