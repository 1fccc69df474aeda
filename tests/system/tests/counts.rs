//! What a promotion costs: calls to the forge from trigger to pull request, and writes of statuses for a stage.

use std::time::Duration;

use anyhow::Result;
use kube::Api;
use stagecoach_api::{Pipeline, PipelineContext};
use stagecoach_system::{CdDemo, GITOPS, INFRA, Proxies, Setup, stage};
use stagecoach_testbed::{Counted, Look, eventually};

const LONG: Duration = Duration::from_secs(90);
/// Files that the automation reads for one stage.
const FILES: usize = 1;
/// Writes of statuses for one stage run, from start to Promoted.
const WRITES: usize = 6;

fn is_promoted(context: &PipelineContext, name: &str) -> Option<()> {
    (stage(context, name)["state"] == "Promoted").then_some(())
}

/// The status of a context or a pipeline is written.
fn is_progress(request: &Counted) -> bool {
    let of = |plural: &str| request.path.contains(&format!("/{plural}/"));
    request.method == "PATCH" && request.path.ends_with("/status") && (of("pipelinecontexts") || of("pipelines"))
}

/// Requests in words, for messages.
fn story(requests: &[Counted]) -> String {
    let lines = requests
        .iter()
        .map(|request| format!("{} {}", request.method, request.path));
    lines.collect::<Vec<_>>().join("\n")
}

fn calls(proxies: &Proxies) -> Vec<Counted> {
    proxies.forge.requests()
}

fn writes(proxies: &Proxies) -> Vec<Counted> {
    let mut requests = proxies.api_server.requests();
    requests.retain(is_progress);
    requests
}

/// Promotes into dev, and returns the calls until its pull request was known and the writes until it was promoted.
async fn promote_dev(demo: &CdDemo, name: &str, version: &str) -> Result<(Vec<Counted>, Vec<Counted>)> {
    let proxies = demo.proxies()?;
    let (calls_before, writes_before) = (calls(proxies).len(), writes(proxies).len());
    demo.write_context(name, version).await?;
    let pull_request = demo.pull_request(name, "dev").await?;
    let to_pull_request = calls(proxies).split_off(calls_before);
    demo.forge().merge(GITOPS, pull_request.number).await?;
    demo.wait_for(name, "dev is promoted", LONG, |c| is_promoted(c, "dev"))
        .await?;
    // The last write is that of the pipeline.
    let pipelines: Api<Pipeline> = Api::namespaced(demo.client().clone(), INFRA);
    eventually("the pipeline to say who is in dev", LONG, async || {
        let status = pipelines.get("cd-demo").await?.status.unwrap_or_default();
        let dev = status.stages.into_iter().find(|stage| stage.name == "dev");
        let promoted = dev.filter(|dev| dev.current.is_none()).and_then(|dev| dev.promoted);
        Ok(Look::or_not_yet(
            promoted.filter(|run| run.name == name).map(drop),
            "another one",
        ))
    })
    .await?;
    let mut written = writes(proxies).split_off(writes_before);
    // That an older run gives way is no step of this one.
    written.retain(|request| request.path.contains("/pipelines/") || request.path.contains(&format!("/{name}/")));
    Ok((to_pull_request, written))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_makes_the_fewest_calls_and_few_writes() -> Result<()> {
    let demo = CdDemo::start(&Setup {
        proxied: true,
        without_observer: true,
        ..Setup::default()
    })
    .await?;
    promote_dev(&demo, "first", "0.1.0").await?;
    let (calls, writes) = promote_dev(&demo, "second", "0.2.0").await?;
    // Once the pull request is open the repository is listed; that belongs to the wait.
    let lists = |call: &&Counted| call.method == "GET" && call.path.ends_with("/pulls");
    let polls = calls.iter().rev().take_while(lists).count();
    let calls = &calls[..calls.len() - polls];
    assert_eq!(
        calls.len(),
        FILES + 3,
        "base head, files, commit, pull request:\n{}",
        story(calls)
    );
    assert!(
        writes.len() <= WRITES,
        "{} writes of statuses:\n{}",
        writes.len(),
        story(&writes)
    );
    Ok(())
}
