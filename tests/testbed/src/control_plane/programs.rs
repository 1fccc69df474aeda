//! The programs of a control plane and their flags.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::access::Access;
use crate::{
    build::Built,
    environment::Environment,
    parts::{self, Part},
    ports::{self, Port},
    process::{Process, Program},
};

/// What all starts and restarts of one control plane share.
#[derive(Debug)]
pub(super) struct Programs {
    built: Built,
    folder: PathBuf,
    etcd_clients: Port,
    etcd_peers: Port,
    apiserver: Port,
}

impl Programs {
    pub(super) fn prepare(built: &Built, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let environment = built.environment();
        Ok(Self {
            built: built.clone(),
            folder: folder.to_owned(),
            etcd_clients: ports::free(environment)?,
            etcd_peers: ports::free(environment)?,
            apiserver: ports::free(environment)?,
        })
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}", self.apiserver.address())
    }

    /// Nothing has to survive the machine, so that etcd need not wait for the disk.
    pub(super) fn etcd(&self) -> Result<Process> {
        let (clients, peers) = (self.etcd_clients.http(), self.etcd_peers.http());
        self.program("etcd")?
            .flag("data-dir", self.folder.join("etcd"))
            .flag("listen-client-urls", &clients)
            .flag("advertise-client-urls", &clients)
            .flag("listen-peer-urls", &peers)
            .flag("initial-advertise-peer-urls", &peers)
            .flag("initial-cluster", format!("default={peers}"))
            .args(["--unsafe-no-fsync", "--log-level=error"])
            .start()
    }

    pub(super) fn apiserver(&self, access: &Access) -> Result<Process> {
        self.program("kube-apiserver")?
            .flag("etcd-servers", self.etcd_clients.http())
            .flag("secure-port", self.apiserver.number().to_string())
            .flag("cert-dir", access.certificates())
            .flag("service-account-key-file", access.signing_key())
            .flag("service-account-signing-key-file", access.signing_key())
            .flag("token-auth-file", access.tokens())
            .args([
                "--bind-address=127.0.0.1",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--authorization-mode=RBAC",
                "--allow-privileged",
            ])
            .start()
    }

    pub(super) fn controller_manager(&self, access: &Access) -> Result<Process> {
        self.program("kube-controller-manager")?
            .flag("kubeconfig", access.kubeconfig())
            .flag("service-account-private-key-file", access.signing_key())
            .flag("root-ca-file", access.authority())
            .args(["--leader-elect=false", "--secure-port=0"])
            .start()
    }

    pub(super) fn scheduler(&self, access: &Access) -> Result<Process> {
        let program = self.program("kube-scheduler")?.flag("kubeconfig", access.kubeconfig());
        program.args(["--leader-elect=false", "--secure-port=0"]).start()
    }

    /// Own stages switch kwok's built-in ones off, so that those for nodes are given too. Without the lease flag the
    /// node would be lost after 50 seconds.
    pub(super) fn kwok(&self, access: &Access) -> Result<Process> {
        let stages = self.built.folder(Part::Kwok)?.join("stages");
        self.program("kwok")?
            .flag("kubeconfig", access.kubeconfig())
            .args(["--manage-all-nodes", "--node-lease-duration-seconds=40"])
            .flag("config", stages.join("node-initialize.yaml"))
            .flag("config", stages.join("node-heartbeat-with-lease.yaml"))
            .flag("config", parts::pins().join("kwok/pod-stages.yaml"))
            .start()
    }

    fn program(&self, name: &str) -> Result<Program> {
        let environment: &Environment = self.built.environment();
        Ok(Program::new(name, self.built.program(name)?, &self.folder, environment))
    }
}
