//! Builds the programs that a user gets, in their released form. Who has them already says where, in
//! `STAGECOACH_BINARIES`.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Where the released binaries are, when they are not to be built.
const FOLDER: &str = "STAGECOACH_BINARIES";

/// Builds the operator and the plugin; returns the folder that holds them.
///
/// # Errors
/// When cargo cannot build them.
#[expect(
    clippy::disallowed_methods,
    reason = "a command of the house may be told by its environment"
)]
pub(crate) fn build() -> Result<PathBuf> {
    if let Some(folder) = env::var_os(FOLDER) {
        return Ok(PathBuf::from(folder));
    }
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
