//! The PipelineContext reconciler.
//!
//! It works by pipeline: the queue's key is a pipeline reference and one pass sees all runs of that pipeline, so that
//! supersession and joins never race. A pass reads (`observe`), lets the machine decide (`stagecoach_core::decide`),
//! carries the effects out (`act`) and writes the statuses (`status`); `driver` reads like that sentence. An effect
//! rests only on intent that an earlier write put into a status.

mod act;
mod body;
mod driver;
mod events;
mod memory;
mod observe;
mod status;
mod values;

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt as _};
use stagecoach_api::{Approval, Pipeline, PipelineContext, PrAutomation, ServiceDeployment};
use stagecoach_delivery::{Connections, Poller, Wake};
use stagecoach_runtime::{Cache, ObjectKey, Runtime, queue};
use tokio_util::sync::CancellationToken;

use crate::memory::Memory;

/// Pipelines that are worked on at the same time.
const CONCURRENCY: usize = 16;

/// What the reconciler works with. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    runtime: Runtime,
    caches: Caches,
    connections: Connections,
    poller: Poller<ObjectKey>,
    options: Options,
    memory: Arc<Memory>,
}

/// The objects that the reconciler reads.
#[derive(Clone)]
pub struct Caches {
    /// Pipelines.
    pub pipelines: Cache<Pipeline>,
    /// Contexts.
    pub contexts: Cache<PipelineContext>,
    /// Decisions on gates.
    pub approvals: Cache<Approval>,
    /// Automations that make the pull requests.
    pub automations: Cache<PrAutomation>,
    /// The workloads that a `serviceRef` without a kind means.
    pub services: Cache<ServiceDeployment>,
}

/// What the operator was started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a service must stay healthy where its stage does not say.
    pub stability: std::time::Duration,
}

impl Context {
    /// Puts the parts together.
    pub fn new(
        runtime: Runtime,
        caches: Caches,
        connections: Connections,
        poller: Poller<ObjectKey>,
        options: Options,
    ) -> Self {
        Self {
            runtime,
            caches,
            connections,
            poller,
            options,
            memory: Arc::default(),
        }
    }
}

/// Works until `shutdown`.
pub async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = triggers(&context);
    let runtime = context.runtime.clone();
    queue::run(
        "PipelineContext",
        triggers,
        CONCURRENCY,
        runtime,
        shutdown,
        move |key| {
            let context = context.clone();
            async move { driver::reconcile(&context, &key).await }
        },
    )
    .await;
}

/// Every pipeline that may have something to do after a change.
fn triggers(context: &Context) -> BoxStream<'static, ObjectKey> {
    let caches = &context.caches;
    let pipelines = caches.pipelines.clone();
    let using = move |uses: &dyn Fn(&Pipeline) -> bool| -> Vec<ObjectKey> {
        pipelines
            .filter(uses)
            .iter()
            .map(|pipeline| ObjectKey::of(pipeline.as_ref()))
            .collect()
    };
    let by_service = using.clone();
    let services = caches.services.triggers(move |service| {
        let key = ObjectKey::of(service);
        by_service(&|pipeline| observe::refers_to_service(pipeline, &key))
    });
    let by_automation = using.clone();
    let automations = caches.automations.triggers(move |automation| {
        let name = ObjectKey::of(automation).name;
        by_automation(&|pipeline| observe::refers_to_automation(pipeline, &name))
    });
    let everything = using.clone();
    let mended = (context.connections.mended()).flat_map(move |()| stream::iter(everything(&|_| true)));
    let wakes = context.poller.wakes().flat_map(move |wake| {
        stream::iter(match wake {
            Wake::One(key) => vec![key],
            Wake::All => using(&|_| true),
        })
    });
    let sources = [
        caches.pipelines.triggers(|pipeline| [ObjectKey::of(pipeline)]),
        caches.contexts.triggers(|context| [observe::pipeline_of(context)]),
        caches
            .approvals
            .triggers(|approval| [observe::pipeline_of_approval(approval)]),
        services,
        automations,
        mended.boxed(),
        wakes.boxed(),
    ];
    stream::select_all(sources).boxed()
}
