//! What a pass may remember for the next one without writing it down: everything in here is found again, or waited
//! for again, after a restart. One entry a pipeline; the queue never works on one pipeline twice at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use stagecoach_core::ContextKey;
use stagecoach_core::input::ActionResult;
use stagecoach_delivery::Proposal;
use stagecoach_runtime::ObjectKey;

/// The memory of all pipelines.
#[derive(Default)]
pub(crate) struct Memory {
    pipelines: Mutex<HashMap<ObjectKey, PipelineMemory>>,
}

impl Memory {
    /// Takes a pipeline's memory out.
    pub(crate) fn take(&self, key: &ObjectKey) -> PipelineMemory {
        self.pipelines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key)
            .unwrap_or_default()
    }

    /// Puts it back, unless there is nothing in it.
    pub(crate) fn put(&self, key: &ObjectKey, memory: PipelineMemory) {
        if !memory.is_empty() {
            self.pipelines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key.clone(), memory);
        }
    }
}

/// One attempt of a run in a stage.
#[expect(
    clippy::struct_field_names,
    reason = "the attempt's number is its name everywhere else"
)]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Attempt {
    pub(crate) context: ContextKey,
    pub(crate) run: i64,
    pub(crate) stage: String,
    pub(crate) attempt: i32,
}

/// The documents of a file, as parsed.
pub(crate) type Documents = Arc<Vec<Value>>;

/// A change set with the texts that go with it.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// Commit message and beginning of the body.
    pub(crate) message: String,
    /// Names of values that are not shown.
    pub(crate) hidden: Vec<String>,
    pub(crate) proposal: Proposal,
    /// True once its pull request was begun, whatever came of it.
    pub(crate) begun: bool,
}

/// The memory of one pipeline.
#[derive(Default)]
pub(crate) struct PipelineMemory {
    /// Since when a service was healthy without a break, by attempt and service.
    pub(crate) healthy: BTreeMap<(Attempt, String), Timestamp>,
    /// Change sets between intent and effect, by attempt and group.
    pub(crate) prepared: BTreeMap<(Attempt, String), Prepared>,
    /// Merged files, by repository, commit and path.
    pub(crate) documents: BTreeMap<(String, String, String), Documents>,
}

impl PipelineMemory {
    /// Takes in what an action prepared; a new plan takes the place of the one before, and what was opened goes.
    pub(crate) fn remember(&mut self, prepared: Option<(Attempt, Vec<(String, Prepared)>)>, result: &ActionResult) {
        let Some((attempt, prepared)) = prepared else { return };
        match result {
            ActionResult::Planned(_) | ActionResult::Replan => self.prepared.retain(|(known, _), _| *known != attempt),
            ActionResult::Opened { .. }
            | ActionResult::Assigned
            | ActionResult::Closed
            | ActionResult::Commented
            | ActionResult::AlreadyMerged { .. }
            | ActionResult::Confirmed(_)
            | ActionResult::Refused { .. }
            | ActionResult::Held { .. } => {}
        }
        self.prepared.extend(
            prepared
                .into_iter()
                .map(|(group, prepared)| ((attempt.clone(), group), prepared)),
        );
    }

    /// Notes that the pull request of a group was begun.
    pub(crate) fn begin(&mut self, attempt: &Attempt, group: &str) {
        if let Some(prepared) = self.prepared.get_mut(&(attempt.clone(), group.to_owned())) {
            prepared.begun = true;
        }
    }

    /// Keeps the change sets of these attempts only.
    pub(crate) fn keep_prepared(&mut self, wanted: impl Fn(&Attempt) -> bool) {
        self.prepared.retain(|(attempt, _), _| wanted(attempt));
    }

    fn is_empty(&self) -> bool {
        self.healthy.is_empty() && self.prepared.is_empty() && self.documents.is_empty()
    }
}
