//! Runs the real Helm.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result};
use stagecoach_testbed::{Built, Parts, Silent, Testbed};
use tokio::process::Command;

use super::NAMESPACE;

/// What Helm said.
pub(crate) struct Said(Output);

impl Said {
    pub(crate) fn expect_success(self) -> String {
        let Output { status, stdout, stderr } = self.0;
        assert!(status.success(), "helm: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    pub(crate) fn expect_failure(self) -> String {
        assert!(!self.0.status.success(), "helm did it");
        String::from_utf8(self.0.stderr).unwrap()
    }
}

/// The chart of this checkout.
pub(crate) fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/stagecoach")
}

/// Helm without a cluster.
pub(crate) async fn built() -> Result<Built> {
    Testbed::build(Parts::helm(), Silent).await
}

/// One call of Helm. Nothing of the user's own configuration is read.
pub(crate) async fn helm(built: &Built, kubeconfig: Option<&Path>, arguments: &[&str]) -> Result<Said> {
    let nowhere = Path::new("/nonexistent");
    let output = Command::new(built.program("helm")?)
        .args(arguments)
        .env("KUBECONFIG", kubeconfig.unwrap_or(nowhere))
        .env("HELM_CACHE_HOME", nowhere)
        .env("HELM_CONFIG_HOME", nowhere)
        .env("HELM_DATA_HOME", nowhere)
        .stdin(Stdio::null())
        .output()
        .await;
    Ok(Said(output.context("cannot start helm")?))
}

/// Installs or upgrades the release.
pub(crate) async fn install(testbed: &Testbed, values: &[&str]) -> Result<Said> {
    let chart = chart();
    let chart = chart.to_string_lossy();
    let mut arguments = vec![
        "upgrade",
        "--install",
        "stagecoach",
        &chart,
        "-n",
        NAMESPACE,
        "--create-namespace",
    ];
    for value in values {
        arguments.extend(["--set", value]);
    }
    on(testbed, &arguments).await
}

/// One call of Helm on the control plane of a testbed.
pub(crate) async fn on(testbed: &Testbed, arguments: &[&str]) -> Result<Said> {
    let kubeconfig = testbed.control_plane()?.kubeconfig();
    helm(testbed.built(), Some(&kubeconfig), arguments).await
}

/// What the chart renders.
pub(crate) async fn template(values: &[&str], show_only: &[&str]) -> Result<Said> {
    let chart = chart();
    let chart = chart.to_string_lossy();
    let mut arguments = vec!["template", "stagecoach", &chart, "-n", NAMESPACE];
    for value in values {
        arguments.extend(["--set", value]);
    }
    for file in show_only {
        arguments.extend(["--show-only", file]);
    }
    helm(&built().await?, None, &arguments).await
}
