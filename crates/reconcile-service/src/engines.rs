//! Which engines the API server serves, asked again and again, because one may be installed later; and the watch of the
//! engine's objects, begun as soon as their kind is there.

use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use kube::{Api, Client, api::DynamicObject, core::DeserializeGuard, runtime::watcher};
use stagecoach_runtime::{Cache, KubeError, ObjectKey, Tasks};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{Context, argo_cd, engine::Served};

/// What is known now. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engines {
    known: watch::Receiver<Option<Known>>,
}

/// What was found.
#[derive(Clone)]
pub(crate) struct Known {
    /// The engines that are served.
    pub(crate) served: Served,
    /// Our Applications, once their kind was seen.
    pub(crate) applications: Option<Cache<DynamicObject>>,
}

/// The side that finds out.
pub(crate) struct Watched {
    known: watch::Sender<Option<Known>>,
}

/// Which services to look at again.
enum Wake {
    All,
    One(ObjectKey),
}

impl Engines {
    /// Nothing is known yet.
    pub(crate) fn new() -> (Self, Watched) {
        let (sender, receiver) = watch::channel(None);
        (Self { known: receiver }, Watched { known: sender })
    }

    /// What is known; `None` until the first look succeeded and the first list of Applications is in.
    pub(crate) fn known(&self) -> Option<Known> {
        let known = self.known.borrow().clone()?;
        known.applications.as_ref().is_none_or(Cache::is_ready).then_some(known)
    }
}

impl Watched {
    /// Looks and watches until the shutdown, and sends the keys of the services that a change concerns.
    pub(crate) async fn follow(self, context: &Context, wake: mpsc::Sender<ObjectKey>, shutdown: &CancellationToken) {
        let mut tasks = Tasks::new();
        let mut changes: BoxStream<'static, Wake> = stream::pending().boxed();
        let mut look = tokio::time::interval(context.options.engine_interval.max(Duration::from_millis(100)));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut trouble = None;
        loop {
            let woken = tokio::select! {
                ended = tasks.watch(shutdown) => {
                    if let Err(fatal) = ended {
                        tracing::error!(error = &fatal as &dyn std::error::Error, "the watch of Applications ended");
                    }
                    return;
                }
                _ = look.tick() => match served(&context.runtime.client).await {
                    Ok(served) => {
                        trouble = None;
                        self.found(context, served, &mut tasks, &mut changes)
                    }
                    Err(error) => {
                        let text = error.to_string();
                        if trouble.as_ref() != Some(&text) {
                            tracing::warn!(error = text, "cannot see which deploy engines there are");
                        }
                        trouble = Some(text);
                        None
                    }
                },
                Some(change) = changes.next() => Some(change),
            };
            let keys = match woken {
                None => Vec::new(),
                Some(Wake::One(key)) => vec![key],
                Some(Wake::All) => context
                    .caches
                    .services
                    .list()
                    .iter()
                    .map(|service| ObjectKey::of(service.as_ref()))
                    .collect(),
            };
            for key in keys {
                // The queue is gone only in a shutdown.
                let _ = wake.send(key).await;
            }
        }
    }

    /// Takes in what a look found. Everything is looked at again when it is new.
    fn found(
        &self,
        context: &Context,
        served: Served,
        tasks: &mut Tasks,
        changes: &mut BoxStream<'static, Wake>,
    ) -> Option<Wake> {
        let before = self.known.borrow().clone();
        if before.as_ref().is_some_and(|known| known.served == served) {
            return None;
        }
        tracing::info!(
            argo_cd = served.argo_cd,
            flux = served.flux,
            "deploy engines that are served"
        );
        let applications = match before.and_then(|known| known.applications) {
            Some(cache) if served.argo_cd => Some(cache),
            None if served.argo_cd => {
                let cache = watch_applications(context, tasks);
                *changes = wakes(&cache);
                Some(cache)
            }
            _ => {
                // The kind is gone, and all of its objects; a copy of them would outlive it.
                *tasks = Tasks::new();
                *changes = stream::pending().boxed();
                None
            }
        };
        self.known.send_replace(Some(Known { served, applications }));
        Some(Wake::All)
    }
}

/// Watches the Applications that Stagecoach made.
fn watch_applications(context: &Context, tasks: &mut Tasks) -> Cache<DynamicObject> {
    let kind = argo_cd::kind();
    let api: Api<DeserializeGuard<DynamicObject>> =
        Api::namespaced_with(context.runtime.client.clone(), &context.options.argocd_namespace, &kind);
    let (label, value) = argo_cd::MANAGED_BY;
    Cache::start(
        api,
        watcher::Config::default().labels(&format!("{label}={value}")),
        tasks,
    )
}

/// The first list concerns services without an Application too.
fn wakes(cache: &Cache<DynamicObject>) -> BoxStream<'static, Wake> {
    let first = cache.clone();
    let first = stream::once(async move {
        first.ready().await;
        Wake::All
    });
    stream::select(first, cache.triggers(argo_cd::service_of).map(Wake::One)).boxed()
}

/// Asks the API server. The group `argoproj.io` has other products too, so its kinds are looked at.
async fn served(client: &Client) -> Result<Served, KubeError> {
    let groups = client
        .list_api_groups()
        .await
        .map_err(KubeError::on("read", "the list of API groups"))?;
    let has = |name: &str| groups.groups.iter().any(|group| group.name == name);
    let kind = argo_cd::kind();
    let argo_cd = has(&kind.group) && {
        let resources = client.list_api_group_resources(&kind.api_version).await;
        match resources {
            Ok(list) => list.resources.iter().any(|resource| resource.name == kind.plural),
            Err(kube::Error::Api(status)) if status.is_not_found() => false,
            Err(error) => return Err(KubeError::new("read", "the kinds of argoproj.io", error)),
        }
    };
    Ok(Served {
        argo_cd,
        flux: has("kustomize.toolkit.fluxcd.io") || has("helm.toolkit.fluxcd.io"),
    })
}
