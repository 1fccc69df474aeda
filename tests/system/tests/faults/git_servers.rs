//! Templates on git servers that have no API: plain ones, behind HTTP with a password and behind ssh with a key.

use anyhow::Result;
use kube::Api;
use serde_json::{Value, json};
use stagecoach_api::GitRepository;
use stagecoach_system::{CdDemo, GITOPS, NAMESPACE, pull_request_of, stage};
use stagecoach_testbed::{GitMode, GitServer, Look, SshServer, apply, eventually};

use super::sights::{LONG, condition, held, one_event, reaches, start};
use super::small;

const REPOSITORY: &str = "infra/catalog";

async fn server() -> Result<GitServer> {
    let server = GitServer::start().await?;
    let template = b"version: {{ context.version }}\n";
    let files = [("catalog/app.yaml", GitMode::File, &template[..])];
    server.commit(REPOSITORY, "main", &files).await?;
    Ok(server)
}

async fn secret(demo: &CdDemo, name: &str, data: &Value) -> Result<()> {
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "stringData": data,
    });
    apply(demo.client(), &object.to_string(), NAMESPACE).await?;
    Ok(())
}

/// A GitRepository with credentials, a pipeline whose only automation makes a file of its template, and a run.
async fn run(demo: &CdDemo, name: &str, address: &str) -> Result<()> {
    let repository = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "GitRepository", "metadata": {"name": name},
        "spec": {"url": address, "credentialsRef": {"name": name, "namespace": NAMESPACE}},
    });
    apply(demo.client(), &repository.to_string(), "infra").await?;
    let automation = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PrAutomation", "metadata": {"name": name},
        "spec": {
            "scmConnectionRef": {"name": "github"}, "identifier": GITOPS, "repositoryRef": {"name": name},
            "title": format!("{name} {{{{ context.version }}}}"), "message": name,
            "creates": {
                "git": {"folder": "catalog", "ref": "main"},
                "templates": [{"source": "app.yaml", "destination": small::file(name), "external": true}],
            },
        },
    });
    apply(demo.client(), &automation.to_string(), "infra").await?;
    small::pipeline(demo, name, &json!([])).await?;
    start(demo, name, name, "1.0.0").await
}

/// The run has its pull request, with the file that the template makes.
async fn opens(demo: &CdDemo, name: &str) -> Result<()> {
    let seen = reaches(demo, name, "only", "AwaitingMerge").await?;
    assert_eq!(stage(&seen, "only")["attempt"], 1, "nobody had to ask for a retry");
    let pull_request = pull_request_of(&seen, "only");
    let branch = pull_request["branch"].as_str().unwrap_or_default();
    let made = demo.forge().read_file(GITOPS, branch, &small::file(name)).await?;
    assert_eq!(made.as_deref(), Some(&b"version: 1.0.0\n"[..]), "{pull_request}");
    Ok(())
}

/// The run waits for the Secret, then for the right password, and each change of the Secret brings it back.
pub(crate) async fn a_password(demo: &CdDemo) -> Result<()> {
    let server = server().await?;
    server.require("reader", "right-word");
    run(demo, "plain", &server.address(REPOSITORY)).await?;
    let message = held(demo, "plain", "SecretMissing", "Stalled").await?;
    for word in ["GitRepository plain: credentialsRef", "stagecoach/plain does not exist"] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    secret(demo, "plain", &json!({"username": "reader", "password": "wrong-word"})).await?;
    let message = held(demo, "plain", "GitUnauthorized", "Stalled").await?;
    assert!(message.contains("Secret stagecoach/plain"), "{message}");
    one_event(demo, "plain", "GitUnauthorized", &["username and password"]).await?;
    secret(demo, "plain", &json!({"username": "reader", "password": "right-word"})).await?;
    opens(demo, "plain").await?;
    let log = std::fs::read_to_string(demo.operator()?.log())?;
    assert!(
        !log.contains("wrong-word") && !log.contains("right-word"),
        "a password is in the log"
    );
    Ok(())
}

/// The same by ssh; the GitRepository says that nobody vouches for the server, until its key is written down.
pub(crate) async fn a_key(demo: &CdDemo) -> Result<()> {
    let (server, sshd) = tokio::try_join!(server(), SshServer::start())?;
    let mut data = json!({"privateKey": sshd.locked_key("open sesame").await?, "passphrase": "open sesame"});
    secret(demo, "secure", &data).await?;
    run(demo, "secure", &sshd.address(&server.path(REPOSITORY))).await?;
    opens(demo, "secure").await?;
    says(
        demo,
        "secure",
        "host key of its server was not checked against anything",
    )
    .await?;
    data["known_hosts"] = json!(sshd.known_host()?);
    secret(demo, "secure", &data).await?;
    says(demo, "secure", "the repository answers").await
}

/// Waits until a GitRepository is pullable and ends its sentence, or begins it, with these words.
async fn says(demo: &CdDemo, name: &str, words: &str) -> Result<()> {
    let api: Api<GitRepository> = Api::all(demo.client().clone());
    eventually(&format!("GitRepository {name} to say {words:?}"), LONG, async || {
        let found = json!(api.get(name).await?);
        let message = condition(&found, "Ready")["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let is = found["status"]["health"] == "PULLABLE"
            && (message == words || message.contains(&format!("; the {words}")));
        Ok(Look::or_not_yet(is.then_some(()), found["status"].to_string()))
    })
    .await
}
