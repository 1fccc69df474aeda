use std::sync::Arc;

use serde_json::{Value, json};
use stagecoach_api::PrAutomationTrigger;
use stagecoach_runtime::ObjectKey;
use stagecoach_scm::CommitSha;

use super::*;

pub(in crate::trigger) fn record(generation: i64, branch: &str, state: &str) -> Value {
    json!({
        "generation": generation, "connection": "github", "repository": "org/repo", "base": "main", "branch": branch,
        "baseCommit": "1".repeat(40), "commitDate": "2026-01-02T03:04:05Z", "state": state,
        "number": if state == "Intended" { Value::Null } else { json!(7) },
    })
}

/// A trigger at a generation, with the records of its status.
pub(in crate::trigger) fn observed(generation: i64, current: Option<Value>, earlier: &[Value]) -> Observed {
    let mut trigger: PrAutomationTrigger = serde_json::from_value(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PrAutomationTrigger",
        "metadata": {"name": "bump", "namespace": "infra", "uid": "u1", "generation": generation},
        "spec": {"prAutomationRef": {"name": "app"}, "branch": "update", "context": {"version": "1.2.3", "token": "s3"}},
    }))
    .unwrap();
    if let Some(current) = current {
        let status = json!({"readonly": false, "pullRequest": current, "earlier": earlier});
        trigger.status = Some(serde_json::from_value(status).unwrap());
    }
    Observed {
        key: ObjectKey::namespaced("infra", "bump"),
        trigger: Arc::new(trigger),
        automation: None,
        seen: None,
        trouble: None,
    }
}

fn plan(branch: &str) -> Step {
    Step::Plan {
        branch: branch.to_owned(),
    }
}

#[test]
fn intent_comes_before_effect() {
    assert_eq!(decide(&observed(1, None, &[])), plan("update"));
    let Step::Open(intent) = decide(&observed(1, Some(record(1, "update", "Intended")), &[])) else {
        panic!("what is written down is opened");
    };
    assert_eq!((intent.branch.as_str(), intent.number), ("update", None));
}

#[test]
fn one_pull_request_a_generation() {
    for state in ["Open", "Merged", "Closed", "Unchanged", "PatchMade"] {
        assert_eq!(
            decide(&observed(1, Some(record(1, "update", state)), &[])),
            Step::Rest,
            "{state}"
        );
    }
}

#[test]
fn a_new_generation_has_a_branch_of_its_own() {
    for (current, earlier, expected) in [
        (record(1, "update", "Open"), vec![], "update-2"),
        (record(1, "update", "Intended"), vec![], "update-2"),
        (record(1, "another", "Open"), vec![], "update"),
        // Nothing was ever put there.
        (record(1, "update", "Unchanged"), vec![], "update"),
        (record(1, "update", "PatchMade"), vec![], "update"),
        (
            record(1, "another", "Open"),
            vec![record(0, "update", "Merged")],
            "update-2",
        ),
    ] {
        assert_eq!(
            decide(&observed(2, Some(current.clone()), &earlier)),
            plan(expected),
            "{current}"
        );
    }
}

#[test]
fn what_becomes_of_it_is_written_down() {
    let open = Some(record(1, "update", "Open"));
    let seen = |state: State| {
        decide(&Observed {
            seen: Some(state),
            ..observed(1, open.clone(), &[])
        })
    };
    assert_eq!(seen(State::Open), Step::Rest);
    let commit = CommitSha::parse(&"a".repeat(40)).unwrap();
    let merged = seen(State::Merged {
        commit,
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
    });
    assert!(
        matches!(&merged, Step::Note(record) if record.state == TriggerState::Merged
        && record.merge_commit == Some("a".repeat(40))),
        "{merged:?}"
    );
    assert!(matches!(seen(State::Closed), Step::Note(record) if record.state == TriggerState::Closed));
    // Once it is over it stays so.
    let over = Observed {
        seen: Some(State::Open),
        ..observed(1, Some(record(1, "update", "Merged")), &[])
    };
    assert_eq!(decide(&over), Step::Rest);
}
