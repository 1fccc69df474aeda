//! The two entry points, [`decide`] and [`settle`], and the walk over runs and stages that both share.
//! A walk visits the runs in the order that supersession asks for and each run's stages after their predecessors, so
//! that one walk reaches the end of all that can happen now; deciding on its own outcome changes nothing.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::effects::effects;
use crate::fold::{fold, is_held};
use crate::graph::{Graph, OnReject, Supersede};
use crate::input::{ContextKey, Decision, Outcome, RunInput};
use crate::start::{align, begin, command};
use crate::status::{RunStatus, StageRun, StageState};
use crate::supersede::{self, Rivals};
use crate::{gate, message, phase, stage};

/// Decides for all runs of one pipeline. `inputs` are the contexts that refer to it, `now` is in whole seconds.
pub fn decide(graph: &Graph, inputs: &[RunInput], now: Timestamp) -> Decision {
    let mut decision = Decision {
        runs: inputs
            .iter()
            .filter_map(|input| Some((input.context.clone(), input.status.clone()?)))
            .collect(),
        actions: Vec::new(),
        recheck_at: None,
    };
    for input in inputs {
        begin(graph, input, &mut decision, now);
        if let Some(run) = decision.runs.get_mut(&input.context) {
            if is_current(run, input) {
                command(input, run, now);
            }
            if is_live(run) && run.replaced_by.is_none() && graph.carries(run) {
                align(graph, run, now);
            }
        }
    }
    advance(graph, inputs, &mut decision, now);
    for input in inputs {
        if let Some(run) = decision.runs.get(&input.context) {
            effects(graph, input, run, now, &mut decision.actions);
        }
    }
    decision
}

/// Folds the outcomes of a decision's actions into its runs.
pub fn settle(graph: &Graph, inputs: &[RunInput], decision: &mut Decision, outcomes: &[Outcome], now: Timestamp) {
    let by_context = by_context(inputs);
    let (held, done): (Vec<&Outcome>, Vec<&Outcome>) = outcomes.iter().partition(|outcome| is_held(outcome));
    for outcome in done.into_iter().chain(held) {
        let (context, stage) = outcome.action.target();
        let (Some(run), Some(input), Some(name)) = (decision.runs.get_mut(context), by_context.get(context), stage)
        else {
            continue;
        };
        let likely = graph.position(usize::MAX, name);
        if let Some(stage) = find(&mut run.stages, likely, name) {
            fold(graph.stage(name), stage, input.stages.get(name), outcome, now);
        }
    }
    advance(graph, inputs, decision, now);
}

/// True while nothing new may be started for this context.
pub(crate) fn paused(graph: &Graph, input: &RunInput) -> bool {
    graph.pipeline.suspend || input.suspend
}

/// True when `run` is the one that `spec` asks for.
pub(crate) fn is_current(run: &RunStatus, input: &RunInput) -> bool {
    run.fingerprint == input.fingerprint && run.replaced_by.is_none()
}

/// True while something of the run can still move: a failed run follows what it had begun.
pub(crate) fn is_live(run: &RunStatus) -> bool {
    !run.phase.is_over() || run.stages.iter().any(|stage| stage.state.is_active())
}

/// The stage run of that name; `likely` is where it is when the run has the order of its pipeline.
fn find<'a>(stages: &'a mut [StageRun], likely: Option<usize>, name: &str) -> Option<&'a mut StageRun> {
    let is_there = likely.filter(|&position| stages.get(position).is_some_and(|stage| stage.name == name));
    let position = is_there.or_else(|| stages.iter().position(|stage| stage.name == name))?;
    stages.get_mut(position)
}

fn by_context(inputs: &[RunInput]) -> HashMap<&ContextKey, &RunInput> {
    inputs.iter().map(|input| (&input.context, input)).collect()
}

/// Moves every run as far as the observations allow.
fn advance(graph: &Graph, inputs: &[RunInput], decision: &mut Decision, now: Timestamp) {
    decision.recheck_at = None;
    let by_context = by_context(inputs);
    let mut rivals = Rivals::new(graph);
    let queued = graph.pipeline.supersede == Supersede::Queue;
    if queued {
        note_all(graph, decision, &mut rivals);
    }
    for context in rivals.order(&decision.runs) {
        let (Some(run), Some(input)) = (decision.runs.get_mut(&context), by_context.get(&context)) else {
            continue;
        };
        // A run that its own object replaces only lets go; see `begin`.
        if let Some(number) = run.replaced_by {
            let by = supersede::label(&context, number, &input.values);
            run.message = message::replaced(run, &by);
        }
        if !graph.carries(run) {
            continue;
        }
        if is_current(run, input) {
            // Also of stages that have ended: what they left open may be merged or closed by now.
            for stage in run.stages.iter_mut().filter(|stage| !stage.pull_requests.is_empty()) {
                stage::observe(stage, input.stages.get(&stage.name));
            }
            let live = is_live(run);
            rivals.apply(graph, run, live, now);
            if live {
                let next = walk(graph, input, run, &rivals, now);
                decision.recheck_at = earlier(decision.recheck_at, next);
                phase::conclude(graph, input, run, &rivals, now);
            }
        }
        if queued {
            rivals.note_busy(graph, &context, run);
        } else {
            rivals.note(graph, &context, run);
        }
    }
    if queued {
        // The newest came last: only now it is known what it took over from those that have ended.
        note_all(graph, decision, &mut rivals);
        for (context, run) in &mut decision.runs {
            if by_context.get(context).is_some_and(|input| is_current(run, input)) && graph.carries(run) {
                rivals.apply(graph, run, false, now);
            }
        }
    }
}

fn note_all(graph: &Graph, decision: &Decision, rivals: &mut Rivals) {
    for (context, run) in decision.runs.iter().filter(|(_, run)| graph.carries(run)) {
        rivals.note(graph, context, run);
    }
}

/// One run, its stages after their predecessors; answers when to look again.
fn walk(graph: &Graph, input: &RunInput, run: &mut RunStatus, rivals: &Rivals, now: Timestamp) -> Option<Timestamp> {
    let mut recheck_at = None;
    let mut halted = phase::has_failed(run);
    for &position in &graph.order {
        let wanted = &graph.stages()[position];
        if run.stages.get(position).is_none_or(|stage| stage.name != wanted.name) {
            continue;
        }
        if run.stages[position].state == StageState::Waiting {
            let may_start = !halted && !paused(graph, input) && rivals.busy(position).is_none();
            start(graph, position, run, may_start, now);
        }
        let observed = input.stages.get(&wanted.name);
        let next = stage::advance(wanted, &mut run.stages[position], observed, now);
        recheck_at = earlier(recheck_at, next);
        match run.stages[position].state {
            StageState::Promoted => gate::evaluate(graph, position, input, run, now),
            StageState::Failed => halted = true,
            StageState::Waiting
            | StageState::Promoting
            | StageState::AwaitingMerge
            | StageState::Verifying
            | StageState::Superseded
            | StageState::Overtaken
            | StageState::Cancelled => {}
        }
    }
    if gate::shut_by(graph, run, OnReject::Halt).is_some() {
        for stage in run.stages.iter_mut().filter(|s| !s.state.is_over()) {
            stage::halt(stage, now);
        }
    }
    recheck_at
}

/// Starts or ends a stage run that waits, where its edges are decided.
fn start(graph: &Graph, position: usize, run: &mut RunStatus, may_start: bool, now: Timestamp) {
    let (state, reason, message) = match gate::join(graph, position, run) {
        gate::Join::Open if may_start => (StageState::Promoting, None, String::new()),
        gate::Join::Open | gate::Join::Closed => return,
        gate::Join::Lost { state, reason, message } => (state, Some(reason), message),
    };
    stage::enter(&mut run.stages[position], state, reason, message, now);
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
