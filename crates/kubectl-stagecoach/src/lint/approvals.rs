//! Approvals: is there such a gate. Whether the objects that they name are there is a matter of references. Pure.

use stagecoach_api::{Approval, Pipeline, PipelineContext, pipeline::GateType};

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
};
use crate::shape::edges;

/// What is wrong with the approvals.
pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in objects.of_kind("Approval") {
        if let Some(approval) = object.read::<Approval>() {
            findings.extend(gate(object, &approval, objects));
            findings.extend(context(object, &approval, objects));
        }
    }
    findings
}

/// An edge or a gate that the pipeline does not have.
fn gate(object: &Object<'_>, approval: &Approval, objects: &Objects<'_>) -> Option<Finding> {
    let spec = &approval.spec;
    let found = objects.find("Pipeline", object.namespace.as_deref(), &spec.pipeline_ref.name)?;
    let pipeline: Pipeline = found.read()?;
    let add = |path: &str, message: String| Some(object.finding(path, Level::Error, "UnknownGate", message));
    let (from, to) = (&spec.edge.from, &spec.edge.to);
    let Some(edge) = edges(&pipeline.spec).find(|edge| edge.from == from && edge.to == to) else {
        let known = edges(&pipeline.spec).map(|edge| format!("{} -> {}", edge.from, edge.to));
        let known = listed(&known.collect::<Vec<_>>());
        return add(
            "spec.edge",
            format!("{} has no edge {from} -> {to}: {known}", found.label()),
        );
    };
    let asks = |gate: &&stagecoach_api::pipeline::PipelineGate| gate.type_ == GateType::Approval;
    if edge.gates.iter().filter(asks).any(|gate| gate.name == spec.gate) {
        return None;
    }
    let known: Vec<String> = edge.gates.iter().filter(asks).map(|gate| gate.name.clone()).collect();
    let known = listed(&known);
    let gate = &spec.gate;
    add(
        "spec.gate",
        format!(
            "edge {from} -> {to} of {} has no gate {gate} that a person opens: {known}",
            found.label()
        ),
    )
}

fn listed(known: &[String]) -> String {
    if known.is_empty() {
        "there is none".to_owned()
    } else {
        format!("write one of {}", known.join(", "))
    }
}

/// A context of another pipeline.
fn context(object: &Object<'_>, approval: &Approval, objects: &Objects<'_>) -> Option<Finding> {
    let spec = &approval.spec;
    let namespace = spec.context_ref.namespace.as_deref().or(object.namespace.as_deref());
    let found = objects.find("PipelineContext", namespace, &spec.context_ref.name)?;
    let context: PipelineContext = found.read()?;
    let goes = context.spec.pipeline_ref.name();
    if goes == spec.pipeline_ref.name {
        return None;
    }
    let message = format!(
        "{} goes through Pipeline {goes}, not {}: correct spec.pipelineRef or spec.contextRef",
        found.label(),
        spec.pipeline_ref.name
    );
    Some(object.finding("spec.contextRef", Level::Error, "OtherPipeline", message))
}
