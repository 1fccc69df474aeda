//! Where a run stands as a whole. Called by `machine` only.

use jiff::Timestamp;

use crate::graph::{Graph, OnReject};
use crate::input::RunInput;
use crate::machine::paused;
use crate::status::{RunPhase, RunStatus, StageRun, StageState};
use crate::supersede::Rivals;
use crate::{gate, message};

/// True when a stage of the run has failed, so that nothing new may start in it.
pub(crate) fn has_failed(run: &RunStatus) -> bool {
    run.stages.iter().any(|s| s.state == StageState::Failed)
}

/// Sets phase, message and the time of the end.
pub(crate) fn conclude(graph: &Graph, input: &RunInput, run: &mut RunStatus, rivals: &Rivals, now: Timestamp) {
    let phase = phase(graph, input, run);
    run.message = message::of_run(graph, input, run, rivals, phase);
    if phase.is_over() && !run.phase.is_over() {
        run.finished_at = Some(now);
    }
    run.phase = phase;
}

fn phase(graph: &Graph, input: &RunInput, run: &RunStatus) -> RunPhase {
    let any = |state| run.stages.iter().any(|s| s.state == state);
    if has_failed(run) || gate::shut_by(graph, run, OnReject::Halt).is_some() {
        return RunPhase::Failed;
    }
    if run.stages.iter().any(|s| s.state.is_active()) {
        return RunPhase::Progressing;
    }
    // A stage that can never start has been ended by the walk.
    if !any(StageState::Waiting) {
        return ended(graph, run);
    }
    if gate::waiting(graph, run).next().is_some() {
        return RunPhase::Blocked;
    }
    if !any(StageState::Promoted) || paused(graph, input) {
        RunPhase::Pending
    } else {
        RunPhase::Progressing
    }
}

/// How a run ended in which no stage goes on. Stages that were taken out of the pipeline do not count, unless none is left.
fn ended(graph: &Graph, run: &RunStatus) -> RunPhase {
    let counting = counting(graph, run);
    let any = |state| counting.iter().any(|s| s.state == state);
    if gate::shut_by(graph, run, OnReject::FailAfterOthers).is_some() {
        RunPhase::Failed
    } else if any(StageState::Superseded) || any(StageState::Overtaken) {
        RunPhase::Superseded
    } else if counting
        .iter()
        .any(|s| s.state == StageState::Cancelled && !gate::is_by_gate(s))
    {
        RunPhase::Cancelled
    } else {
        RunPhase::Succeeded
    }
}

/// The stage runs that decide how a run ended.
pub(crate) fn counting<'a>(graph: &Graph, run: &'a RunStatus) -> &'a [StageRun] {
    let stages = graph.stages().len();
    if stages == 0 {
        &run.stages
    } else {
        run.stages.get(..stages).unwrap_or(&run.stages)
    }
}
