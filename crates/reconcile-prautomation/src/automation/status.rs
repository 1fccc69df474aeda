//! Status: the conditions of a recipe, and one event when what they say is new.

use kube::{Api, Resource as _};
use stagecoach_api::PrAutomation;
use stagecoach_runtime::{KubeError, apply_status, conditions, managers};

use super::decide::Verdict;
use crate::Context;

/// Writes the verdict where it is another one than before.
///
/// # Errors
/// When the write fails.
pub(crate) async fn write(context: &Context, automation: &PrAutomation, verdict: &Verdict) -> Result<(), KubeError> {
    let current = automation.status.as_ref();
    let generation = automation.metadata.generation;
    let mut next = current.cloned().unwrap_or_default();
    next.observed_generation = generation;
    let (reason, message) = (verdict.reason(), verdict.message());
    let (list, now) = (&mut next.conditions, context.runtime.now());
    match verdict {
        Verdict::Usable { .. } => conditions::set_ready(list, reason, message, generation, now),
        Verdict::Waiting { .. } => conditions::set_reconciling(list, reason, message, generation, now),
        Verdict::Unusable { .. } => conditions::set_stalled(list, reason, message, generation, now),
    }
    let api = Api::all(context.runtime.client.clone());
    let manager = managers::PR_AUTOMATION_STATUS;
    let Some(written) = apply_status(&api, automation, current, &next, manager).await? else {
        return Ok(());
    };
    context.caches.automations.remember(written);
    let told = current.and_then(|status| conditions::find(&status.conditions, conditions::READY));
    if told.is_none_or(|told| told.reason != reason || told.message != message) {
        let (events, reference) = (&context.runtime.events, automation.object_ref(&()));
        match verdict {
            Verdict::Usable { .. } => events.normal(&reference, reason, message).await,
            Verdict::Waiting { .. } | Verdict::Unusable { .. } => events.warning(&reference, reason, message).await,
        }
    }
    Ok(())
}
