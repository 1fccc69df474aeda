//! A repository on a real Gitea, and the operator's way to it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::Result;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};
use stagecoach_api::{GitRepository, HelmRepository, PrAutomationSpec, ScmConnection};
use stagecoach_delivery::{Connections, Edit, Forge, Intent, Proposal, Watched, base, open, propose};
use stagecoach_runtime::{Cache, Secrets};
use stagecoach_scm::git::{self, Mirrors};
use stagecoach_scm::{CommitSha, Options, RepositoryId};
use stagecoach_testbed::{FileChange, Gitea, shared_forge};
use tempfile::TempDir;

/// A repository, and the operator's way to it.
pub(crate) struct Room {
    pub(crate) connections: Connections,
    forge: Arc<Forge>,
    pub(crate) repository: RepositoryId,
    pub(crate) base: CommitSha,
    calls: Arc<AtomicUsize>,
    pub(crate) endpoints: Arc<Mutex<Vec<&'static str>>>,
}

impl Room {
    pub(crate) async fn new(name: &str, files: &[(&str, &str)]) -> Result<Self> {
        let gitea = shared_forge().await?;
        let slug = format!("{}/{name}", Gitea::ADMIN);
        let files: Vec<FileChange> = files
            .iter()
            .map(|(path, text)| FileChange::write(path, *text))
            .collect();
        gitea.create_repository(&slug, &files).await?;
        let token = gitea
            .create_token(Gitea::ADMIN, name, &["write:repository", "read:package"])
            .await?;
        let (calls, endpoints) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let connections = connections(&gitea.url(), &token, &calls, &endpoints);
        let forge = connections.forge("gitea")?;
        let repository = RepositoryId::parse(&slug)?;
        let base = base(&forge, &repository, Some("main")).await?.commit;
        calls.store(0, Ordering::Relaxed);
        endpoints.lock().unwrap().clear();
        Ok(Self {
            connections,
            forge,
            repository,
            base,
            calls,
            endpoints,
        })
    }

    pub(crate) async fn propose(&self, edits: &[Edit]) -> Result<Proposal, stagecoach_delivery::Error> {
        propose(&self.forge, &self.repository, &self.base, edits).await
    }

    /// Goes on from the head of a branch.
    pub(crate) async fn go_to(&mut self, branch: &str) -> Result<()> {
        self.base = base(&self.forge, &self.repository, Some(branch)).await?.commit;
        Ok(())
    }

    /// The paths after the commit of a proposal.
    pub(crate) async fn committed(&self, proposal: &Proposal) -> Result<Vec<String>> {
        let intent = Intent {
            repository: &self.repository,
            base: "main",
            base_commit: &self.base,
            branch: "stagecoach/x",
            date: "2026-01-02T03:04:05Z".parse()?,
            title: "t",
            message: "m",
            body: "b",
            proposal,
        };
        let (head, _) = open(&self.forge, &intent).await?;
        let listed = self.forge.read().list_files(&self.repository, &head).await?;
        Ok(listed.into_iter().map(|entry| entry.path).collect())
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// What an automation of this room does with version 1.2.3.
    pub(crate) fn edit(&self, mut spec: Value) -> Result<Edit, stagecoach_delivery::Error> {
        for (key, value) in [
            ("scmConnectionRef", json!({"name": "gitea"})),
            ("title", json!("t")),
            ("message", json!("m")),
        ] {
            spec[key] = value;
        }
        let spec: PrAutomationSpec = serde_json::from_value(spec).unwrap();
        Ok(Edit {
            automation: spec.to_change(),
            context: json!({"version": "1.2.3"}),
            sources: self.connections.sources(&spec)?,
        })
    }
}

/// Mirrors of their own, with git as this machine has it.
#[expect(
    clippy::disallowed_methods,
    reason = "what a binary gives git of its own environment"
)]
fn mirrors() -> Mirrors {
    static CACHE: OnceLock<TempDir> = OnceLock::new();
    let folder = CACHE.get_or_init(|| tempfile::tempdir().unwrap());
    let mut options = git::Options::new(folder.path().to_owned());
    options.environment = vec![("PATH".to_owned(), std::env::var_os("PATH").unwrap())];
    Mirrors::new(options)
}

fn connections(
    url: &str,
    token: &str,
    calls: &Arc<AtomicUsize>,
    endpoints: &Arc<Mutex<Vec<&'static str>>>,
) -> Connections {
    let connection: ScmConnection = serde_json::from_value(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "ScmConnection", "metadata": {"name": "gitea"},
        "spec": {"name": "gitea", "type": "GITEA", "baseUrl": url},
    }))
    .unwrap();
    let secret = |name: &str, key: &str| {
        let mut secret = Secret::default();
        secret.metadata.name = Some(name.to_owned());
        secret.metadata.namespace = Some("stagecoach".to_owned());
        secret.data = Some([(key.to_owned(), ByteString(token.as_bytes().to_vec()))].into());
        secret
    };
    let all = [secret("scm-gitea", "token"), secret("charts", "password")];
    let secrets = Secrets::fixed([("stagecoach".to_owned(), Cache::fixed("secrets", all))]);
    let mut options = Options::new(Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()));
    let (calls, endpoints) = (Arc::clone(calls), Arc::clone(endpoints));
    options.on_call = Some(Arc::new(move |call| {
        calls.fetch_add(1, Ordering::Relaxed);
        endpoints.lock().unwrap().push(call.endpoint);
    }));
    let watched = Watched {
        connections: Cache::fixed("scmconnections", [connection]),
        git_repositories: Cache::fixed("gitrepositories", registered(url)),
        helm_repositories: Cache::fixed("helmrepositories", chart_repositories(url)),
        deployment_settings: Cache::fixed("deploymentsettings", []),
        secrets,
    };
    Connections::new(watched, "stagecoach".to_owned(), options, mirrors())
}

/// Repositories of templates: one on the forge, and one whose connection is that of another server.
fn registered(url: &str) -> Vec<GitRepository> {
    let repository = |name: &str, spec: Value| {
        serde_json::from_value(json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "GitRepository", "metadata": {"name": name},
            "spec": spec,
        }))
        .unwrap()
    };
    let scaffolds = format!("{url}/{}/scaffolds.git", Gitea::ADMIN);
    let elsewhere = json!({"url": "https://git.example.com/a/b.git", "connectionRef": {"name": "gitea"}});
    vec![
        repository("scaffolds", json!({"url": scaffolds})),
        repository("elsewhere", elsewhere),
    ]
}

/// A private repository of charts, one whose Secret is missing, and one of a namespace that has no say.
fn chart_repositories(url: &str) -> Vec<HelmRepository> {
    let repository = |name: &str, namespace: &str, secret: &str| {
        serde_json::from_value(json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "HelmRepository",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "url": format!("{url}/api/packages/{name}/helm/"), "provider": "BASIC",
                "auth": {"basic": {"username": Gitea::ADMIN, "passwordSecretKeyRef": {"name": secret, "key": "password"}}},
            },
        }))
        .unwrap()
    };
    vec![
        repository("charts", "stagecoach", "charts"),
        repository("unready", "stagecoach", "none"),
        repository("tenant", "tenant", "charts"),
    ]
}
