//! `retry`, `cancel` and `poll`: an annotation each, and a sentence where there is nothing to do.

use anyhow::Result;
use kube::{Api, ResourceExt as _};
use stagecoach_api::Observer;
use stagecoach_testbed::apply;

use crate::{Place, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_stage_is_tried_again_and_again() -> Result<()> {
    let place = Place::new("ask-retry").await?;
    place
        .context("release-1", run("Failed", "stage dev: it broke", "Failed", None))
        .await?;
    let said = place.run("alice", &["retry", "release-1"]).await?.done();
    assert_eq!(
        said,
        "PipelineContext ask-retry/release-1: stage dev is tried again\n\
         follow it: kubectl stagecoach tree cd-demo -n ask-retry\n"
    );
    let token =
        async || anyhow::Ok(place.contexts().get("release-1").await?.annotations()["stagecoach.dev/retry"].clone());
    let first = token().await?;
    place.run("alice", &["retry", "release-1"]).await?.done();
    assert_ne!(
        token().await?,
        first,
        "an order that was carried out does not hide the next one"
    );
    place.run("alice", &["cancel", "release-1"]).await?.refused(1);
    assert_ne!(token().await?, "", "another order leaves this one alone");
    let managers = place
        .contexts()
        .get("release-1")
        .await?
        .metadata
        .managed_fields
        .unwrap_or_default();
    assert!(
        managers
            .iter()
            .any(|entry| entry.manager.as_deref() == Some("kubectl-stagecoach"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_failed_there_is_nothing_to_retry() -> Result<()> {
    let place = Place::new("ask-nothing").await?;
    place
        .context("release-1", run("Blocked", "a gate waits", "Promoted", Some("Pending")))
        .await?;
    let said = place.run("alice", &["retry", "release-1"]).await?.refused(1);
    assert_eq!(
        said,
        "error: nothing to retry: no stage of run 1 of PipelineContext ask-nothing/release-1 has failed; the run is \
         Blocked: a gate waits\n"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_ended_once() -> Result<()> {
    let place = Place::new("ask-cancel").await?;
    place
        .context("release-1", run("Blocked", "a gate waits", "Promoted", Some("Pending")))
        .await?;
    let said = place.run("bob", &["cancel", "release-1"]).await?.done();
    assert_eq!(
        said,
        "PipelineContext ask-cancel/release-1: run 1 is ended; its pull requests stay as they are\n\
         follow it: kubectl stagecoach tree cd-demo -n ask-cancel\n"
    );
    assert!(
        place
            .contexts()
            .get("release-1")
            .await?
            .annotations()
            .contains_key("stagecoach.dev/cancel")
    );
    place
        .stands("release-1", run("Cancelled", "cancelled by a person", "Promoted", None))
        .await?;
    let said = place.run("bob", &["cancel", "release-1"]).await?.refused(1);
    assert_eq!(
        said,
        "error: nothing to cancel: run 1 of PipelineContext ask-cancel/release-1 is over: Cancelled\n"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_looks_now() -> Result<()> {
    let place = Place::new("ask-poll").await?;
    let manifest = r#"
apiVersion: deployments.plural.sh/v1alpha1
kind: Observer
metadata: {name: cd-demo}
spec:
  crontab: "*/5 * * * *"
  target: {type: OCI, order: SEMVER, oci: {url: registry.example.com/cd-demo}}
  actions: [{type: PIPELINE, configuration: {pipeline: {pipelineRef: {name: cd-demo}, context: {version: $value}}}}]
"#;
    apply(&place.client, manifest, place.namespace).await?;
    let said = place.run("alice", &["poll", "cd-demo"]).await?.done();
    assert_eq!(
        said,
        "Observer ask-poll/cd-demo looks now\nfollow it: kubectl get observer cd-demo -n ask-poll -w\n"
    );
    let observers: Api<Observer> = Api::namespaced(place.client.clone(), place.namespace);
    assert!(
        observers
            .get("cd-demo")
            .await?
            .annotations()
            .contains_key("stagecoach.dev/poll")
    );
    let said = place.run("alice", &["poll", "other"]).await?.refused(1);
    assert_eq!(
        said,
        "error: there is no Observer ask-poll/other: `kubectl get observers -A` shows those that there are\n"
    );
    Ok(())
}
