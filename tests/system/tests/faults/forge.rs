//! A forge that is down, refuses the token or hides the repository, and an API server that is restarted, while one run
//! goes from its context to production: it is held up, says by what, and goes on by itself.

use anyhow::Result;
use kube::{Api, ResourceExt as _};
use reqwest::Method;
use serde_json::json;
use stagecoach_api::{PipelineContext, ScmConnection};
use stagecoach_system::{CdDemo, GITOPS, INFRA, Setup, context_status, plan_of};
use stagecoach_testbed::{Look, eventually};

use super::sights::{LONG, condition, events, held, lost_calls, one_event, plugin, reaches};

const NAME: &str = "held-up";

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_outlives_its_forge_its_token_and_the_api_server() -> Result<()> {
    let demo = CdDemo::start(&Setup {
        without_observer: true,
        ..Setup::default()
    })
    .await?;
    down_while_opening(&demo).await?;
    down_while_a_merge_is_waited_for(&demo).await?;
    token_refused(&demo).await?;
    repository_hidden(&demo).await?;
    api_server_restarted(&demo).await?;
    to_production(&demo).await
}

async fn down_while_opening(demo: &CdDemo) -> Result<()> {
    demo.forge().stop();
    demo.write_context(NAME, "0.1.0").await?;
    let message = held(demo, NAME, "ForgeUnavailable", "Reconciling").await?;
    for word in ["stage dev", "ScmConnection github", "is not available", "tried again"] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    one_event(demo, NAME, "ForgeUnavailable", &["ScmConnection github", "tried again"]).await?;
    demo.forge().start_again().await?;
    demo.pull_request(NAME, "dev").await?;
    goes_on(demo).await
}

async fn down_while_a_merge_is_waited_for(demo: &CdDemo) -> Result<()> {
    demo.forge().stop();
    let message = held(demo, NAME, "ForgeUnavailable", "Reconciling").await?;
    for word in [
        "for somebody to merge",
        "ScmConnection github",
        "is not available",
        "tried again",
    ] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
    stays_still(demo).await?;
    demo.forge().start_again().await?;
    goes_on(demo).await?;
    assert_eq!(
        events(demo, NAME, "ForgeUnavailable").await?.len(),
        2,
        "one for each fault"
    );
    Ok(())
}

/// However often the forge is asked in vain, that is no news and no write.
async fn stays_still(demo: &CdDemo) -> Result<()> {
    let contexts: Api<PipelineContext> = Api::namespaced(demo.client().clone(), INFRA);
    let before = contexts.get(NAME).await?.resource_version();
    let asked = lost_calls(demo).await?;
    eventually("the forge to be asked five times more", LONG, async || {
        let now = lost_calls(demo).await?;
        Ok(Look::or_not_yet(
            (now >= asked + 5).then_some(()),
            format!("{asked}, {now}"),
        ))
    })
    .await?;
    let after = contexts.get(NAME).await?;
    assert_eq!(after.resource_version(), before, "{}", plan_of(&after));
    Ok(())
}

/// The run waits for its merge again and nothing is left of the fault.
async fn goes_on(demo: &CdDemo) -> Result<()> {
    let seen = demo
        .wait_for(NAME, "the fault to be forgotten", LONG, |c| {
            (condition(c, "Ready")["reason"] == "AwaitingMerge").then(|| c.clone())
        })
        .await?;
    let message = context_status(&seen).message;
    assert!(
        message.contains("for somebody to merge") && !message.contains("ScmConnection"),
        "{message}"
    );
    assert!(condition(&seen, "Stalled").is_null());
    assert_eq!(demo.all_pull_requests().await?.len(), 1, "nothing is opened twice");
    Ok(())
}

async fn token_refused(demo: &CdDemo) -> Result<()> {
    let connections: Api<ScmConnection> = Api::all(demo.client().clone());
    demo.set_token("not-a-token").await?;
    let message = held(demo, NAME, "ForgeUnauthorized", "Stalled").await?;
    for word in [
        "ScmConnection github",
        "the token was refused",
        "Secret stagecoach/scm-github",
    ] {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
        assert!(!message.contains("not-a-token"), "{message}");
    }
    one_event(demo, NAME, "ForgeUnauthorized", &["Secret stagecoach/scm-github"]).await?;
    eventually("the connection to say so too", LONG, async || {
        let ready = condition(&connections.get("github").await?, "Ready");
        Ok(Look::or_not_yet(
            (ready["reason"] == "ForgeUnauthorized").then_some(()),
            ready.to_string(),
        ))
    })
    .await?;
    one_event(demo, "github", "ForgeUnauthorized", &["Secret stagecoach/scm-github"]).await?;
    let token = demo
        .forge()
        .create_token(
            "stagecoach",
            "mended",
            &["write:repository", "read:user", "write:issue"],
        )
        .await?;
    demo.set_token(&token).await?;
    goes_on(demo).await?;
    eventually("the connection to be ready", LONG, async || {
        let ready = condition(&connections.get("github").await?, "Ready");
        Ok(Look::or_not_yet(
            (ready["status"] == "True").then_some(()),
            ready.to_string(),
        ))
    })
    .await
}

async fn repository_hidden(demo: &CdDemo) -> Result<()> {
    let repository = format!("/repos/{GITOPS}");
    let collaborator = format!("{repository}/collaborators/stagecoach");
    demo.forge()
        .call(Method::PATCH, &repository, Some(&json!({"private": true})))
        .await?;
    demo.forge().call(Method::DELETE, &collaborator, None).await?;
    let message = held(demo, NAME, "ForgeNotFound", "Stalled").await?;
    assert!(
        message.contains(GITOPS) && message.contains("was not found"),
        "{message}"
    );
    one_event(demo, NAME, "ForgeNotFound", &[GITOPS, "that the token may see it"]).await?;
    demo.forge()
        .call(Method::PATCH, &repository, Some(&json!({"private": false})))
        .await?;
    demo.forge().add_collaborator(GITOPS, "stagecoach", "write").await?;
    goes_on(demo).await
}

/// The pull request is merged while there is no API server to write it down.
async fn api_server_restarted(demo: &CdDemo) -> Result<()> {
    let pull = demo.pull_request(NAME, "dev").await?;
    let control_plane = demo.testbed().control_plane()?;
    control_plane.stop_apiserver();
    demo.forge().merge(GITOPS, pull.number).await?;
    control_plane.start_apiserver().await?;
    reaches(demo, NAME, "dev", "Promoted").await?;
    demo.operator()?.must_run()
}

async fn to_production(demo: &CdDemo) -> Result<()> {
    demo.wait_for(NAME, "the gate", LONG, |c| {
        (context_status(c).phase == "Blocked").then_some(())
    })
    .await?;
    plugin(demo, &["approve", NAME]).await?;
    let prod = demo.pull_request(NAME, "prod").await?;
    demo.forge().merge(GITOPS, prod.number).await?;
    demo.wait_for(NAME, "the run to succeed", LONG, |c| {
        (context_status(c).phase == "Succeeded").then_some(())
    })
    .await?;
    assert_eq!(demo.all_pull_requests().await?.len(), 2);
    for (reason, count) in [
        ("RunStarted", 1),
        ("PullRequestOpened", 2),
        ("PullRequestMerged", 2),
        ("StagePromoted", 2),
    ] {
        let notes = events(demo, NAME, reason).await?;
        assert_eq!(notes.len(), count, "{reason}: {notes:#?}");
    }
    Ok(())
}
