//! Edges and their gates. A gate belongs to one run on one edge; it is looked at once the edge's source stage is
//! promoted. Called by `machine` only.

use jiff::Timestamp;

use crate::graph::{self, Gate, GateKind, Graph, OnReject, Stage};
use crate::input::{Approval, Proof, RunInput};
use crate::machine::paused;
use crate::status::{EdgeState, GateDecision, GateRun, GateState, RunStatus, StageState, Verdict};

/// Whether a waiting stage may start.
pub(crate) enum Join {
    /// It may.
    Open,
    /// Not yet.
    Closed,
    /// Never in this run, for the reason in words.
    Shut(String),
}

/// Looks at the edges into the stage at `position`.
pub(crate) fn join(graph: &Graph, position: usize, run: &RunStatus) -> Join {
    let edges = &graph.incoming[position];
    let Some(stage) = graph.stages().get(position) else {
        return Join::Closed;
    };
    if edges.is_empty() {
        return Join::Open;
    }
    let state = |edge: &&usize| run.edges.get(**edge).map_or(EdgeState::Closed, |e| e.state);
    let open = edges.iter().filter(|e| state(e) == EdgeState::Open).count();
    let shut = edges.iter().filter(|e| state(e) == EdgeState::Shut).count();
    let (enough, lost) = match stage.join {
        graph::Join::All => (open == edges.len(), shut > 0),
        graph::Join::Any => (open > 0, shut == edges.len()),
    };
    if enough {
        Join::Open
    } else if lost {
        Join::Shut("an edge into this stage was shut by a rejected gate".to_owned())
    } else {
        Join::Closed
    }
}

/// Looks at the gates of every edge that leaves `source`, which is promoted.
pub(crate) fn evaluate(graph: &Graph, source: &Stage, input: &RunInput, run: &mut RunStatus, now: Timestamp) {
    let healthy = source_health(source, input);
    let (number, started_at) = (run.number, run.started_at);
    for (wanted, edge) in graph.edges().iter().zip(&mut run.edges) {
        if wanted.from != source.name || edge.state != EdgeState::Closed {
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
                let same_run = a.run.map_or(a.at >= started_at, |named| named == number);
                same_run && a.from == wanted.from && a.to == wanted.to && a.gate == gate.name
            });
            look(gate, gate_run, approvals, input.requested_by.as_deref(), now);
        }
        let passed = wanted.gates.iter().zip(&edge.gates).all(|(gate, run)| {
            run.state == GateState::Open || (is_refused(run.state) && gate.on_reject == OnReject::Ignore)
        });
        let refused = wanted
            .gates
            .iter()
            .zip(&edge.gates)
            .any(|(gate, run)| is_refused(run.state) && gate.on_reject != OnReject::Ignore);
        if refused {
            edge.state = EdgeState::Shut;
        } else if passed && healthy && !paused(graph, input) {
            edge.state = EdgeState::Open;
        }
    }
}

/// True when the stage's services still carry the run and are healthy (a stage without services always is).
pub(crate) fn source_health(source: &Stage, input: &RunInput) -> bool {
    let observed = input.stages.get(&source.name);
    source.services.iter().all(|service| {
        let proof = observed.and_then(|o| o.services.iter().find(|(reference, _)| *reference == service.reference));
        matches!(proof, Some((_, Proof::Proven { .. })))
    })
}

/// True when a rejected gate ends the whole run.
pub(crate) fn halted(graph: &Graph, run: &RunStatus) -> bool {
    graph.edges().iter().zip(&run.edges).any(|(wanted, edge)| {
        edge.state == EdgeState::Shut
            && wanted
                .gates
                .iter()
                .zip(&edge.gates)
                .any(|(gate, run)| is_refused(run.state) && gate.on_reject == OnReject::Halt)
    })
}

/// True for the states from which a gate never opens.
pub(crate) fn is_refused(state: GateState) -> bool {
    match state {
        GateState::Pending | GateState::Running | GateState::Open => false,
        GateState::Rejected | GateState::Failed | GateState::Expired => true,
    }
}

fn pending(gate: &Gate, now: Timestamp) -> GateRun {
    let message = match &gate.kind {
        GateKind::Approval { .. } => "waits for a person's approval".to_owned(),
        GateKind::Unsupported(kind) => {
            format!(
                "gates of type {kind} are not supported by this version: the edge stays shut; take the gate out to go on"
            )
        }
    };
    GateRun {
        name: gate.name.clone(),
        state: GateState::Pending,
        since: now,
        message,
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
    let GateKind::Approval { exclude_requester } = gate.kind else {
        return;
    };
    if run.state != GateState::Pending {
        return;
    }
    let mut candidates: Vec<&Approval> = approvals.collect();
    candidates.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
    if exclude_requester {
        match requested_by {
            Some(requester) => candidates.retain(|a| a.user != requester || a.decision == Verdict::Reject),
            None => {
                run.message = "waits for approval, but who asked for the run is unknown, and the requester may not \
                               approve here: annotate the context with stagecoach.dev/requested-by"
                    .to_owned();
                candidates.retain(|a| a.decision == Verdict::Reject);
            }
        }
    }
    let Some(approval) = candidates.first() else { return };
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

/// Gates of this run that still wait, with their edge.
pub(crate) fn waiting<'a>(run: &'a RunStatus) -> impl Iterator<Item = (&'a str, &'a str, &'a GateRun)> {
    let promoted = |name: &str| {
        run.stages
            .iter()
            .any(|s| s.name == name && s.state == StageState::Promoted)
    };
    run.edges
        .iter()
        .filter(move |edge| edge.state == EdgeState::Closed && promoted(&edge.from))
        .flat_map(|edge| {
            edge.gates
                .iter()
                .map(|gate| (edge.from.as_str(), edge.to.as_str(), gate))
        })
        .filter(|(_, _, gate)| matches!(gate.state, GateState::Pending | GateState::Running))
}
