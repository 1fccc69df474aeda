//! Engines that are not there, come later, and go again.

use anyhow::Result;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client,
    api::{DeleteParams, DynamicObject},
    core::{ApiResource, GroupVersionKind},
};
use serde_json::Value;
use stagecoach_api::ServiceDeployment;
use stagecoach_testbed::{Look, Needs, Testbed, apply, eventually};

use super::scene::{DEADLINE, Reconciler, condition, install_crds};

/// A kind that looks like an engine's to whoever asks the API server what it serves.
fn engine_kind(group: &str, version: &str, plural: &str, kind: &str) -> String {
    format!(
        "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {plural}.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{plural: {plural}, kind: {kind}}}
  versions:
  - name: {version}
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"
    )
}

async fn turns(client: &Client, reason: &str) -> Result<Value> {
    let services: Api<ServiceDeployment> = Api::default_namespaced(client.clone());
    eventually(&format!("the service to say {reason}"), DEADLINE, async || {
        let service = serde_json::to_value(services.get("web").await?)?;
        let there = condition(&service, "Ready")["reason"] == reason;
        Ok(Look::or_not_yet(
            there.then(|| service.clone()),
            service["status"].to_string(),
        ))
    })
    .await
}

#[tokio::test]
async fn the_engine_is_the_one_that_there_is_also_when_it_comes_later() -> Result<()> {
    let testbed = Testbed::start(&Needs::control_plane()).await?;
    let control_plane = testbed.control_plane()?;
    install_crds(control_plane).await?;
    let client = control_plane.client().await?;
    let _reconciler = Reconciler::start(&client, "default");
    let service = "
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata: {name: web, annotations: {ANNOTATION}}
spec: {git: {folder: a, ref: b, url: 'https://git.example.com/a.git'}}
";
    apply(&client, &service.replace("ANNOTATION", ""), "default").await?;
    let seen = turns(&client, "NoDeployEngine").await?;
    let message = seen["status"]["message"].as_str().unwrap();
    assert!(message.contains("Install Argo CD"), "{message}");

    // Another product of the same group is no engine.
    apply(
        &client,
        &engine_kind("argoproj.io", "v1alpha1", "rollouts", "Rollout"),
        "default",
    )
    .await?;
    let flux = engine_kind("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization");
    apply(&client, &flux, "default").await?;
    turns(&client, "FluxNotSupportedYet").await?;

    apply(
        &client,
        &engine_kind("argoproj.io", "v1alpha1", "applications", "Application"),
        "default",
    )
    .await?;
    turns(&client, "AmbiguousDeployEngine").await?;
    apply(
        &client,
        &service.replace("ANNOTATION", "stagecoach.dev/engine: argocd"),
        "default",
    )
    .await?;
    let seen = turns(&client, "EngineNamespaceMissing").await?;
    let message = seen["status"]["message"].as_str().unwrap();
    assert!(
        message.contains("namespace argocd") && message.contains("--argocd-namespace"),
        "{message}"
    );

    apply(
        &client,
        "{apiVersion: v1, kind: Namespace, metadata: {name: argocd}}",
        "default",
    )
    .await?;
    turns(&client, "Applying").await?;
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"));
    let applications: Api<DynamicObject> = Api::namespaced_with(client.clone(), "argocd", &kind);
    assert!(applications.get_opt("default.web").await?.is_some());

    // The kinds go while the service is being deleted, and no controller takes the Application down.
    let services: Api<ServiceDeployment> = Api::default_namespaced(client.clone());
    services.delete("web", &DeleteParams::default()).await?;
    turns(&client, "Deleting").await?;
    let unhold = serde_json::json!({ "metadata": { "finalizers": null } });
    let crds: Api<CustomResourceDefinition> = Api::all(client.clone());
    crds.delete("applications.argoproj.io", &DeleteParams::default())
        .await?;
    applications
        .patch(
            "default.web",
            &kube::api::PatchParams::default(),
            &kube::api::Patch::Merge(unhold),
        )
        .await?;
    eventually("the service to go", DEADLINE, async || {
        let left = services.get_opt("web").await?;
        Ok(Look::or_not_yet(left.is_none().then_some(()), format!("{left:?}")))
    })
    .await
}
