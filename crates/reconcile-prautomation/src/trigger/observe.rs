//! Observe: a trigger, its recipe, and what the poller knows of its pull request. Reads caches only.

use std::collections::BTreeSet;
use std::sync::Arc;

use stagecoach_api::pr_automation_trigger::{PrAutomationTriggerStatus, TriggerState, TriggeredPullRequest};
use stagecoach_api::{PrAutomation, PrAutomationTrigger};

use stagecoach_delivery::{Followed, Trouble};
use stagecoach_runtime::{Cache, ObjectKey};
use stagecoach_scm::State;

use crate::Context;

/// What one round looks at.
pub(crate) struct Observed {
    pub(crate) key: ObjectKey,
    pub(crate) trigger: Arc<PrAutomationTrigger>,
    pub(crate) automation: Option<Arc<PrAutomation>>,
    /// Where the open pull request stands, as last seen.
    pub(crate) seen: Option<State>,
    /// Why that cannot be seen at the moment.
    pub(crate) trouble: Option<Trouble>,
}

impl Observed {
    /// The generation of spec; the API server counts from 1.
    pub(crate) fn generation(&self) -> i64 {
        self.trigger.metadata.generation.unwrap_or(1)
    }

    /// The pull request in the status, whichever generation asked for it.
    pub(crate) fn record(&self) -> Option<&TriggeredPullRequest> {
        self.trigger.status.as_ref()?.pull_request.as_ref()
    }
}

/// The triggers for which `wanted` is true.
pub(crate) fn keys(
    triggers: &Cache<PrAutomationTrigger>,
    wanted: impl Fn(&PrAutomationTrigger) -> bool,
) -> Vec<ObjectKey> {
    let found = triggers.filter(wanted);
    found.iter().map(|trigger| ObjectKey::of(trigger.as_ref())).collect()
}

/// True while the pull request that the spec asks for is not made.
pub(crate) fn is_unsettled(trigger: &PrAutomationTrigger) -> bool {
    let record = trigger.status.as_ref().and_then(|status| status.pull_request.as_ref());
    record.is_none_or(|record| {
        Some(record.generation) != trigger.metadata.generation || record.state == TriggerState::Intended
    })
}

/// Looks; `None` when there is no such trigger, or it is about to go.
pub(crate) fn observe(context: &Context, key: &ObjectKey) -> Option<Observed> {
    let trigger = context.caches.triggers.find(key)?;
    if trigger.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let name = trigger.spec.pr_automation_ref.name();
    let followed = trigger
        .status
        .as_ref()
        .and_then(|status| one(status.pull_request.as_ref()?));
    let seen = followed
        .as_ref()
        .and_then(|followed| context.poller.seen(&followed.key, followed.number));
    Some(Observed {
        key: key.clone(),
        automation: context.caches.automations.get(None, name),
        seen: seen.map(|found| found.state),
        trouble: followed.and_then(|followed| context.poller.trouble(&followed.key)),
        trigger,
    })
}

/// What the poller is to follow for a trigger with this status: nothing that an earlier generation asked for.
pub(crate) fn followed(status: &PrAutomationTriggerStatus) -> BTreeSet<Followed> {
    let records = status.pull_request.iter();
    let own = records.filter(|record| Some(record.generation) == status.observed_generation);
    own.filter_map(one).collect()
}

fn one(record: &TriggeredPullRequest) -> Option<Followed> {
    if record.state != TriggerState::Open {
        return None;
    }
    Followed::recorded(
        &record.connection,
        &record.repository,
        record.number,
        record.commit_date,
    )
}
