use super::*;
use serde_json::json;

fn difference(live: impl Into<Value>, wanted: impl Into<Value>) -> Option<String> {
    first_difference(&live.into(), &wanted.into())
}

#[test]
fn what_the_cluster_adds_is_no_difference() {
    let live = json!({
        "replicas": 2,
        "revisionHistoryLimit": 10,
        "template": { "containers": [{ "name": "app", "image": "example.com/app:1", "imagePullPolicy": "IfNotPresent" }] }
    });
    let wanted = json!({
        "replicas": 2.0,
        "template": { "containers": [{ "name": "app", "image": "example.com/app:1" }] }
    });
    assert_eq!(difference(live.clone(), wanted), None);
    assert!(contains(&live, &json!({})));
}

#[test]
fn the_first_field_that_is_missing_is_named() {
    let live = json!({ "helm": { "values": { "image": { "tag": "0.1.0" }, "ports": [{ "port": 80 }] } } });
    for (wanted, field) in [
        (
            json!({ "helm": { "values": { "image": { "tag": "0.2.0" } } } }),
            "helm.values.image.tag",
        ),
        (
            json!({ "helm": { "values": { "ports": [{ "port": 81 }] } } }),
            "helm.values.ports[0].port",
        ),
        (json!({ "helm": { "values": { "ports": [] } } }), "helm.values.ports"),
        (
            json!({ "helm": { "values": { "ports": [{ "port": 80 }, { "port": 81 }] } } }),
            "helm.values.ports",
        ),
        (json!({ "git": { "ref": "main" } }), "git"),
        (json!({ "helm": "none" }), "helm"),
    ] {
        assert_eq!(difference(live.clone(), wanted).as_deref(), Some(field));
    }
    assert_eq!(difference(json!("a"), json!("b")).as_deref(), Some(""));
}

#[test]
fn what_the_api_server_drops_is_no_difference() {
    let wanted = json!({ "template": { "metadata": { "creationTimestamp": null, "labels": {} } }, "tolerations": [] });
    let kept = json!({ "template": { "metadata": {} }, "tolerations": [] });
    assert_eq!(difference(kept, wanted), None);
    assert_eq!(difference(json!({}), json!({ "a": { "b": null, "c": {} } })), None);
    // An empty list says that there is nothing, and an absent one may stand for a default.
    assert_eq!(difference(json!({}), json!({ "tolerations": [] })), None);
}

#[test]
fn a_version_is_not_a_number() {
    assert_eq!(
        difference(json!({ "tag": "0.1" }), json!({ "tag": "0.10" })).as_deref(),
        Some("tag")
    );
    assert_eq!(
        difference(json!({ "tag": "1" }), json!({ "tag": 1 })).as_deref(),
        Some("tag")
    );
}

#[test]
fn amounts_of_resources_are_compared_as_amounts() {
    let resources = |cpu: &str, memory: &str| json!({ "resources": { "limits": { "cpu": cpu, "memory": memory } } });
    assert_eq!(difference(resources("1", "2Gi"), resources("1000m", "2048Mi")), None);
    assert_eq!(difference(resources("500m", "1G"), resources("0.5", "1000M")), None);
    assert_eq!(
        difference(resources("1", "2Gi"), resources("2", "2Gi")).as_deref(),
        Some("resources.limits.cpu")
    );
    assert_eq!(
        difference(resources("1", "x"), resources("1", "y")).as_deref(),
        Some("resources.limits.memory")
    );
    assert_eq!(
        difference(
            json!({ "limits": { "cpu": "1" } }),
            json!({ "limits": { "cpu": "1000m" } })
        )
        .as_deref(),
        Some("limits.cpu")
    );
}
