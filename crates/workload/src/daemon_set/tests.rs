use super::*;
use serde_json::json;

fn verdict(status: impl Into<Value>) -> Verdict {
    let live = json!({
        "metadata": { "generation": 1 },
        "spec": { "template": { "spec": { "initContainers": [{ "image": "example.com/agent:2" }] } } },
        "status": status.into()
    });
    judge(
        &live,
        &Expectation {
            document: None,
            version: Some("2".into()),
            since: jiff::Timestamp::MIN,
        },
    )
}

fn counts(scheduled: i64, updated: i64, available: i64, ready: i64) -> Value {
    json!({
        "observedGeneration": 1, "desiredNumberScheduled": 3, "currentNumberScheduled": scheduled,
        "updatedNumberScheduled": updated, "numberAvailable": available, "numberReady": ready
    })
}

#[test]
fn the_table() {
    let applying = |words: &str| Verdict::Applying(words.to_owned());
    assert_eq!(verdict(counts(3, 3, 3, 3)), Verdict::Healthy);
    assert_eq!(verdict(counts(2, 2, 2, 2)), applying("it is scheduled to 2 of 3 nodes"));
    assert_eq!(
        verdict(counts(3, 2, 3, 3)),
        applying("2 of 3 nodes run the new template")
    );
    assert_eq!(verdict(counts(3, 3, 2, 3)), applying("it is available on 2 of 3 nodes"));
    assert_eq!(verdict(counts(3, 3, 3, 1)), applying("it is available on 1 of 3 nodes"));
    assert_eq!(
        verdict(json!({ "observedGeneration": 1 })),
        applying("the DaemonSet controller has not counted the nodes yet")
    );
    assert_eq!(
        verdict(json!({ "desiredNumberScheduled": 0 })),
        applying("the DaemonSet controller has not looked at it yet")
    );
}
