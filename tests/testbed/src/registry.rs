//! A real OCI registry (distribution), anonymous, on plain HTTP. Its data is on disk, so that it can be stopped and
//! started again.

mod image;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::{
    build::Built,
    http_client,
    ports::{self, Port},
    process::{Process, Program},
    wait::{self, Look},
};

const DEADLINE: Duration = Duration::from_secs(30);

/// A running registry. It ends when this is dropped, and when the process ends.
#[derive(Debug)]
pub struct Registry {
    built: Built,
    folder: PathBuf,
    port: Port,
    process: Mutex<Option<Process>>,
}

impl Registry {
    /// Starts one with its data in `folder`.
    pub async fn start(built: &Built, folder: &Path) -> Result<Self> {
        let started = ports::with_free_ports(folder, "registry", async |folder| Self::try_start(built, folder).await);
        started.await.context("the registry did not start")
    }

    async fn try_start(built: &Built, folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let port = ports::free(built.environment())?;
        let configuration = json!({
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": true}},
            "storage": {"filesystem": {"rootdirectory": folder.join("data")}, "delete": {"enabled": true}},
            "http": {"addr": port.address()},
        });
        let path = folder.join("configuration.yaml");
        let text = serde_yaml::to_string(&configuration).context("cannot write the registry's configuration")?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        let registry = Self {
            built: built.clone(),
            folder,
            port,
            process: Mutex::new(None),
        };
        registry.start_again().await?;
        Ok(registry)
    }

    /// `127.0.0.1:PORT`, as it stands in image names.
    pub fn address(&self) -> String {
        self.port.address()
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.port.http()
    }

    /// Kills it. What was pushed stays.
    pub fn stop(&self) {
        drop(self.slot().take());
    }

    /// Starts it again, on the same port and with the same data, and waits until it answers.
    pub async fn start_again(&self) -> Result<()> {
        let environment = self.built.environment();
        let program = Program::new("registry", self.built.program("registry")?, &self.folder, environment);
        let process = program.args(["serve", "configuration.yaml"]).start()?;
        let client = http_client::short_calls()?;
        let url = format!("{}/v2/", self.url());
        wait::ready("the registry", DEADLINE, &[&process], async || {
            Ok(match client.get(&url).send().await {
                Ok(answer) if answer.status().is_success() => Look::Found(()),
                Ok(answer) => Look::NotYet(answer.status().to_string()),
                Err(error) => Look::NotYet(error.to_string()),
            })
        })
        .await?;
        *self.slot() = Some(process);
        Ok(())
    }

    /// Pushes a small image under a tag, as `docker push` does, and returns the digest of its manifest. The content
    /// depends on repository and tag, so that every tag has a digest of its own.
    pub async fn push_image(&self, repository: &str, tag: &str) -> Result<String> {
        image::push(&self.url(), repository, tag)
            .await
            .with_context(|| format!("cannot push {repository}:{tag}"))
    }

    /// The tags of a repository, in the registry's order; none when there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>> {
        image::tags(&self.url(), repository)
            .await
            .with_context(|| format!("cannot list the tags of {repository}"))
    }

    fn slot(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
