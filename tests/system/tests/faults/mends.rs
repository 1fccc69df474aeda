//! What only a person can mend: each fault has a small pipeline of its own in one testbed.

use anyhow::Result;
use http::Method;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use stagecoach_api::{HelmRepository, PrAutomation};
use stagecoach_system::{CdDemo, GITOPS, NAMESPACE, Setup, context_status, gate, pull_request_of, stage};
use stagecoach_testbed::{FileChange, Helm, Look, apply, eventually};

use super::sights::{LONG, condition, events, fails, held, one_event, plugin, reaches, start};
use super::{git_servers, small};

const API: &str = "deployments.plural.sh/v1alpha1";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_must_mend_says_so_and_goes_on_when_it_is_mended() -> Result<()> {
    let demo = CdDemo::start(&Setup {
        without_observer: true,
        ..Setup::default()
    })
    .await?;
    tokio::try_join!(
        file_missing(&demo),
        nothing_matched(&demo),
        repository_gone(&demo),
        templates_missing(&demo),
        chart_locked(&demo),
        git_servers::a_password(&demo),
        git_servers::a_key(&demo),
        pipeline_missing(&demo),
        pipeline_invalid(&demo),
        gate_rejected(&demo),
    )?;
    closed_by_a_person(&demo).await?;
    demo.operator()?.must_run()?;
    let opened = demo.all_pull_requests().await?;
    let titles: Vec<&str> = opened.iter().map(|pull| pull.title.as_str()).collect();
    assert_eq!(
        titles.len(),
        12,
        "one for each pipeline, and one more for the closed one: {titles:?}"
    );
    Ok(())
}

async fn file_missing(demo: &CdDemo) -> Result<()> {
    small::run(demo, "missing", GITOPS).await?;
    let message = fails(demo, "missing", "only", "FileMissing").await?;
    assert!(message.contains(&small::file("missing")), "{message}");
    assert!(
        message.contains("kubectl stagecoach retry missing -n infra"),
        "{message}"
    );
    one_event(
        demo,
        "missing",
        "StageFailed",
        &[&small::file("missing"), "does not exist"],
    )
    .await?;
    let label = json!({"name": "promotion", "color": "#00aa00"});
    let path = format!("/repos/{GITOPS}/labels");
    demo.forge().call(Method::POST, &path, Some(&label)).await?;
    let automations: Api<PrAutomation> = Api::all(demo.client().clone());
    let labelled = Patch::Merge(json!({"spec": {"labels": ["promotion"]}}));
    automations.patch("missing", &PatchParams::default(), &labelled).await?;
    small::commit(demo, "missing", "version: 0.1.0\n").await?;
    opens_again(demo, "missing").await?;
    let number = demo.pull_request("missing", "only").await?.number;
    let path = format!("/repos/{GITOPS}/issues/{number}/labels");
    let (_, labels) = demo.forge().call(Method::GET, &path, None).await?;
    assert_eq!(labels[0]["name"], "promotion", "{labels}");
    Ok(())
}

async fn nothing_matched(demo: &CdDemo) -> Result<()> {
    small::commit(demo, "unmatched", "no: such line\n").await?;
    small::run(demo, "unmatched", GITOPS).await?;
    let message = fails(demo, "unmatched", "only", "NothingMatched").await?;
    for word in ["version: (.*)", &small::file("unmatched"), "nothing to promote"] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    one_event(demo, "unmatched", "StageFailed", &[&small::file("unmatched")]).await?;
    small::commit(demo, "unmatched", "version: 0.1.0\n").await?;
    opens_again(demo, "unmatched").await
}

/// `retry` opens the pull request of the second attempt.
async fn opens_again(demo: &CdDemo, name: &str) -> Result<()> {
    plugin(demo, &["retry", name]).await?;
    let seen = reaches(demo, name, "only", "AwaitingMerge").await?;
    assert_eq!(stage(&seen, "only")["attempt"], 2);
    Ok(())
}

/// A repository that is not there, or that the token may not see: the run waits, and the corrected name brings it back.
async fn repository_gone(demo: &CdDemo) -> Result<()> {
    small::commit(demo, "gone", "version: 0.1.0\n").await?;
    small::run(demo, "gone", "acme/gone").await?;
    let message = held(demo, "gone", "ForgeNotFound", "Stalled").await?;
    for word in ["ScmConnection github", "acme/gone", "was not found"] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    one_event(demo, "gone", "ForgeNotFound", &["acme/gone", "was not found"]).await?;
    small::automation(demo, "gone", GITOPS).await?;
    let seen = reaches(demo, "gone", "only", "AwaitingMerge").await?;
    assert_eq!(stage(&seen, "only")["attempt"], 1, "nobody had to ask for a retry");
    Ok(())
}

/// Templates of a repository that nobody registered: the run waits, and the registration brings it back.
async fn templates_missing(demo: &CdDemo) -> Result<()> {
    let automation = json!({
        "apiVersion": API, "kind": "PrAutomation", "metadata": {"name": "templates"},
        "spec": {
            "scmConnectionRef": {"name": "github"}, "identifier": GITOPS,
            "repositoryRef": {"name": "scaffolds", "namespace": "infra"},
            "title": "templates {{ context.version }}", "message": "templates",
            "creates": {
                "git": {"folder": "catalog", "ref": "main"},
                "templates": [{"source": "app.yaml", "destination": small::file("templates"), "external": true}],
            },
        },
    });
    apply(demo.client(), &automation.to_string(), "infra").await?;
    small::pipeline(demo, "templates", &json!([])).await?;
    start(demo, "templates", "templates", "1.0.0").await?;
    let message = held(demo, "templates", "TemplatesMissing", "Stalled").await?;
    assert!(message.contains("GitRepository scaffolds does not exist"), "{message}");

    let template = FileChange::write("catalog/app.yaml", "version: {{ context.version }}\n");
    demo.forge().create_repository("acme/scaffolds", &[template]).await?;
    let repository = json!({
        "apiVersion": API, "kind": "GitRepository", "metadata": {"name": "scaffolds"},
        "spec": {"url": format!("{}/acme/scaffolds.git", demo.forge().url()), "connectionRef": {"name": "github"}},
    });
    apply(demo.client(), &repository.to_string(), "infra").await?;
    let seen = reaches(demo, "templates", "only", "AwaitingMerge").await?;
    assert_eq!(stage(&seen, "only")["attempt"], 1, "nobody had to ask for a retry");
    assert_eq!(
        pull_request_of(&seen, "only")["files"],
        json!([small::file("templates")])
    );
    Ok(())
}

/// A chart of a private repository whose Secret is missing.
async fn chart_locked(demo: &CdDemo) -> Result<()> {
    let forge = demo.forge();
    let organization = json!({"username": "charts", "visibility": "private"});
    forge.call(Method::POST, "/orgs", Some(&organization)).await?;
    let helm = Helm::new().await?;
    let archive = std::fs::read(helm.package("shop", "1.0.0").await?)?;
    forge.upload_chart("charts", archive).await?;
    let (user, password) = forge.login();
    let url = format!("{}/api/packages/charts/helm", forge.url());
    let key = json!({"name": "charts", "key": "password"});
    let repository = json!({
        "apiVersion": API, "kind": "HelmRepository", "metadata": {"name": "charts", "namespace": NAMESPACE},
        "spec": {"url": url, "provider": "BASIC", "auth": {"basic": {"username": user, "passwordSecretKeyRef": key}}},
    });
    apply(demo.client(), &repository.to_string(), NAMESPACE).await?;
    let chart = json!({"url": url, "chart": "shop", "version": "{{ context.version }}", "destination": "faults/chart"});
    let automation = json!({
        "apiVersion": API, "kind": "PrAutomation", "metadata": {"name": "chart"},
        "spec": {
            "scmConnectionRef": {"name": "github"}, "identifier": GITOPS,
            "title": "chart {{ context.version }}", "message": "chart", "vendor": {"helm": chart},
        },
    });
    apply(demo.client(), &automation.to_string(), "infra").await?;
    small::pipeline(demo, "chart", &json!([])).await?;
    start(demo, "chart", "chart", "1.0.0").await?;
    let message = held(demo, "chart", "SecretMissing", "Stalled").await?;
    let said = "HelmRepository stagecoach/charts: secret stagecoach/charts does not exist";
    assert!(message.contains(said), "{message}");
    helm_repository_is(demo, "False", "spec.auth: secret stagecoach/charts does not exist").await?;

    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "charts", "namespace": NAMESPACE},
        "stringData": {"password": password},
    });
    apply(demo.client(), &secret.to_string(), NAMESPACE).await?;
    let seen = reaches(demo, "chart", "only", "AwaitingMerge").await?;
    assert_eq!(stage(&seen, "only")["attempt"], 1, "nobody had to ask for a retry");
    let files = ["faults/chart/shop/Chart.yaml", "faults/chart/shop/templates/a.yaml"];
    assert_eq!(pull_request_of(&seen, "only")["files"], json!(files));
    helm_repository_is(demo, "True", "the repository has an index").await
}

async fn helm_repository_is(demo: &CdDemo, status: &str, words: &str) -> Result<()> {
    let api: Api<HelmRepository> = Api::namespaced(demo.client().clone(), NAMESPACE);
    eventually(
        &format!("HelmRepository charts to be Ready={status}"),
        LONG,
        async || {
            let ready = condition(&api.get("charts").await?, "Ready");
            let said = ready["message"].as_str().is_some_and(|message| message.contains(words));
            Ok(Look::or_not_yet(
                (said && ready["status"] == status).then_some(()),
                ready.to_string(),
            ))
        },
    )
    .await
}

async fn pipeline_missing(demo: &CdDemo) -> Result<()> {
    small::commit(demo, "later", "version: 0.1.0\n").await?;
    small::automation(demo, "later", GITOPS).await?;
    start(demo, "later", "later", "1.0.0").await?;
    let message = held(demo, "later", "PipelineNotFound", "Reconciling").await?;
    assert!(
        message.contains("Pipeline infra/later, which does not exist"),
        "{message}"
    );
    one_event(demo, "later", "PipelineNotFound", &["infra/later"]).await?;
    small::pipeline(demo, "later", &json!([])).await?;
    reaches(demo, "later", "only", "AwaitingMerge").await?;
    Ok(())
}

async fn pipeline_invalid(demo: &CdDemo) -> Result<()> {
    small::commit(demo, "invalid", "version: 0.1.0\n").await?;
    small::automation(demo, "invalid", GITOPS).await?;
    small::pipeline(demo, "invalid", &json!([{"from": "only", "to": "nowhere"}])).await?;
    start(demo, "invalid", "invalid", "1.0.0").await?;
    let message = demo
        .wait_for("invalid", "the context to wait for its pipeline", LONG, |c| {
            let message = context_status(c).message;
            message.contains("to be mended").then_some(message)
        })
        .await?;
    for word in ["Pipeline infra/invalid", "nowhere"] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    small::pipeline(demo, "invalid", &json!([])).await?;
    reaches(demo, "invalid", "only", "AwaitingMerge").await?;
    Ok(())
}

async fn closed_by_a_person(demo: &CdDemo) -> Result<()> {
    small::commit(demo, "closed", "version: 0.1.0\n").await?;
    small::run(demo, "closed", GITOPS).await?;
    let first = demo.pull_request("closed", "only").await?;
    demo.forge().close(GITOPS, first.number).await?;
    let message = fails(demo, "closed", "only", "PullRequestClosed").await?;
    assert!(message.contains(&format!("#{}", first.number)), "{message}");
    assert!(message.contains("closed without a merge"), "{message}");
    one_event(demo, "closed", "StageFailed", &["closed without a merge"]).await?;
    opens_again(demo, "closed").await?;
    let second = demo
        .wait_for("closed", "another pull request", LONG, |c| {
            let number = pull_request_of(c, "only")["number"].as_u64();
            number.filter(|number| *number != first.number)
        })
        .await?;
    let second = demo.forge().pull_request(GITOPS, second).await?;
    assert_ne!(
        second.head.name, first.head.name,
        "each attempt has a branch of its own"
    );
    assert_eq!((second.state.as_str(), second.title), ("open", first.title));
    assert_eq!(events(demo, "closed", "PullRequestOpened").await?.len(), 2);
    Ok(())
}

/// The run ends; what another stage had opened stays open, and says so to who comes by.
async fn gate_rejected(demo: &CdDemo) -> Result<()> {
    small::commit(demo, "rejected", "version: 0.1.0\n").await?;
    small::automation(demo, "rejected", GITOPS).await?;
    small::gated(demo, "rejected").await?;
    start(demo, "rejected", "rejected", "1.0.0").await?;
    let number = demo
        .wait_for("rejected", "a pull request, and the gate to ask", LONG, |c| {
            let asks = gate(c, "sure")["state"] == "Pending" && stage(c, "only")["state"] == "AwaitingMerge";
            pull_request_of(c, "only")["number"].as_u64().filter(|_| asks)
        })
        .await?;
    plugin(demo, &["reject", "rejected"]).await?;
    demo.wait_for("rejected", "the run to fail", LONG, |c| {
        (context_status(c).phase == "Failed").then_some(())
    })
    .await?;
    let path = format!("/repos/{GITOPS}/issues/{number}/comments");
    let comments = eventually("a comment on the pull request", LONG, async || {
        let (_, comments) = demo.forge().call(Method::GET, &path, None).await?;
        let comments = comments.as_array().cloned().unwrap_or_default();
        Ok(Look::or_not_yet((!comments.is_empty()).then_some(comments), "none"))
    })
    .await?;
    assert_eq!(comments.len(), 1);
    let said = comments[0]["body"].as_str().unwrap_or_default();
    assert!(said.contains("A gate of this run was rejected"), "{said}");
    assert_eq!(demo.forge().pull_request(GITOPS, number).await?.state, "open");
    Ok(())
}
