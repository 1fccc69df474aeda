//! The run of a context as it is shown. Pure.

use jiff::Timestamp;
use kube::ResourceExt as _;
use serde::Serialize;
use serde_json::{Map, Value};
use stagecoach_api::PipelineContext;
use stagecoach_core::status::{EdgeRun, EdgeState, GateRun, GateState, RunPhase, RunStatus, StageRun, StageState};
use stagecoach_runtime::ObjectKey;

use crate::shape::{self, REQUESTED_BY};

/// Characters of values that are shown.
const SHOWN: usize = 60;

/// One run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunView {
    pub(crate) namespace: String,
    pub(crate) context: String,
    /// Absent before the run has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<i64>,
    pub(crate) sequence: i64,
    pub(crate) values: String,
    pub(crate) phase: RunPhase,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_by: Option<String>,
    pub(crate) started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) stages: Vec<StageRun>,
    pub(crate) edges: Vec<EdgeRun>,
}

impl RunView {
    /// The run of a context in this pipeline; `None` when the context belongs to another one.
    pub(crate) fn of(context: &PipelineContext, pipeline: &ObjectKey) -> Option<Self> {
        let status = context.status.as_ref();
        let run = status.and_then(|status| status.run.as_ref());
        let run = run.filter(|run| run.pipeline.is_empty() || run.pipeline == pipeline.to_string());
        if run.is_none() && shape::pipeline_of(context) != *pipeline {
            return None;
        }
        let made = context
            .creation_timestamp()
            .map_or(Timestamp::UNIX_EPOCH, |time| time.0);
        let waiting = status.and_then(|status| status.message.clone());
        Some(Self {
            namespace: context.namespace().unwrap_or_default(),
            context: context.name_any(),
            run: run.map(|run| run.number),
            // What has not begun is newer than what has.
            sequence: run.map_or(i64::MAX, |run| run.sequence),
            values: short(&context.spec.context),
            phase: run.map_or(RunPhase::Pending, |run| run.phase),
            message: run.map_or_else(|| waiting.unwrap_or_default(), |run| run.message.clone()),
            requested_by: context.annotations().get(REQUESTED_BY).cloned(),
            started_at: run.map_or(made, |run| run.started_at),
            finished_at: run.and_then(|run| run.finished_at),
            stages: run.map(|run: &RunStatus| run.stages.clone()).unwrap_or_default(),
            edges: run.map(|run| run.edges.clone()).unwrap_or_default(),
        })
    }

    /// The run in a stage.
    pub(crate) fn stage(&self, name: &str) -> Option<&StageRun> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The run on an edge.
    pub(crate) fn edge(&self, from: &str, to: &str) -> Option<&EdgeRun> {
        self.edges.iter().find(|edge| edge.from == from && edge.to == to)
    }

    /// Gates that the run stands before now, with their edge.
    pub(crate) fn waiting_gates(&self) -> impl Iterator<Item = (&EdgeRun, &GateRun)> {
        let promoted = |name: &str| {
            self.stage(name)
                .is_some_and(|stage| stage.state == StageState::Promoted)
        };
        let closed = self
            .edges
            .iter()
            .filter(move |edge| edge.state == EdgeState::Closed && promoted(&edge.from));
        let gates = closed.flat_map(|edge| edge.gates.iter().map(move |gate| (edge, gate)));
        gates.filter(|(_, gate)| matches!(gate.state, GateState::Pending | GateState::Running))
    }

    /// How the context is named in another command.
    pub(crate) fn arguments(&self) -> String {
        format!("{} -n {}", self.context, self.namespace)
    }
}

/// Values in a few words: the version where there is one, else all of them.
pub(crate) fn short(values: &Map<String, Value>) -> String {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = match values.get("version") {
        Some(version) => plain(version),
        None if values.is_empty() => "no values".to_owned(),
        None => {
            let pairs: Vec<String> = values
                .iter()
                .map(|(key, value)| format!("{key}={}", plain(value)))
                .collect();
            pairs.join(", ")
        }
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}
