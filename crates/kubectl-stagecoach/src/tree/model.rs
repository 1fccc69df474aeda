//! What `tree` shows of a pipeline: its stages and gates, who holds each stage, and its runs. Pure.

use kube::ResourceExt as _;
use serde::Serialize;
use stagecoach_api::{Pipeline, PipelineContext, pipeline::GateType};
use stagecoach_core::status::StageHolder;
use stagecoach_runtime::ObjectKey;

use crate::{run_view::RunView, shape};

/// A pipeline with its runs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TreeView {
    pub(crate) namespace: String,
    pub(crate) pipeline: String,
    /// Whether it can be used; absent while nobody has looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ready: Option<bool>,
    pub(crate) message: String,
    pub(crate) suspended: bool,
    /// What is where, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<String>,
    pub(crate) shape: Vec<StageShape>,
    pub(crate) holders: Vec<StageHolder>,
    pub(crate) you_may_approve: bool,
    /// The newest first.
    pub(crate) runs: Vec<RunView>,
    /// Finished runs that are left out.
    pub(crate) older_runs: usize,
}

/// A stage and what stands before it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StageShape {
    pub(crate) name: String,
    pub(crate) after: Vec<EdgeShape>,
}

/// An edge that leads to a stage.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EdgeShape {
    pub(crate) from: String,
    pub(crate) gates: Vec<GateShape>,
}

/// A gate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GateShape {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: GateType,
    /// What the pipeline says to whoever decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<String>,
}

/// The runs that go on, those that hold a stage, the last one that began, and with `all` every other one.
pub(crate) fn build(pipeline: &Pipeline, contexts: &[PipelineContext], all: bool, may_approve: bool) -> TreeView {
    let key = ObjectKey::of(pipeline);
    let status = pipeline.status.as_ref();
    let holders = status.map(|status| status.stages.clone()).unwrap_or_default();
    let mut runs: Vec<RunView> = contexts
        .iter()
        .filter_map(|context| RunView::of(context, &key))
        .collect();
    runs.sort_by(|a, b| (b.sequence, &a.context).cmp(&(a.sequence, &b.context)));
    let total = runs.len();
    let newest = runs.iter().find(|run| run.run.is_some()).map(|run| run.sequence);
    runs.retain(|run| all || !run.phase.is_over() || holds(&holders, run) || Some(run.sequence) == newest);
    let conditions = status.map(|status| status.conditions.as_slice()).unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
    TreeView {
        ready: ready.map(|condition| condition.status == "True"),
        message: ready.map(|condition| condition.message.clone()).unwrap_or_default(),
        suspended: pipeline.spec.suspend,
        summary: status.and_then(|status| status.summary.clone()),
        shape: shape(pipeline),
        holders,
        you_may_approve: may_approve,
        older_runs: total - runs.len(),
        runs,
        namespace: pipeline.namespace().unwrap_or_default(),
        pipeline: pipeline.name_any(),
    }
}

/// Whether a stage was promoted last by this run.
fn holds(holders: &[StageHolder], run: &RunView) -> bool {
    let mut promoted = holders.iter().filter_map(|holder| holder.promoted.as_ref());
    promoted.any(|promoted| {
        promoted.namespace == run.namespace && promoted.name == run.context && Some(promoted.run) == run.run
    })
}

fn shape(pipeline: &Pipeline) -> Vec<StageShape> {
    let edges_into = |stage: &str| {
        shape::edges(&pipeline.spec)
            .filter(|edge| edge.to == stage)
            .map(|edge| EdgeShape {
                from: edge.from.to_owned(),
                gates: edge.gates.iter().map(gate).collect(),
            })
            .collect()
    };
    let stages = pipeline.spec.stages.iter();
    stages
        .map(|stage| StageShape {
            name: stage.name.clone(),
            after: edges_into(&stage.name),
        })
        .collect()
}

fn gate(gate: &stagecoach_api::pipeline::PipelineGate) -> GateShape {
    let approval = gate.spec.as_ref().and_then(|spec| spec.approval.as_ref());
    GateShape {
        name: gate.name.clone(),
        kind: gate.type_,
        instructions: approval.and_then(|approval| approval.instructions.clone()),
    }
}
