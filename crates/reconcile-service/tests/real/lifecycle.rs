//! What goes well: from a new service to its deletion.

use std::time::Duration;

use anyhow::{Result, bail};
use futures::TryStreamExt as _;
use k8s_openapi::api::events::v1::Event;
use kube::{
    Api,
    api::{DeleteParams, ListParams, WatchEvent, WatchParams},
};
use stagecoach_api::ServiceDeployment;
use stagecoach_testbed::{FileChange, Look, eventually};

use super::scene::{DEADLINE, Scene, condition, testbed};

/// At least two comparisons of Argo CD fall into this time.
const QUIET: Duration = Duration::from_secs(7);

#[tokio::test]
async fn a_service_runs_is_changed_rests_and_goes() -> Result<()> {
    let scene = Scene::new("lifecycle").await?;
    scene.apply_repository().await?;
    scene
        .apply_service(
            "image: {repository: example.com/web, tag: 0.1.0}",
            "configuration: {channel: stable}",
        )
        .await?;
    let service = scene.turns("True", "Healthy").await?;
    assert_eq!(scene.image().await?.as_deref(), Some("example.com/web:0.1.0"));
    let status = &service["status"];
    assert_eq!(status["engine"], "ArgoCD");
    assert_eq!(status["images"], serde_json::json!(["example.com/web:0.1.0"]));
    assert_eq!(status["components"][0]["kind"], "Deployment");
    assert_eq!(status["components"][0]["state"], "RUNNING");
    assert!(
        status["message"]
            .as_str()
            .is_some_and(|message| message.ends_with(" runs and is healthy")),
        "{status}"
    );

    // The first answer "ready" for the new generation is true.
    scene
        .apply_service(
            "image: {repository: example.com/web, tag: 0.2.0}",
            "configuration: {channel: stable}",
        )
        .await?;
    scene.turns("True", "Healthy").await?;
    assert_eq!(scene.image().await?.as_deref(), Some("example.com/web:0.2.0"));

    rests(&scene).await?;

    scene.services().delete("web", &DeleteParams::default()).await?;
    scene.goes(&scene.services(), "web").await?;
    assert!(scene.applications().get_opt(&scene.application_name()).await?.is_none());
    assert!(
        scene.deployments().get_opt("web").await?.is_none(),
        "what was deployed goes first"
    );
    Ok(())
}

/// Left alone, nobody writes the service, and nobody the spec of its Application.
async fn rests(scene: &Scene) -> Result<()> {
    let application = scene.applications().get(&scene.application_name()).await?;
    let service = scene.services().get("web").await?;
    let version = service.metadata.resource_version.unwrap_or_default();
    if let Some(event) = next_change(&scene.services(), &version).await? {
        bail!("the service was written: {event:?}");
    }
    let later = scene.applications().get(&scene.application_name()).await?;
    assert_eq!(application.data["spec"], later.data["spec"]);
    assert_ne!(
        application.data["status"]["reconciledAt"], later.data["status"]["reconciledAt"],
        "Argo CD has compared"
    );
    let writers: Vec<String> = later
        .metadata
        .managed_fields
        .into_iter()
        .flatten()
        .filter(|entry| {
            entry
                .fields_v1
                .as_ref()
                .is_some_and(|fields| fields.0.get("f:spec").is_some())
        })
        .filter_map(|entry| entry.manager)
        .collect();
    assert_eq!(writers, ["stagecoach.dev/service"]);
    Ok(())
}

/// The first change after a version within the quiet time.
async fn next_change(
    services: &Api<ServiceDeployment>,
    version: &str,
) -> Result<Option<WatchEvent<ServiceDeployment>>> {
    let parameters = WatchParams::default().disable_bookmarks();
    let changes = services.watch(&parameters, version).await?;
    let mut changes = std::pin::pin!(changes);
    match tokio::time::timeout(QUIET, changes.try_next()).await {
        Ok(change) => Ok(change?),
        Err(_) => Ok(None),
    }
}

#[tokio::test]
async fn a_commit_in_the_folder_is_carried_and_changes_synchronized() -> Result<()> {
    let scene = Scene::new("commit").await?;
    scene.apply_repository().await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.1.0}", "")
        .await?;
    let before = scene.turns("True", "Healthy").await?;
    let values = "image: {repository: example.com/web, tag: latest}\nreplicas: 3\n";
    let changes = [FileChange::write("helm/values.yaml", values)];
    let commit = testbed()
        .await?
        .forge()?
        .commit("commit/charts", "main", "Three", &changes)
        .await?;
    eventually("the commit to run", DEADLINE, async || {
        let service = scene.service().await?;
        let there = service["status"]["revision"] == commit && condition(&service, "Ready")["status"] == "True";
        Ok(Look::or_not_yet(there.then_some(()), service["status"].to_string()))
    })
    .await?;
    let after = scene.service().await?;
    assert_eq!(before["metadata"]["generation"], after["metadata"]["generation"]);
    let since = |service| {
        condition(service, "Synchronized")["lastTransitionTime"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(since(&after) > since(&before));
    Ok(())
}

#[tokio::test]
async fn a_chart_takes_values_files_from_another_place() -> Result<()> {
    let scene = Scene::new("sources").await?;
    let values = "image: {repository: example.com/web, tag: 0.3.0}\n";
    let files = [FileChange::write("values/dev.yaml", values)];
    testbed()
        .await?
        .forge()?
        .commit("sources/charts", "main", "Values", &files)
        .await?;
    scene.apply_repository().await?;
    scene
        .apply(
            "
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata: {name: web}
spec:
  namespace: sources-apps
  repositoryRef: {name: sources}
  git: {folder: values, ref: main}
  helm: {repositoryRef: {name: sources}, git: {folder: helm, ref: main}, valuesFiles: [dev.yaml]}
",
        )
        .await?;
    scene.turns("True", "Healthy").await?;
    assert_eq!(scene.image().await?.as_deref(), Some("example.com/web:0.3.0"));
    Ok(())
}

#[tokio::test]
async fn a_detached_service_leaves_everything_running() -> Result<()> {
    let scene = Scene::new("detached").await?;
    scene.apply_repository().await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.1.0}", "detach: true")
        .await?;
    let service = scene.turns("True", "Healthy").await?;
    assert_eq!(service["metadata"].get("finalizers"), None);
    scene.services().delete("web", &DeleteParams::default()).await?;
    scene.goes(&scene.services(), "web").await?;
    let application = scene.applications().get(&scene.application_name()).await?;
    assert_eq!(application.metadata.deletion_timestamp, None);
    assert!(scene.image().await?.is_some());
    Ok(())
}

#[tokio::test]
async fn transitions_are_told_once() -> Result<()> {
    let scene = Scene::new("events").await?;
    scene.apply_repository().await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.1.0}", "")
        .await?;
    scene.turns("True", "Healthy").await?;
    let events: Api<Event> = Api::namespaced(scene.client.clone(), &scene.namespace);
    let told = eventually("the event", DEADLINE, async || {
        let all = events.list(&ListParams::default()).await?;
        let of_service: Vec<_> = all
            .into_iter()
            .filter(|event| {
                event
                    .regarding
                    .as_ref()
                    .is_some_and(|object| object.kind.as_deref() == Some("ServiceDeployment"))
            })
            .map(|event| (event.type_.unwrap_or_default(), event.reason.unwrap_or_default()))
            .collect();
        Ok(Look::or_not_yet(
            (!of_service.is_empty()).then_some(of_service),
            "no event",
        ))
    })
    .await?;
    assert_eq!(told, [("Normal".to_owned(), "Healthy".to_owned())]);
    Ok(())
}
