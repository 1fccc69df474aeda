//! Living with GitOps: what is left alone stays as it is, and what leaves git goes.
//!
//! `STAGECOACH_SOAK_SECONDS` says how long everything is watched; 30 seconds without it.

#![expect(
    clippy::disallowed_methods,
    reason = "the test house may ask for the environment and the time"
)]

#[path = "soak/managers.rs"]
mod managers;
#[path = "soak/snapshot.rs"]
mod snapshot;

use std::collections::BTreeMap;
use std::env;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt as _};
use stagecoach_api::{Observer, PipelineContext};
use stagecoach_system::{CdDemo, GITOPS, INFRA, Setup, context_status, stage};
use stagecoach_testbed::{FileChange, Look, eventually};

use snapshot::{Snapshot, applications, take};

const LONG: Duration = Duration::from_secs(90);
/// How often everything is looked at while it is left alone.
const PAUSE: Duration = Duration::from_millis(500);
/// How long nothing must change before the watch begins: longer than the deployer's pause between two looks.
const RESTED: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_alone_stays_still_and_what_leaves_git_goes() -> Result<()> {
    let demo = CdDemo::start(&Setup::default()).await?;
    let made = two_runs(&demo).await?;
    let before = rests(&demo).await?;
    stays_still(&demo, before).await?;
    managers::check(demo.client()).await?;
    folder_deleted(&demo).await?;
    everything_goes(&demo, &made).await
}

/// One run whose context is in git, and one that the observer makes of a tag and that takes its place. Returns the
/// name of the latter.
async fn two_runs(demo: &CdDemo) -> Result<String> {
    let context = "apiVersion: deployments.plural.sh/v1alpha1\nkind: PipelineContext\nmetadata:\n  name: from-git\nspec:\n  \
                   pipelineRef:\n    name: cd-demo\n    namespace: infra\n  context:\n    version: 0.0.9\n";
    let change = FileChange::write("bootstrap/cd-demo/context.yaml", context);
    demo.forge().commit(GITOPS, "main", "A run from git", &[change]).await?;
    demo.pull_request("from-git", "dev").await?;
    demo.push("0.1.0").await?;
    poll(demo).await?;
    let name = eventually("the observer's context", LONG, async || {
        let names = demo.contexts().await?.into_iter().map(|context| context.name_any());
        let made = names.into_iter().find(|name| name != "from-git");
        Ok(Look::or_not_yet(made, "none"))
    })
    .await?;
    demo.pull_request(&name, "dev").await?;
    demo.wait_for("from-git", "the older run to let go", LONG, |c| {
        (stage(c, "dev")["pullRequests"][0]["state"] == "Closed").then_some(())
    })
    .await?;
    Ok(name)
}

async fn poll(demo: &CdDemo) -> Result<()> {
    let observers: Api<Observer> = Api::namespaced(demo.client().clone(), INFRA);
    let patch = serde_json::json!({"metadata": {"annotations": {"stagecoach.dev/poll": "1"}}});
    let parameters = kube::api::PatchParams::apply("kubectl-stagecoach");
    observers
        .patch("cd-demo", &parameters, &kube::api::Patch::Merge(patch))
        .await?;
    Ok(())
}

/// Waits until everything is synced and healthy, and nothing has changed for a while.
async fn rests(demo: &CdDemo) -> Result<Snapshot> {
    let mut last = Snapshot::new();
    let mut since = Instant::now();
    let mut seen = Vec::new();
    eventually("everything to be synced and to rest", LONG, async || {
        let now = take(demo.client()).await?;
        let mut restless = snapshot::difference(&last, &now);
        restless.extend(snapshot::not_synced(&applications(demo.client()).await?));
        last = now;
        if !restless.is_empty() {
            (since, seen) = (Instant::now(), restless);
        }
        let found = (since.elapsed() >= RESTED).then(|| last.clone());
        Ok(Look::or_not_yet(found, format!("{seen:?}")))
    })
    .await
}

/// Nothing is written for as long as it is watched.
async fn stays_still(demo: &CdDemo, before: Snapshot) -> Result<()> {
    let seconds = env::var("STAGECOACH_SOAK_SECONDS").ok();
    let seconds = seconds.and_then(|text| text.parse().ok()).unwrap_or(30);
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        let now = take(demo.client()).await?;
        let changed = snapshot::difference(&before, &now);
        assert!(changed.is_empty(), "somebody wrote: {changed:#?}");
        let not_synced = snapshot::not_synced(&applications(demo.client()).await?);
        assert!(not_synced.is_empty(), "{not_synced:#?}");
        demo.operator()?.must_run()?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Deletes the folder, as a person would: a file beside it keeps the path that is synced.
async fn folder_deleted(demo: &CdDemo) -> Result<()> {
    let files = [
        "dev",
        "prod",
        "pipeline",
        "pipeline-pr-automation",
        "observer",
        "context",
    ];
    let mut changes = vec![FileChange::write("bootstrap/README.md", "Nothing is deployed.\n")];
    changes.extend(files.map(|name| FileChange::delete(&format!("bootstrap/cd-demo/{name}.yaml"))));
    demo.forge().commit(GITOPS, "main", "No more cd-demo", &changes).await?;
    Ok(())
}

/// All that came from git goes, with what was made of it. What is left is the observer's context, which says why.
async fn everything_goes(demo: &CdDemo, made: &str) -> Result<()> {
    let observed = format!("PipelineContext infra/{made}");
    let kept = [
        "ScmConnection ",
        "GitRepository ",
        "Cluster ",
        "Application argocd/bootstrap",
        observed.as_str(),
    ];
    eventually("everything to go", LONG, async || {
        demo.operator()?.must_run()?;
        let mut left: Vec<String> = take(demo.client()).await?.into_keys().collect();
        left.retain(|name| !kept.iter().any(|kept| name.starts_with(kept)));
        left.extend(deployments(demo.client()).await?);
        Ok(Look::or_not_yet(left.is_empty().then_some(()), left.join(", ")))
    })
    .await?;
    let contexts: Api<PipelineContext> = Api::namespaced(demo.client().clone(), INFRA);
    eventually(
        "the observer's context to say that its pipeline is gone",
        LONG,
        async || {
            let message = context_status(&contexts.get(made).await?).message;
            let found = message.contains("Pipeline infra/cd-demo, which does not exist");
            Ok(Look::or_not_yet(found.then_some(()), message))
        },
    )
    .await?;
    let open = demo.forge().pull_requests(GITOPS, "open").await?;
    assert_eq!(open.len(), 1, "deletionPolicy is Orphan: {open:#?}");
    Ok(())
}

async fn deployments(client: &Client) -> Result<Vec<String>> {
    let api: Api<Deployment> = Api::namespaced(client.clone(), "cd-demo");
    let found = api
        .list(&ListParams::default())
        .await
        .context("cannot list Deployments")?;
    Ok(found
        .items
        .iter()
        .map(|deployment| format!("Deployment {}", deployment.name_any()))
        .collect())
}

/// By kind, namespace and name.
type ByName<T> = BTreeMap<String, T>;
