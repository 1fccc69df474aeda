//! What must hold of every decision, whatever led to it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::decide;
use crate::graph::{Graph, Supersede};
use crate::input::{Action, Decision, Proof, RunInput};
use crate::status::{EdgeState, GateState, PullRequestState, RunPhase, RunStatus, StageRun, StageState};

/// A decision on these inputs keeps the promises of the machine; `settled` when outcomes were folded in.
pub(super) fn decision(graph: &Graph, inputs: &[RunInput], decision: &Decision, now: Timestamp, settled: bool) {
    for input in inputs {
        let after = decision.runs.get(&input.context);
        if let (Some(before), Some(after)) = (&input.status, after)
            && before.number == after.number
        {
            for stage in &after.stages {
                let known = before.stages.iter().find(|known| known.name == stage.name);
                legal(known, stage);
            }
        }
        if let Some(run) = after {
            one_pull_request_each(run);
            promoted_is_merged(run);
            let same = input.status.as_ref().filter(|before| before.number == run.number);
            joins_are_satisfied(graph, same, run);
            says_what_it_waits_for(run);
        }
    }
    is_idempotent(graph, inputs, decision, now, settled);
    if graph.pipeline.supersede == Supersede::Latest {
        nobody_is_overtaken(graph, inputs, decision);
    }
    for input in inputs {
        is_proven(graph, input, decision, now);
    }
}

/// The stage runs that this decision promotes.
fn promotions<'a>(input: &'a RunInput, decision: &'a Decision) -> impl Iterator<Item = (&'a RunStatus, &'a StageRun)> {
    let after = decision.runs.get(&input.context).into_iter();
    after
        .flat_map(|run| run.stages.iter().map(move |stage| (run, stage)))
        .filter(|(run, stage)| {
            let before = input.status.iter().filter(|before| before.number == run.number);
            let mut before = before.flat_map(|before| &before.stages);
            let promoted = before.any(|before| before.name == stage.name && before.state == StageState::Promoted);
            stage.state == StageState::Promoted && !promoted
        })
}

/// No older run is promoted in a stage in which a newer one was.
fn nobody_is_overtaken(graph: &Graph, inputs: &[RunInput], decision: &Decision) {
    for (run, stage) in inputs.iter().flat_map(|input| promotions(input, decision)) {
        let newer = inputs.iter().filter_map(|other| other.status.as_ref());
        let mut newer = newer.filter(|other| other.sequence > run.sequence && graph.carries(other));
        let holds = |s: &StageRun| s.name == stage.name && s.state == StageState::Promoted;
        assert!(
            !newer.any(|newer| newer.stages.iter().any(holds)),
            "an older run took {} back",
            stage.name
        );
    }
}

/// What is promoted was proven for the stability time.
fn is_proven(graph: &Graph, input: &RunInput, decision: &Decision, now: Timestamp) {
    for (_, stage) in promotions(input, decision) {
        let wanted = graph.stage(&stage.name).expect("a stage of the pipeline");
        for service in &wanted.services {
            let observed = input
                .stages
                .get(&stage.name)
                .into_iter()
                .flat_map(|observed| &observed.services);
            let stable = observed
                .filter(|(reference, _)| *reference == service.reference)
                .any(|(_, proof)| matches!(proof, Proof::Proven { since } if *since + wanted.stability <= now));
            assert!(
                stable,
                "{} was promoted without a proof of {}",
                stage.name, service.reference
            );
        }
    }
}

/// A stage run came here by steps of the table; one pass may take several.
pub(super) fn legal(before: Option<&StageRun>, after: &StageRun) {
    let from = before.map_or(StageState::Waiting, |before| before.state);
    let mut reached = BTreeSet::from([from]);
    loop {
        let next: BTreeSet<StageState> = reached.iter().flat_map(|state| state.successors()).copied().collect();
        let size = reached.len();
        reached.extend(next);
        if reached.len() == size {
            break;
        }
    }
    assert!(reached.contains(&after.state), "{from:?} became {:?}", after.state);
    let attempts = before.map_or(1, |before| before.attempt);
    let may_retry = i32::from(from == StageState::Failed);
    assert!(
        (attempts..=attempts + may_retry).contains(&after.attempt),
        "attempts of {}",
        after.name
    );
    if from.is_over() && from != StageState::Failed {
        assert_eq!(after.state, from, "stage {} came back", after.name);
    }
}

fn one_pull_request_each(run: &RunStatus) {
    for stage in &run.stages {
        let groups: BTreeSet<&str> = stage.pull_requests.iter().map(|record| record.group.as_str()).collect();
        assert_eq!(
            groups.len(),
            stage.pull_requests.len(),
            "two pull requests for one group"
        );
    }
}

fn promoted_is_merged(run: &RunStatus) {
    for stage in run.stages.iter().filter(|stage| stage.state == StageState::Promoted) {
        for record in &stage.pull_requests {
            assert!(
                matches!(record.state, PullRequestState::Merged | PullRequestState::Unchanged),
                "stage {} is promoted with {} {:?}",
                stage.name,
                record.branch,
                record.state
            );
        }
    }
}

/// A stage that starts now is let in by its edges, and every one of those by gates of this run.
fn joins_are_satisfied(graph: &Graph, before: Option<&RunStatus>, run: &RunStatus) {
    for (position, stage) in graph.stages().iter().enumerate() {
        let state = |run: &RunStatus| run.stages.iter().find(|s| s.name == stage.name).map(|s| s.state);
        let waited = before.and_then(state).is_none_or(|state| state == StageState::Waiting);
        let kept_away = [StageState::Waiting, StageState::Superseded, StageState::Cancelled];
        let started = waited && state(run).is_some_and(|state| !kept_away.contains(&state));
        if !started || graph.incoming[position].is_empty() {
            continue;
        }
        let open = graph.incoming[position].iter().filter(|&&edge| {
            let (wanted, edge) = (&graph.edges()[edge], &run.edges[edge]);
            assert_eq!((&wanted.from, &wanted.to), (&edge.from, &edge.to));
            let passed = |state| matches!(state, GateState::Open | GateState::Rejected);
            edge.state == EdgeState::Open
                && edge.gates.len() == wanted.gates.len()
                && edge.gates.iter().all(|gate| passed(gate.state))
        });
        let open = open.count();
        let all = stage.join == crate::graph::Join::All;
        assert!(
            open > 0 && (!all || open == graph.incoming[position].len()),
            "stage {} started with {open} open edges",
            stage.name
        );
    }
}

fn says_what_it_waits_for(run: &RunStatus) {
    assert!(
        !run.message.is_empty(),
        "run {} in {:?} says nothing",
        run.number,
        run.phase
    );
    if run.phase == RunPhase::Blocked {
        assert!(run.message.contains("can act"), "{}", run.message);
    }
    assert_eq!(
        run.phase.is_over(),
        run.finished_at.is_some(),
        "{:?} and its end",
        run.phase
    );
}

/// Deciding on what was decided changes no run, and asks for nothing but what waited for its intent to be written down.
fn is_idempotent(graph: &Graph, inputs: &[RunInput], first: &Decision, now: Timestamp, settled: bool) {
    let again = |input: &RunInput| {
        let run = first.runs.get(&input.context);
        let begun = run.map(|run| run.number) != input.status.as_ref().map(|run| run.number);
        RunInput {
            status: run.cloned(),
            // The sequence number that was observed was for the run that has begun now.
            sequence: input.sequence.filter(|_| !begun),
            retry: false,
            cancel: false,
            ..input.clone()
        }
    };
    let again: Vec<RunInput> = inputs.iter().map(again).collect();
    let second = decide(graph, &again, now);
    // Once a replaced run has let go of everything, the next one begins, and others may give way to it.
    let let_go = settled && first.runs.values().any(|run| run.replaced_by.is_some());
    for (context, run) in &second.runs {
        let same = first.runs.get(context) == Some(run);
        assert!(let_go || same, "decided again, {} differs", context.name);
    }
    let waited = |action: &Action| {
        matches!(
            action,
            Action::Open { .. } | Action::Close { .. } | Action::Comment { .. }
        )
    };
    for action in second.actions.iter().filter(|action| !waited(action)) {
        // What was folded in since the actions were listed asks for more.
        assert!(settled || first.actions.contains(action), "decided again: {action:?}");
    }
}
