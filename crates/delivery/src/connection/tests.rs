//! What brings back those who wait for a forge, for templates or for a chart.

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::Secret;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

fn object<K: DeserializeOwned>(kind: &str, name: &str, spec: &Value) -> K {
    let metadata = json!({"name": name, "namespace": "stagecoach", "resourceVersion": "7"});
    let version = "deployments.plural.sh/v1alpha1";
    serde_json::from_value(json!({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})).unwrap()
}

fn secret(name: &str) -> Secret {
    let metadata = json!({"name": name, "namespace": "stagecoach", "resourceVersion": "7"});
    serde_json::from_value(json!({"metadata": metadata})).unwrap()
}

#[test]
fn each_object_and_the_secrets_that_they_read_bring_back_who_waits() {
    let own = Cache::fixed("secrets", []);
    let watched = Watched {
        secrets: Secrets::fixed([("stagecoach".to_owned(), own.clone())]),
        ..Watched::nothing()
    };
    let options = scm::Options::new(Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()));
    let git = Mirrors::new(scm::git::Options::new("unused".into()));
    let mut mended = Connections::new(watched.clone(), "stagecoach".to_owned(), options, git).mended();
    let mut brought = || mended.next().now_or_never().is_some();
    assert!(!brought(), "nothing changed");

    own.remember(secret("scm-forge"));
    own.remember(secret("charts"));
    own.remember(secret("templates"));
    assert!(!brought(), "nobody reads these yet");

    let connection = json!({"name": "forge", "type": "GITEA", "baseUrl": "https://git.example.com"});
    watched
        .connections
        .remember(object("ScmConnection", "forge", &connection));
    assert!(brought(), "a connection");
    let repository = json!({"url": "https://git.example.com/a/b.git", "credentialsRef": {"name": "templates"}});
    watched
        .git_repositories
        .remember(object("GitRepository", "templates", &repository));
    assert!(brought(), "a repository of templates");
    let auth = json!({"basic": {"username": "u", "passwordSecretKeyRef": {"name": "charts", "key": "password"}}});
    let repository = json!({"url": "https://charts.example.com", "auth": auth});
    watched
        .helm_repositories
        .remember(object("HelmRepository", "charts", &repository));
    assert!(brought(), "a repository of charts");
    let management = json!({"managementRepo": "org/fleet"});
    watched
        .deployment_settings
        .remember(object("DeploymentSettings", "global", &management));
    assert!(brought(), "what mgmt means");
    assert!(!brought());

    for (name, expected) in [
        ("scm-forge", true),
        ("charts", true),
        ("templates", true),
        ("other", false),
    ] {
        let mut changed = secret(name);
        changed.metadata.resource_version = Some("8".to_owned());
        own.remember(changed);
        assert_eq!(brought(), expected, "Secret {name}");
    }
}
