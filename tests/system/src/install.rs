//! Installing Stagecoach as a user does: the chart, by the real Helm, into the real API server.

use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use stagecoach_testbed::Testbed;
use tokio::process::Command;

use crate::binaries::checkout;

/// Namespace of the release.
pub const NAMESPACE: &str = "stagecoach";
/// Service account that the chart makes for the operator.
pub const SERVICE_ACCOUNT: &str = "stagecoach";

/// Installs or upgrades the chart. The Deployment gets no replicas: tests run the operator as a process of their own,
/// under the chart's service account, roles and policies.
///
/// # Errors
/// What Helm says.
pub async fn install(testbed: &Testbed, values: &[&str]) -> Result<()> {
    let helm = testbed.built().program("helm")?;
    let folder = testbed.folder().folder("helm")?;
    let mut command = Command::new(helm);
    command
        .args(["upgrade", "--install", "stagecoach"])
        .arg(checkout().join("charts/stagecoach"))
        .args(["--namespace", NAMESPACE, "--create-namespace", "--set", "replicas=0"])
        .env("KUBECONFIG", testbed.control_plane()?.kubeconfig())
        .env("HELM_CACHE_HOME", folder.join("cache"))
        .env("HELM_CONFIG_HOME", folder.join("config"))
        .env("HELM_DATA_HOME", folder.join("data"))
        .stdin(Stdio::null());
    for value in values {
        command.args(["--set", value]);
    }
    let output = command.output().await.context("cannot start helm")?;
    if !output.status.success() {
        bail!("helm: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
