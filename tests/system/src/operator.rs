//! The operator as a process of its own, under the service account that the chart made.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use stagecoach_testbed::{Identity, Look, Process, Program, Testbed, eventually};

use crate::binaries::Binaries;
use crate::install::{NAMESPACE, SERVICE_ACCOUNT};

/// How the operator is started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of this replica; a restarted one keeps it.
    pub identity: String,
    /// How often repositories are asked.
    pub poll_interval: String,
    /// How long a service must stay healthy.
    pub stability: String,
    /// Where the API server is, when not at its own address: a proxy that counts or breaks.
    pub api_server: Option<String>,
    /// More arguments.
    pub arguments: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            identity: "stagecoach-0".to_owned(),
            poll_interval: "1s".to_owned(),
            stability: "1s".to_owned(),
            api_server: None,
            arguments: Vec::new(),
        }
    }
}

/// A running operator. It is killed when this is dropped.
#[derive(Debug)]
pub struct Operator {
    process: Process,
    address: String,
}

impl Operator {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// When it ends early; the error shows the end of its log.
    pub async fn start(testbed: &Testbed, binaries: &Binaries, settings: &Settings) -> Result<Self> {
        let started = Self::spawn(testbed, binaries, settings).await?;
        started.ready().await?;
        Ok(started)
    }

    /// Starts it without waiting.
    ///
    /// # Errors
    /// When there is nothing to start.
    pub async fn spawn(testbed: &Testbed, binaries: &Binaries, settings: &Settings) -> Result<Self> {
        let control_plane = testbed.control_plane()?;
        let identity = Identity::service_account(NAMESPACE, SERVICE_ACCOUNT);
        let address_of_api = settings.api_server.clone().unwrap_or_else(|| control_plane.url());
        let kubeconfig = control_plane.kubeconfig_through(&identity, &address_of_api).await?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").context("no free port on loopback")?;
        let address = listener.local_addr()?.to_string();
        drop(listener);
        let folder = testbed.folder().folder(&format!("operator-{}", settings.identity))?;
        let environment = testbed.built().environment();
        let mut program = Program::new("operator", &binaries.operator(), &folder, environment)
            .env("KUBECONFIG", &kubeconfig)
            .env("RUST_BACKTRACE", "1")
            .flag("identity", &settings.identity)
            .flag("namespace", NAMESPACE)
            .flag("listen", &address)
            .flag("poll-interval", &settings.poll_interval)
            .flag("stability", &settings.stability)
            .flag("log-format", "pretty");
        for argument in &settings.arguments {
            program = program.arg(argument);
        }
        Ok(Self {
            process: program.start()?,
            address,
        })
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// When it ends, or is not ready in time.
    pub async fn ready(&self) -> Result<()> {
        let url = format!("http://{}/readyz", self.address);
        eventually("the operator to be ready", Duration::from_secs(30), async || {
            self.process.must_run()?;
            Ok(match reqwest::get(&url).await {
                Ok(answer) if answer.status().is_success() => Look::Found(()),
                Ok(answer) => Look::NotYet(answer.text().await.unwrap_or_default()),
                Err(error) => Look::NotYet(error.to_string()),
            })
        })
        .await
    }

    /// Kills it as the kernel would: no chance to say good-bye.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// An error when it has ended.
    ///
    /// # Errors
    /// With the end of its log.
    pub fn must_run(&self) -> Result<()> {
        self.process.must_run()
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The file that it logs to.
    pub fn log(&self) -> &Path {
        self.process.log()
    }
}
