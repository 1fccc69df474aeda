//! The text of a trigger's pull request: the recipe's message first and untouched, then who asked for it and with which
//! values. Pure.

use kube::ResourceExt as _;
use stagecoach_delivery::{Body, Proposal, shown};

use super::observe::Observed;

/// What there is to say.
pub(crate) struct Story<'a> {
    pub(crate) observed: &'a Observed,
    pub(crate) message: &'a str,
    /// Names of values that are not shown.
    pub(crate) hidden: &'a [String],
    pub(crate) proposal: &'a Proposal,
}

/// Tells the pull request of one generation of one object from all others; readers do not see it.
pub(crate) fn mark(observed: &Observed) -> String {
    let uid = observed.trigger.uid().unwrap_or_default();
    format!("<!-- stagecoach.dev/trigger: {uid}/{} -->", observed.generation())
}

/// Writes the body.
pub(crate) fn body(story: &Story<'_>) -> String {
    let trigger = &story.observed.trigger;
    let mut body = Body::new(story.message);
    let generation = story.observed.generation();
    let asked = format!("`{}`, generation {generation}", story.observed.key);
    body.row("PrAutomationTrigger", &asked);
    let automation = trigger.spec.pr_automation_ref.name();
    body.row("PrAutomation", &format!("`{automation}`"));
    let hidden: Vec<&str> = story.hidden.iter().map(String::as_str).collect();
    body.values(&shown(&trigger.spec.context, &hidden));
    body.proposal(story.proposal, &story.proposal.warnings);
    body.line("");
    body.line(&mark(story.observed));
    body.finish()
}

#[cfg(test)]
mod tests;
