use serde_json::json;
use stagecoach_runtime::Cache;

use super::*;

fn service(name: &str, spec: &Value) -> ServiceDeployment {
    let object = json!({ "metadata": { "name": name, "namespace": "infra", "generation": 2 }, "spec": spec });
    serde_json::from_value(object).unwrap()
}

fn ready(name: &str, generation: i64) -> ServiceDeployment {
    let mut service = service(name, &json!({ "name": format!("{name}-service") }));
    let since = "2026-01-01T00:00:00Z";
    let ready =
        json!({ "type": "Ready", "status": "True", "reason": "Healthy", "message": "", "lastTransitionTime": since });
    service.status =
        serde_json::from_value(json!({ "observedGeneration": generation, "conditions": [ready] })).unwrap();
    service
}

fn cluster(namespace: &str, name: &str, here: bool) -> Cluster {
    let annotations = if here { json!({ IN_CLUSTER: "true" }) } else { json!({}) };
    let metadata = json!({ "name": name, "namespace": namespace, "annotations": annotations });
    serde_json::from_value(json!({ "metadata": metadata, "spec": { "handle": "the-handle" } })).unwrap()
}

fn caches(services: Vec<ServiceDeployment>, clusters: Vec<Cluster>) -> Caches {
    Caches {
        services: Cache::fixed("services", services),
        repositories: Cache::fixed("repositories", []),
        clusters: Cache::fixed("clusters", clusters),
    }
}

#[tokio::test]
async fn a_service_runs_here_unless_it_names_another_cluster() {
    let all = || {
        vec![
            cluster("infra", "dev", true),
            cluster("infra", "prod", false),
            cluster("other", "dev", false),
        ]
    };
    let here = [
        json!({}),
        json!({ "clusterRef": {} }),
        json!({ "clusterRef": { "name": "dev" } }),
        json!({ "cluster": "" }),
    ];
    for spec in here {
        assert_eq!(
            place(&caches(vec![], all()), &service("web", &spec)),
            Place::Here,
            "{spec}"
        );
    }
    for (spec, expected) in [
        (
            json!({ "clusterRef": { "name": "prod" } }),
            Place::Elsewhere("infra/prod".into()),
        ),
        (
            json!({ "clusterRef": { "name": "dev", "namespace": "other" } }),
            Place::Elsewhere("other/dev".into()),
        ),
        (
            json!({ "clusterRef": { "name": "gone" } }),
            Place::Nowhere("infra/gone".into()),
        ),
        (
            json!({ "cluster": "no-handle" }),
            Place::Nowhere("with the handle no-handle".into()),
        ),
    ] {
        assert_eq!(
            place(&caches(vec![], all()), &service("web", &spec)),
            expected,
            "{spec}"
        );
    }
    // Of several clusters with one handle, the one in the service's namespace counts.
    let two = vec![cluster("aaa", "x", false), cluster("infra", "y", true)];
    assert_eq!(
        place(
            &caches(vec![], two),
            &service("web", &json!({ "cluster": "the-handle" }))
        ),
        Place::Here
    );
}

#[tokio::test]
async fn the_first_dependency_that_is_not_ready_is_waited_for() {
    let web = service(
        "web",
        &json!({ "dependencies": [{ "name": "database" }, { "name": "queue-service" }] }),
    );
    let waits = |services| waits_for(&caches(services, vec![]), &web);
    assert_eq!(waits(vec![]), Some(("database".into(), "there is none yet")));
    let stale = vec![ready("database", 1), ready("queue", 2)];
    assert_eq!(waits(stale), Some(("database".into(), "it is not ready yet")));
    assert_eq!(
        waits(vec![ready("database", 2)]),
        Some(("queue-service".into(), "there is none yet"))
    );
    assert_eq!(waits(vec![ready("database", 2), ready("queue", 2)]), None);
}

#[test]
fn a_change_wakes_the_services_that_name_it() {
    let web = service(
        "web",
        &json!({
            "repositoryRef": { "name": "app" },
            "helm": { "repositoryRef": { "name": "charts" } },
            "clusterRef": { "name": "dev" },
            "dependencies": [{ "name": "database-service" }],
        }),
    );
    assert!(names_repository(&web, "app") && names_repository(&web, "charts") && !names_repository(&web, "other"));
    assert!(
        names_cluster(&web, &cluster("infra", "dev", true)) && !names_cluster(&web, &cluster("other", "dev", true))
    );
    assert!(names_cluster(
        &service("web", &json!({ "cluster": "the-handle" })),
        &cluster("other", "x", true)
    ));
    assert!(depends_on(&web, &ready("database", 2)) && !depends_on(&web, &ready("queue", 2)));
}
