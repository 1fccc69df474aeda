use super::*;
use serde_json::json;

/// A rollout of three replicas that is complete.
fn complete() -> Value {
    json!({
        "metadata": { "generation": 2, "creationTimestamp": "2026-01-01T00:00:00Z" },
        "spec": {
            "replicas": 3,
            "progressDeadlineSeconds": 600,
            "template": { "spec": { "containers": [{ "name": "app", "image": "example.com/app:0.2.0" }] } }
        },
        "status": {
            "observedGeneration": 2,
            "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 3,
            "conditions": [
                { "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable" },
                { "type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastUpdateTime": "2026-01-02T00:00:00Z" }
            ]
        }
    })
}

/// With one field changed; `null` takes it away.
fn with(pointer: &str, value: Value) -> Value {
    let mut object = complete();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    object.pointer_mut(parent).unwrap()[field] = value;
    object
}

fn expects(version: Option<&str>) -> Expectation {
    Expectation {
        document: None,
        version: version.map(ToOwned::to_owned),
        since: "2026-01-01T12:00:00Z".parse().unwrap(),
    }
}

fn verdict(live: &Value) -> Verdict {
    judge(live, &expects(Some("0.2.0")))
}

fn applying(words: &str) -> Verdict {
    Verdict::Applying(words.to_owned())
}

#[test]
fn a_complete_rollout_is_healthy() {
    assert_eq!(verdict(&complete()), Verdict::Healthy);
    assert_eq!(
        verdict(&with("/spec/replicas", Value::Null)),
        Verdict::Applying("2 replicas too many are still there".into())
    );
    // A Deployment without a deadline has no such condition.
    let mut unlimited = with("/spec/progressDeadlineSeconds", json!(i32::MAX));
    unlimited["status"]["conditions"].as_array_mut().unwrap().pop();
    assert_eq!(verdict(&unlimited), Verdict::Healthy);
}

#[test]
fn the_rollout_is_told_step_by_step() {
    for (pointer, value, words) in [
        (
            "/status/observedGeneration",
            json!(1),
            "the Deployment controller has looked at generation 1 so far, and 2 is the present one",
        ),
        (
            "/status/observedGeneration",
            Value::Null,
            "the Deployment controller has not looked at it yet",
        ),
        (
            "/status/updatedReplicas",
            json!(1),
            "1 of 3 replicas are of the new template",
        ),
        (
            "/status/replicas",
            json!(4),
            "1 replicas of the old template are still there",
        ),
        ("/status/availableReplicas", json!(2), "2 of 3 replicas are available"),
        ("/status/readyReplicas", json!(2), "2 of 3 replicas are available"),
        (
            "/status/conditions/1/reason",
            json!("ReplicaSetUpdated"),
            "the rollout is not complete yet",
        ),
        (
            "/status/conditions/0/status",
            json!("False"),
            "the Deployment is not available yet",
        ),
    ] {
        assert_eq!(verdict(&with(pointer, value)), applying(words), "{pointer}");
    }
}

#[test]
fn a_deadline_that_passed_is_a_failure_and_a_pause_is_none() {
    let mut late = with("/status/conditions/1/reason", json!("ProgressDeadlineExceeded"));
    late["status"]["conditions"][1]["message"] = json!("ReplicaSet \"app-1\" has timed out progressing.");
    let words = "the rollout made no progress in time: ReplicaSet \"app-1\" has timed out progressing.";
    assert_eq!(verdict(&late), Verdict::Failed(words.into()));
    assert_eq!(
        verdict(&with("/spec/paused", json!(true))),
        Verdict::Suspended("the Deployment is paused (spec.paused)".into())
    );
}

#[test]
fn the_old_version_is_not_the_new_one() {
    let verdict = judge(&complete(), &expects(Some("0.3.0")));
    assert_eq!(
        verdict,
        Verdict::Pending("version 0.3.0 does not run yet, what runs is 0.2.0".into())
    );
}

#[test]
fn without_a_version_it_must_have_changed_since_the_merge() {
    assert_eq!(judge(&complete(), &expects(None)), Verdict::Healthy);
    let old = with("/status/conditions/1/lastUpdateTime", json!("2026-01-01T11:00:00Z"));
    let words = "nothing has changed since the merge, the last change was at 2026-01-01T11:00:00Z";
    assert_eq!(judge(&old, &expects(None)), Verdict::Pending(words.into()));
}

#[test]
fn a_document_must_be_in_the_live_object() {
    let document = |image: &str| {
        let container = json!({ "name": "app", "image": image });
        let document = json!({ "spec": { "template": { "spec": { "containers": [container] } } } });
        Expectation {
            document: Some(document),
            ..expects(Some("ignored"))
        }
    };
    assert_eq!(judge(&complete(), &document("example.com/app:0.2.0")), Verdict::Healthy);
    let words = "the cluster does not have the merged spec.template.spec.containers[0].image yet";
    assert_eq!(
        judge(&complete(), &document("example.com/app:0.3.0")),
        Verdict::Pending(words.into())
    );
}
