//! Builds the programs that a user gets, in their released form.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Builds the operator and the plugin; returns the folder that holds them.
///
/// # Errors
/// When cargo cannot build them.
pub(crate) fn build() -> Result<PathBuf> {
    let status = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--locked",
            "-p",
            "stagecoach-operator",
            "-p",
            "kubectl-stagecoach",
        ])
        .status()
        .context("cannot start cargo build")?;
    if !status.success() {
        bail!("the released binaries do not build");
    }
    Ok(target()?.join("release"))
}

/// Where cargo puts what it builds.
fn target() -> Result<PathBuf> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .output()
        .context("cannot start cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata answers something else")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(target))
}
