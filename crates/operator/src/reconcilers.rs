//! Which reconcilers there are, and what each is made from. A new one is one line in [`reconcilers`].

use std::sync::Arc;

use anyhow::Context as _;
use futures::future::BoxFuture;
use stagecoach_delivery::{Connections, Poller, Watched, count_calls};
use stagecoach_reconcile_connection::{self as connection, Probe};
use stagecoach_reconcile_context as context;
use stagecoach_reconcile_observer as observer;
use stagecoach_reconcile_pipeline as pipeline;
use stagecoach_reconcile_prautomation as prautomation;
use stagecoach_reconcile_service as service;
use stagecoach_runtime::Runtime;
use stagecoach_scm::git::{self, Mirrors};
use tokio_util::sync::CancellationToken;

use crate::{args::Args, caches::Caches};

/// What reconcilers are made from.
pub(crate) struct Parts<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) caches: &'a Caches,
    pub(crate) args: &'a Args,
    pub(crate) shutdown: &'a CancellationToken,
}

/// A part of the process that works until the shutdown, and its name for people.
pub(crate) type Reconciler = (&'static str, BoxFuture<'static, ()>);

/// All reconcilers, not yet running.
///
/// # Errors
/// When the TLS set-up of the process allows no HTTP client.
pub(crate) fn reconcilers(parts: &Parts<'_>) -> anyhow::Result<Vec<Reconciler>> {
    let Parts {
        runtime,
        caches,
        args,
        shutdown,
    } = parts;
    let mut options = stagecoach_scm::Options::new(Arc::clone(&runtime.clock));
    options.on_call = Some(count_calls(&runtime.metrics));
    let watched = Watched {
        connections: caches.connections.clone(),
        git_repositories: caches.git_repositories.clone(),
        helm_repositories: caches.helm_repositories.clone(),
        deployment_settings: caches.deployment_settings.clone(),
        secrets: caches.secrets.clone(),
    };
    let forges = Connections::new(watched, runtime.namespace.clone(), options, mirrors(args))
        .with_management_repository(args.management_repository.clone());
    let poller = Poller::new(forges.clone(), args.poll_interval);
    let contexts = contexts(parts, &forges, &poller);
    let prautomations = prautomations(parts, &forges, &poller);
    let pipelines = pipeline::Context {
        runtime: (*runtime).clone(),
        pipelines: caches.pipelines.clone(),
        automations: caches.automations.clone(),
        services: caches.services.clone(),
    };
    let observers = observer::Context {
        runtime: (*runtime).clone(),
        observers: caches.observers.clone(),
        pipelines: caches.pipelines.clone(),
        secrets: caches.secrets.clone(),
        registries: stagecoach_versions::Client::new(stagecoach_versions::Options::default())
            .context("registries cannot be asked")?,
    };
    let connections = connection::Context {
        runtime: (*runtime).clone(),
        connections: caches.connections.clone(),
        forges,
        git_repositories: caches.git_repositories.clone(),
        helm_repositories: caches.helm_repositories.clone(),
        clusters: caches.clusters.clone(),
        secrets: caches.secrets.clone(),
        probe: Probe::new().context("addresses cannot be asked")?,
    };
    Ok(vec![
        ("the poller of pull requests", Box::pin(poller.run((*shutdown).clone()))),
        (
            "the reconciler of contexts",
            Box::pin(context::run(contexts, (*shutdown).clone())),
        ),
        (
            "the reconciler of pipelines",
            Box::pin(pipeline::run(pipelines, (*shutdown).clone())),
        ),
        (
            "the reconcilers of automations and triggers",
            Box::pin(prautomation::run(prautomations, (*shutdown).clone())),
        ),
        (
            "the reconciler of observers",
            Box::pin(observer::run(observers, (*shutdown).clone())),
        ),
        (
            "the reconciler of services",
            Box::pin(service::run(services(parts), (*shutdown).clone())),
        ),
        (
            "the reconcilers of connections",
            Box::pin(connection::run(connections, (*shutdown).clone())),
        ),
    ])
}

/// Mirrors of git repositories: git gets nothing of the process's environment but how programs and servers are found.
#[expect(clippy::disallowed_methods, reason = "what git gets of the operator's environment")]
fn mirrors(args: &Args) -> Mirrors {
    let default = || std::env::temp_dir().join("stagecoach-git");
    let mut options = git::Options::new(args.git_cache.clone().unwrap_or_else(default));
    let set = |name: &str| Some((name.to_owned(), std::env::var_os(name)?));
    options.environment = git::ENVIRONMENT.into_iter().filter_map(set).collect();
    Mirrors::new(options)
}

fn services(parts: &Parts<'_>) -> service::Context {
    let Parts {
        runtime, caches, args, ..
    } = parts;
    service::Context {
        runtime: (*runtime).clone(),
        caches: service::Caches {
            services: caches.services.clone(),
            repositories: caches.git_repositories.clone(),
            clusters: caches.clusters.clone(),
        },
        options: service::Options {
            engine: args.engine.map(Into::into),
            argocd_namespace: args.argocd_namespace.clone(),
            ..service::Options::default()
        },
    }
}

fn contexts(
    parts: &Parts<'_>,
    forges: &Connections,
    poller: &Poller<stagecoach_runtime::ObjectKey>,
) -> context::Context {
    let caches = parts.caches;
    let caches = context::Caches {
        pipelines: caches.pipelines.clone(),
        contexts: caches.contexts.clone(),
        approvals: caches.approvals.clone(),
        automations: caches.automations.clone(),
        services: caches.services.clone(),
    };
    let options = context::Options {
        stability: parts.args.stability,
    };
    context::Context::new(parts.runtime.clone(), caches, forges.clone(), poller.clone(), options)
}

fn prautomations(
    parts: &Parts<'_>,
    forges: &Connections,
    poller: &Poller<stagecoach_runtime::ObjectKey>,
) -> prautomation::Context {
    let caches = parts.caches;
    prautomation::Context {
        runtime: parts.runtime.clone(),
        caches: prautomation::Caches {
            automations: caches.automations.clone(),
            triggers: caches.triggers.clone(),
            connections: caches.connections.clone(),
            git_repositories: caches.git_repositories.clone(),
            pipelines: caches.pipelines.clone(),
        },
        connections: forges.clone(),
        poller: poller.desk("triggers"),
    }
}
