use super::*;
use serde_json::json;

fn verdict(status: impl Into<Value>, strategy: impl Into<Value>) -> Verdict {
    let live = json!({
        "metadata": { "generation": 1 },
        "spec": {
            "replicas": 3,
            "updateStrategy": strategy.into(),
            "template": { "spec": { "containers": [{ "image": "example.com/db:2" }] } }
        },
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

fn status(updated: i64, ready: i64) -> Value {
    json!({ "observedGeneration": 1, "replicas": 3, "updatedReplicas": updated, "readyReplicas": ready })
}

#[test]
fn the_table() {
    let rolling = |partition: i64| json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": partition } });
    let applying = |words: &str| Verdict::Applying(words.to_owned());
    assert_eq!(verdict(status(3, 3), rolling(0)), Verdict::Healthy);
    assert_eq!(verdict(status(1, 3), rolling(2)), Verdict::Healthy);
    assert_eq!(
        verdict(status(2, 3), rolling(0)),
        applying("2 of 3 replicas are of the new template")
    );
    assert_eq!(verdict(status(3, 2), rolling(0)), applying("2 of 3 replicas are ready"));
    assert_eq!(
        verdict(json!({}), rolling(0)),
        applying("the StatefulSet controller has not looked at it yet")
    );
    assert_eq!(
        verdict(json!({ "observedGeneration": 0 }), rolling(0)),
        applying("the StatefulSet controller has looked at generation 0 so far, and 1 is the present one")
    );
    let many = json!({ "observedGeneration": 1, "replicas": 4, "updatedReplicas": 3, "readyReplicas": 4 });
    assert_eq!(
        verdict(many, rolling(0)),
        applying("1 replicas too many are still there")
    );
    assert_eq!(verdict(status(3, 3), json!({ "type": "OnDelete" })), Verdict::Healthy);
    let Verdict::Applying(words) = verdict(status(1, 3), json!({ "type": "OnDelete" })) else {
        panic!()
    };
    assert!(words.contains("OnDelete"), "{words}");
}
