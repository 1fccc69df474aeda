//! Nothing is lost or doubled when the operator is killed with -9, wherever it is in a promotion. The counting proxies
//! hold one request of it, it is killed, and started again.

#[path = "kills/killer.rs"]
mod killer;
#[path = "kills/points.rs"]
mod points;

use std::time::Duration;

use anyhow::{Context as _, Result};
use http::Method;
use kube::{Api, ResourceExt as _};
use serde_json::{Value, json};
use stagecoach_api::{Observer, Pipeline, PipelineContext};
use stagecoach_system::{CdDemo, GITOPS, INFRA, Seen, Setup, context_status, pull_request_of, stage};
use stagecoach_testbed::{Look, PullRequest, eventually};

use killer::kill_at;

const LONG: Duration = Duration::from_mins(2);

fn is_over(context: &PipelineContext) -> Option<Seen> {
    let seen = context_status(context);
    ["Succeeded", "Failed", "Superseded", "Cancelled"]
        .contains(&seen.phase.as_str())
        .then_some(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_survives_a_kill_at_every_step() -> Result<()> {
    let mut demo = CdDemo::start(&Setup {
        proxied: true,
        ..Setup::default()
    })
    .await?;
    kill_at(&demo, points::PROMOTION, a_tag_travels(&demo)).await?;
    everything_is_there_once(&demo).await?;
    demo.restart().await?;
    demo.write_context("older", "0.2.0").await?;
    let older = demo.pull_request("older", "dev").await?;
    kill_at(&demo, points::TAKEOVER, a_newer_one_takes_over(&demo)).await?;
    kill_at(&demo, points::CLOSED, one_that_is_closed_fails_once(&demo)).await?;
    each_was_opened_once(&demo, &older).await
}

async fn a_tag_travels(demo: &CdDemo) -> Result<()> {
    demo.push("0.1.0").await?;
    let observers: Api<Observer> = Api::namespaced(demo.client().clone(), INFRA);
    let patch = json!({"metadata": {"annotations": {"stagecoach.dev/poll": "1"}}});
    let patch = kube::api::Patch::Merge(patch);
    observers
        .patch("cd-demo", &kube::api::PatchParams::default(), &patch)
        .await?;
    let name = the_context(demo).await?;
    let end = demo.wait_for(&name, "the run is over", LONG, is_over).await?;
    assert_eq!(end.phase, "Succeeded", "{}", end.message);
    // The last kill is at the write that was just seen.
    eventually("the last value of the observer", LONG, async || {
        let observer = observers.get("cd-demo").await?;
        let last = observer.status.and_then(|status| status.last_value);
        Ok(Look::or_not_yet(
            last.filter(|last| last == "0.1.0").map(drop),
            "another one",
        ))
    })
    .await
}

async fn the_context(demo: &CdDemo) -> Result<String> {
    eventually("the observer's context", LONG, async || {
        let found = demo.contexts().await?.into_iter().next();
        Ok(Look::or_not_yet(
            found.and_then(|context| context.metadata.name),
            "no context",
        ))
    })
    .await
}

/// One context, one run, one attempt, one branch, one commit and one pull request a stage, and it runs everywhere.
async fn everything_is_there_once(demo: &CdDemo) -> Result<()> {
    let contexts = demo.contexts().await?;
    assert_eq!(contexts.len(), 1, "one tag, one context");
    let run = &json!(contexts[0])["status"]["run"];
    assert_eq!((&run["number"], &run["sequence"]), (&json!(1), &json!(1)), "{run}");
    assert_eq!(last_sequence(demo).await?, 1, "one run, one number");
    for name in ["dev", "prod"] {
        let stage = stage(&contexts[0], name);
        assert_eq!((&stage["state"], &stage["attempt"]), (&json!("Promoted"), &json!(1)));
        assert!(demo.running(&format!("cd-demo-{name}")).await?.ends_with(":0.1.0"));
        let path = format!("bootstrap/cd-demo/{name}.yaml");
        let file = demo.forge().read_file(GITOPS, "main", &path).await?.unwrap_or_default();
        assert!(String::from_utf8(file)?.contains("tag: 0.1.0 # VERSION"));
    }
    let all = demo.all_pull_requests().await?;
    let mut titles: Vec<&str> = all.iter().map(|pull| pull.title.as_str()).collect();
    titles.sort_unstable();
    let of = |stage: &str| format!("Updating cd-demo version to 0.1.0 (stage={stage})");
    assert_eq!(titles, [of("dev"), of("prod")]);
    let branches = ["dev", "prod"].map(|stage| branch(&contexts[0], stage));
    one_commit_each(demo, &all, branches.to_vec()).await
}

/// These branches and `main`, as git has them, and one commit in each pull request.
async fn one_commit_each(demo: &CdDemo, all: &[PullRequest], mut branches: Vec<String>) -> Result<()> {
    branches.push("main".to_owned());
    branches.sort_unstable();
    let refs = get(demo, "git/refs/heads").await?;
    let refs = refs.as_array().cloned().unwrap_or_default();
    let names = refs
        .iter()
        .filter_map(|found| found["ref"].as_str()?.strip_prefix("refs/heads/"));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    assert_eq!(names, branches, "a branch for a pull request, and no other");
    for pull in all {
        let commits = get(demo, &format!("pulls/{}/commits", pull.number)).await?;
        let count = commits.as_array().map_or(0, Vec::len);
        assert_eq!(count, 1, "{} has {count} commits", pull.title);
    }
    Ok(())
}

/// The branch of a stage, as it was written down.
fn branch(context: &PipelineContext, stage: &str) -> String {
    pull_request_of(context, stage)["branch"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

async fn a_newer_one_takes_over(demo: &CdDemo) -> Result<()> {
    demo.write_context("newer", "0.3.0").await?;
    let end = demo.wait_for("older", "the run is over", LONG, is_over).await?;
    assert_eq!(end.phase, "Superseded", "{}", end.message);
    demo.wait_for("newer", "dev awaits its merge", LONG, |c| {
        (stage(c, "dev")["state"] == "AwaitingMerge").then_some(())
    })
    .await
}

async fn one_that_is_closed_fails_once(demo: &CdDemo) -> Result<()> {
    demo.write_context("closed", "0.4.0").await?;
    let end = demo.wait_for("closed", "the run is over", LONG, is_over).await?;
    assert_eq!(end.phase, "Failed", "{}", end.message);
    let contexts: Api<PipelineContext> = Api::namespaced(demo.client().clone(), INFRA);
    let dev = stage(&contexts.get("closed").await?, "dev");
    assert_eq!(
        (&dev["reason"], &dev["attempt"]),
        (&json!("PullRequestClosed"), &json!(1))
    );
    Ok(())
}

/// The pull request of `older` is closed, and says so once; there is one for every run, and no gap in the numbers.
async fn each_was_opened_once(demo: &CdDemo, older: &PullRequest) -> Result<()> {
    let all = demo.all_pull_requests().await?;
    assert_eq!(all.len(), 5, "two of the first run, one of each other");
    let mut branches = Vec::new();
    // The branch that a person deleted stays away.
    for context in demo.contexts().await?.iter().filter(|c| c.name_any() != "closed") {
        branches.extend(["dev", "prod"].map(|stage| branch(context, stage)));
    }
    branches.retain(|branch| !branch.is_empty());
    one_commit_each(demo, &all, branches).await?;
    let older = demo.forge().pull_request(GITOPS, older.number).await?;
    assert_eq!((older.state.as_str(), older.merged), ("closed", false));
    let comments = get(demo, &format!("issues/{}/comments", older.number)).await?;
    let comments = comments.as_array().cloned().unwrap_or_default();
    assert_eq!(comments.len(), 1, "said once: {comments:?}");
    assert!(comments[0]["body"].as_str().unwrap_or_default().contains("newer"));
    assert_eq!(last_sequence(demo).await?, 4);
    Ok(())
}

async fn last_sequence(demo: &CdDemo) -> Result<i64> {
    let pipelines: Api<Pipeline> = Api::namespaced(demo.client().clone(), INFRA);
    let status = pipelines.get("cd-demo").await?.status;
    status
        .and_then(|status| status.last_sequence)
        .context("no run got a number")
}

async fn get(demo: &CdDemo, path: &str) -> Result<Value> {
    let (_, value) = demo
        .forge()
        .call(Method::GET, &format!("/repos/{GITOPS}/{path}"), None)
        .await?;
    Ok(value)
}
