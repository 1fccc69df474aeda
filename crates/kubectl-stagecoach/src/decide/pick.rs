//! Which gate a person means. Pure.

use jiff::Timestamp;
use kube::ResourceExt as _;
use stagecoach_api::{Pipeline, PipelineContext, pipeline::GateType};
use stagecoach_core::status::{GateState, Verdict};

use crate::{
    run_view::RunView,
    shape::{self, REQUESTED_BY},
};

/// An approval gate that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) gate: String,
    pub(crate) since: Timestamp,
    /// What the pipeline says to whoever decides.
    pub(crate) instructions: Option<String>,
    /// Whoever asked for the run may not approve it.
    pub(crate) exclude_requester: bool,
}

/// Why it is not known which gate is meant, or why the user cannot decide on it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PickError {
    #[error("no gate of PipelineContext {context} waits for a person. {instead}")]
    NoneWaits { context: String, instead: String },
    #[error("several gates of PipelineContext {context} wait, name one of them:\n{}", lines(.waiting))]
    Several { context: String, waiting: Vec<Waiting> },
    #[error("no such gate of PipelineContext {context} waits; these do:\n{}", lines(.waiting))]
    Unknown { context: String, waiting: Vec<Waiting> },
    #[error("gate {gate} wants somebody else: you ({user}) asked for this run, and who asks may not approve here")]
    Requester { gate: String, user: String },
}

fn lines(waiting: &[Waiting]) -> String {
    let one = |gate: &Waiting| format!("  --gate '{}' --edge '{}:{}'", gate.gate, gate.from, gate.to);
    waiting.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Every approval gate that the run stands before.
pub(crate) fn waiting(pipeline: &Pipeline, run: &RunView) -> Vec<Waiting> {
    let mut found = Vec::new();
    for (edge, gate) in run.waiting_gates() {
        let mut edges = shape::edges(&pipeline.spec);
        let Some(wanted) = edges.find(|wanted| wanted.from == edge.from && wanted.to == edge.to) else {
            continue;
        };
        let named = wanted.gates.iter().find(|wanted| wanted.name == gate.name);
        let Some(named) = named.filter(|named| named.type_ == GateType::Approval && gate.state == GateState::Pending)
        else {
            continue;
        };
        let settings = named.spec.as_ref().and_then(|spec| spec.approval.as_ref());
        found.push(Waiting {
            from: edge.from.clone(),
            to: edge.to.clone(),
            gate: gate.name.clone(),
            since: gate.since,
            instructions: settings.and_then(|settings| settings.instructions.clone()),
            exclude_requester: settings
                .and_then(|settings| settings.exclude_requester)
                .unwrap_or(false),
        });
    }
    found
}

/// The one gate that is meant.
pub(crate) fn pick(
    run: &RunView,
    waiting: Vec<Waiting>,
    gate: Option<&str>,
    edge: Option<&(String, String)>,
) -> Result<Waiting, PickError> {
    let context = format!("{}/{}", run.namespace, run.context);
    if waiting.is_empty() {
        let instead = match (run.run, run.message.as_str()) {
            (None, "") => "It has no run yet.".to_owned(),
            (None, message) => format!("It has no run yet: {message}"),
            (Some(number), "") => format!("Its run {number} is {:?}.", run.phase),
            (Some(number), message) => format!("Its run {number} is {:?}: {message}", run.phase),
        };
        return Err(PickError::NoneWaits { context, instead });
    }
    let meant = |candidate: &&Waiting| {
        gate.is_none_or(|gate| candidate.gate == gate)
            && edge.is_none_or(|(from, to)| candidate.from == *from && candidate.to == *to)
    };
    let mut meant: Vec<Waiting> = waiting.iter().filter(meant).cloned().collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(one), false) => {
            meant.push(one);
            Err(PickError::Several {
                context,
                waiting: meant,
            })
        }
        (None, _) => Err(PickError::Unknown { context, waiting }),
    }
}

/// Whether the gate lets this user decide so, as far as the objects say.
pub(crate) fn admits(
    gate: &Waiting,
    context: &PipelineContext,
    user: &str,
    decision: Verdict,
) -> Result<(), PickError> {
    let requester = context.annotations().get(REQUESTED_BY).map(String::as_str);
    if decision == Verdict::Approve && gate.exclude_requester && requester == Some(user) {
        return Err(PickError::Requester {
            gate: gate.gate.clone(),
            user: user.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
