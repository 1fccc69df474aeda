//! A real Gitea: the forge of the tests. Its HTTP API is wrapped only as far as tests set up repositories and do what a
//! person would do (merge, close); what is tested speaks to the API itself.

mod calls;
mod configuration;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};

pub use self::calls::{FileChange, PullRequest};
use crate::{
    build::Built,
    http_client,
    parts::Part,
    ports::{self, Port},
    process::{Process, Program},
    wait::{self, Look},
};

const DEADLINE: Duration = Duration::from_mins(1);

/// A running Gitea. It ends when this is dropped, and when the process ends.
#[derive(Debug)]
pub struct Gitea {
    built: Built,
    folder: PathBuf,
    port: Port,
    process: Mutex<Option<Process>>,
    client: reqwest::Client,
}

impl Gitea {
    /// The administrator's name.
    pub const ADMIN: &'static str = "forge-admin";

    /// Starts one with its data in `folder`, which holds none yet.
    pub async fn start(built: &Built, folder: &Path) -> Result<Self> {
        let started = ports::with_free_ports(folder, "gitea", async |folder| Self::try_start(built, folder).await);
        started.await.context("Gitea did not start")
    }

    async fn try_start(built: &Built, folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let port = ports::free(built.environment())?;
        let text = configuration::text(&folder, &built.folder(Part::Gitea)?.join("static"), &port);
        let path = folder.join("app.ini");
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        let client = http_client::short_calls()?;
        let gitea = Self {
            built: built.clone(),
            folder,
            port,
            process: Mutex::new(None),
            client,
        };
        gitea.program("migrate")?.arg("migrate").run(DEADLINE).await?;
        let (user, password) = gitea.login();
        let administrator = gitea.program("admin")?.args(["admin", "user", "create", "--admin"]);
        administrator
            .flag("username", &user)
            .flag("password", &password)
            .flag("email", format!("{user}@example.com"))
            .flag("must-change-password", "false")
            .run(DEADLINE)
            .await?;
        gitea.start_again().await?;
        Ok(gitea)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.port.http()
    }

    /// The administrator's name and password.
    pub fn login(&self) -> (String, String) {
        (Self::ADMIN.to_owned(), calls::password_of(Self::ADMIN))
    }

    /// Kills it. Its data stays.
    pub fn stop(&self) {
        drop(self.slot().take());
    }

    /// Starts it again, on the same port and with the same data, and waits until it answers.
    pub async fn start_again(&self) -> Result<()> {
        let process = self.program("gitea")?.arg("web").start()?;
        let url = format!("{}/api/healthz", self.url());
        wait::ready("Gitea", DEADLINE, &[&process], async || {
            Ok(match self.client.get(&url).send().await {
                Ok(answer) if answer.status().is_success() => Look::Found(()),
                Ok(answer) => Look::NotYet(answer.status().to_string()),
                Err(error) => Look::NotYet(error.to_string()),
            })
        })
        .await?;
        *self.slot() = Some(process);
        Ok(())
    }

    /// Gitea's program with its configuration; `name` is that of the log.
    fn program(&self, name: &str) -> Result<Program> {
        let program = Program::new(
            name,
            self.built.program("gitea")?,
            &self.folder,
            self.built.environment(),
        );
        Ok(program
            .arg("--work-path")
            .arg(&self.folder)
            .arg("--config")
            .arg(self.folder.join("app.ini")))
    }

    fn slot(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
