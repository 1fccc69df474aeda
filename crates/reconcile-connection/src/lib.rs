//! The reconcilers of what others point to: ScmConnection, GitRepository, HelmRepository and Cluster. Each says in its
//! object's status whether it can be used, before anybody uses it, and looks again from time to time, because a mended
//! token or repository changes no object. They write nothing but statuses and change nothing outside the cluster.

mod cluster;
mod git_repository;
mod helm_repository;
mod keep;
mod probe;
mod scm_connection;

use stagecoach_api::{Cluster, GitRepository, HelmRepository, ScmConnection};
use stagecoach_delivery::Connections;
use stagecoach_runtime::{Cache, Runtime, Secrets};
use tokio_util::sync::CancellationToken;

pub use probe::{Probe, ProbeError};

/// What the reconcilers work with. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// What all reconcilers share.
    pub runtime: Runtime,
    /// Connections to forges.
    pub connections: Cache<ScmConnection>,
    /// The forges behind them.
    pub forges: Connections,
    /// Git repositories.
    pub git_repositories: Cache<GitRepository>,
    /// Helm repositories.
    pub helm_repositories: Cache<HelmRepository>,
    /// Clusters.
    pub clusters: Cache<Cluster>,
    /// Secrets with credentials.
    pub secrets: Secrets,
    /// Asks addresses whether they answer.
    pub probe: Probe,
}

/// Works until `shutdown`.
pub async fn run(context: Context, shutdown: CancellationToken) {
    tokio::join!(
        scm_connection::run(context.clone(), shutdown.clone()),
        git_repository::run(context.clone(), shutdown.clone()),
        helm_repository::run(context.clone(), shutdown.clone()),
        cluster::run(context, shutdown),
    );
}
