//! The two entry points, [`decide`] and [`settle`], and the walk over runs and stages that both share.
//! A walk visits the runs in the order that supersession asks for and each run's stages after their predecessors, so
//! that one walk reaches the end of all that can happen now; deciding on its own outcome changes nothing.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::graph::{Criterion, Graph};
use crate::input::{Action, ActionResult, ContextKey, Decision, Outcome, PullRequestSeen, RunInput};
use crate::stage::Step;
use crate::status::{EdgeRun, EdgeState, PullRequestState, RunPhase, RunStatus, StageRun, StageState};
use crate::{gate, phase, stage, supersede};

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
            command(input, run, now);
            if is_live(run) {
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
    for outcome in outcomes {
        let (context, stage) = outcome.action.target();
        let run = decision.runs.get_mut(context);
        let stage = run.and_then(|run| {
            run.stages
                .iter_mut()
                .find(|candidate| Some(candidate.name.as_str()) == stage)
        });
        if let Some(stage) = stage {
            fold(stage, &outcome.action, &outcome.result, now);
        }
    }
    advance(graph, inputs, decision, now);
}

/// Starts the run that `spec` asks for, once it has a sequence number and the run before it has let go.
fn begin(graph: &Graph, input: &RunInput, decision: &mut Decision, now: Timestamp) {
    let before = decision.runs.get_mut(&input.context);
    if before.as_ref().is_some_and(|run| run.fingerprint == input.fingerprint) || paused(graph, input) {
        return;
    }
    let number = before.as_ref().map_or(1, |run| run.number.saturating_add(1));
    if let Some(run) = before {
        let reason = format!("replaced by run {number} of the same context");
        supersede::end(run, &reason, now);
        if supersede::holds_pull_requests(run) {
            return;
        }
    }
    let Some(sequence) = input.sequence else {
        decision.actions.push(Action::AssignSequence {
            context: input.context.clone(),
            run: number,
        });
        return;
    };
    let run = RunStatus {
        number,
        sequence,
        fingerprint: input.fingerprint.clone(),
        phase: RunPhase::Pending,
        message: String::new(),
        started_at: now,
        finished_at: None,
        stages: Vec::new(),
        edges: Vec::new(),
    };
    decision.runs.insert(input.context.clone(), run);
}

/// True while nothing new may be started for this context.
pub(crate) fn paused(graph: &Graph, input: &RunInput) -> bool {
    graph.pipeline.suspend || input.suspend
}

/// True while something of the run can still move: a failed run follows what it had begun.
fn is_live(run: &RunStatus) -> bool {
    !run.phase.is_over() || run.stages.iter().any(|s| s.state.is_active())
}

/// Brings `run` into the order of the graph: what kept its name keeps its state, what left the graph is cancelled.
fn align(graph: &Graph, run: &mut RunStatus, now: Timestamp) {
    let mut known: HashMap<String, StageRun> = run.stages.drain(..).map(|s| (s.name.clone(), s)).collect();
    run.stages = graph
        .stages()
        .iter()
        .map(|wanted| {
            known
                .remove(&wanted.name)
                .unwrap_or_else(|| stage::waiting(&wanted.name, now))
        })
        .collect();
    let mut removed: Vec<StageRun> = known.into_values().filter(|s| s.state != StageState::Waiting).collect();
    removed.sort_by(|a, b| a.name.cmp(&b.name));
    for mut gone in removed {
        if !gone.state.is_over() {
            let message = format!(
                "stage {} was taken out of the pipeline; its pull requests stay as they are",
                gone.name
            );
            stage::enter(&mut gone, StageState::Cancelled, Some("StageRemoved"), message, now);
        }
        run.stages.push(gone);
    }
    let mut known: HashMap<(String, String), EdgeRun> = run
        .edges
        .drain(..)
        .map(|e| ((e.from.clone(), e.to.clone()), e))
        .collect();
    run.edges = graph
        .edges()
        .iter()
        .map(|wanted| {
            let (from, to) = (wanted.from.clone(), wanted.to.clone());
            let fresh = || EdgeRun {
                from,
                to,
                state: EdgeState::Closed,
                gates: Vec::new(),
            };
            known
                .remove(&(wanted.from.clone(), wanted.to.clone()))
                .unwrap_or_else(fresh)
        })
        .collect();
}

/// Carries out what a person asked for by annotation.
fn command(input: &RunInput, run: &mut RunStatus, now: Timestamp) {
    if input.cancel && !run.phase.is_over() {
        for stage in run.stages.iter_mut().filter(|s| !s.state.is_over()) {
            let message = "cancelled by a person; its pull requests stay as they are".to_owned();
            stage::enter(stage, StageState::Cancelled, Some("Cancelled"), message, now);
        }
    }
    if input.retry {
        for stage in run.stages.iter_mut().filter(|s| s.state == StageState::Failed) {
            stage.attempt = stage.attempt.saturating_add(1);
            stage.pull_requests.clear();
            stage::enter(stage, StageState::Promoting, None, String::new(), now);
            run.finished_at = None;
            run.phase = RunPhase::Progressing;
        }
    }
}

/// Moves every run as far as the observations allow.
fn advance(graph: &Graph, inputs: &[RunInput], decision: &mut Decision, now: Timestamp) {
    decision.recheck_at = None;
    let by_context: HashMap<&ContextKey, &RunInput> = inputs.iter().map(|input| (&input.context, input)).collect();
    let mut rivals = supersede::Rivals::new(graph);
    for context in rivals.order(&decision.runs) {
        let (Some(run), Some(input)) = (decision.runs.get_mut(&context), by_context.get(&context)) else {
            continue;
        };
        // A run that its own object replaces only lets go; see `begin`.
        if is_live(run) {
            if run.fingerprint == input.fingerprint {
                rivals.apply(graph, run, now);
                walk(graph, input, run, &rivals, now, &mut decision.recheck_at);
            }
            phase::conclude(graph, input, run, now);
        }
        rivals.add(graph, &context, run, &input.values);
    }
}

/// One run, its stages after their predecessors.
fn walk(
    graph: &Graph,
    input: &RunInput,
    run: &mut RunStatus,
    rivals: &supersede::Rivals,
    now: Timestamp,
    recheck_at: &mut Option<Timestamp>,
) {
    for &position in &graph.order {
        let wanted = &graph.stages()[position];
        let Some(current) = run.stages.get(position).filter(|s| s.name == wanted.name) else {
            continue;
        };
        if current.state == StageState::Waiting {
            match gate::join(graph, position, run) {
                gate::Join::Open if paused(graph, input) || phase::halted(run) || rivals.busy(position) => {}
                gate::Join::Open => {
                    stage::enter(
                        &mut run.stages[position],
                        StageState::Promoting,
                        None,
                        String::new(),
                        now,
                    );
                }
                gate::Join::Shut(why) => {
                    stage::enter(
                        &mut run.stages[position],
                        StageState::Cancelled,
                        Some("GateRejected"),
                        why,
                        now,
                    );
                }
                gate::Join::Closed => {}
            }
        }
        let observed = input.stages.get(&wanted.name);
        let next = stage::advance(wanted, &mut run.stages[position], observed, now);
        earlier(recheck_at, next);
        if run.stages[position].state == StageState::Promoted {
            gate::evaluate(graph, wanted, input, run, now);
        }
    }
    if gate::halted(graph, run) {
        for stage in run.stages.iter_mut().filter(|s| !s.state.is_over()) {
            let message = "cancelled because a gate was rejected; its pull requests stay open".to_owned();
            stage::enter(stage, StageState::Cancelled, Some("GateRejected"), message, now);
        }
    }
}

fn earlier(at: &mut Option<Timestamp>, candidate: Option<Timestamp>) {
    if let Some(candidate) = candidate {
        *at = Some(at.map_or(candidate, |current| current.min(candidate)));
    }
}

/// The effects that rest on what `input.status` already holds.
fn effects(graph: &Graph, input: &RunInput, run: &RunStatus, now: Timestamp, actions: &mut Vec<Action>) {
    let persisted: BTreeMap<&str, &StageRun> = input
        .status
        .iter()
        .flat_map(|run| &run.stages)
        .map(|s| (s.name.as_str(), s))
        .collect();
    for stage in &run.stages {
        let (context, name) = (input.context.clone(), stage.name.clone());
        let written = persisted.get(stage.name.as_str());
        let same_state = written.is_some_and(|s| s.state == stage.state && s.attempt == stage.attempt);
        let wanted = graph.stage(&stage.name);
        match stage.state {
            StageState::Promoting if paused(graph, input) => {}
            StageState::Promoting if stage.pull_requests.is_empty() => {
                actions.push(Action::Plan { context, stage: name });
            }
            StageState::Promoting if same_state => {
                let open = stage
                    .pull_requests
                    .iter()
                    .filter(|p| p.state == PullRequestState::Intended);
                actions.extend(open.map(|p| Action::Open {
                    context: context.clone(),
                    stage: name.clone(),
                    pull_request: p.clone(),
                }));
            }
            StageState::Verifying => {
                let observed = input.stages.get(&stage.name);
                let settled = wanted.is_some_and(|w| stage::step(w, stage, observed, now) == Step::Proven);
                if settled && !stage.pull_requests.is_empty() {
                    actions.push(Action::Confirm { context, stage: name });
                }
            }
            StageState::Superseded if same_state => {
                let left = stage.pull_requests.iter().filter(|p| supersede::is_held(p));
                actions.extend(left.map(|p| Action::Close {
                    context: context.clone(),
                    stage: name.clone(),
                    pull_request: p.clone(),
                    comment: format!("Closed by Stagecoach: {}.", stage.message),
                }));
            }
            _ => {}
        }
    }
}

/// Folds one result into its stage run.
fn fold(stage: &mut StageRun, action: &Action, result: &ActionResult, now: Timestamp) {
    let group = match action {
        Action::Open { pull_request, .. } | Action::Close { pull_request, .. } => Some(pull_request.group.as_str()),
        Action::AssignSequence { .. } | Action::Plan { .. } | Action::Confirm { .. } => None,
    };
    let record = stage.pull_requests.iter_mut().find(|p| Some(p.group.as_str()) == group);
    match result {
        ActionResult::Assigned => {}
        ActionResult::Planned(planned) => {
            stage.pull_requests.clone_from(planned);
            (stage.reason, stage.message) = (None, String::new());
        }
        ActionResult::Opened {
            number,
            url,
            head_commit,
            seen,
        } => {
            if let Some(record) = record {
                record.number = Some(*number);
                record.url = Some(url.clone());
                record.head_commit = Some(head_commit.clone());
                stage::see(record, seen);
                (stage.reason, stage.message) = (None, String::new());
            }
        }
        ActionResult::Replan => stage.pull_requests.clear(),
        ActionResult::Closed => {
            if let Some(record) = record {
                stage::see(record, &PullRequestSeen::Closed);
            }
        }
        ActionResult::Confirmed(true) => stage::enter(stage, StageState::Promoted, None, String::new(), now),
        ActionResult::Confirmed(false) => {
            let message = "a later commit on the base branch took the change back before it was proven".to_owned();
            stage::enter(stage, StageState::Overtaken, Some("Overtaken"), message, now);
        }
        ActionResult::Refused { reason, message } => {
            stage::enter(stage, StageState::Failed, Some(reason), message.clone(), now);
        }
        ActionResult::Held { reason, message } => {
            (stage.reason, stage.message) = (Some(reason.clone()), message.clone());
        }
    }
}

/// True when a run of this stage writes through pull requests.
pub(crate) fn writes(stage: &crate::graph::Stage) -> bool {
    stage
        .services
        .iter()
        .any(|service| matches!(service.criterion, Criterion::PullRequest { .. }))
}
