//! What goes wrong, and how a person is told and gets out of it.

use anyhow::Result;
use kube::api::DeleteParams;
use serde_json::json;
use stagecoach_testbed::{ArgoCd, Look, apply, eventually};

use super::scene::{DEADLINE, Scene, cluster, condition};

#[tokio::test]
async fn a_broken_image_is_named_and_a_good_one_mends_it() -> Result<()> {
    let scene = Scene::new("broken").await?;
    scene.apply_repository().await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.1.0}", "")
        .await?;
    scene.turns("True", "Healthy").await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.2.0-broken}", "")
        .await?;
    let service = scene.turns("False", "Degraded").await?;
    let message = service["status"]["message"].as_str().unwrap();
    assert!(
        message.contains("Deployment web: the rollout made no progress in time"),
        "{message}"
    );
    assert!(
        message.contains("container app with image example.com/web:0.2.0-broken: ImagePullBackOff"),
        "{message}"
    );
    assert_eq!(service["status"]["errors"][0]["source"], "argocd");
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.2.1}", "")
        .await?;
    let service = scene.turns("True", "Healthy").await?;
    assert_eq!(service["status"].get("errors"), None);
    assert_eq!(scene.image().await?.as_deref(), Some("example.com/web:0.2.1"));
    Ok(())
}

/// Argo CD would go on with the refused manifests for a quarter of an hour before it looked at the mended ones.
#[tokio::test]
async fn refused_manifests_are_told_and_do_not_stand_in_the_way_of_mended_ones() -> Result<()> {
    let scene = Scene::new("refused").await?;
    scene.apply_repository().await?;
    scene.apply_service("replicas: -1", "").await?;
    let service = scene.turns("False", "SyncFailing").await?;
    let message = service["status"]["message"].as_str().unwrap();
    assert!(message.contains("must be greater than or equal to 0"), "{message}");
    scene
        .apply_service("replicas: 1, image: {repository: example.com/web, tag: 0.1.0}", "")
        .await?;
    scene.turns("True", "Healthy").await?;

    // The same for a deletion, which Argo CD would put off until then.
    scene.apply_service("replicas: -1", "").await?;
    scene.turns("False", "SyncFailing").await?;
    scene.services().delete("web", &DeleteParams::default()).await?;
    scene.goes(&scene.services(), "web").await?;
    assert!(scene.applications().get_opt(&scene.application_name()).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_waited_for_by_name() -> Result<()> {
    let scene = Scene::new("missing").await?;
    let tag = "image: {repository: example.com/web, tag: 0.1.0}";
    scene.apply_service(tag, "clusterRef: {name: dev}").await?;
    let service = scene.turns("False", "ClusterMissing").await?;
    assert_eq!(
        service["status"]["message"],
        "waiting for the Cluster missing/dev: there is none yet"
    );
    scene.apply(&cluster("dev", false)).await?;
    let service = scene.turns("False", "UnsupportedCluster").await?;
    let message = service["status"]["message"].as_str().unwrap();
    assert!(message.contains("annotation stagecoach.dev/in-cluster"), "{message}");
    assert_eq!(condition(&service, "Stalled")["status"], "True");
    scene.apply(&cluster("dev", true)).await?;
    let service = scene.turns("False", "GitRepositoryMissing").await?;
    let words = "waiting for the GitRepository missing, which spec.repositoryRef names: there is none yet";
    assert_eq!(service["status"]["message"], words);
    assert_eq!(
        service["metadata"].get("finalizers"),
        None,
        "there is nothing to take down yet"
    );
    scene.apply_repository().await?;
    scene.turns("True", "Healthy").await?;

    // A field that Argo CD cannot serve leaves what runs as it is.
    scene.apply_service(tag, "configurationRef: {name: secret}").await?;
    let service = scene.turns("False", "UnsupportedByEngine").await?;
    let message = service["status"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("Argo CD cannot do spec.configurationRef: "),
        "{message}"
    );
    assert_eq!(scene.image().await?.as_deref(), Some("example.com/web:0.1.0"));
    Ok(())
}

#[tokio::test]
async fn a_branch_that_does_not_exist_is_told_and_is_no_failure() -> Result<()> {
    let scene = Scene::new("branch").await?;
    scene.apply_repository().await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.1.0}", "")
        .await?;
    scene.turns("True", "Healthy").await?;
    let manifest = serde_json::json!({
        "apiVersion": "deployments.plural.sh/v1alpha1",
        "kind": "ServiceDeployment",
        "metadata": { "name": "web" },
        "spec": { "namespace": "branch-apps", "repositoryRef": { "name": "branch" }, "git": { "folder": "helm", "ref": "gone" }, "helm": { "release": "web" } },
    });
    scene.apply(&manifest.to_string()).await?;
    let service = scene.turns("False", "ComparisonError").await?;
    assert_eq!(condition(&service, "Reconciling")["status"], "True");
    let message = service["status"]["message"].as_str().unwrap();
    assert!(message.contains("unable to resolve 'gone' to a commit"), "{message}");
    Ok(())
}

#[tokio::test]
async fn what_somebody_changes_in_the_application_is_taken_back() -> Result<()> {
    let scene = Scene::new("meddled").await?;
    scene.apply_repository().await?;
    scene
        .apply_service("image: {repository: example.com/web, tag: 0.1.0}", "")
        .await?;
    scene.turns("True", "Healthy").await?;
    let written = scene.applications().get(&scene.application_name()).await?.data["spec"].clone();
    let added =
        json!({ "spec": { "source": { "helm": { "parameters": [{ "name": "image.tag", "value": "evil" }] } } } });
    let changed = json!({ "spec": { "syncPolicy": { "automated": null }, "destination": { "namespace": "other" } } });
    for change in [added, changed] {
        scene.meddle(&change).await?;
        eventually("the Application to be as it was", DEADLINE, async || {
            let now = scene.applications().get(&scene.application_name()).await?.data["spec"].clone();
            Ok(Look::or_not_yet((now == written).then_some(()), now.to_string()))
        })
        .await?;
    }
    scene.turns("True", "Healthy").await?;
    assert_eq!(scene.image().await?.as_deref(), Some("example.com/web:0.1.0"));
    // One that is deleted comes back.
    scene
        .applications()
        .delete(&scene.application_name(), &DeleteParams::default())
        .await?;
    eventually("another Application", DEADLINE, async || {
        let now = scene.applications().get_opt(&scene.application_name()).await?;
        let alive = now.is_some_and(|application| application.metadata.deletion_timestamp.is_none());
        Ok(Look::or_not_yet(alive.then_some(()), "none"))
    })
    .await?;
    scene.turns("True", "Healthy").await?;
    Ok(())
}

#[tokio::test]
async fn an_application_of_somebody_else_is_left_alone() -> Result<()> {
    let scene = Scene::new("taken").await?;
    let theirs = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": { "name": scene.application_name() },
        "spec": {
            "project": "default",
            "source": { "repoURL": "https://git.example.com/theirs.git", "path": "." },
            "destination": { "server": "https://kubernetes.default.svc", "namespace": "theirs" },
        },
    });
    apply(&scene.client, &theirs.to_string(), ArgoCd::NAMESPACE).await?;
    scene.apply_repository().await?;
    scene.apply_service("", "").await?;
    let service = scene.turns("False", "ApplicationTaken").await?;
    let message = service["status"]["message"].as_str().unwrap();
    assert!(
        message.contains("the Application taken.web is there already"),
        "{message}"
    );
    let left = scene.applications().get(&scene.application_name()).await?;
    assert_eq!(
        left.data["spec"]["source"]["repoURL"],
        "https://git.example.com/theirs.git"
    );
    scene.services().delete("web", &DeleteParams::default()).await?;
    scene.goes(&scene.services(), "web").await?;
    assert!(scene.applications().get_opt(&scene.application_name()).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_service_waits_for_the_one_that_it_depends_on() -> Result<()> {
    let scene = Scene::new("depends").await?;
    scene.apply_repository().await?;
    scene
        .apply_service(
            "image: {repository: example.com/web, tag: 0.1.0}",
            "dependencies: [{name: first}]",
        )
        .await?;
    let service = scene.turns("False", "DependencyNotReady").await?;
    let words = "waiting for the service first, which spec.dependencies names: there is none yet";
    assert_eq!(service["status"]["message"], words);
    scene
        .apply(
            "
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata: {name: first}
spec:
  namespace: depends-first
  repositoryRef: {name: depends}
  git: {folder: helm, ref: main}
  helm: {values: {replicas: 1}}
",
        )
        .await?;
    scene.turns("True", "Healthy").await?;
    Ok(())
}
