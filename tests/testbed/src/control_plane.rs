//! A real control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and kwok with one fake node on
//! which pods run. Authentication by tokens, authorization by RBAC, so that a test can be anybody.

mod access;
mod programs;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::{Node, ServiceAccount};
use kube::{Api, Client};
use serde_json::json;

pub use self::access::{Identity, User};
use self::{access::Access, programs::Programs};
use crate::{
    apply::apply,
    build::Built,
    http_client, ports,
    process::Process,
    wait::{self, Look},
};

/// How long a start may take on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// A running control plane. It ends when this is dropped, and when the process ends.
#[derive(Debug)]
pub struct ControlPlane {
    programs: Programs,
    access: Access,
    kubectl: PathBuf,
    apiserver: Mutex<Option<Process>>,
    _etcd: Process,
    controllers: Vec<Process>,
}

impl ControlPlane {
    /// Starts one in an empty folder, with the users `alice` and `bob` (group `devs`).
    pub async fn start(built: &Built, folder: &Path) -> Result<Self> {
        Self::start_with(
            built,
            folder,
            &[User::new("alice", &["devs"]), User::new("bob", &["devs"])],
        )
        .await
    }

    /// The same with other users beside `admin`, who may do everything.
    pub async fn start_with(built: &Built, folder: &Path, users: &[User]) -> Result<Self> {
        let started = ports::with_free_ports(folder, "control-plane", async |folder| {
            Self::try_start(built, &folder, users).await
        });
        started.await.context("the control plane did not start")
    }

    async fn try_start(built: &Built, folder: &Path, users: &[User]) -> Result<Self> {
        let programs = Programs::prepare(built, folder)?;
        let access = Access::write(folder, &programs.url(), users)?;
        let etcd = programs.etcd()?;
        let apiserver = programs.apiserver(&access)?;
        answers(&programs, &access, &[&etcd, &apiserver]).await?;
        let controllers = vec![
            programs.controller_manager(&access)?,
            programs.scheduler(&access)?,
            programs.kwok(&access)?,
        ];
        let control_plane = Self {
            kubectl: built.program("kubectl")?.to_owned(),
            programs,
            access,
            apiserver: Mutex::new(Some(apiserver)),
            _etcd: etcd,
            controllers,
        };
        control_plane.runs_pods().await?;
        Ok(control_plane)
    }

    /// The API server's URL.
    pub fn url(&self) -> String {
        self.programs.url()
    }

    /// The kubeconfig for a person: the administrator's, with a context for every user.
    pub fn kubeconfig(&self) -> PathBuf {
        self.access.kubeconfig()
    }

    /// The path of a kubectl of the same version.
    pub fn kubectl(&self) -> &Path {
        &self.kubectl
    }

    /// The bearer token of an identity that has one of its own: the administrator, a user, a service account.
    pub async fn token(&self, identity: &Identity) -> Result<String> {
        match identity {
            Identity::ServiceAccount { namespace, name } => {
                access::service_account_token(&self.client().await?, namespace, name).await
            }
            other => self.access.token(other),
        }
    }

    /// A kubeconfig for an identity.
    pub async fn kubeconfig_as(&self, identity: &Identity) -> Result<PathBuf> {
        self.kubeconfig_through(identity, &self.url()).await
    }

    /// A kubeconfig for an identity that reaches the API server at another URL, such as that of a [`crate::Proxy`].
    pub async fn kubeconfig_through(&self, identity: &Identity, url: &str) -> Result<PathBuf> {
        let token = self.token(identity).await?;
        self.access.write_for(identity, &token, url)
    }

    /// A client of the administrator. Make one for each test: a client lives on the runtime that made it.
    pub async fn client(&self) -> Result<Client> {
        self.access
            .client(&Identity::Admin, &self.access.token(&Identity::Admin)?)
            .await
    }

    /// A client of an identity.
    pub async fn client_as(&self, identity: &Identity) -> Result<Client> {
        self.access.client(identity, &self.token(identity).await?).await
    }

    /// Kills the API server. Everything else stays.
    pub fn stop_apiserver(&self) {
        drop(self.apiserver_slot().take());
    }

    /// Starts it again, on the same port and with the same data, and waits until it is ready.
    pub async fn start_apiserver(&self) -> Result<()> {
        let again = self.programs.apiserver(&self.access)?;
        answers(&self.programs, &self.access, &[&again])
            .await
            .context("the API server did not come back")?;
        *self.apiserver_slot() = Some(again);
        Ok(())
    }

    fn apiserver_slot(&self) -> MutexGuard<'_, Option<Process>> {
        self.apiserver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the fake node, and waits until it is ready and pods can be made.
    async fn runs_pods(&self) -> Result<()> {
        let client = self.client().await?;
        let labels = json!({"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"});
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE, "labels": labels}});
        apply(&client, &node.to_string(), "default").await?;
        let nodes: Api<Node> = Api::all(client.clone());
        let accounts: Api<ServiceAccount> = Api::default_namespaced(client);
        let programs: Vec<&Process> = self.controllers.iter().collect();
        wait::ready("a ready node and a service account", DEADLINE, &programs, async || {
            let ready = nodes.get_opt(NODE).await?.as_ref().is_some_and(is_ready);
            let account = accounts.get_opt("default").await?.is_some();
            Ok(Look::or_not_yet(
                (ready && account).then_some(()),
                format!("node {ready}, service account {account}"),
            ))
        })
        .await
    }
}

const NODE: &str = "fake-0";

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| {
        all.iter()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True")
    })
}

/// Waits until the API server says that it is ready.
async fn answers(programs: &Programs, access: &Access, needed: &[&Process]) -> Result<()> {
    let client = http_client::short_calls()?;
    let url = format!("{}/readyz", programs.url());
    let token = access.token(&Identity::Admin)?;
    wait::ready("the API server", DEADLINE, needed, async || {
        let asked = client
            .get(&url)
            .bearer_auth(&token)
            .timeout(Duration::from_secs(5))
            .send()
            .await;
        Ok(match asked {
            Ok(answer) if answer.status().is_success() => Look::Found(()),
            Ok(answer) => Look::NotYet(answer.status().to_string()),
            Err(error) => Look::NotYet(error.to_string()),
        })
    })
    .await
}
