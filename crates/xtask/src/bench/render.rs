//! What `kubectl stagecoach render` costs a team in its own checks: the tutorial's automation, each time as a new process.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::promotions::now;
use super::table::{Row, Table};
use super::{at, milliseconds};

/// Processes.
const ROUNDS: usize = 50;
const BUDGET: f64 = 20.0;

/// Runs the plugin of `folder`.
///
/// # Errors
/// When it cannot be started, or refuses.
pub(super) fn measure(table: &mut Table, folder: &Path) -> Result<()> {
    let tutorial = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/automations/tutorial-dev");
    let mut took: Vec<Duration> = Vec::new();
    // The first one brings the files in, and is not counted.
    for round in 0..=ROUNDS {
        let started = now();
        let status = Command::new(folder.join("kubectl-stagecoach"))
            .current_dir(&tutorial)
            .args([
                "render",
                "--automation",
                "automation.yaml",
                "--repo",
                "repo",
                "--context",
                "context.json",
            ])
            .args([
                "--pipeline",
                "infra/cd-demo",
                "--stage",
                "dev",
                "--service",
                "infra/cd-demo-dev",
            ])
            .stdout(Stdio::null())
            .status()
            .context("cannot start the plugin")?;
        ensure!(status.success(), "render refuses the tutorial's automation");
        if round > 0 {
            took.push(started.elapsed());
        }
    }
    took.sort_unstable();
    let row = |share: usize| {
        Row::of(
            &format!("render of the tutorial, cold process, p{share}"),
            milliseconds(at(&took, share)),
            "ms",
        )
    };
    table.add(row(50).budget(BUDGET));
    table.add(row(90));
    Ok(())
}
