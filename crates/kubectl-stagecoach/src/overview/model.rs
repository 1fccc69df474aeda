//! What is in each stage, what is on its way there, and what that waits for. Pure.

use jiff::Timestamp;
use serde::Serialize;
use stagecoach_api::{Pipeline, PipelineContext};
use stagecoach_core::status::{PullRequestState, RunPhase, RunReference, StageRun, StageState};
use stagecoach_runtime::ObjectKey;

use crate::{decide, run_view::RunView, shape};

/// One pipeline.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PipelinePlaces {
    pub(crate) namespace: String,
    pub(crate) pipeline: String,
    /// Why nothing goes on in it as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
    pub(crate) stages: Vec<Place>,
}

/// One stage.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    pub(crate) stage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) promoted: Option<Held>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) arriving: Option<Held>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) waiting_for: Option<String>,
}

/// What is in a stage or on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Held {
    pub(crate) values: String,
    pub(crate) since: Timestamp,
    pub(crate) context: String,
}

impl Held {
    fn promoted(reference: &RunReference) -> Self {
        Self {
            values: reference.values.clone(),
            since: reference.since,
            context: format!("{}/{}", reference.namespace, reference.name),
        }
    }
}

/// Every pipeline, by namespace and name.
pub(crate) fn build(pipelines: &[Pipeline], contexts: &[PipelineContext]) -> Vec<PipelinePlaces> {
    let mut places: Vec<PipelinePlaces> = pipelines.iter().map(|pipeline| places(pipeline, contexts)).collect();
    places.sort_by(|a, b| (&a.namespace, &a.pipeline).cmp(&(&b.namespace, &b.pipeline)));
    places
}

fn places(pipeline: &Pipeline, contexts: &[PipelineContext]) -> PipelinePlaces {
    let key = ObjectKey::of(pipeline);
    let mut runs: Vec<RunView> = contexts
        .iter()
        .filter_map(|context| RunView::of(context, &key))
        .filter(|run| !run.phase.is_over() || run.phase == RunPhase::Failed)
        .collect();
    // The newest first.
    runs.sort_by(|a, b| (b.sequence, &a.context).cmp(&(a.sequence, &b.context)));
    let stages = pipeline
        .spec
        .stages
        .iter()
        .map(|stage| place(pipeline, &stage.name, &runs));
    PipelinePlaces {
        stages: stages.collect(),
        problem: problem(pipeline),
        namespace: key.namespace.unwrap_or_default(),
        pipeline: key.name,
    }
}

fn place(pipeline: &Pipeline, stage: &str, runs: &[RunView]) -> Place {
    let holders = pipeline
        .status
        .as_ref()
        .map(|status| status.stages.as_slice())
        .unwrap_or_default();
    let held = holders
        .iter()
        .find(|holder| holder.name == stage)
        .and_then(|holder| holder.promoted.as_ref());
    let newer = |run: &&RunView| held.is_none_or(|held| run.sequence > held.sequence);
    let entry = !shape::edges(&pipeline.spec).any(|edge| edge.to == stage);
    let arriving = runs
        .iter()
        .filter(newer)
        .find_map(|run| Some((run, arrival(pipeline, run, stage, entry)?)));
    let (arriving, waiting_for) = match arriving {
        None => (None, None),
        Some((run, (since, waiting_for))) => {
            let held = Held {
                values: run.values.clone(),
                since,
                context: format!("{}/{}", run.namespace, run.context),
            };
            (Some(held), Some(waiting_for))
        }
    };
    Place {
        stage: stage.to_owned(),
        promoted: held.map(Held::promoted),
        arriving,
        waiting_for,
    }
}

/// Since when a run is on its way into a stage and what it waits for; `None` when it is not.
fn arrival(pipeline: &Pipeline, run: &RunView, stage: &str, entry: bool) -> Option<(Timestamp, String)> {
    if run.stages.is_empty() {
        return entry.then(|| (run.started_at, waiting_to_begin(run)));
    }
    let found = run.stage(stage)?;
    match found.state {
        StageState::Promoting | StageState::AwaitingMerge | StageState::Verifying => {
            Some((found.since, activity(found)))
        }
        StageState::Failed => {
            let text = format!(
                "failed: {}; kubectl stagecoach retry {}",
                found.message,
                run.arguments()
            );
            Some((found.since, text))
        }
        StageState::Waiting => {
            let mut gates = run.waiting_gates().filter(|(edge, _)| edge.to == stage);
            let (_, gate) = gates.next()?;
            let asks = decide::waiting(pipeline, run)
                .iter()
                .any(|asked| asked.to == stage && asked.gate == gate.name);
            let command = format!("; kubectl stagecoach approve {}", run.arguments());
            let text = format!(
                "gate {} {}{}",
                gate.name,
                gate.message,
                if asks { command.as_str() } else { "" }
            );
            Some((gate.since, text))
        }
        StageState::Promoted | StageState::Superseded | StageState::Overtaken | StageState::Cancelled => None,
    }
}

fn waiting_to_begin(run: &RunView) -> String {
    if run.message.is_empty() {
        "the run is about to start".to_owned()
    } else {
        run.message.clone()
    }
}

/// What goes on in a stage.
pub(crate) fn activity(stage: &StageRun) -> String {
    if !stage.message.is_empty() {
        return stage.message.clone();
    }
    match stage.state {
        StageState::AwaitingMerge => {
            let open = stage
                .pull_requests
                .iter()
                .filter(|pull| pull.state == PullRequestState::Open);
            let names: Vec<String> = open
                .map(|pull| match &pull.url {
                    Some(url) => format!("{} ({url})", pull.label()),
                    None => pull.label(),
                })
                .collect();
            format!("somebody has to merge {}", names.join(" and "))
        }
        StageState::Verifying => "merged; until it runs and is healthy".to_owned(),
        _ => "its pull requests are being opened".to_owned(),
    }
}

/// What holds up the whole pipeline.
fn problem(pipeline: &Pipeline) -> Option<String> {
    let conditions = pipeline
        .status
        .as_ref()
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    let stalled = conditions
        .iter()
        .find(|condition| condition.type_ == "Stalled" && condition.status == "True");
    match stalled {
        Some(stalled) => Some(format!("cannot be used: {}", stalled.message)),
        None if pipeline.spec.suspend => Some("suspended: set spec.suspend to false to go on".to_owned()),
        None => None,
    }
}

#[cfg(test)]
mod tests;
