//! Helm's command line, in a folder of its own: packs charts and pushes them.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{build::progress::Silent, parts::Parts, testbed::Testbed};

/// The real Helm. Nothing of the user's own configuration is read.
pub struct Helm {
    program: PathBuf,
    folder: TempDir,
}

impl Helm {
    /// Builds it where that is not done yet.
    ///
    /// # Errors
    /// What the build says.
    pub async fn new() -> Result<Self> {
        let built = Testbed::build(Parts::helm(), Silent).await?;
        Ok(Self {
            program: built.program("helm")?.to_owned(),
            folder: tempfile::tempdir()?,
        })
    }

    /// Packs a chart with one template; the path of its archive.
    ///
    /// # Errors
    /// What Helm says.
    pub async fn package(&self, chart: &str, version: &str) -> Result<PathBuf> {
        let folder = self.folder.path().join(chart);
        std::fs::create_dir_all(folder.join("templates"))?;
        let about = format!("apiVersion: v2\nname: {chart}\nversion: {version}\n");
        std::fs::write(folder.join("Chart.yaml"), about)?;
        std::fs::write(folder.join("templates/a.yaml"), "kind: ConfigMap\n")?;
        self.run(&["package", chart]).await?;
        Ok(self.folder.path().join(format!("{chart}-{version}.tgz")))
    }

    /// Pushes an archive to a registry without TLS.
    ///
    /// # Errors
    /// What Helm says.
    pub async fn push(&self, archive: &std::path::Path, registry: &str) -> Result<()> {
        let archive = archive.to_str().context("the path of the archive is no text")?;
        self.run(&["push", archive, registry, "--plain-http"]).await
    }

    async fn run(&self, arguments: &[&str]) -> Result<()> {
        let own = self.folder.path();
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(own)
            .env("HELM_CACHE_HOME", own)
            .env("HELM_CONFIG_HOME", own)
            .env("HELM_DATA_HOME", own)
            .output()
            .await
            .context("cannot start helm")?;
        ensure!(
            output.status.success(),
            "helm: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}
