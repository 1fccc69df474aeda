//! The ServiceDeployment reconciler: what should run where, handed to the deploy engine that the cluster has.
//!
//! Stagecoach deploys nothing itself. A pass reads (`observe`), decides what the engine's object should look like
//! (`decide`, with `engine` and `argo_cd`), writes it (`act`) and copies back how it stands (`status`); `driver` reads
//! like that sentence. `engines` keeps an eye on which engines the API server serves.
//!
//! `Ready=True` with the present `observedGeneration` says that the engine carries exactly what `spec` asks for and that it
//! is healthy. Whether that is what a promotion wanted is not asked here.

mod act;
mod argo_cd;
mod decide;
mod driver;
mod engine;
mod engines;
mod events;
mod explain;
mod observe;
mod problem;
mod promoted;
mod status;

pub use promoted::fingerprint;

use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use stagecoach_api::service_deployment::Engine;
use stagecoach_api::{Cluster, GitRepository, ServiceDeployment};
use stagecoach_runtime::{Cache, ObjectKey, Runtime, queue};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The kind, for logs and metrics.
const KIND: &str = "ServiceDeployment";
/// Services that are worked on at the same time.
const CONCURRENCY: usize = 8;
/// Keys that may wait between the watch of the engine's objects and the queue.
const WAITING: usize = 256;

/// What the reconciler works with. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// Client, clock, events and metrics.
    pub runtime: Runtime,
    /// The objects that it reads.
    pub caches: Caches,
    /// What the operator was started with.
    pub options: Options,
}

/// The objects that the reconciler reads. The engine's own objects are not among them: their kind may come later.
#[derive(Clone)]
pub struct Caches {
    /// What should run where.
    pub services: Cache<ServiceDeployment>,
    /// Where the manifests are.
    pub repositories: Cache<GitRepository>,
    /// Where they run.
    pub clusters: Cache<Cluster>,
}

/// What the operator was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The engine where the cluster has more than one.
    pub engine: Option<Engine>,
    /// The namespace of Applications.
    pub argocd_namespace: String,
    /// The project of Applications.
    pub argocd_project: String,
    /// How often the API server is asked which engines it serves.
    pub engine_interval: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            engine: None,
            argocd_namespace: "argocd".to_owned(),
            argocd_project: "default".to_owned(),
            engine_interval: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// The engine that a flag names: `argocd` or `flux`.
    pub fn engine_named(name: &str) -> Option<Engine> {
        engine::named(name)
    }
}

/// Works until `shutdown`.
pub async fn run(context: Context, shutdown: CancellationToken) {
    let (wake, woken) = mpsc::channel(WAITING);
    let (engines, watched) = engines::Engines::new();
    let triggers = triggers(&context.caches, woken);
    let runtime = context.runtime.clone();
    let services = context.clone();
    let work = queue::run(KIND, triggers, CONCURRENCY, runtime, shutdown.clone(), move |key| {
        let (context, engines) = (services.clone(), engines.clone());
        async move { driver::reconcile(&context, &engines, &key).await }
    });
    let follow = watched.follow(&context, wake, &shutdown);
    let follow = async {
        follow.await;
        if shutdown.is_cancelled() {
            // The passes that run may end in peace.
            std::future::pending::<()>().await;
        }
    };
    // Without the watch nothing is seen of what the engine does: then this ends too, which the supervisor sees.
    tokio::select! {
        () = work => {}
        () = follow => {}
    }
}

/// Every service that may have something to do after a change.
fn triggers(caches: &Caches, woken: mpsc::Receiver<ObjectKey>) -> BoxStream<'static, ObjectKey> {
    let all = caches.services.clone();
    let using = move |uses: &dyn Fn(&ServiceDeployment) -> bool| -> Vec<ObjectKey> {
        all.filter(uses)
            .iter()
            .map(|service| ObjectKey::of(service.as_ref()))
            .collect()
    };
    let dependents = using.clone();
    let services = caches.services.triggers(move |service| {
        let mut keys = dependents(&|other| observe::depends_on(other, service));
        keys.push(ObjectKey::of(service));
        keys
    });
    let by_repository = using.clone();
    let repositories = caches.repositories.triggers(move |repository| {
        let name = ObjectKey::of(repository).name;
        by_repository(&|service| observe::names_repository(service, &name))
    });
    let clusters = caches
        .clusters
        .triggers(move |cluster| using(&|service| observe::names_cluster(service, cluster)));
    let woken = stream::unfold(woken, |mut woken| async move { Some((woken.recv().await?, woken)) });
    stream::select_all([services, repositories, clusters, woken.boxed()]).boxed()
}
