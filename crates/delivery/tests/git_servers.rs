//! From a GitRepository and its Secret to a repository that a git server hands out.

#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it must be")]

use anyhow::Result;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};
use stagecoach_api::GitRepository;
use stagecoach_delivery::{Connections, Error, Watched};
use stagecoach_runtime::{Cache, Class, Classify as _, Secrets};
use stagecoach_scm::Content as _;
use stagecoach_scm::git::{self, Login, Mirrors};
use stagecoach_testbed::{GitMode, GitServer};
use tempfile::TempDir;

fn repository(url: &str, credentials: &Value) -> GitRepository {
    let object = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "GitRepository", "metadata": {"name": "plain"},
        "spec": {"url": url, "credentialsRef": credentials},
    });
    serde_json::from_value(object).unwrap()
}

/// The way to one repository, with one Secret `git` in the operator's namespace.
#[expect(
    clippy::disallowed_methods,
    reason = "what a binary gives git of its own environment"
)]
fn connections(cache: &TempDir, repository: &GitRepository, data: &Value) -> Connections {
    let secret = json!({"metadata": {"name": "git", "namespace": "stagecoach"}, "data": data});
    let secret: Secret = serde_json::from_value(secret).unwrap();
    let watched = Watched {
        connections: Cache::fixed("scmconnections", []),
        git_repositories: Cache::fixed("gitrepositories", [repository.clone()]),
        helm_repositories: Cache::fixed("helmrepositories", []),
        deployment_settings: Cache::fixed("deploymentsettings", []),
        secrets: Secrets::fixed([("stagecoach".to_owned(), Cache::fixed("secrets", [secret]))]),
    };
    let mut options = git::Options::new(cache.path().to_owned());
    options.environment = vec![("PATH".to_owned(), std::env::var_os("PATH").unwrap())];
    Connections::new(
        watched,
        "stagecoach".to_owned(),
        stagecoach_scm::Options::new(std::sync::Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap())),
        Mirrors::new(options),
    )
}

/// `text` as the data of a Secret has it.
fn encoded(text: &str) -> Value {
    json!(k8s_openapi::ByteString(text.as_bytes().to_vec()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_of_a_repository_opens_it() -> Result<()> {
    let (server, cache) = (GitServer::start().await?, tempfile::tempdir()?);
    let head = server.commit("a/b", "main", &[("x", GitMode::File, b"x")]).await?;
    let object = repository(&server.address("a/b"), &json!({"name": "git"}));
    for (user, data) in [
        ("apikey", json!({"password": encoded("s3cret")})),
        (
            "reader",
            json!({"username": encoded("reader"), "password": encoded("s3cret\n")}),
        ),
    ] {
        server.require(user, "s3cret");
        let connections = connections(&cache, &object, &data);
        let found = connections.git_repository(&object)?.resolve("main").await?;
        assert_eq!(found.map(|commit| commit.to_string()), Some(head.clone()), "{user}");
    }
    let connections = connections(&cache, &object, &json!({"password": encoded("wrong")}));
    let error = connections.git_repository(&object)?.resolve("main").await.unwrap_err();
    let error = Error::from(error);
    assert_eq!((error.reason(), error.class()), ("GitUnauthorized", Class::Stalled));
    assert!(!error.is_refusal(), "the run waits for the right password");
    assert!(error.to_string().contains("refuses Secret stagecoach/git"), "{error}");
    Ok(())
}

#[test]
fn a_secret_that_does_not_fit_the_address_says_which_key_is_missing() {
    let cache = tempfile::tempdir().unwrap();
    let here = json!({"name": "git"});
    let key = json!({"privateKey": encoded("k")});
    for (url, reference, data, reason, words) in [
        (
            "https://h/a/b",
            &json!({"name": "none"}),
            &key,
            "SecretMissing",
            "stagecoach/none does not exist",
        ),
        (
            "https://h/a/b",
            &json!({"name": "git", "namespace": "x"}),
            &key,
            "SecretForbidden",
            "secretNamespaces",
        ),
        ("https://h/a/b", &here, &json!({}), "SecretKeyMissing", "\"password\""),
        (
            "git@h:a/b",
            &here,
            &json!({"password": encoded("p")}),
            "SecretKeyMissing",
            "\"privateKey\"",
        ),
    ] {
        let object = repository(url, reference);
        let error = connections(&cache, &object, data)
            .git_repository(&object)
            .err()
            .unwrap();
        assert_eq!((error.reason(), error.class()), (reason, Class::Stalled), "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with("GitRepository plain: credentialsRef: ") && text.contains(words),
            "{text}"
        );
    }
    // Keys of the other kind are no mistake.
    let object = repository("https://h/a/b", &here);
    let remote = connections(&cache, &object, &key).git_repository(&object).unwrap();
    assert!(matches!(remote.credentials().login(), Login::Anonymous));
}
