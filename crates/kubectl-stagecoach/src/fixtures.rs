//! Objects for the tests of the pure parts: a pipeline dev -> prod with an approval between, in all states that a
//! person meets.

#![expect(
    clippy::needless_pass_by_value,
    reason = "every value is made by json! where it is passed"
)]

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stagecoach_api::{Pipeline, PipelineContext};

/// The moment at which everything is looked at.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn object<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// dev -> prod, an approval between; `status` as the operator would write it.
pub(crate) fn pipeline(status: Value) -> Pipeline {
    object(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Pipeline",
        "metadata": {"name": "cd-demo", "namespace": "infra"},
        "spec": {
            "stages": [{"name": "dev"}, {"name": "prod"}],
            "edges": [{"from": "dev", "to": "prod", "gates": [{
                "name": "approval-gate", "type": "APPROVAL",
                "spec": {"approval": {"instructions": "Look at the dashboard of dev first."}},
            }]}],
        },
        "status": status,
    }))
}

pub(crate) fn ready(stages: Value) -> Value {
    json!({
        "conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": "ready",
            "lastTransitionTime": "2026-11-21T09:00:00Z"}],
        "stages": stages,
    })
}

/// A run that holds a stage.
pub(crate) fn holder(context: &str, values: &str, sequence: i64) -> Value {
    json!({"namespace": "infra", "name": context, "uid": context, "run": 1, "sequence": sequence, "values": values,
        "since": "2026-11-20T10:00:00Z"})
}

/// A context of the pipeline whose run stands as `run` says.
pub(crate) fn context(name: &str, version: &str, run: Value) -> PipelineContext {
    let message = run["message"].clone();
    let mut object = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PipelineContext",
        "metadata": {"name": name, "namespace": "infra", "uid": name, "creationTimestamp": "2026-11-21T11:00:00Z",
            "annotations": {"stagecoach.dev/requested-by": "carol"}},
        "spec": {"pipelineRef": {"name": "cd-demo", "namespace": "infra"}, "context": {"version": version}},
    });
    if !run.is_null() {
        object["status"] = json!({"phase": run["phase"], "message": message, "run": run});
    }
    self::object(object)
}

/// A run in both stages and on the edge between.
pub(crate) fn run(sequence: i64, phase: &str, message: &str, dev: Value, prod: Value, edge: Value) -> Value {
    json!({
        "number": 1, "sequence": sequence, "pipeline": "infra/cd-demo", "fingerprint": "x", "phase": phase,
        "message": message, "startedAt": "2026-11-21T11:00:00Z", "stages": [dev, prod], "edges": [edge],
    })
}

pub(crate) fn stage(name: &str, state: &str, since: &str, message: &str, pulls: Value) -> Value {
    json!({"name": name, "state": state, "attempt": 1, "since": since, "message": message, "pullRequests": pulls})
}

pub(crate) fn pull(number: i64, state: &str) -> Value {
    json!({
        "group": "g", "connection": "gitea", "repository": "acme/gitops", "base": "main", "branch": "b",
        "baseCommit": "c0", "commitDate": "2026-11-21T11:00:00Z", "title": "t", "services": [], "state": state,
        "number": number, "url": format!("https://forge.example.com/acme/gitops/pulls/{number}"),
    })
}

pub(crate) fn edge(state: &str, gates: Value) -> Value {
    json!({"from": "dev", "to": "prod", "state": state, "gates": gates})
}

/// A run that waits at the approval gate.
pub(crate) fn blocked() -> Value {
    let gate = json!({"name": "approval-gate", "state": "Pending", "since": "2026-11-21T11:30:00Z",
        "message": "waits for a person's approval"});
    run(
        7,
        "Blocked",
        "gate approval-gate on edge dev -> prod waits for a person's approval",
        stage(
            "dev",
            "Promoted",
            "2026-11-21T11:30:00Z",
            "",
            json!([pull(7, "Merged")]),
        ),
        stage("prod", "Waiting", "2026-11-21T11:00:00Z", "", json!([])),
        edge("Closed", json!([gate])),
    )
}

/// The same run after the approval, with its pull request for prod open.
pub(crate) fn approved() -> Value {
    let gate = json!({"name": "approval-gate", "state": "Open", "since": "2026-11-21T11:40:00Z",
        "message": "approved by alice", "decision": {"decision": "Approve", "user": "alice",
            "at": "2026-11-21T11:40:00Z", "approval": "x", "comment": "looks good"}});
    run(
        7,
        "Progressing",
        "stage prod: waits for somebody to merge acme/gitops#8",
        stage(
            "dev",
            "Promoted",
            "2026-11-21T11:30:00Z",
            "",
            json!([pull(7, "Merged")]),
        ),
        stage(
            "prod",
            "AwaitingMerge",
            "2026-11-21T11:40:00Z",
            "",
            json!([pull(8, "Open")]),
        ),
        edge("Open", json!([gate])),
    )
}

/// A run that failed in dev.
pub(crate) fn failed() -> Value {
    let message = "pull request acme/gitops#9 was closed without a merge";
    run(
        8,
        "Failed",
        &format!("stage dev: {message}"),
        stage(
            "dev",
            "Failed",
            "2026-11-21T11:59:00Z",
            message,
            json!([pull(9, "Closed")]),
        ),
        stage("prod", "Waiting", "2026-11-21T11:00:00Z", "", json!([])),
        edge("Closed", json!([])),
    )
}
