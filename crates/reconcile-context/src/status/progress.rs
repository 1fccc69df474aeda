//! What is where: the part of `Pipeline.status` that promotions own. Pure.

use jiff::Timestamp;
use serde::Serialize;
use stagecoach_api::PipelineStatus;
use stagecoach_api::pipeline::SequenceEntry;
use stagecoach_core::status::{RunReference, RunStatus, StageHolder, StageState};
use stagecoach_core::{ContextKey, Decision, Graph, RunInput, summary_of_stages};

/// The fields of `Pipeline.status` that this reconciler writes; it always sends all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Progress {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_sequence: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sequences: Vec<SequenceEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) stages: Vec<StageHolder>,
}

impl Progress {
    /// As it stands.
    pub(crate) fn of(status: Option<&PipelineStatus>) -> Self {
        status.map_or_else(Self::default, |status| Self {
            summary: status.summary.clone(),
            last_sequence: status.last_sequence,
            sequences: status.sequences.clone(),
            stages: status.stages.clone(),
        })
    }

    /// Who holds which stage after a decision. A stage keeps the run that was promoted there last even when its context
    /// is gone.
    pub(crate) fn after(&self, graph: &Graph, inputs: &[RunInput], decision: &Decision) -> Self {
        let runs: Vec<(&RunInput, &RunStatus)> = inputs
            .iter()
            .filter_map(|input| Some((input, decision.runs.get(&input.context)?)))
            .collect();
        let mut stages = Vec::new();
        for stage in graph.stages() {
            let known = self.stages.iter().find(|known| known.name == stage.name);
            let in_stage = |state: fn(StageState) -> bool| {
                let of_run = |(input, run): &(&RunInput, &RunStatus)| {
                    let found = run.stages.iter().find(|candidate| candidate.name == stage.name)?;
                    state(found.state).then(|| reference(&input.context, run, found.since))
                };
                runs.iter()
                    .filter_map(of_run)
                    .max_by_key(|reference| reference.sequence)
            };
            let promoted = in_stage(|state| state == StageState::Promoted);
            let kept = known.and_then(|known| known.promoted.clone());
            // A run of its own may have been promoted elsewhere since: the newest promotion holds.
            let promoted = match (promoted, kept) {
                (Some(new), Some(kept)) if kept.since > new.since => Some(kept),
                (new, kept) => new.or(kept),
            };
            // Since it entered, not since its last step: a step of a run is no news about who is where.
            let entered = known.and_then(|known| known.current.clone());
            let entering = in_stage(StageState::is_active).map(|new| match entered {
                Some(entered) if (&entered.uid, entered.run) == (&new.uid, new.run) => RunReference {
                    since: entered.since,
                    ..new
                },
                _ => new,
            });
            stages.push(StageHolder {
                name: stage.name.clone(),
                current: entering,
                promoted,
            });
        }
        let summary = Some(summary_of_stages(&stages)).filter(|_| stages.iter().any(is_used));
        let stages = if stages.iter().any(is_used) { stages } else { Vec::new() };
        Self {
            summary,
            stages,
            ..self.clone()
        }
    }
}

fn is_used(stage: &StageHolder) -> bool {
    stage.current.is_some() || stage.promoted.is_some()
}

fn reference(context: &ContextKey, run: &RunStatus, since: Timestamp) -> RunReference {
    RunReference {
        namespace: context.namespace.clone(),
        name: context.name.clone(),
        uid: context.uid.clone(),
        run: run.number,
        sequence: run.sequence,
        values: run.values.clone(),
        since,
    }
}
