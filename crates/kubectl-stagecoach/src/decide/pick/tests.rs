//! Which gate is meant, over runs in all states.

use serde_json::{Value, json};

use super::*;
use crate::fixtures;

fn view(run: Value) -> RunView {
    let context = fixtures::context("cd-demo-1", "0.1.0", run);
    RunView::of(&context, &shape::pipeline_of(&context)).unwrap()
}

fn pick_in(run: Value, gate: Option<&str>, edge: Option<(&str, &str)>) -> Result<Waiting, PickError> {
    let pipeline = fixtures::pipeline(Value::Null);
    let run = view(run);
    let edge = edge.map(|(from, to)| (from.to_owned(), to.to_owned()));
    pick(&run, waiting(&pipeline, &run), gate, edge.as_ref())
}

#[test]
fn the_one_gate_that_waits_is_meant() {
    let gate = pick_in(fixtures::blocked(), None, None).unwrap();
    assert_eq!(
        (gate.from.as_str(), gate.to.as_str(), gate.gate.as_str()),
        ("dev", "prod", "approval-gate")
    );
    assert_eq!(
        gate.instructions.as_deref(),
        Some("Look at the dashboard of dev first.")
    );
    pick_in(fixtures::blocked(), Some("approval-gate"), Some(("dev", "prod"))).unwrap();
}

#[test]
fn where_none_waits_the_answer_says_what_the_run_waits_for() {
    let error = pick_in(fixtures::approved(), None, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no gate of PipelineContext infra/cd-demo-1 waits for a person. Its run 1 is Progressing: stage prod: waits for \
         somebody to merge acme/gitops#8"
    );
    let error = pick_in(Value::Null, None, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no gate of PipelineContext infra/cd-demo-1 waits for a person. It has no run yet."
    );
}

#[test]
fn a_wrong_name_is_answered_with_the_right_ones() {
    let error = pick_in(fixtures::blocked(), Some("approve-gate"), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no such gate of PipelineContext infra/cd-demo-1 waits; these do:\n  --gate 'approval-gate' --edge 'dev:prod'"
    );
    assert!(pick_in(fixtures::blocked(), None, Some(("prod", "dev"))).is_err());
}

#[test]
fn of_several_gates_one_must_be_named() {
    let gate = |name: &str| json!({"name": name, "state": "Pending", "since": "2026-11-21T11:30:00Z"});
    let mut run = fixtures::blocked();
    run["edges"][0]["gates"] = json!([gate("security"), gate("release team")]);
    let mut pipeline = serde_json::to_value(fixtures::pipeline(Value::Null)).unwrap();
    pipeline["spec"]["edges"][0]["gates"] =
        json!([{"name": "security", "type": "APPROVAL"}, {"name": "release team", "type": "APPROVAL"}]);
    let (pipeline, run) = (fixtures::object(pipeline), view(run));
    let error = pick(&run, waiting(&pipeline, &run), None, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "several gates of PipelineContext infra/cd-demo-1 wait, name one of them:\n  --gate 'security' --edge \
         'dev:prod'\n  --gate 'release team' --edge 'dev:prod'"
    );
    let picked = pick(&run, waiting(&pipeline, &run), Some("release team"), None).unwrap();
    assert_eq!(picked.gate, "release team");
}

#[test]
fn gates_that_ask_no_person_are_none() {
    let mut pipeline = serde_json::to_value(fixtures::pipeline(Value::Null)).unwrap();
    pipeline["spec"]["edges"][0]["gates"][0]["type"] = json!("JOB");
    let (pipeline, run) = (fixtures::object::<Pipeline>(pipeline), view(fixtures::blocked()));
    assert_eq!(waiting(&pipeline, &run), []);
}

#[test]
fn who_asked_may_not_approve_where_the_gate_says_so_but_may_reject() {
    let context = fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked());
    let mut gate = pick_in(fixtures::blocked(), None, None).unwrap();
    assert_eq!(admits(&gate, &context, "carol", Verdict::Approve), Ok(()));
    gate.exclude_requester = true;
    let error = admits(&gate, &context, "carol", Verdict::Approve).unwrap_err();
    assert_eq!(
        error.to_string(),
        "gate approval-gate wants somebody else: you (carol) asked for this run, and who asks may not approve here"
    );
    assert_eq!(admits(&gate, &context, "carol", Verdict::Reject), Ok(()));
    assert_eq!(admits(&gate, &context, "alice", Verdict::Approve), Ok(()));
}
