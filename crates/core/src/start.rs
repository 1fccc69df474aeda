//! How a run begins, is replaced by the next of its object, follows an edited pipeline, and obeys a person. Called by
//! `machine` only.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::graph::Graph;
use crate::input::{Action, Decision, RunInput};
use crate::machine::{is_current, is_live, paused};
use crate::stage::{self, reason};
use crate::status::{EdgeRun, EdgeState, RunPhase, RunStatus, StageRun, StageState};
use crate::{message, supersede};

/// Starts the run that `spec` asks for, once it has a sequence number and the run before it has let go.
pub(crate) fn begin(graph: &Graph, input: &RunInput, decision: &mut Decision, now: Timestamp) {
    let before = decision.runs.get_mut(&input.context);
    if before.as_ref().is_some_and(|run| is_current(run, input)) {
        return;
    }
    if paused(graph, input) {
        if let Some(run) = before.filter(|run| !run.phase.is_over()) {
            run.message = message::suspended(graph, input);
            // Its gates wait for nobody any more.
            if run.phase == RunPhase::Blocked {
                run.phase = RunPhase::Pending;
            }
        }
        return;
    }
    let number = before.as_ref().map_or(1, |run| run.number.saturating_add(1));
    let holds = before.is_some_and(|run| replace(input, run, number, now));
    let Some(sequence) = input.sequence else {
        decision.actions.push(Action::AssignSequence {
            context: input.context.clone(),
            run: number,
        });
        return;
    };
    if holds {
        return;
    }
    let run = RunStatus {
        number,
        sequence,
        pipeline: graph.label(),
        fingerprint: input.fingerprint.clone(),
        values: input.values.clone(),
        replaced_by: None,
        phase: RunPhase::Pending,
        message: String::new(),
        started_at: now,
        finished_at: None,
        stages: Vec::new(),
        edges: Vec::new(),
    };
    decision.runs.insert(input.context.clone(), run);
}

/// Ends a run because its object asks for other values. True while one of its pull requests may be open.
fn replace(input: &RunInput, run: &mut RunStatus, number: i64, now: Timestamp) -> bool {
    run.replaced_by = Some(number);
    let by = supersede::label(&input.context, number, &input.values);
    let why = format!("superseded by {by}");
    for stage in &mut run.stages {
        if stage.state.is_over() {
            if stage.closing.is_none() {
                stage::let_go(stage, &why);
            }
        } else {
            stage::supersede(stage, &why, now);
        }
        stage::observe(stage, input.stages.get(&stage.name));
    }
    if !run.phase.is_over() {
        run.phase = RunPhase::Superseded;
        run.finished_at = Some(now);
    }
    run.stages.iter().any(stage::is_closing)
}

/// Carries out what a person asked for by annotation.
pub(crate) fn command(input: &RunInput, run: &mut RunStatus, now: Timestamp) {
    if input.cancel && is_live(run) {
        for stage in run.stages.iter_mut().filter(|s| !s.state.is_over()) {
            let message = "cancelled by a person; its pull requests stay as they are".to_owned();
            stage::enter(stage, StageState::Cancelled, Some(reason::CANCELLED), message, now);
            stage.closing = None;
        }
    }
    if input.retry {
        for stage in run.stages.iter_mut().filter(|s| s.state == StageState::Failed) {
            stage::retry(stage, now);
            run.finished_at = None;
            run.phase = RunPhase::Progressing;
        }
    }
}

/// Brings `run` into the order of the graph: what kept its name keeps its state, what left the graph is cancelled.
pub(crate) fn align(graph: &Graph, run: &mut RunStatus, now: Timestamp) {
    if !is_aligned_by_stages(graph, run) {
        align_stages(graph, run, now);
    }
    let wanted = graph.edges().iter().map(|edge| (edge.from.as_str(), edge.to.as_str()));
    let known = run.edges.iter().map(|edge| (edge.from.as_str(), edge.to.as_str()));
    if !wanted.eq(known) {
        align_edges(graph, run);
    }
}

/// True when the run's stages begin with those of the graph and nothing behind them goes on.
fn is_aligned_by_stages(graph: &Graph, run: &RunStatus) -> bool {
    let stages = graph.stages();
    run.stages.len() >= stages.len()
        && stages
            .iter()
            .zip(&run.stages)
            .all(|(wanted, known)| wanted.name == known.name)
        && run.stages[stages.len()..].iter().all(|gone| gone.state.is_over())
}

fn align_stages(graph: &Graph, run: &mut RunStatus, now: Timestamp) {
    let mut known: HashMap<String, StageRun> = run.stages.drain(..).map(|s| (s.name.clone(), s)).collect();
    for wanted in graph.stages() {
        let kept = known.remove(&wanted.name);
        run.stages
            .push(kept.unwrap_or_else(|| stage::waiting(&wanted.name, now)));
    }
    let mut removed: Vec<StageRun> = known.into_values().filter(|s| s.state != StageState::Waiting).collect();
    removed.sort_by(|a, b| a.name.cmp(&b.name));
    for mut gone in removed {
        if !gone.state.is_over() {
            let message = "taken out of the pipeline; its pull requests stay as they are".to_owned();
            stage::enter(&mut gone, StageState::Cancelled, Some(reason::REMOVED), message, now);
        }
        run.stages.push(gone);
    }
}

fn align_edges(graph: &Graph, run: &mut RunStatus) {
    let mut known: HashMap<(String, String), EdgeRun> = run
        .edges
        .drain(..)
        .map(|e| ((e.from.clone(), e.to.clone()), e))
        .collect();
    for wanted in graph.edges() {
        let ends = (wanted.from.clone(), wanted.to.clone());
        let kept = known.remove(&ends);
        run.edges.push(kept.unwrap_or(EdgeRun {
            from: ends.0,
            to: ends.1,
            state: EdgeState::Closed,
            gates: Vec::new(),
        }));
    }
}
