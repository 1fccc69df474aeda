//! What the process consists of, in the order in which it comes up and goes down.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Context as _;
use stagecoach_runtime::{
    Claim, Events, Metrics, Runtime, Tasks, client, clock,
    lease::{self, Settings},
};
use stagecoach_server::Readiness;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    args::Args,
    caches::Caches,
    reconcilers::{Parts, reconcilers},
};

/// The server and the lease have this time to end after everything else has.
const LAST: Duration = Duration::from_secs(5);

/// Runs until SIGTERM or SIGINT, or until a part of the process breaks.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let client = client::connect().await?;
    let namespace = args
        .namespace
        .clone()
        .unwrap_or_else(|| client.default_namespace().to_owned());
    args.log(&namespace);

    let (leadership, claim) = Claim::channel();
    let runtime = Runtime {
        events: Events::new(client.clone(), &args.identity),
        client,
        clock: clock::system(),
        metrics: Metrics::new(),
        namespace: namespace.clone(),
        identity: args.identity.clone(),
        claim,
    };
    let listener = stagecoach_server::bind(args.listen).await?;
    let shutdown = stop_signal()?;
    let mut house = House {
        work: Tasks::new(),
        base: Tasks::new(),
        shutdown,
        leave: CancellationToken::new(),
    };

    let secret_namespaces: BTreeSet<String> = args.secret_namespaces.iter().cloned().chain([namespace]).collect();
    let caches = Caches::start(&runtime.client, secret_namespaces, &mut house.work);
    let readiness = Readiness::new(runtime.claim.clone(), caches.checks());
    let server = stagecoach_server::serve(listener, readiness, runtime.metrics.clone(), house.leave.clone());
    house.base.spawn_fallible("the server", server);
    let settings = Settings {
        namespace: runtime.namespace.clone(),
        name: args.lease_name.clone(),
        identity: args.identity.clone(),
    };
    let lease = lease::run(
        runtime.client.clone(),
        settings,
        runtime.clock.clone(),
        runtime.metrics.clone(),
        leadership,
        house.leave.clone(),
    );
    house.base.spawn_fallible("the lease", lease);

    house.live(&args, &runtime, &caches).await
}

/// The tasks of the process, in two groups: `work` ends at the shutdown; `base`, which is the server and the lease, only
/// after it, so that nobody takes over while a pass still runs.
struct House {
    work: Tasks,
    base: Tasks,
    shutdown: CancellationToken,
    leave: CancellationToken,
}

impl House {
    async fn live(mut self, args: &Args, runtime: &Runtime, caches: &Caches) -> anyhow::Result<()> {
        let leading = async {
            caches.ready().await;
            runtime.claim.held().await;
        };
        tokio::select! {
            outcome = watched(&mut self.work, &mut self.base, &self.shutdown) => outcome?,
            () = leading => {
                let parts = Parts { runtime, caches, args, shutdown: &self.shutdown };
                for (name, reconciler) in reconcilers(&parts)? {
                    self.work.spawn(name, reconciler);
                }
                tracing::info!("caches are in and the lease is held: the work begins");
                watched(&mut self.work, &mut self.base, &self.shutdown).await?;
            }
        }
        tracing::info!(grace = ?args.grace, "asked to stop, passes that run are let finish");
        let drained = self.work.drain(args.grace).await;
        self.leave.cancel();
        self.base.drain(LAST).await?;
        drained?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Returns at the shutdown, or with the error of the first task that ends before.
async fn watched(work: &mut Tasks, base: &mut Tasks, shutdown: &CancellationToken) -> anyhow::Result<()> {
    let outcome = tokio::select! {
        outcome = work.watch(shutdown) => outcome,
        outcome = base.watch(shutdown) => outcome,
    };
    outcome
        .inspect_err(|error| tracing::error!(%error, "a part of the process broke"))
        .map_err(Into::into)
}

/// Cancelled by SIGTERM or SIGINT.
fn stop_signal() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    // Not supervised: it ends with the process, and there is nothing in it that can break.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(shutdown)
}
