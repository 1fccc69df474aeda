//! Edges and their gates. A gate belongs to one run on one edge; it is looked at once the edge's source stage is
//! promoted. Called by the other rooms of the machine only.

use jiff::Timestamp;

use crate::graph::{self, Edge, Gate, GateKind, Graph, OnReject};
use crate::input::{Approval, RunInput};
use crate::machine::paused;
use crate::stage::reason;
use crate::status::{EdgeRun, EdgeState, GateDecision, GateRun, GateState, RunStatus, StageRun, StageState, Verdict};
use crate::verify;

/// Whether a waiting stage may start.
pub(crate) enum Join {
    /// It may.
    Open,
    /// Not yet.
    Closed,
    /// Never in this run: how the stage run ends.
    Lost {
        state: StageState,
        reason: &'static str,
        message: String,
    },
}

/// Looks at the edges into the stage at `position`.
pub(crate) fn join(graph: &Graph, position: usize, run: &RunStatus) -> Join {
    let edges = &graph.incoming[position];
    let state = |edge: usize| run.edges.get(edge).map_or(EdgeState::Closed, |e| e.state);
    let open = edges.iter().filter(|&&edge| state(edge) == EdgeState::Open).count();
    let all = graph.stages()[position].join == graph::Join::All;
    if edges.is_empty() || (all && open == edges.len()) || (!all && open > 0) {
        return Join::Open;
    }
    let mut lost = edges.iter().filter_map(|&edge| lost(graph, edge, run));
    // Where one edge is enough, only the loss of the last one counts.
    let end = if all || lost.clone().count() == edges.len() {
        lost.next()
    } else {
        None
    };
    end.unwrap_or(Join::Closed)
}

/// How the stage behind `edge` ends, where this run can never pass the edge. A failed source is no loss: it may be tried
/// again.
fn lost(graph: &Graph, edge: usize, run: &RunStatus) -> Option<Join> {
    let (wanted, edge_run) = (&graph.edges()[edge], run.edges.get(edge)?);
    if edge_run.state == EdgeState::Shut {
        let message = refused(wanted, edge_run).map_or_else(
            || format!("edge {} -> {} is shut", wanted.from, wanted.to),
            |(_, gate)| describe(edge_run, gate),
        );
        return Some(Join::Lost {
            state: StageState::Cancelled,
            reason: reason::REJECTED,
            message,
        });
    }
    let source = run.stages.get(graph.ends[edge].0)?;
    // What ended a stage is told behind it once, not once more for every stage on the way.
    let end = |state, reason| Join::Lost {
        state,
        reason,
        message: source.message.clone(),
    };
    let cascades = source.reason.as_deref() == Some(reason::NOT_REACHED);
    match source.state {
        StageState::Superseded => Some(end(StageState::Superseded, reason::SUPERSEDED)),
        StageState::Cancelled if is_by_gate(source) => Some(end(StageState::Cancelled, reason::REJECTED)),
        StageState::Cancelled if cascades => Some(end(StageState::Cancelled, reason::NOT_REACHED)),
        StageState::Cancelled | StageState::Overtaken => Some(Join::Lost {
            state: StageState::Cancelled,
            reason: reason::NOT_REACHED,
            message: format!("not reached, because of stage {}: {}", source.name, source.message),
        }),
        StageState::Waiting
        | StageState::Promoting
        | StageState::AwaitingMerge
        | StageState::Verifying
        | StageState::Promoted
        | StageState::Failed => None,
    }
}

/// True when a rejected gate ended the stage run, so that its end is no failure of the run by itself.
pub(crate) fn is_by_gate(stage: &StageRun) -> bool {
    stage.state == StageState::Cancelled && stage.reason.as_deref() == Some(reason::REJECTED)
}

/// Looks at the gates of every edge that leaves the stage at `source`, which is promoted.
pub(crate) fn evaluate(graph: &Graph, source: usize, input: &RunInput, run: &mut RunStatus, now: Timestamp) {
    let mut healthy = None;
    for &position in &graph.outgoing[source] {
        let wanted = &graph.edges()[position];
        let (number, started_at) = (run.number, run.started_at);
        let Some(edge) = run.edges.get_mut(position) else {
            continue;
        };
        if edge.state != EdgeState::Closed {
            continue;
        }
        edge.gates = wanted
            .gates
            .iter()
            .map(|gate| {
                let known = edge.gates.iter().find(|known| known.name == gate.name).cloned();
                known.unwrap_or_else(|| pending(gate, now))
            })
            .collect();
        for (gate, gate_run) in wanted.gates.iter().zip(&mut edge.gates) {
            let approvals = input.approvals.iter().filter(|a| {
                is_for(a, number, started_at) && a.from == wanted.from && a.to == wanted.to && a.gate == gate.name
            });
            look(gate, gate_run, approvals, input.requested_by.as_deref(), now);
        }
        if refused(wanted, edge).is_some() {
            edge.state = EdgeState::Shut;
        } else if edge.gates.iter().all(|gate| !is_waiting(gate.state))
            && !paused(graph, input)
            && *healthy.get_or_insert_with(|| is_healthy(graph, source, input))
        {
            edge.state = EdgeState::Open;
        }
    }
}

/// True when the services of the stage at `source` carry the run and are healthy now.
pub(crate) fn is_healthy(graph: &Graph, source: usize, input: &RunInput) -> bool {
    let stage = &graph.stages()[source];
    verify::is_healthy(stage, input.stages.get(&stage.name))
}

/// True when the decision was made for this run. One that names no run is for the run that was current when it was made:
/// the first run of an object has none before it, and within the second in which another began nobody can tell.
fn is_for(approval: &Approval, number: i64, started_at: Timestamp) -> bool {
    match approval.run {
        Some(named) => named == number,
        None => number == 1 || approval.at > started_at,
    }
}

/// The gate that shuts the edge, with what the pipeline says of it.
pub(crate) fn refused<'a>(wanted: &'a Edge, edge: &'a EdgeRun) -> Option<(&'a Gate, &'a GateRun)> {
    edge.gates.iter().filter(|gate| is_refused(gate.state)).find_map(|run| {
        let gate = wanted.gates.iter().find(|gate| gate.name == run.name)?;
        (gate.on_reject != OnReject::Ignore).then_some((gate, run))
    })
}

/// The first edge that a gate with this way of rejecting has shut.
pub(crate) fn shut_by<'a>(graph: &'a Graph, run: &'a RunStatus, way: OnReject) -> Option<(&'a EdgeRun, &'a GateRun)> {
    graph.edges().iter().zip(&run.edges).find_map(|(wanted, edge)| {
        if edge.state != EdgeState::Shut {
            return None;
        }
        edge.gates
            .iter()
            .filter(|gate| is_refused(gate.state))
            .find_map(|gate| {
                let is = |g: &&Gate| g.name == gate.name && g.on_reject == way;
                wanted.gates.iter().find(is).map(|_| (edge, gate))
            })
    })
}

/// What became of a gate, in words.
pub(crate) fn describe(edge: &EdgeRun, gate: &GateRun) -> String {
    format!(
        "gate {} on edge {} -> {}: {}",
        gate.name, edge.from, edge.to, gate.message
    )
}

/// True for the states from which a gate never opens.
fn is_refused(state: GateState) -> bool {
    match state {
        GateState::Pending | GateState::Running | GateState::Open => false,
        GateState::Rejected | GateState::Failed | GateState::Expired => true,
    }
}

/// True for the states in which a gate is not decided.
fn is_waiting(state: GateState) -> bool {
    match state {
        GateState::Pending | GateState::Running => true,
        GateState::Open | GateState::Rejected | GateState::Failed | GateState::Expired => false,
    }
}

fn pending(gate: &Gate, now: Timestamp) -> GateRun {
    GateRun {
        name: gate.name.clone(),
        state: GateState::Pending,
        since: now,
        message: String::new(),
        decision: None,
    }
}

/// The first valid decision counts; once made, nothing takes it back.
fn look<'a>(
    gate: &Gate,
    run: &mut GateRun,
    approvals: impl Iterator<Item = &'a Approval>,
    requested_by: Option<&str>,
    now: Timestamp,
) {
    if !is_waiting(run.state) {
        return;
    }
    let exclude_requester = match &gate.kind {
        GateKind::Approval { exclude_requester } => *exclude_requester,
        GateKind::Unsupported(kind) => {
            run.message = format!(
                "gates of type {kind} are not supported by this version: the edge stays shut until the gate is taken \
                 out of the pipeline"
            );
            return;
        }
    };
    let may_count = |a: &&Approval| {
        !exclude_requester || a.decision == Verdict::Reject || requested_by.is_some_and(|requester| requester != a.user)
    };
    let first = approvals
        .filter(may_count)
        .min_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    let Some(approval) = first else {
        run.message = asks(exclude_requester, requested_by);
        return;
    };
    run.since = now;
    (run.state, run.message) = match approval.decision {
        Verdict::Approve => (GateState::Open, format!("approved by {}", approval.user)),
        Verdict::Reject => (GateState::Rejected, format!("rejected by {}", approval.user)),
    };
    run.decision = Some(GateDecision {
        decision: approval.decision,
        user: approval.user.clone(),
        at: approval.at,
        approval: approval.name.clone(),
        comment: approval.comment.clone(),
    });
}

/// What an approval gate waits for.
fn asks(exclude_requester: bool, requested_by: Option<&str>) -> String {
    match requested_by {
        _ if !exclude_requester => "waits for a person's approval".to_owned(),
        Some(requester) => format!("waits for the approval of somebody other than {requester}, who asked for the run"),
        None => "waits for approval, but who asked for the run is unknown, and the requester may not approve here: \
                 annotate the context with stagecoach.dev/requested-by"
            .to_owned(),
    }
}

/// Gates of this run that still wait in front of a stage that still waits: the position of their edge, and the gate.
pub(crate) fn waiting<'a>(graph: &'a Graph, run: &'a RunStatus) -> impl Iterator<Item = (usize, &'a GateRun)> {
    let is = |position: usize, state| run.stages.get(position).is_some_and(|s| s.state == state);
    run.edges
        .iter()
        .zip(&graph.ends)
        .enumerate()
        .filter(move |(_, (edge, (from, to)))| {
            edge.state == EdgeState::Closed && is(*from, StageState::Promoted) && is(*to, StageState::Waiting)
        })
        .flat_map(|(position, (edge, _))| edge.gates.iter().map(move |gate| (position, gate)))
        .filter(|(_, gate)| is_waiting(gate.state))
}
