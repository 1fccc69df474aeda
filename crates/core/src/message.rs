//! The one sentence that says what a run waits for, since when, and who can act; and what is where in a pipeline.
//! Called by the other rooms of the machine; the summary of a pipeline's stages is for `reconcile-context`.

use crate::gate;
use crate::graph::{GateKind, Graph, OnReject};
use crate::input::RunInput;
use crate::machine::paused;
use crate::phase::counting;
use crate::stage::is_closing;
use crate::status::{
    EdgeState, GateRun, PullRequest, PullRequestState, RunPhase, RunStatus, StageHolder, StageRun, StageState,
};
use crate::supersede::Rivals;

/// The sentence for a run in `phase`.
pub(crate) fn of_run(graph: &Graph, input: &RunInput, run: &RunStatus, rivals: &Rivals, phase: RunPhase) -> String {
    match phase {
        RunPhase::Succeeded => succeeded(graph, run),
        RunPhase::Failed => failed(graph, input, run),
        RunPhase::Superseded | RunPhase::Cancelled => ended(graph, run),
        RunPhase::Pending | RunPhase::Progressing | RunPhase::Blocked => going_on(graph, input, run, rivals),
    }
}

/// Why nothing new begins.
pub(crate) fn suspended(graph: &Graph, input: &RunInput) -> String {
    let context = format!("pipelinecontext {}/{}", input.context.namespace, input.context.name);
    let pipeline = format!("pipeline {}", graph.label());
    let what = match (graph.pipeline.suspend, input.suspend) {
        (true, true) => format!("{pipeline} and {context}"),
        (true, false) => pipeline,
        (_, _) => context,
    };
    format!("suspended: set spec.suspend of {what} to false to go on")
}

/// The sentence for a run whose object asks for other values.
pub(crate) fn replaced(run: &RunStatus, by: &str) -> String {
    match run.stages.iter().find(|stage| is_closing(stage)) {
        Some(stage) => format!("superseded by {by}, which begins when {}", closing(stage)),
        None => format!("superseded by {by}"),
    }
}

/// What must happen before a stage run has let go of its pull requests.
fn closing(stage: &StageRun) -> String {
    let held = stage.pull_requests.iter().filter(|record| record.state.is_held());
    let held: Vec<String> = held.map(PullRequest::label).collect();
    let problem = stage.closing.as_ref().and_then(|closing| closing.problem.as_deref());
    let problem = problem.map_or_else(String::new, |problem| {
        format!(" (not done yet: {problem}; closing it by hand will do)")
    });
    format!("{} is closed{problem}", held.join(" and "))
}

fn succeeded(graph: &Graph, run: &RunStatus) -> String {
    let not_promoted = counting(graph, run).iter().find(|s| s.state != StageState::Promoted);
    match not_promoted {
        None => "every stage is promoted".to_owned(),
        Some(stage) => format!("every stage is promoted but {}: {}", stage.name, stage.message),
    }
}

fn failed(graph: &Graph, input: &RunInput, run: &RunStatus) -> String {
    let stage = run.stages.iter().find(|s| s.state == StageState::Failed);
    let halted = gate::shut_by(graph, run, OnReject::Halt);
    match (halted, stage) {
        (None, Some(stage)) => format!(
            "stage {}: {}; to try again: kubectl stagecoach retry {} -n {}",
            stage.name, stage.message, input.context.name, input.context.namespace
        ),
        (gate, _) => gate
            .or_else(|| gate::shut_by(graph, run, OnReject::FailAfterOthers))
            .map_or_else(String::new, |(edge, gate)| gate::describe(edge, gate)),
    }
}

/// The stage run that stands for the end of the run.
fn ended(graph: &Graph, run: &RunStatus) -> String {
    let counting = counting(graph, run);
    let find = |is: &dyn Fn(&StageRun) -> bool| counting.iter().find(|stage| is(stage));
    find(&|s| matches!(s.state, StageState::Superseded | StageState::Overtaken))
        .or_else(|| find(&|s| s.state == StageState::Cancelled && !gate::is_by_gate(s)))
        .map_or_else(String::new, |s| format!("stage {}: {}", s.name, s.message))
}

/// First what goes on, then what a person is asked; else why nothing does.
fn going_on(graph: &Graph, input: &RunInput, run: &RunStatus, rivals: &Rivals) -> String {
    let mut active = run.stages.iter().filter(|s| s.state.is_active());
    let mut parts: Vec<String> = active
        .next()
        .map(|stage| activity(graph, input, stage))
        .into_iter()
        .collect();
    let more = active.count();
    if more > 0 {
        parts.push(format!("{more} more of its stages go on"));
    }
    let mut gates = gate::waiting(graph, run);
    parts.extend(gates.next().map(|(edge, gate)| asked(graph, input, edge, gate)));
    let more = gates.count();
    if more > 0 {
        parts.push(format!("{more} more of its gates wait"));
    }
    if parts.is_empty() {
        parts.push(idle(graph, input, run, rivals));
    }
    parts.join("; ")
}

/// Why a run waits in which nothing goes on and nobody is asked.
fn idle(graph: &Graph, input: &RunInput, run: &RunStatus, rivals: &Rivals) -> String {
    if paused(graph, input) {
        return suspended(graph, input);
    }
    if let Some(message) = unhealthy_source(graph, input, run) {
        return message;
    }
    let waiting = || {
        run.stages
            .iter()
            .enumerate()
            .filter(|(_, s)| s.state == StageState::Waiting)
    };
    let queued = waiting().find_map(|(position, stage)| Some((stage, rivals.busy(position)?)));
    match queued.or_else(|| waiting().next().map(|(_, stage)| (stage, "the stages before it"))) {
        Some((stage, other)) => format!("stage {} waits since {} for {other}", stage.name, stage.since),
        None => String::new(),
    }
}

/// What a gate asks, and of whom.
fn asked(graph: &Graph, input: &RunInput, position: usize, gate: &GateRun) -> String {
    let edge = &graph.edges()[position];
    let (name, since, message) = (&gate.name, gate.since, &gate.message);
    let kind = edge
        .gates
        .iter()
        .find(|wanted| wanted.name == *name)
        .map(|wanted| &wanted.kind);
    let edge = format!("gate {name} on edge {} -> {}", edge.from, edge.to);
    let (pipeline, context) = (&graph.pipeline.name, &input.context);
    match kind {
        Some(GateKind::Unsupported(_)) => {
            format!("{edge} is closed since {since}: {message}; who may edit pipeline {pipeline} can act")
        }
        Some(GateKind::Approval { .. }) | None => format!(
            "{edge} {message} since {since}; who has the verb approve on pipeline {pipeline} can act: kubectl stagecoach \
             approve {} -n {}",
            context.name, context.namespace
        ),
    }
}

/// An edge whose source stage is promoted but not healthy now.
fn unhealthy_source(graph: &Graph, input: &RunInput, run: &RunStatus) -> Option<String> {
    let is = |position: usize, state| run.stages.get(position).is_some_and(|s| s.state == state);
    let shut = run.edges.iter().zip(&graph.ends).find(|(edge, (from, to))| {
        edge.state == EdgeState::Closed
            && is(*from, StageState::Promoted)
            && is(*to, StageState::Waiting)
            && !gate::is_healthy(graph, *from, input)
    });
    shut.map(|(edge, (from, _))| {
        format!(
            "edge {} -> {} waits: stage {} was promoted at {} but its services are not healthy with this version now; \
             mend them, or cancel the run: kubectl stagecoach cancel {} -n {}",
            edge.from, edge.to, edge.from, run.stages[*from].since, input.context.name, input.context.namespace
        )
    })
}

/// What a stage run waits for.
fn activity(graph: &Graph, input: &RunInput, stage: &StageRun) -> String {
    let (name, since) = (&stage.name, stage.since);
    let why = if stage.message.is_empty() {
        String::new()
    } else {
        format!(": {}", stage.message)
    };
    match stage.state {
        StageState::AwaitingMerge => format!(
            "stage {name}: waits since {since} for somebody to merge {}",
            open_pull_requests(stage)
        ),
        StageState::Verifying => format!(
            "stage {name}: waits since {since} until {} and is healthy{why}",
            wanted(stage)
        ),
        _ if stage.closing.is_some() => format!("stage {name}: waits since {since} until {}", closing(stage)),
        _ if paused(graph, input) => format!("stage {name}: {}", suspended(graph, input)),
        _ => format!("stage {name}: opening its pull requests since {since}{why}"),
    }
}

fn open_pull_requests(stage: &StageRun) -> String {
    let open = stage.pull_requests.iter().filter(|p| p.state == PullRequestState::Open);
    let named = open.map(|p| match &p.url {
        Some(url) => format!("{} ({url})", p.label()),
        None => p.label(),
    });
    named.collect::<Vec<_>>().join(" and ")
}

/// What must run before the stage is promoted.
fn wanted(stage: &StageRun) -> String {
    let merged: Vec<String> = stage.pull_requests.iter().map(merged).collect();
    match merged.as_slice() {
        [] => "the wanted version runs".to_owned(),
        [one] => format!("{one} runs"),
        several => format!("all of {} runs", several.join(" and ")),
    }
}

fn merged(record: &PullRequest) -> String {
    let commit = record.merge_commit.as_deref().unwrap_or(&record.base_commit);
    let short = commit.get(..10).unwrap_or(commit);
    match record.number {
        Some(_) => format!("{} (merged as {short})", record.label()),
        None => format!("{} at {short}, which already has the change,", record.repository),
    }
}

/// What is where, in one line: `dev 0.2.0 | prod 0.1.0 -> 0.2.0`.
pub fn summary_of_stages(stages: &[StageHolder]) -> String {
    let one = |stage: &StageHolder| {
        let promoted = stage.promoted.as_ref().map(|r| r.values.as_str());
        let current = stage.current.as_ref().map(|r| r.values.as_str());
        match (promoted, current) {
            (None, None) => format!("{} -", stage.name),
            (Some(promoted), None) => format!("{} {promoted}", stage.name),
            (None, Some(current)) => format!("{} -> {current}", stage.name),
            (Some(promoted), Some(current)) => format!("{} {promoted} -> {current}", stage.name),
        }
    };
    stages.iter().map(one).collect::<Vec<_>>().join(" | ")
}
