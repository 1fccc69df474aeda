use super::*;
use serde_json::json;

const BEFORE: &str = "2026-01-01T11:00:00Z";
const MERGE: &str = "2026-01-01T12:00:00Z";
const AFTER: &str = "2026-01-01T12:05:00Z";

fn condition(type_: &str, status: &str, since: &str, message: &str) -> Value {
    json!({ "type": type_, "status": status, "reason": "Because", "message": message, "lastTransitionTime": since, "observedGeneration": 4 })
}

fn service(conditions: impl Into<Value>) -> Value {
    json!({
        "metadata": { "generation": 4 },
        "spec": {
            "git": { "folder": "helm", "ref": "main" },
            "helm": { "values": { "image": { "repository": "example.com/app", "tag": "0.2.0" }, "sidecar": { "image": "example.com/proxy:7" } } }
        },
        "status": {
            "observedGeneration": 4,
            "revision": "abcdef",
            "images": ["example.com/app:0.2.0"],
            "conditions": conditions.into()
        }
    })
}

fn healthy() -> Value {
    service(json!([
        condition("Ready", "True", AFTER, "runs"),
        condition(SYNCHRONIZED, "True", AFTER, "runs")
    ]))
}

fn expects(document: Option<&str>, version: Option<&str>) -> Expectation {
    Expectation {
        document: document.map(|tag| json!({ "spec": { "helm": { "values": { "image": { "tag": tag } } } } })),
        version: version.map(ToOwned::to_owned),
        since: MERGE.parse().unwrap(),
    }
}

fn pending(words: &str) -> Verdict {
    Verdict::Pending(words.to_owned())
}

fn applying(words: &str) -> Verdict {
    Verdict::Applying(words.to_owned())
}

#[test]
fn green_counts_only_for_what_was_merged() {
    assert_eq!(judge(&healthy(), &expects(Some("0.2.0"), None)), Verdict::Healthy);
    assert_eq!(
        judge(&healthy(), &expects(Some("0.3.0"), Some("0.2.0"))),
        pending("the cluster does not have the merged spec.helm.values.image.tag yet")
    );
    assert_eq!(judge(&healthy(), &expects(None, Some("0.2.0"))), Verdict::Healthy);
    assert_eq!(judge(&healthy(), &expects(None, Some("7"))), Verdict::Healthy);
    assert_eq!(judge(&healthy(), &expects(None, Some("abcdef"))), Verdict::Healthy);
    let Verdict::Pending(words) = judge(&healthy(), &expects(None, Some("0.3.0"))) else {
        panic!()
    };
    assert!(
        words.starts_with("version 0.3.0 does not run yet, what runs is "),
        "{words}"
    );
}

#[test]
fn green_of_an_older_generation_does_not_count() {
    let mut live = healthy();
    live["metadata"]["generation"] = json!(5);
    let words = "Stagecoach has looked at generation 4 so far, and 5 is the present one";
    assert_eq!(judge(&live, &expects(Some("0.2.0"), None)), applying(words));
    live["status"]["observedGeneration"] = json!(5);
    let words = "Stagecoach has not said yet whether the present generation is ready";
    assert_eq!(judge(&live, &expects(Some("0.2.0"), None)), applying(words));
    live["status"] = Value::Null;
    assert_eq!(
        judge(&live, &expects(Some("0.2.0"), None)),
        applying("Stagecoach has not looked at it yet")
    );
}

#[test]
fn not_ready_is_no_failure_and_says_why() {
    let live = service(json!([condition(
        "Ready",
        "False",
        AFTER,
        "two objects are not applied yet"
    )]));
    assert_eq!(
        judge(&live, &expects(Some("0.2.0"), None)),
        applying("two objects are not applied yet")
    );
    let mut paused = live.clone();
    paused["status"]["conditions"][0]["reason"] = json!("Suspended");
    assert_eq!(
        judge(&paused, &expects(Some("0.2.0"), None)),
        Verdict::Suspended("two objects are not applied yet".into())
    );
    let mut wrong = healthy();
    wrong["status"]["errors"] = json!([{ "source": "sync", "message": "the namespace is missing" }]);
    assert_eq!(
        judge(&wrong, &expects(Some("0.2.0"), None)),
        applying("the namespace is missing")
    );
}

#[test]
fn stalled_is_a_failure_of_what_was_merged_only() {
    let stalled = |since| {
        service(json!([
            condition("Ready", "False", since, "x"),
            condition("Stalled", "True", since, "no image")
        ]))
    };
    let failed = Verdict::Failed("no image".to_owned());
    // The merged spec is in the cluster and is what stalls.
    assert_eq!(judge(&stalled(BEFORE), &expects(Some("0.2.0"), None)), failed);
    // The merged spec is not there yet: the one before stalls.
    assert!(matches!(
        judge(&stalled(AFTER), &expects(Some("0.3.0"), None)),
        Verdict::Pending(_)
    ));
    // Without a document, the failure counts when it is younger than the merge.
    assert_eq!(judge(&stalled(AFTER), &expects(None, Some("0.3.0"))), failed);
    assert!(matches!(
        judge(&stalled(BEFORE), &expects(None, Some("0.3.0"))),
        Verdict::Pending(_)
    ));
}

#[test]
fn with_neither_document_nor_version_it_must_have_changed() {
    assert_eq!(judge(&healthy(), &expects(None, None)), Verdict::Healthy);
    let old = service(json!([
        condition("Ready", "True", AFTER, "x"),
        condition(SYNCHRONIZED, "True", BEFORE, "x")
    ]));
    assert_eq!(
        judge(&old, &expects(None, None)),
        pending("nothing has changed since the merge, the last change was at 2026-01-01T11:00:00Z")
    );
    let never = service(json!([
        condition("Ready", "True", AFTER, "x"),
        condition(SYNCHRONIZED, "False", AFTER, "x")
    ]));
    assert_eq!(
        judge(&never, &expects(None, None)),
        pending("nothing has changed since the merge")
    );
}
