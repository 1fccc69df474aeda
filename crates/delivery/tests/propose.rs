//! From an automation to a commit on a real Gitea: what is read, what it costs, and what stands there afterwards.

#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it must be")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::Result;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};
use stagecoach_api::{GitRepository, PrAutomationSpec, ScmConnection};
use stagecoach_delivery::{Connections, Edit, Forge, Intent, Proposal, Sources, base, open, propose};
use stagecoach_runtime::{Cache, Classify as _, Secrets};
use stagecoach_scm::{CommitSha, Options, RepositoryId};
use stagecoach_testbed::{FileChange, Gitea, shared_forge};

/// A repository, and the operator's way to it.
struct Room {
    connections: Connections,
    forge: Arc<Forge>,
    repository: RepositoryId,
    base: CommitSha,
    calls: Arc<AtomicUsize>,
    endpoints: Arc<Mutex<Vec<&'static str>>>,
}

impl Room {
    async fn new(name: &str, files: &[(&str, &str)]) -> Result<Self> {
        let gitea = shared_forge().await?;
        let slug = format!("{}/{name}", Gitea::ADMIN);
        let files: Vec<FileChange> = files
            .iter()
            .map(|(path, text)| FileChange::write(path, *text))
            .collect();
        gitea.create_repository(&slug, &files).await?;
        let token = gitea.create_token(Gitea::ADMIN, name, &["write:repository"]).await?;
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

    async fn propose(&self, edits: &[Edit]) -> Result<Proposal, stagecoach_delivery::Error> {
        propose(&self.forge, &self.repository, &self.base, edits).await
    }

    /// The paths after the commit of a proposal.
    async fn committed(&self, proposal: &Proposal) -> Result<Vec<String>> {
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

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
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
    let mut secret = Secret::default();
    secret.metadata.name = Some("scm-gitea".to_owned());
    secret.metadata.namespace = Some("stagecoach".to_owned());
    secret.data = Some([("token".to_owned(), ByteString(token.as_bytes().to_vec()))].into());
    let secrets = Secrets::fixed([("stagecoach".to_owned(), Cache::fixed("secrets", [secret]))]);
    let mut options = Options::new(Arc::new(|| "2026-01-01T00:00:00Z".parse().unwrap()));
    let (calls, endpoints) = (Arc::clone(calls), Arc::clone(endpoints));
    options.on_call = Some(Arc::new(move |call| {
        calls.fetch_add(1, Ordering::Relaxed);
        endpoints.lock().unwrap().push(call.endpoint);
    }));
    Connections::new(
        Cache::fixed("scmconnections", [connection]),
        Cache::fixed("gitrepositories", registered(url)),
        secrets,
        "stagecoach".to_owned(),
        options,
    )
}

/// Repositories of templates: one on the forge, and one that nobody has a connection to.
fn registered(url: &str) -> Vec<GitRepository> {
    let repository = |name: &str, url: String| {
        serde_json::from_value(json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "GitRepository", "metadata": {"name": name},
            "spec": {"url": url},
        }))
        .unwrap()
    };
    vec![
        repository("scaffolds", format!("{url}/{}/scaffolds.git", Gitea::ADMIN)),
        repository("elsewhere", "https://git.example.com/a/b.git".to_owned()),
    ]
}

fn edit(mut spec: Value) -> Edit {
    spec["title"] = json!("t");
    spec["message"] = json!("m");
    Edit {
        automation: serde_json::from_value(spec).unwrap(),
        context: json!({"version": "1.2.3"}),
        sources: Sources::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_costs_one_call_more_and_a_delete_reads_nothing() -> Result<()> {
    let files = [
        ("apps/a/values.yaml", "tag: 1.0.0\n"),
        ("apps/b/values.yaml", "tag: 1.0.0\n"),
        ("apps/b/README.md", "tag: 1.0.0\n"),
        ("old/a.yaml", "x\n"),
        ("old/b.yaml", "x\n"),
        ("old/keep.txt", "x\n"),
    ];
    let room = Room::new("propose-search", &files).await?;
    let edits = [edit(json!({
        "updates": {
            "files": ["apps/.*/values\\.yaml"], "regexes": ["tag: .*"], "matchStrategy": "ANY",
            "replaceTemplate": "tag: {{ context.version }}",
        },
        "deletes": {"files": ["old/*.yaml"]},
    }))];
    let proposal = room.propose(&edits).await?;
    assert_eq!(room.calls(), 1 + 2, "{:?}", room.endpoints.lock().unwrap());
    let changed: Vec<&str> = proposal.changes.keys().map(String::as_str).collect();
    assert_eq!(
        changed,
        ["apps/a/values.yaml", "apps/b/values.yaml", "old/a.yaml", "old/b.yaml"]
    );
    assert_eq!(
        proposal.changes["apps/a/values.yaml"].text_after().as_deref(),
        Some("tag: 1.2.3\n")
    );
    assert_eq!(
        room.committed(&proposal).await?,
        [
            "apps/a/values.yaml",
            "apps/b/README.md",
            "apps/b/values.yaml",
            "old/keep.txt"
        ]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_costs_one_call_a_file() -> Result<()> {
    let room = Room::new("propose-named", &[("a.yaml", "tag: 1\n"), ("b.yaml", "tag: 1\n")]).await?;
    let replacement = |file: &str| json!({"file": file, "regex": "tag: .*", "replacement": "tag: 2"});
    let edits = [edit(json!({
        "updates": {"regexReplacements": [replacement("a.yaml"), replacement("b.yaml")]},
    }))];
    assert_eq!(room.propose(&edits).await?.changes.len(), 2);
    assert_eq!(room.calls(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_templates_is_made_once_and_is_then_at_its_target() -> Result<()> {
    let files = [
        ("templates/app/deployment.yaml", "version: {{ context.version }}\n"),
        ("templates/app/nested/service.yaml", "kind: Service\n"),
        ("apps/nested/service.yaml", "kind: Service\n"),
    ];
    let room = Room::new("propose-creates", &files).await?;
    let edits = [edit(json!({"creates": {"templates": [
        {"source": "templates/app", "destination": "apps", "external": false},
    ]}}))];
    let proposal = room.propose(&edits).await?;
    let changed: Vec<&str> = proposal.changes.keys().map(String::as_str).collect();
    assert_eq!(changed, ["apps/deployment.yaml"], "what is there already is no change");
    let paths = room.committed(&proposal).await?;
    assert!(paths.contains(&"apps/deployment.yaml".to_owned()), "{paths:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_ref_has_is_copied() -> Result<()> {
    let files = [("dev/app.yaml", "tag: 1\n"), ("prod/app.yaml", "tag: 0\n")];
    let room = Room::new("propose-copies", &files).await?;
    let gitea = shared_forge().await?;
    let slug = room.repository.as_str();
    let tag = json!({"tag_name": "released/v1", "target": room.base.as_str()});
    gitea
        .call(http::Method::POST, &format!("/repos/{slug}/tags"), Some(&tag))
        .await?;
    let newer = [FileChange::write("dev/app.yaml", "tag: 2\n")];
    let head = gitea.commit(slug, "main", "Newer", &newer).await?;
    let room = Room {
        base: CommitSha::parse(&head)?,
        ..room
    };
    let copy = |at: &str| edit(json!({"updates": {"copies": [{"from": "dev", "to": "prod", "ref": at}]}}));
    let proposal = room.propose(&[copy("released/v1")]).await?;
    assert_eq!(
        proposal.changes["prod/app.yaml"].text_after().as_deref(),
        Some("tag: 1\n")
    );
    let error = room.propose(&[copy("nowhere")]).await.unwrap_err();
    assert!(
        error.to_string().contains("no branch, tag or commit nowhere"),
        "{error}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn external_templates_come_from_their_own_repository() -> Result<()> {
    let files = [
        ("catalog/service/app.yaml", "version: {{ context.version }}\n"),
        ("catalog/service/same.yaml", "same\n"),
        ("other/service/app.yaml", "not this one\n"),
    ];
    Room::new("scaffolds", &files).await?;
    let room = Room::new("propose-external", &[("apps/shop/same.yaml", "same\n")]).await?;
    let with = |reference: Value| {
        let mut spec = json!({
            "scmConnectionRef": {"name": "gitea"}, "title": "t", "message": "m",
            "git": {"folder": "unused", "ref": "unused"},
            "creates": {
                "git": {"folder": "./catalog/", "ref": "main"},
                "templates": [{"source": "service", "destination": "apps/shop", "external": true}],
            },
        });
        for (key, value) in reference.as_object().unwrap() {
            let target = if key == "url" {
                &mut spec["creates"]["git"]
            } else {
                &mut spec
            };
            target[key] = value.clone();
        }
        serde_json::from_value::<PrAutomationSpec>(spec).unwrap()
    };
    let of = |spec: &PrAutomationSpec| {
        let sources = room.connections.sources(spec)?;
        Ok::<_, stagecoach_delivery::Error>(Edit {
            automation: spec.to_change(),
            context: json!({"version": "1.2.3"}),
            sources,
        })
    };
    let gitea = shared_forge().await?;
    let address = format!("{}/{}/scaffolds", gitea.url(), Gitea::ADMIN);
    for reference in [
        json!({"repositoryRef": {"name": "scaffolds", "namespace": "infra"}}),
        json!({"url": address}),
    ] {
        room.endpoints.lock().unwrap().clear();
        let proposal = room.propose(&[of(&with(reference))?]).await?;
        let changed: Vec<&String> = proposal.changes.keys().collect();
        assert_eq!(
            changed,
            ["apps/shop/app.yaml"],
            "what is the same already is left alone"
        );
        let made = proposal.changes["apps/shop/app.yaml"].text_after();
        assert_eq!(made.as_deref(), Some("version: 1.2.3\n"));
    }
    for (reference, reason) in [
        (json!({"repositoryRef": {"name": "none"}}), "TemplatesMissing"),
        (json!({"repositoryRef": {"name": "elsewhere"}}), "TemplatesNotOnForge"),
    ] {
        let error = of(&with(reference)).err().unwrap();
        assert_eq!(error.reason(), reason, "{error}");
    }
    let error = room.propose(&[of(&with(json!({})))?]).await.unwrap_err();
    assert_eq!(error.reason(), "TemplatesUnnamed", "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_reads_what_it_asks_for() -> Result<()> {
    let files = [
        ("versions.json", "{\"app\": \"4.5.6\"}"),
        ("app.yaml", "tag: 1\n"),
        ("scripts/edit.lua", SCRIPT),
        ("untouched.yaml", "x\n"),
    ];
    let room = Room::new("propose-script", &files).await?;
    let edits = [edit(json!({"lua": {"folder": "scripts"}}))];
    let proposal = room.propose(&edits).await?;
    assert_eq!(
        proposal.changes["app.yaml"].text_after().as_deref(),
        Some("tag: 4.5.6\n")
    );
    let endpoints = room.endpoints.lock().unwrap().clone();
    assert_eq!(endpoints, ["trees", "contents", "contents", "contents"]);
    Ok(())
}

const SCRIPT: &str = r#"
local versions = encoding.jsonDecode(fs.read("versions.json"))
prAutomation["updates"] = {
  regexReplacements = {{ file = "app.yaml", regex = "tag: .*", replacement = "tag: " .. versions.app }},
}
"#;
