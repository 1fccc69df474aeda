//! The parts of a pipeline's spec that are shown and asked about, by their names. Pure.

use std::collections::BTreeMap;

use kube::ResourceExt as _;
use stagecoach_api::{
    PipelineContext, PipelineSpec,
    pipeline::{PipelineEdge, PipelineGate},
};
use stagecoach_runtime::ObjectKey;

/// Who asked for the run of a context.
pub(crate) const REQUESTED_BY: &str = "stagecoach.dev/requested-by";

/// An edge between two stages.
pub(crate) struct Edge<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) gates: &'a [PipelineGate],
}

/// The edges, in the order of the manifest.
pub(crate) fn edges(spec: &PipelineSpec) -> impl Iterator<Item = Edge<'_>> {
    spec.edges.iter().map(|edge: &PipelineEdge| Edge {
        from: edge.from.as_deref().or(edge.from_id.as_deref()).unwrap_or_default(),
        to: edge.to.as_deref().or(edge.to_id.as_deref()).unwrap_or_default(),
        gates: &edge.gates,
    })
}

/// The PrAutomations that a run may need, each with the stages that use it.
pub(crate) fn automations(spec: &PipelineSpec) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stage in &spec.stages {
        let criteria = stage.services.iter().filter_map(|service| service.criteria.as_ref());
        for reference in criteria.filter_map(|criteria| criteria.pr_automation_ref.as_ref()) {
            let stages = found.entry(reference.name()).or_default();
            if !stages.contains(&stage.name.as_str()) {
                stages.push(&stage.name);
            }
        }
    }
    found
}

/// The pipeline that a context refers to.
pub(crate) fn pipeline_of(context: &PipelineContext) -> ObjectKey {
    let own = context.namespace().unwrap_or_default();
    let reference = &context.spec.pipeline_ref;
    ObjectKey::namespaced(reference.namespace_or(&own), reference.name())
}
