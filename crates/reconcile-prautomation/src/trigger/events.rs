//! One event for every transition that a person may wait for.

use kube::Resource as _;
use stagecoach_api::PrAutomationTrigger;
use stagecoach_api::pr_automation_trigger::{PrAutomationTriggerStatus, TriggerState};

use stagecoach_runtime::{Classify as _, conditions};

use super::act::Outcome;
use super::error::Error;
use crate::Context;

/// Tells what is new in `status`, which was just written.
pub(crate) async fn publish(
    context: &Context,
    trigger: &PrAutomationTrigger,
    status: &PrAutomationTriggerStatus,
    outcome: &Result<Outcome, Error>,
) {
    let (events, reference) = (&context.runtime.events, trigger.object_ref(&()));
    let said = |status: &PrAutomationTriggerStatus| {
        let ready = conditions::find(&status.conditions, conditions::READY);
        ready.map(|ready| (ready.reason.clone(), ready.message.clone()))
    };
    let now = said(status);
    if trigger.status.as_ref().and_then(said) == now {
        return;
    }
    let message = now.map(|(_, message)| message).unwrap_or_default();
    let record = match outcome {
        Ok(
            Outcome::Planned(record)
            | Outcome::Patched { record, .. }
            | Outcome::Opened(record)
            | Outcome::Noted(record),
        ) => record,
        Ok(Outcome::Rested) => return,
        Err(error) => {
            events.warning(&reference, error.reason(), &error.to_string()).await;
            return;
        }
    };
    let reason = match record.state {
        TriggerState::Intended => return,
        TriggerState::Open => "PullRequestOpened",
        TriggerState::Merged => "PullRequestMerged",
        TriggerState::Closed => "PullRequestClosed",
        TriggerState::Unchanged => "AlreadyAtTarget",
        TriggerState::PatchMade => "PatchMade",
    };
    events.normal(&reference, reason, &message).await;
}
