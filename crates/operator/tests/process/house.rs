//! Where the tests run the binary.

use std::{net::TcpListener, path::Path, process::ExitStatus, time::Duration};

use anyhow::{Context as _, Result};
use k8s_openapi::api::{coordination::v1::Lease, core::v1::Namespace};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use rustix::process::{Pid, Signal, kill_process};
use stagecoach_testbed::{Environment, Look, Process, Program, WorkFolder, apply, eventually};

pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A namespace for the lease, and a folder for the logs.
pub(crate) struct House {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    kubeconfig: std::path::PathBuf,
    folder: WorkFolder,
    environment: Environment,
}

impl House {
    /// `kubeconfig` and `client` are of one API server; the name of the test is that of the namespace.
    pub(crate) async fn new(client: Client, kubeconfig: &Path, name: &str) -> Result<Self> {
        let environment = Environment::of_process()?;
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(name.to_owned()),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        Api::all(client.clone())
            .create(&PostParams::default(), &namespace)
            .await?;
        Ok(Self {
            client,
            namespace: name.to_owned(),
            kubeconfig: kubeconfig.to_owned(),
            folder: WorkFolder::create(&environment)?,
            environment,
        })
    }

    /// Makes the kinds that the operator watches.
    pub(crate) async fn install_kinds(&self) -> Result<()> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/crds");
        for entry in std::fs::read_dir(folder).context("no config/crds")? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                apply(&self.client, &std::fs::read_to_string(&path)?, &self.namespace).await?;
            }
        }
        Ok(())
    }

    /// Starts a replica on a free port.
    pub(crate) fn start(&self, identity: &str) -> Result<Replica> {
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        self.start_with(identity, &free, &[])
    }

    pub(crate) fn start_with(&self, identity: &str, address: &str, more: &[&str]) -> Result<Replica> {
        let folder = self.folder.folder(identity)?;
        let program = Program::new(
            "operator",
            Path::new(env!("CARGO_BIN_EXE_stagecoach")),
            &folder,
            &self.environment,
        )
        .env("KUBECONFIG", &self.kubeconfig)
        .flag("identity", identity)
        .flag("namespace", &self.namespace)
        .flag("listen", address)
        .args(more.iter().copied());
        Ok(Replica {
            process: program.start()?,
            address: address.to_owned(),
        })
    }

    /// Who has the lease.
    pub(crate) async fn holder(&self) -> Result<Option<String>> {
        let api: Api<Lease> = Api::namespaced(self.client.clone(), &self.namespace);
        Ok(api
            .get_opt("stagecoach")
            .await?
            .and_then(|lease| lease.spec?.holder_identity))
    }
}

/// A running operator.
pub(crate) struct Replica {
    pub(crate) process: Process,
    pub(crate) address: String,
}

impl Replica {
    /// Status and text of a path, or why there is none.
    pub(crate) async fn get(&self, path: &str) -> Result<(u16, String), String> {
        let answer = reqwest::get(format!("http://{}{path}", self.address))
            .await
            .map_err(|error| error.to_string())?;
        let code = answer.status().as_u16();
        Ok((code, answer.text().await.map_err(|error| error.to_string())?))
    }

    /// Waits until /readyz says this.
    pub(crate) async fn says(&self, expected: &str) -> Result<()> {
        eventually(expected, DEADLINE, async || {
            self.process.must_run()?;
            let seen = self.get("/readyz").await;
            let found = matches!(&seen, Ok((_, text)) if text.contains(expected));
            Ok(Look::or_not_yet(found.then_some(()), format!("{seen:?}")))
        })
        .await
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let id = Pid::from_raw(self.process.id().cast_signed()).context("no process id")?;
        Ok(kill_process(id, signal)?)
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) -> Result<ExitStatus> {
        eventually("its end", DEADLINE, async || {
            Ok(Look::or_not_yet(self.process.ended()?, "it runs"))
        })
        .await
    }

    pub(crate) fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.process.log())?)
    }
}
