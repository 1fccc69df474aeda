//! Where a run stands as a whole, and the one sentence that says what it waits for. Called by `machine`; the summary
//! of a pipeline's stages is for `reconcile-context`.

use jiff::Timestamp;

use crate::gate;
use crate::graph::Graph;
use crate::input::RunInput;
use crate::machine::paused;
use crate::status::{EdgeState, PullRequestState, RunPhase, RunStatus, StageHolder, StageRun, StageState};

/// True when a stage of the run has failed, so that nothing new may start in it.
pub(crate) fn halted(run: &RunStatus) -> bool {
    run.stages.iter().any(|s| s.state == StageState::Failed)
}

/// Sets phase, message and the time of the end.
pub(crate) fn conclude(graph: &Graph, input: &RunInput, run: &mut RunStatus, now: Timestamp) {
    let phase = phase(graph, input, run);
    run.message = message(graph, input, run, phase);
    if phase.is_over() && !run.phase.is_over() {
        run.finished_at = Some(now);
    }
    run.phase = phase;
}

fn phase(graph: &Graph, input: &RunInput, run: &RunStatus) -> RunPhase {
    let any = |state| run.stages.iter().any(|s| s.state == state);
    let active = run.stages.iter().any(|s| s.state.is_active());
    if gate::halted(graph, run) || halted(run) {
        return RunPhase::Failed;
    }
    if active {
        return RunPhase::Progressing;
    }
    let waiting = any(StageState::Waiting);
    if waiting && !reachable(run) {
        return ended(graph, run);
    }
    if waiting && gate::waiting(run).next().is_some() {
        return RunPhase::Blocked;
    }
    if waiting && (!any(StageState::Promoted) || paused(graph, input)) {
        return RunPhase::Pending;
    }
    if waiting {
        RunPhase::Progressing
    } else {
        ended(graph, run)
    }
}

/// True when some stage can still be promoted, as far as lost stages go.
fn reachable(run: &RunStatus) -> bool {
    let lost = |name: &str| {
        run.stages
            .iter()
            .any(|s| s.name == name && s.state.is_over() && s.state != StageState::Promoted)
    };
    run.stages
        .iter()
        .filter(|s| s.state == StageState::Waiting)
        .any(|stage| {
            let mut edges = run.edges.iter().filter(|edge| edge.to == stage.name).peekable();
            edges.peek().is_none() || edges.any(|edge| edge.state != EdgeState::Shut && !lost(&edge.from))
        })
}

fn ended(graph: &Graph, run: &RunStatus) -> RunPhase {
    let any = |state| run.stages.iter().any(|s| s.state == state);
    let rejected = graph.edges().iter().zip(&run.edges).any(|(wanted, edge)| {
        edge.state == EdgeState::Shut
            && wanted
                .gates
                .iter()
                .any(|g| g.on_reject == crate::graph::OnReject::FailAfterOthers)
    });
    let by_gate = |s: &StageRun| s.reason.as_deref() == Some("GateRejected");
    if any(StageState::Failed) || rejected {
        RunPhase::Failed
    } else if any(StageState::Superseded) || any(StageState::Overtaken) {
        RunPhase::Superseded
    } else if run
        .stages
        .iter()
        .any(|s| s.state == StageState::Cancelled && !by_gate(s))
    {
        RunPhase::Cancelled
    } else {
        RunPhase::Succeeded
    }
}

fn message(graph: &Graph, input: &RunInput, run: &RunStatus, phase: RunPhase) -> String {
    match phase {
        RunPhase::Succeeded => "every stage is promoted".to_owned(),
        RunPhase::Failed | RunPhase::Superseded | RunPhase::Cancelled => ending(run),
        RunPhase::Blocked => blocked(graph, input, run),
        RunPhase::Pending | RunPhase::Progressing => {
            let active = run.stages.iter().find(|s| s.state.is_active());
            match active {
                Some(stage) => activity(stage, paused(graph, input)),
                None if paused(graph, input) => {
                    "suspended: set spec.suspend of the pipeline and of the context to false to go on".to_owned()
                }
                None => unhealthy_source(graph, input, run)
                    .unwrap_or_else(|| "waits for older runs of this pipeline".to_owned()),
            }
        }
    }
}

fn ending(run: &RunStatus) -> String {
    let rejected = run
        .edges
        .iter()
        .flat_map(|edge| edge.gates.iter().map(move |gate| (edge, gate)));
    if let Some((edge, gate)) = rejected.into_iter().find(|(_, gate)| gate::is_refused(gate.state)) {
        return format!(
            "gate {} on edge {} -> {}: {}",
            gate.name, edge.from, edge.to, gate.message
        );
    }
    let failed = run.stages.iter().find(|s| s.state == StageState::Failed);
    let lost = failed.or_else(|| {
        run.stages
            .iter()
            .find(|s| s.state.is_over() && s.state != StageState::Promoted)
    });
    lost.map_or_else(String::new, |stage| format!("stage {}: {}", stage.name, stage.message))
}

fn blocked(graph: &Graph, input: &RunInput, run: &RunStatus) -> String {
    let Some((from, to, gate)) = gate::waiting(run).next() else {
        return String::new();
    };
    let context = &input.context;
    if let Some(message) = unhealthy_source(graph, input, run) {
        return message;
    }
    format!(
        "gate {} on edge {from} -> {to} {} since {}; who has the verb approve on pipeline {} can act: kubectl stagecoach \
         approve {} -n {}",
        gate.name, gate.message, gate.since, graph.pipeline.name, context.name, context.namespace
    )
}

/// An edge whose source stage is promoted but not healthy now.
fn unhealthy_source(graph: &Graph, input: &RunInput, run: &RunStatus) -> Option<String> {
    let closed = graph
        .edges()
        .iter()
        .zip(&run.edges)
        .filter(|(_, edge)| edge.state == EdgeState::Closed);
    closed.into_iter().find_map(|(wanted, _)| {
        let source = graph.stage(&wanted.from)?;
        let promoted = run
            .stages
            .iter()
            .any(|s| s.name == source.name && s.state == StageState::Promoted);
        let undecided = !gate::waiting(run).any(|(from, _, _)| from == wanted.from);
        (promoted && undecided && !gate::source_health(source, input)).then(|| {
            format!(
                "edge {} -> {} waits: stage {} was promoted but its services are not healthy with this version now",
                wanted.from, wanted.to, wanted.from
            )
        })
    })
}

fn activity(stage: &StageRun, paused: bool) -> String {
    if !stage.message.is_empty() {
        return format!("stage {}: {}", stage.name, stage.message);
    }
    match stage.state {
        StageState::AwaitingMerge => {
            let open: Vec<String> = stage
                .pull_requests
                .iter()
                .filter(|p| p.state == PullRequestState::Open)
                .map(|p| match &p.url {
                    Some(url) => format!("{} ({url})", p.label()),
                    None => p.label(),
                })
                .collect();
            let since = stage.since;
            format!(
                "stage {}: waits since {since} for somebody to merge {}",
                stage.name,
                open.join(" and ")
            )
        }
        StageState::Verifying => {
            let merged: Vec<String> = stage.pull_requests.iter().map(verified).collect();
            let what = if merged.is_empty() {
                "the wanted version".to_owned()
            } else {
                merged.join(" and ")
            };
            format!(
                "stage {}: waits since {} until {what} runs and is healthy",
                stage.name, stage.since
            )
        }
        _ if paused => format!("stage {}: suspended before its pull requests were opened", stage.name),
        _ => format!("stage {}: opening its pull requests", stage.name),
    }
}

fn verified(record: &crate::status::PullRequest) -> String {
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
