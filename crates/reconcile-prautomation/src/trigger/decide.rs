//! Decide: what comes next for a trigger. Pure.

use stagecoach_api::pr_automation_trigger::{TriggerState, TriggeredPullRequest};

use stagecoach_scm::State;

use super::observe::Observed;

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Find out what is to be made, on this head branch. Reads only.
    Plan {
        /// The head branch.
        branch: String,
    },
    /// Make what is written down.
    Open(TriggeredPullRequest),
    /// Write down what became of it.
    Note(TriggeredPullRequest),
    /// Nothing.
    Rest,
}

/// Decides.
pub(crate) fn decide(observed: &Observed) -> Step {
    let generation = observed.generation();
    let Some(record) = observed.record().filter(|record| record.generation == generation) else {
        return Step::Plan {
            branch: branch(observed),
        };
    };
    match (record.state, &observed.seen) {
        (TriggerState::Intended, _) => Step::Open(record.clone()),
        (TriggerState::Open, Some(state @ (State::Merged { .. } | State::Closed))) => {
            Step::Note(with_state(record, state))
        }
        (TriggerState::Open, Some(State::Open) | None)
        | (TriggerState::Merged | TriggerState::Closed | TriggerState::Unchanged | TriggerState::PatchMade, _) => {
            Step::Rest
        }
    }
}

/// The record with what the forge says of it.
pub(crate) fn with_state(record: &TriggeredPullRequest, state: &State) -> TriggeredPullRequest {
    let (state, merge_commit) = match state {
        State::Open => (TriggerState::Open, None),
        State::Merged { commit, .. } => (TriggerState::Merged, Some(commit.to_string())),
        State::Closed => (TriggerState::Closed, None),
    };
    TriggeredPullRequest {
        state,
        merge_commit,
        ..record.clone()
    }
}

/// The head branch: the one of the spec. Where an earlier generation has put its commit there, which is left alone, the
/// generation is part of the name.
fn branch(observed: &Observed) -> String {
    let wanted = &observed.trigger.spec.branch;
    let status = observed.trigger.status.as_ref();
    let mut records = status
        .into_iter()
        .flat_map(|status| status.pull_request.iter().chain(&status.earlier));
    let is_made = |state| !matches!(state, TriggerState::Unchanged | TriggerState::PatchMade);
    let is_taken = records.any(|record| record.branch == *wanted && is_made(record.state));
    if is_taken {
        format!("{wanted}-{}", observed.generation())
    } else {
        wanted.clone()
    }
}

#[cfg(test)]
pub(in crate::trigger) mod tests;
