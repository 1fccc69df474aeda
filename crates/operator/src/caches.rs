//! The watched copies of all kinds, started once and shared by every reconciler.

use std::sync::Arc;

use kube::{Api, Client, runtime::watcher};
use stagecoach_api::{
    Approval, Cluster, DeploymentSettings, GitRepository, HelmRepository, Observer, Pipeline, PipelineContext,
    PrAutomation, PrAutomationTrigger, ScmConnection, ServiceDeployment,
};
use stagecoach_runtime::{Cache, Secrets, Tasks, cache::Cached};
use stagecoach_server::Check;

/// One copy a kind. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Caches {
    pub(crate) approvals: Cache<Approval>,
    pub(crate) automations: Cache<PrAutomation>,
    pub(crate) clusters: Cache<Cluster>,
    pub(crate) connections: Cache<ScmConnection>,
    pub(crate) contexts: Cache<PipelineContext>,
    pub(crate) deployment_settings: Cache<DeploymentSettings>,
    pub(crate) git_repositories: Cache<GitRepository>,
    pub(crate) helm_repositories: Cache<HelmRepository>,
    pub(crate) observers: Cache<Observer>,
    pub(crate) pipelines: Cache<Pipeline>,
    pub(crate) services: Cache<ServiceDeployment>,
    pub(crate) triggers: Cache<PrAutomationTrigger>,
    pub(crate) secrets: Secrets,
}

impl Caches {
    /// Starts all watches. Secrets are watched in the namespaces given, everything else in all of them.
    pub(crate) fn start(
        client: &Client,
        secret_namespaces: impl IntoIterator<Item = String>,
        tasks: &mut Tasks,
    ) -> Self {
        Self {
            approvals: everywhere(client, tasks),
            automations: everywhere(client, tasks),
            clusters: everywhere(client, tasks),
            connections: everywhere(client, tasks),
            contexts: everywhere(client, tasks),
            deployment_settings: where_served(client, tasks),
            git_repositories: everywhere(client, tasks),
            helm_repositories: everywhere(client, tasks),
            observers: everywhere(client, tasks),
            pipelines: everywhere(client, tasks),
            services: everywhere(client, tasks),
            triggers: everywhere(client, tasks),
            secrets: Secrets::start(client, secret_namespaces, tasks),
        }
    }

    /// What each copy is waiting for, for the readiness of the process.
    pub(crate) fn checks(&self) -> Vec<Check> {
        let Self {
            approvals,
            automations,
            clusters,
            connections,
            contexts,
            deployment_settings,
            git_repositories,
            helm_repositories,
            observers,
            pipelines,
            services,
            triggers,
            secrets,
        } = self;
        let mut checks = vec![
            check(approvals),
            check(automations),
            check(clusters),
            check(connections),
            check(contexts),
            check(deployment_settings),
            check(git_repositories),
            check(helm_repositories),
            check(observers),
            check(pipelines),
            check(services),
            check(triggers),
        ];
        checks.extend(secrets.caches().map(check));
        checks
    }

    /// Returns once all first lists are in.
    pub(crate) async fn ready(&self) {
        // In any order: each waits for a state that is never left again.
        self.approvals.ready().await;
        self.automations.ready().await;
        self.clusters.ready().await;
        self.connections.ready().await;
        self.contexts.ready().await;
        self.deployment_settings.ready().await;
        self.git_repositories.ready().await;
        self.helm_repositories.ready().await;
        self.observers.ready().await;
        self.pipelines.ready().await;
        self.services.ready().await;
        self.triggers.ready().await;
        self.secrets.ready().await;
    }
}

fn everywhere<K: Cached<DynamicType = ()>>(client: &Client, tasks: &mut Tasks) -> Cache<K> {
    Cache::start(Api::all(client.clone()), watcher::Config::default(), tasks)
}

/// Of a kind whose CRD not everybody installs.
fn where_served<K: Cached<DynamicType = ()>>(client: &Client, tasks: &mut Tasks) -> Cache<K> {
    Cache::start_where_served(Api::all(client.clone()), watcher::Config::default(), tasks)
}

fn check<K: Send + Sync + 'static>(cache: &Cache<K>) -> Check {
    let cache = cache.clone();
    Arc::new(move || cache.problem())
}
