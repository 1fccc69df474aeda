//! The machine is total: statuses that no history leads to, and results that nobody asked for, make no panic and no step
//! outside the table. A person may edit a status, and an older or newer version may have written it.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::build::{at, graph, service};
use super::checks::legal;
use super::generate::pipelines;
use crate::input::{Action, ActionResult, ContextKey, Outcome, Proof, PullRequestSeen, RunInput, StageObservation};
use crate::status::{
    Closing, EdgeRun, EdgeState, GateRun, GateState, PullRequest, PullRequestState, RunPhase, RunStatus, StageRun,
    StageState,
};
use crate::{decide, settle};

fn name() -> impl Strategy<Value = String> {
    select(vec!["s0", "s1", "s2", "s3", "gone"]).prop_map(str::to_owned)
}

fn record() -> impl Strategy<Value = PullRequest> {
    let states = vec![
        PullRequestState::Intended,
        PullRequestState::Open,
        PullRequestState::Merged,
        PullRequestState::Closed,
        PullRequestState::Unchanged,
    ];
    (select(states), name()).prop_map(|(state, group)| PullRequest {
        branch: format!("branch/{group}"),
        connection: "forge".to_owned(),
        repository: "acme/é".to_owned(),
        base: "main".to_owned(),
        base_commit: "ééééééééé".to_owned(),
        commit_date: at(0),
        title: String::new(),
        services: Vec::new(),
        files: Vec::new(),
        state,
        head_commit: None,
        number: None,
        url: None,
        merge_commit: None,
        merged_at: None,
        notice: None,
        warnings: Vec::new(),
        group,
    })
}

fn stage_run() -> impl Strategy<Value = StageRun> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (name(), select(StageState::ALL.to_vec()), vec(record(), 0..3), flags).prop_map(|(name, state, records, flags)| {
        StageRun {
            name,
            state,
            attempt: 1,
            since: at(0),
            reason: flags.0.then(|| "NotReached".to_owned()),
            message: String::new(),
            pull_requests: records,
            replan: flags.1,
            closing: flags.2.then(|| Closing {
                why: "because".to_owned(),
                problem: None,
            }),
            suspended_since: flags.0.then(|| at(i64::from(flags.1))),
            suspended_seconds: if flags.1 { i64::MAX } else { 0 },
        }
    })
}

fn edge_run() -> impl Strategy<Value = EdgeRun> {
    let gates = vec![
        GateState::Pending,
        GateState::Running,
        GateState::Open,
        GateState::Rejected,
        GateState::Failed,
        GateState::Expired,
    ];
    let gate = (0..4_usize, select(gates)).prop_map(|(name, state)| GateRun {
        name: format!("g{name}"),
        state,
        since: at(0),
        message: String::new(),
        decision: None,
    });
    let states = select(vec![EdgeState::Closed, EdgeState::Open, EdgeState::Shut]);
    (name(), name(), states, vec(gate, 0..3)).prop_map(|(from, to, state, gates)| EdgeRun { from, to, state, gates })
}

fn run_status() -> impl Strategy<Value = RunStatus> {
    let phases = vec![
        RunPhase::Pending,
        RunPhase::Progressing,
        RunPhase::Blocked,
        RunPhase::Succeeded,
        RunPhase::Failed,
        RunPhase::Superseded,
        RunPhase::Cancelled,
    ];
    let words = (
        select(vec!["", "apps/shop", "apps/other"]),
        select(vec!["now", "before"]),
        prop::option::of(0..3_i64),
    );
    (
        0..4_i64,
        words,
        select(phases),
        vec(stage_run(), 0..7),
        vec(edge_run(), 0..7),
    )
        .prop_map(
            |(sequence, (pipeline, fingerprint, replaced_by), phase, stages, edges)| RunStatus {
                values: String::new(),
                number: 1,
                sequence,
                pipeline: pipeline.to_owned(),
                fingerprint: fingerprint.to_owned(),
                replaced_by,
                phase,
                message: String::new(),
                started_at: at(0),
                finished_at: None,
                stages,
                edges,
            },
        )
}

fn observation() -> impl Strategy<Value = StageObservation> {
    let seen = vec![
        PullRequestSeen::Open,
        PullRequestSeen::Closed,
        PullRequestSeen::Merged {
            commit: "c".to_owned(),
            at: at(0),
        },
    ];
    let proofs = vec![
        Proof::Proven { since: at(0) },
        Proof::Proven {
            since: jiff::Timestamp::MAX,
        },
        Proof::NotYet(String::new()),
        Proof::Failed(String::new()),
        Proof::Suspended(String::new()),
        Proof::Replaced(String::new()),
    ];
    let services = vec((name().prop_map(|name| service(&name)), select(proofs)), 0..3);
    (vec((name(), select(seen)), 0..3), services).prop_map(|(seen, services)| StageObservation {
        pull_requests: seen.into_iter().collect(),
        services,
    })
}

fn input(context: usize) -> impl Strategy<Value = RunInput> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let observed = vec((name(), observation()), 0..5);
    (
        prop::option::of(0..5_i64),
        prop::option::of(run_status()),
        observed,
        flags,
    )
        .prop_map(move |(sequence, status, observed, (suspend, retry, cancel))| RunInput {
            context: ContextKey {
                namespace: "apps".to_owned(),
                name: format!("v{context}"),
                uid: String::new(),
            },
            fingerprint: "now".to_owned(),
            values: "1.0".to_owned(),
            sequence,
            suspend,
            status,
            requested_by: None,
            retry,
            cancel,
            approvals: Vec::new(),
            stages: observed.into_iter().collect::<BTreeMap<_, _>>(),
        })
}

fn result() -> impl Strategy<Value = ActionResult> {
    let (reason, message) = (String::new, String::new);
    prop_oneof![
        Just(ActionResult::Assigned),
        vec(record(), 0..3).prop_map(ActionResult::Planned),
        Just(ActionResult::Opened {
            number: 1,
            url: String::new(),
            head_commit: String::new(),
            seen: PullRequestSeen::Closed,
            warnings: Vec::new(),
        }),
        Just(ActionResult::Replan),
        Just(ActionResult::Closed),
        Just(ActionResult::Commented),
        Just(ActionResult::AlreadyMerged {
            commit: String::new(),
            at: at(0),
        }),
        any::<bool>().prop_map(ActionResult::Confirmed),
        Just(ActionResult::Refused {
            reason: reason(),
            message: message(),
        }),
        Just(ActionResult::Held {
            reason: reason(),
            message: message(),
        }),
    ]
}

/// An action that nobody decided on.
fn action() -> impl Strategy<Value = Action> {
    (0..5_usize, 0..3_usize, name(), record()).prop_map(|(kind, context, stage, pull_request)| {
        let context = ContextKey {
            namespace: "apps".to_owned(),
            name: format!("v{context}"),
            uid: String::new(),
        };
        match kind {
            0 => Action::Plan { context, stage },
            1 => Action::Open {
                context,
                stage,
                pull_request,
            },
            2 => Action::Close {
                context,
                stage,
                pull_request,
                comment: String::new(),
            },
            3 => Action::Comment {
                context,
                stage,
                pull_request,
                comment: String::new(),
            },
            _ => Action::Confirm { context, stage },
        }
    })
}

proptest! {
    #[test]
    fn rule_22_garbage_makes_no_panic_and_no_illegal_step(
        pipeline in pipelines(),
        inputs in (input(0), input(1), input(2)),
        results in vec(result(), 12),
        strays in vec((action(), result()), 0..4),
        seconds in 0..5000_i64,
    ) {
        let (graph, inputs, now) = (graph(pipeline), [inputs.0, inputs.1, inputs.2], at(seconds));
        let mut decision = decide(&graph, &inputs, now);
        let asked = decision.actions.iter().cloned().zip(results);
        let outcomes: Vec<Outcome> = asked.chain(strays).map(|(action, result)| Outcome { action, result }).collect();
        settle(&graph, &inputs, &mut decision, &outcomes, now);
        for input in &inputs {
            let (Some(before), Some(after)) = (&input.status, decision.runs.get(&input.context)) else { continue };
            for stage in after.stages.iter().filter(|_| after.number == before.number) {
                // Of two that share a name, either may be the one that was kept.
                let named = before.stages.iter().filter(|known| known.name == stage.name);
                let mut known: Vec<&StageRun> = named.collect();
                if known.len() < 2 {
                    legal(known.pop(), stage);
                }
            }
        }
    }
}
