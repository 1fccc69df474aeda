//! Status: what the pull request came to, and what earlier generations had asked for.

use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use stagecoach_api::PrAutomationTrigger;
use stagecoach_api::pr_automation_trigger::{PrAutomationTriggerStatus, TriggerState, TriggeredPullRequest};

use stagecoach_runtime::{KubeError, ObjectKey, apply_status, conditions, managers};

use super::act::Outcome;
use super::error::Error;
use super::observe::Observed;
use crate::Context;

/// Earlier pull requests that are kept.
const EARLIER: usize = 10;

/// The status after a step. Pure.
pub(crate) fn build(
    observed: &Observed,
    outcome: &Result<Outcome, Error>,
    now: Timestamp,
) -> PrAutomationTriggerStatus {
    let mut status = observed.trigger.status.clone().unwrap_or_default();
    let generation = observed.trigger.metadata.generation;
    status.observed_generation = generation;
    match outcome {
        Ok(Outcome::Planned(record) | Outcome::Opened(record) | Outcome::Noted(record)) => {
            keep(&mut status, record.clone(), None);
        }
        Ok(Outcome::Patched { record, patch }) => keep(&mut status, record.clone(), patch.clone()),
        Ok(Outcome::Rested) => {}
        Err(error) => {
            conditions::set_error(&mut status.conditions, error, generation, now);
            return status;
        }
    }
    let Some(record) = status.pull_request.clone() else {
        return status;
    };
    let (reason, message) = told(&record, &observed.key);
    let list = &mut status.conditions;
    if record.state == TriggerState::Intended {
        conditions::set_reconciling(list, reason, &message, generation, now);
    } else {
        conditions::set_ready(list, reason, &message, generation, now);
    }
    if let Some(trouble) = observed.trouble.as_ref().filter(|_| record.state == TriggerState::Open) {
        let (type_, message) = (conditions::RECONCILING, &trouble.message);
        conditions::upsert(list, type_, true, trouble.reason, message, generation, now);
    }
    status
}

/// Puts a record into the status, with the patch that belongs to it. The record of an earlier generation is kept as it stood.
fn keep(status: &mut PrAutomationTriggerStatus, record: TriggeredPullRequest, patch: Option<String>) {
    status.patch = patch;
    if let Some(before) = status.pull_request.take()
        && before.generation != record.generation
    {
        status.earlier.insert(0, before);
        status.earlier.truncate(EARLIER);
    }
    status.pull_request = Some(record);
}

/// Reason and sentence for where a pull request stands.
fn told(record: &TriggeredPullRequest, trigger: &ObjectKey) -> (&'static str, String) {
    let repository = &record.repository;
    let label = match record.number {
        Some(number) => format!("{repository}#{number}"),
        None => format!("{repository} branch {}", record.branch),
    };
    match record.state {
        TriggerState::Intended => (
            "Opening",
            format!(
                "opens a pull request from {} to {} in {repository}",
                record.branch, record.base
            ),
        ),
        TriggerState::Open => (
            "PullRequestOpen",
            format!("{label} is open and waits for people to merge it"),
        ),
        TriggerState::Merged => ("PullRequestMerged", format!("{label} is merged into {}", record.base)),
        TriggerState::Closed => ("PullRequestClosed", format!("{label} was closed without a merge")),
        TriggerState::Unchanged => (
            "AlreadyAtTarget",
            format!(
                "{} of {repository} holds the wanted content already, so there is no pull request",
                record.base
            ),
        ),
        TriggerState::PatchMade => (
            "PatchMade",
            format!(
                "the patch for {} of {repository} is in status.patch and nothing was opened: in a clone, run `kubectl get \
                 prautomationtrigger {} -n {} -o jsonpath='{{.status.patch}}' | git am`",
                record.base,
                trigger.name,
                trigger.namespace.as_deref().unwrap_or_default(),
            ),
        ),
    }
}

/// Writes it where it is another one than before.
///
/// # Errors
/// When the write fails.
pub(crate) async fn write(
    context: &Context,
    trigger: &PrAutomationTrigger,
    status: &PrAutomationTriggerStatus,
) -> Result<(), KubeError> {
    let api = Api::namespaced(context.runtime.client.clone(), &trigger.namespace().unwrap_or_default());
    let manager = managers::PR_AUTOMATION_TRIGGER_STATUS;
    if let Some(object) = apply_status(&api, trigger, trigger.status.as_ref(), status, manager).await? {
        context.caches.triggers.remember(object);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
