//! Versions that cannot be found, do not run, or are taken back; and newer ones.

use anyhow::{Context as _, Result};
use kube::{Api, ResourceExt as _};
use reqwest::Method;
use serde_json::Value;
use stagecoach_api::{Observer, Pipeline};
use stagecoach_system::{CdDemo, GITOPS, INFRA, Setup, context_status, stage};
use stagecoach_testbed::{FileChange, Look, eventually};

use super::sights::{LONG, condition, events, fails, one_event, plugin, reaches};

const PIPELINE: &str = "bootstrap/cd-demo/pipeline.yaml";
const DEV: &str = "bootstrap/cd-demo/dev.yaml";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_does_not_run_is_never_promoted() -> Result<()> {
    let demo = CdDemo::start(&Setup::default()).await?;
    tokio::try_join!(short_deadline(&demo), registry_down(&demo))?;
    taken_back(&demo).await?;
    broken_image(&demo).await?;
    demo.operator()?.must_run()
}

/// Ten seconds for dev, by a commit, as a person would.
async fn short_deadline(demo: &CdDemo) -> Result<()> {
    let text = read(demo, PIPELINE).await?;
    let text = text.replace("    - name: dev\n", "    - name: dev\n      progressDeadline: 15s\n");
    commit(demo, PIPELINE, &text).await?;
    let pipelines: Api<Pipeline> = Api::namespaced(demo.client().clone(), INFRA);
    eventually("the deadline to be synced", LONG, async || {
        let spec = serde_json::to_value(&pipelines.get("cd-demo").await?.spec)?;
        let deadline = &spec["stages"][0]["progressDeadline"];
        Ok(Look::or_not_yet((!deadline.is_null()).then_some(()), "not there"))
    })
    .await
}

/// A poll in vain moves nothing; the next version is found when the registry is back, and takes the older one's place.
async fn registry_down(demo: &CdDemo) -> Result<()> {
    let registry = demo.testbed().registry()?;
    demo.push("0.1.0").await?;
    plugin(demo, &["poll", "cd-demo"]).await?;
    observed(demo, "0.1.0", |status| status["lastValue"] == "0.1.0").await?;
    let older = context_of(demo, "0.1.0").await?;
    let replaced = demo.pull_request(&older, "dev").await?;
    registry.stop();
    plugin(demo, &["poll", "cd-demo"]).await?;
    let status = observed(demo, "the fault", |status| {
        condition_of(status)["reason"] == "RegistryUnavailable"
    })
    .await?;
    assert_eq!(status["lastValue"], "0.1.0", "a failing registry moves nothing");
    assert_eq!(condition_of(&status)["status"], "False");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.contains(&registry.address()), "{message}");
    one_event(demo, "cd-demo", "RegistryUnavailable", &[&registry.address()]).await?;
    registry.start_again().await?;
    demo.push("0.2.0").await?;
    // Nobody asks again: it is tried by itself, long before the crontab's next time.
    observed(demo, "0.2.0", |status| status["lastValue"] == "0.2.0").await?;
    assert_eq!(demo.contexts().await?.len(), 2, "each version once");
    superseded(demo, &older, replaced.number).await
}

/// The older run's pull request is closed, with a comment that names the newer run.
async fn superseded(demo: &CdDemo, older: &str, number: u64) -> Result<()> {
    let newer = context_of(demo, "0.2.0").await?;
    demo.pull_request(&newer, "dev").await?;
    let seen = reaches(demo, older, "dev", "Superseded").await?;
    let message = context_status(&seen).message;
    assert!(message.contains(&newer) && message.contains("0.2.0"), "{message}");
    one_event(demo, older, "StageSuperseded", &[&newer]).await?;
    eventually("the older pull request to be closed", LONG, async || {
        let state = demo.forge().pull_request(GITOPS, number).await?.state;
        Ok(Look::or_not_yet((state == "closed").then_some(()), state))
    })
    .await?;
    let path = format!("/repos/{GITOPS}/issues/{number}/comments");
    let (_, comments) = demo.forge().call(Method::GET, &path, None).await?;
    let said = comments[0]["body"].as_str().unwrap_or_default();
    assert!(said.contains(&newer) && said.contains("0.2.0"), "{said}");
    assert_eq!(comments.as_array().map(Vec::len), Some(1), "{comments}");
    Ok(())
}

/// Merged, and taken back by a commit before it was proven.
async fn taken_back(demo: &CdDemo) -> Result<()> {
    let before = read(demo, DEV).await?;
    merge(demo, "taken-back", "0.3.0-broken").await?;
    commit(demo, DEV, &before).await?;
    let seen = reaches(demo, "taken-back", "dev", "Overtaken").await?;
    let message = context_status(&seen).message;
    assert!(
        message.contains("a later commit on the base branch took the change back"),
        "{message}"
    );
    one_event(demo, "taken-back", "StageOvertaken", &["took the change back"]).await?;
    assert_eq!(
        stage(&seen, "prod")["state"],
        "Cancelled",
        "it goes no further: {message}"
    );
    Ok(())
}

/// The image cannot be pulled: the run says so while it waits, and ends with the deadline.
async fn broken_image(demo: &CdDemo) -> Result<()> {
    merge(demo, "broken", "0.4.0-broken").await?;
    let message = fails(demo, "broken", "dev", "DeadlineExceeded").await?;
    for word in ["0.4.0-broken", "ImagePullBackOff", "infra/cd-demo-dev"] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    one_event(demo, "broken", "StageFailed", &["0.4.0-broken", "ImagePullBackOff"]).await?;
    assert!(events(demo, "broken", "StagePromoted").await?.is_empty());
    let seen = reaches(demo, "broken", "dev", "Failed").await?;
    assert!(
        stage(&seen, "prod")["pullRequests"].is_null(),
        "nothing is opened for prod"
    );
    assert_eq!(condition(&seen, "Ready")["status"], "False");
    Ok(())
}

/// Starts a run by hand and merges its pull request for dev.
async fn merge(demo: &CdDemo, context: &str, version: &str) -> Result<()> {
    demo.write_context(context, version).await?;
    let pull = demo.pull_request(context, "dev").await?;
    demo.forge().merge(GITOPS, pull.number).await?;
    reaches(demo, context, "dev", "Verifying").await?;
    Ok(())
}

/// Waits until the observer's status is as wanted.
async fn observed(demo: &CdDemo, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    let observers: Api<Observer> = Api::namespaced(demo.client().clone(), INFRA);
    eventually(&format!("the observer to see {what}"), LONG, async || {
        let status = serde_json::to_value(&observers.get("cd-demo").await?.status)?;
        let found = wanted(&status).then(|| status.clone());
        Ok(Look::or_not_yet(found, status.to_string()))
    })
    .await
}

fn condition_of(status: &Value) -> Value {
    condition(&serde_json::json!({ "status": status }), "Ready")
}

/// Name of the context that the observer made of a version.
async fn context_of(demo: &CdDemo, version: &str) -> Result<String> {
    let contexts = demo.contexts().await?;
    let found = contexts
        .iter()
        .find(|context| context.spec.context["version"] == version);
    Ok(found.context("no context of that version")?.name_any())
}

async fn read(demo: &CdDemo, path: &str) -> Result<String> {
    let bytes = demo.forge().read_file(GITOPS, "main", path).await?;
    Ok(String::from_utf8(bytes.context("no such file")?)?)
}

async fn commit(demo: &CdDemo, path: &str, text: &str) -> Result<()> {
    let change = FileChange::write(path, text);
    demo.forge().commit(GITOPS, "main", "By a person", &[change]).await?;
    Ok(())
}
