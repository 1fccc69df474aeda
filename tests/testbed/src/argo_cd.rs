//! A real Argo CD on a control plane: repository server and application controller, with a Redis in memory and Helm. It
//! has no server of its own and no user interface; `Application`s are objects of the cluster.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use kube::Client;

use crate::{
    apply::apply,
    build::Built,
    control_plane::ControlPlane,
    http_client,
    parts::Part,
    ports::{self, Port},
    process::{Process, Program},
    wait::{self, Look},
};

const DEADLINE: Duration = Duration::from_mins(1);

/// What a new Argo CD finds in its namespace: settings, a secret key, and the project that every application may use.
const MANIFESTS: &str = include_str!("../manifests/argo-cd.yaml");

/// A running Argo CD. It ends when this is dropped, and when the process ends.
#[derive(Debug)]
pub struct ArgoCd {
    _redis: Process,
    _repository_server: Process,
    _controller: Process,
}

impl ArgoCd {
    /// The namespace of its objects.
    pub const NAMESPACE: &'static str = "argocd";

    /// Installs its kinds on the control plane and starts it. The server `https://kubernetes.default.svc` in an
    /// `Application` is that control plane.
    pub async fn start(built: &Built, folder: &Path, control_plane: &ControlPlane) -> Result<Self> {
        let started = ports::with_free_ports(folder, "argo-cd", async |folder| {
            Self::try_start(built, &folder, control_plane).await
        });
        started.await.context("Argo CD did not start")
    }

    async fn try_start(built: &Built, folder: &Path, control_plane: &ControlPlane) -> Result<Self> {
        install(built, &control_plane.client().await?).await?;
        let setup = Setup::prepare(built, folder, control_plane.kubeconfig())?;
        let redis = setup.redis()?;
        let repository_server = setup.repository_server()?;
        let controller = setup.controller()?;
        let all = [&redis, &repository_server, &controller];
        for port in [&setup.repository_metrics, &setup.controller_metrics] {
            answers(&format!("{}/healthz", port.http()), &all).await?;
        }
        Ok(Self {
            _redis: redis,
            _repository_server: repository_server,
            _controller: controller,
        })
    }
}

/// Its kinds, its namespace and its settings.
async fn install(built: &Built, client: &Client) -> Result<()> {
    let crds = built.folder(Part::ArgoCd)?.join("crds");
    for name in ["application-crd.yaml", "applicationset-crd.yaml", "appproject-crd.yaml"] {
        let path = crds.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        apply(client, &text, ArgoCd::NAMESPACE).await?;
    }
    apply(client, MANIFESTS, ArgoCd::NAMESPACE).await?;
    Ok(())
}

async fn answers(url: &str, programs: &[&Process]) -> Result<()> {
    let client = http_client::short_calls()?;
    wait::ready(url, DEADLINE, programs, async || {
        Ok(match client.get(url).send().await {
            Ok(answer) if answer.status().is_success() => Look::Found(()),
            Ok(answer) => Look::NotYet(answer.status().to_string()),
            Err(error) => Look::NotYet(error.to_string()),
        })
    })
    .await
}

/// Folders and ports of one Argo CD.
struct Setup<'built> {
    built: &'built Built,
    folder: PathBuf,
    kubeconfig: PathBuf,
    redis: Port,
    repository_server: Port,
    repository_metrics: Port,
    controller_metrics: Port,
}

impl<'built> Setup<'built> {
    fn prepare(built: &'built Built, folder: &Path, kubeconfig: PathBuf) -> Result<Self> {
        for name in ["tls", "ssh", "gpg"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        }
        let hosts = folder.join("ssh/ssh_known_hosts");
        fs::write(&hosts, "").with_context(|| format!("cannot write {}", hosts.display()))?;
        let environment = built.environment();
        Ok(Self {
            built,
            folder: folder.to_owned(),
            kubeconfig,
            redis: ports::free(environment)?,
            repository_server: ports::free(environment)?,
            repository_metrics: ports::free(environment)?,
            controller_metrics: ports::free(environment)?,
        })
    }

    fn redis(&self) -> Result<Process> {
        let program = self.built.program("redis")?;
        Program::new("redis", program, &self.folder, self.built.environment())
            .arg(self.redis.address())
            .start()
    }

    /// A branch's commit is remembered for minutes unless told otherwise, which no test would wait for.
    fn repository_server(&self) -> Result<Process> {
        self.component("argocd-repo-server")?
            .flag("port", self.repository_server.number().to_string())
            .flag("metrics-port", self.repository_metrics.number().to_string())
            .flag("redis", self.redis.address())
            .args([
                "--address=127.0.0.1",
                "--metrics-address=127.0.0.1",
                "--disable-tls",
                "--revision-cache-expiration=1s",
                "--loglevel=warn",
            ])
            .start()
    }

    fn controller(&self) -> Result<Process> {
        self.component("argocd-application-controller")?
            .flag("namespace", ArgoCd::NAMESPACE)
            .flag("repo-server", self.repository_server.address())
            .flag("metrics-port", self.controller_metrics.number().to_string())
            .flag("redis", self.redis.address())
            .args([
                "--repo-server-plaintext",
                "--app-resync=3",
                "--app-resync-jitter=0",
                "--loglevel=warn",
            ])
            .start()
    }

    /// One program is all components; a variable says which. Helm is found on its `PATH`.
    fn component(&self, name: &str) -> Result<Program> {
        let environment = self.built.environment();
        let helm = self
            .built
            .program("helm")?
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default();
        let mut search = helm.into_os_string();
        search.push(":");
        search.push(environment.search_path());
        Ok(
            Program::new(name, self.built.program("argo-cd")?, &self.folder, environment)
                .env("ARGOCD_BINARY_NAME", name)
                .env("KUBECONFIG", &self.kubeconfig)
                .env("PATH", search)
                .env("ARGOCD_FAKE_IN_CLUSTER", "true")
                .env("ARGOCD_TLS_DATA_PATH", self.folder.join("tls"))
                .env("ARGOCD_SSH_DATA_PATH", self.folder.join("ssh"))
                .env("ARGOCD_GNUPGHOME", self.folder.join("gpg"))
                .env("ARGOCD_ASK_PASS_SOCK", self.folder.join("askpass.sock"))
                .env("ARGOCD_GPG_ENABLED", "false"),
        )
    }
}
