//! The tutorial's own documents, with the names that a user replaces replaced and nothing else changed.

use std::fs;

use anyhow::{Context as _, Result};

use crate::binaries::checkout;

/// The documents that the bootstrap folder holds.
const BOOTSTRAP: [&str; 5] = ["dev", "prod", "pipeline", "pipeline-pr-automation", "observer"];
const FOLDER: &str = "examples/000_be4a15299054f87d/bootstrap/cd-demo";

/// What stands in for the tutorial's placeholders.
pub(crate) struct Names<'a> {
    /// Image repository, with the registry's address.
    pub(crate) image: &'a str,
    /// Repository of the bootstrap folder.
    pub(crate) repository: &'a str,
}

/// The files of the bootstrap folder: path in the repository, and content.
///
/// # Errors
/// When a document cannot be read.
pub(crate) fn bootstrap(names: &Names<'_>) -> Result<Vec<(String, String)>> {
    BOOTSTRAP
        .iter()
        .map(|name| Ok((format!("bootstrap/cd-demo/{name}.yaml"), document(name, names)?)))
        .collect()
}

/// One document of the tutorial.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn document(name: &str, names: &Names<'_>) -> Result<String> {
    let path = checkout().join(FOLDER).join(format!("{name}.yaml"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text
        .replace("ghcr.io/pluralsh/plrl-cd-test", names.image)
        .replace("REPLACE_ME_WITH_DEV_CLUSTER_NAME", "dev-cluster")
        .replace("REPLACE_ME_WITH_PROD_CLUSTER_NAME", "prod-cluster")
        .replace("your-org/your-plural-up-repo", names.repository))
}

/// What the tutorial's documents refer to: the connection (here a Gitea), the chart's repository and two clusters, both
/// the one that the operator runs in.
pub(crate) fn references(forge: &str, chart_repository: &str) -> String {
    format!(
        r#"apiVersion: deployments.plural.sh/v1alpha1
kind: ScmConnection
metadata:
  name: github
spec:
  name: github
  type: GITEA
  baseUrl: {forge}
---
apiVersion: deployments.plural.sh/v1alpha1
kind: GitRepository
metadata:
  name: cd-demo
spec:
  url: {chart_repository}
---
apiVersion: deployments.plural.sh/v1alpha1
kind: Cluster
metadata:
  name: dev-cluster
  namespace: infra
  annotations:
    stagecoach.dev/in-cluster: "true"
spec:
  handle: dev-cluster
---
apiVersion: deployments.plural.sh/v1alpha1
kind: Cluster
metadata:
  name: prod-cluster
  namespace: infra
  annotations:
    stagecoach.dev/in-cluster: "true"
spec:
  handle: prod-cluster
"#
    )
}

/// The chart of the service. Dev and prod share a namespace, so every name comes from the release.
pub(crate) fn chart() -> Vec<(String, String)> {
    let chart = "apiVersion: v2\nname: cd-demo\nversion: 0.1.0\n";
    let values = "replicas: 1\nimage:\n  repository: example\n  tag: latest\n";
    let deployment = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  progressDeadlineSeconds: 5
  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"#;
    [
        ("helm/Chart.yaml", chart),
        ("helm/values.yaml", values),
        ("helm/templates/deployment.yaml", deployment),
    ]
    .map(|(path, content)| (path.to_owned(), content.to_owned()))
    .to_vec()
}

/// The GitOps sync of the bootstrap folder.
pub(crate) fn sync(repository_url: &str) -> String {
    format!(
        r"apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: bootstrap
  namespace: argocd
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: default
  source:
    repoURL: {repository_url}
    targetRevision: main
    path: bootstrap
    directory: {{recurse: true}}
  destination:
    server: https://kubernetes.default.svc
    namespace: infra
  syncPolicy:
    automated: {{prune: true, selfHeal: true, allowEmpty: true}}
"
    )
}
