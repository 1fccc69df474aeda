//! Argo CD brings what is in the forge to the control plane: plain manifests, and a chart rendered by Helm.

use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Api,
    api::{ApiResource, DynamicObject, GroupVersionKind},
};
use stagecoach_testbed::{ArgoCd, FileChange, Look, Needs, Testbed, apply, eventually};

const DEADLINE: Duration = Duration::from_mins(1);

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec: {containers: [{name: app, image: 'registry.example/app:VERSION'}]}
";

fn application(name: &str, repository: &str, path: &str) -> String {
    format!(
        "
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}}}
spec:
  project: default
  source: {{repoURL: '{repository}', path: {path}, targetRevision: main}}
  destination: {{server: 'https://kubernetes.default.svc', namespace: {name}}}
  syncPolicy: {{automated: {{prune: true, selfHeal: true}}, syncOptions: [CreateNamespace=true]}}
"
    )
}

/// Waits until the application runs this commit and is healthy.
async fn synced(applications: &Api<DynamicObject>, name: &str, commit: &str) -> Result<()> {
    eventually(&format!("application {name} at {commit}"), DEADLINE, async || {
        let status = applications.get(name).await?.data["status"].clone();
        let there = status["sync"]["status"] == "Synced"
            && status["sync"]["revision"] == commit
            && status["health"]["status"] == "Healthy";
        Ok(Look::or_not_yet(there.then_some(()), status.to_string()))
    })
    .await
}

#[tokio::test]
async fn a_folder_and_a_chart_are_synced_from_the_forge() -> Result<()> {
    let testbed = Testbed::start(&Needs::nothing().with_deployer().with_forge()).await?;
    let client = testbed.control_plane()?.client().await?;
    let forge = testbed.forge()?;
    let plain = DEPLOYMENT.replace("NAME", "plain").replace("VERSION", "0.1.0");
    let template = DEPLOYMENT
        .replace("NAME", "{{ .Release.Name }}")
        .replace("VERSION", "{{ .Values.version }}");
    let files = [
        FileChange::write("plain/deployment.yaml", plain.clone()),
        FileChange::write("chart/Chart.yaml", "{apiVersion: v2, name: app, version: 1.0.0}"),
        FileChange::write("chart/values.yaml", "version: 0.1.0\n"),
        FileChange::write("chart/templates/deployment.yaml", template),
    ];
    forge.create_organization("demo").await?;
    forge
        .create_repository("demo/config", &[FileChange::write("README", "hello")])
        .await?;
    let first = forge.commit("demo/config", "main", "Add all", &files).await?;
    let repository = format!("{}/demo/config.git", forge.url());
    for name in ["plain", "chart"] {
        apply(&client, &application(name, &repository, name), ArgoCd::NAMESPACE).await?;
    }
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"));
    let applications: Api<DynamicObject> = Api::namespaced_with(client.clone(), ArgoCd::NAMESPACE, &kind);
    for name in ["plain", "chart"] {
        synced(&applications, name, &first).await?;
    }

    let changes = [
        FileChange::write("plain/deployment.yaml", plain.replace("0.1.0", "0.2.0")),
        FileChange::write("chart/values.yaml", "version: 0.2.0\n"),
    ];
    let second = forge
        .commit("demo/config", "main", "Move the version", &changes)
        .await?;
    for name in ["plain", "chart"] {
        synced(&applications, name, &second).await?;
        let deployments: Api<Deployment> = Api::namespaced(client.clone(), name);
        let deployment = serde_json::to_value(deployments.get(name).await?)?;
        assert_eq!(
            deployment["spec"]["template"]["spec"]["containers"][0]["image"],
            "registry.example/app:0.2.0"
        );
    }
    Ok(())
}
