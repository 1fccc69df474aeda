use super::*;
use serde_json::json;

const NOW: &str = "2026-01-01T10:10:00Z";

fn source(tag: &str) -> Value {
    json!({ "repoURL": "https://git.example.com/team/app.git", "path": "helm", "targetRevision": "main", "helm": { "values": tag } })
}

/// Synced and healthy since long.
fn healthy() -> Value {
    let destination = json!({ "server": "https://kubernetes.default.svc", "namespace": "app" });
    json!({
        "metadata": { "name": "team.app" },
        "spec": { "project": "default", "source": source("a"), "destination": destination },
        "status": {
            "reconciledAt": "2026-01-01T10:00:06Z",
            "health": { "status": "Healthy", "lastTransitionTime": "2026-01-01T10:00:05Z" },
            "sync": {
                "status": "Synced", "revision": "c1",
                "comparedTo": { "source": source("a"), "destination": destination }
            },
            "operationState": {
                "phase": "Succeeded", "finishedAt": "2026-01-01T10:00:05Z", "message": "done",
                "operation": { "sync": { "source": source("a"), "revision": "c1" } }
            },
            "summary": { "images": ["example.com/app:0.2.0"] }
        }
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut object = healthy();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        object.pointer_mut(parent).unwrap()[field] = value.clone();
    }
    object
}

fn look_at(application: &Value) -> Judged {
    look(application, &Asked::of(&healthy()), NOW.parse().unwrap())
}

fn seen(changes: &[(&str, Value)]) -> (&'static str, Verdict) {
    let judged = look_at(&with(changes));
    (judged.reason, judged.verdict)
}

fn pending(words: &str) -> Verdict {
    Verdict::Pending(words.to_owned())
}

fn applying(words: &str) -> Verdict {
    Verdict::Applying(words.to_owned())
}

#[test]
fn synced_healthy_and_compared_with_what_was_asked() {
    assert_eq!(seen(&[]), ("Healthy", Verdict::Healthy));
    // The times are whole seconds: equal ones are trusted. No operation is needed when there was nothing to do.
    assert_eq!(
        seen(&[("/status/reconciledAt", json!("2026-01-01T10:00:05Z"))]).1,
        Verdict::Healthy
    );
    assert_eq!(seen(&[("/status/operationState", Value::Null)]).1, Verdict::Healthy);
}

#[test]
fn green_for_something_else_is_not_green() {
    let waits = pending("Argo CD is applying it");
    for (pointer, value) in [
        ("/status/sync/comparedTo/source", source("b")),
        ("/status/sync/comparedTo/destination/namespace", json!("other")),
        ("/status/sync/comparedTo/sources", json!([source("a")])),
        ("/status/sync/comparedTo", Value::Null),
        ("/status/sync", Value::Null),
    ] {
        assert_eq!(seen(&[(pointer, value)]), ("Applying", waits.clone()), "{pointer}");
    }
    // Argo CD writes an empty source beside several.
    let several = |application: &mut Value, at: &str| {
        let place = application.pointer_mut(at).unwrap();
        place["source"] = json!({ "repoURL": "" });
        place["sources"] = json!([source("a"), source("b")]);
    };
    let mut application = healthy();
    several(&mut application, "/status/sync/comparedTo");
    application["spec"]["sources"] = json!([source("a"), source("b")]);
    application["spec"].as_object_mut().unwrap().remove("source");
    assert_eq!(
        carries(&application, &Asked::of(&application), NOW.parse().unwrap()),
        Verdict::Healthy
    );
}

#[test]
fn an_operation_under_way_comes_first() {
    let working = ("Applying", applying("Argo CD is applying it"));
    assert_eq!(
        seen(&[
            ("/operation", json!({ "sync": {} })),
            ("/status/operationState", Value::Null)
        ]),
        working
    );
    assert_eq!(seen(&[("/status/operationState/phase", json!("Running"))]), working);
    assert_eq!(seen(&[("/status/operationState/phase", json!("Terminating"))]), working);
    let retry = |source: Value, finished: Value| {
        seen(&[
            ("/status/operationState/phase", json!("Running")),
            ("/status/operationState/retryCount", json!(2)),
            ("/status/operationState/message", json!("replicas: -1 is invalid")),
            ("/status/operationState/finishedAt", finished),
            ("/status/operationState/operation/sync/source", source),
        ])
    };
    assert_eq!(
        retry(source("b"), json!(NOW)),
        working,
        "what fails is not asked for any more"
    );
    let attempt = ("SyncFailing", applying("applying it failed, Argo CD tries again"));
    assert_eq!(retry(source("a"), Value::Null), attempt);
    let retries = retry(source("a"), json!(NOW));
    assert_eq!(
        retries,
        (
            "SyncFailing",
            applying("applying it failed, Argo CD tries again: replicas: -1 is invalid")
        )
    );
}

#[test]
fn health_that_is_older_than_the_sync_is_not_trusted() {
    let older = ("Applying", applying("Argo CD is applying it"));
    assert_eq!(
        seen(&[("/status/operationState/finishedAt", json!("2026-01-01T10:00:07Z"))]),
        older
    );
    assert_eq!(seen(&[("/status/reconciledAt", Value::Null)]), older);
    // What differs in the second of the sync may be from before it.
    let same_second = [
        ("/status/reconciledAt", json!("2026-01-01T10:00:05Z")),
        ("/status/sync/status", json!("OutOfSync")),
    ];
    assert_eq!(seen(&same_second), older);
}

#[test]
fn a_failed_operation_counts_for_its_own_source_and_revision() {
    let failed = |source: Value, revision: &str| {
        seen(&[
            ("/status/sync/status", json!("OutOfSync")),
            ("/status/operationState/phase", json!("Failed")),
            (
                "/status/operationState/message",
                json!("one or more objects failed to apply"),
            ),
            (
                "/status/operationState/operation",
                json!({ "sync": { "source": source, "revision": revision } }),
            ),
        ])
    };
    let words = "Argo CD could not apply it: one or more objects failed to apply";
    assert_eq!(failed(source("a"), "c1"), ("SyncFailed", Verdict::Failed(words.into())));
    assert_eq!(failed(source("b"), "c1").0, "OutOfSync");
    assert_eq!(failed(source("a"), "c0").0, "OutOfSync");
}

#[test]
fn out_of_sync_names_what_differs() {
    let out_of_sync = |names: &[&str]| {
        let resources: Vec<Value> = names
            .iter()
            .map(|name| json!({ "kind": "Service", "name": name, "status": "OutOfSync" }))
            .collect();
        seen(&[
            ("/status/sync/status", json!("OutOfSync")),
            ("/status/resources", json!(resources)),
        ])
        .1
    };
    assert_eq!(out_of_sync(&[]), pending("what runs is not what was asked for yet"));
    assert_eq!(
        out_of_sync(&["a", "b"]),
        pending("not applied yet: Service a, Service b")
    );
    assert_eq!(
        out_of_sync(&["a", "b", "c", "d", "e"]),
        pending("not applied yet: Service a, Service b, Service c and 2 more")
    );
    let refused = seen(&[
        ("/status/sync/status", json!("OutOfSync")),
        (
            "/status/conditions",
            json!([{ "type": "SyncError", "message": "auto-sync will wipe out all resources" }]),
        ),
    ]);
    assert_eq!(
        refused.1,
        pending("what runs is not what was asked for yet (auto-sync will wipe out all resources)")
    );
}

#[test]
fn an_error_of_the_comparison_is_shown_and_is_no_failure() {
    let condition = json!([{ "type": "ComparisonError", "message": "unable to resolve 'nobranch' to a commit" }]);
    let words = "Argo CD cannot compare: unable to resolve 'nobranch' to a commit";
    assert_eq!(
        seen(&[("/status/conditions", condition)]),
        ("ComparisonError", pending(words))
    );
    let warning = json!([{ "type": "SharedResourceWarning", "message": "shared" }]);
    assert_eq!(seen(&[("/status/conditions", warning)]).1, Verdict::Healthy);
}

#[test]
fn health_is_told_in_words() {
    let health = |status: &str| {
        seen(&[(
            "/status/health",
            json!({ "status": status, "lastTransitionTime": "2026-01-01T10:00:05Z" }),
        )])
    };
    assert_eq!(
        health("Progressing"),
        (
            "Progressing",
            applying("it is applied, and what it consists of is not ready yet")
        )
    );
    assert_eq!(
        health("Suspended").1,
        Verdict::Suspended("something that it consists of is paused".into())
    );
    assert_eq!(health("Missing").1, pending("objects that it consists of are missing"));
    assert_eq!(
        health("Unknown").1,
        pending("its health cannot be told (Argo CD says Unknown)")
    );
    assert_eq!(
        health("Degraded").1,
        Verdict::Failed("it is applied, and something that it consists of fails".into())
    );
    assert!(matches!(seen(&[("/status/health", json!({}))]).1, Verdict::Applying(_)));
}

#[test]
fn degraded_is_a_failure_only_after_a_while() {
    let health = json!({ "status": "Degraded", "lastTransitionTime": "2026-01-01T10:09:40Z" });
    let judged = look_at(&with(&[("/status/health", health)]));
    assert_eq!(
        judged.verdict,
        applying("it is applied, and something that it consists of fails")
    );
    assert_eq!(judged.until, Some("2026-01-01T10:10:10Z".parse().unwrap()));
}

#[test]
fn a_retry_is_outdated_when_something_else_is_asked() {
    let retry = |retries: i64, asked: Value, revision: &str| {
        let mut application = with(&[
            ("/status/operationState/phase", json!("Running")),
            ("/status/operationState/retryCount", json!(retries)),
            ("/status/sync/revision", json!(revision)),
        ]);
        application["spec"]["source"] = asked;
        is_outdated_retry(&application, &Asked::of(&application))
    };
    assert!(retry(1, source("b"), "c1"), "another source");
    assert!(retry(1, source("a"), "c2"), "a newer commit");
    assert!(!retry(1, source("a"), "c1"), "the same");
    assert!(!retry(0, source("b"), "c2"), "it has not failed: let it finish");
}

#[test]
fn an_application_proves_its_own_version() {
    let expects = |version: Option<&str>, since: &str| Expectation {
        document: None,
        version: version.map(ToOwned::to_owned),
        since: since.parse().unwrap(),
    };
    let live = healthy();
    assert_eq!(judge(&live, &expects(Some("0.2.0"), NOW)), Verdict::Healthy);
    assert_eq!(judge(&live, &expects(Some("c1"), NOW)), Verdict::Healthy);
    assert_eq!(judge(&live, &expects(None, "2026-01-01T10:00:00Z")), Verdict::Healthy);
    assert!(matches!(judge(&live, &expects(None, NOW)), Verdict::Pending(_)));
    assert!(matches!(
        judge(&live, &expects(Some("0.3.0"), NOW)),
        Verdict::Pending(_)
    ));
    let document = Expectation {
        document: Some(json!({ "spec": { "source": source("b") } })),
        ..expects(None, NOW)
    };
    assert_eq!(
        judge(&live, &document),
        pending("the cluster does not have the merged spec.source.helm.values yet")
    );
}
