//! The Pipeline reconciler: says whether a pipeline can be used, and what in it does not exist. Where runs stand is the
//! business of `reconcile-context`, which writes other fields of the same status.

mod decide;
mod observe;
mod status;

use futures::stream::{self, BoxStream, StreamExt as _};
use kube::Resource as _;
use stagecoach_api::{Pipeline, PrAutomation, ServiceDeployment};
use stagecoach_runtime::{Cache, KubeError, Next, ObjectKey, Runtime, queue};
use tokio_util::sync::CancellationToken;

/// Pipelines that are worked on at the same time.
const CONCURRENCY: usize = 4;

/// What the reconciler works with. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// What all reconcilers share.
    pub runtime: Runtime,
    /// Pipelines.
    pub pipelines: Cache<Pipeline>,
    /// Automations that criteria name.
    pub automations: Cache<PrAutomation>,
    /// Services that stages name.
    pub services: Cache<ServiceDeployment>,
}

/// Works until `shutdown`.
pub async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = triggers(&context);
    let runtime = context.runtime.clone();
    queue::run("Pipeline", triggers, CONCURRENCY, runtime, shutdown, move |key| {
        let context = context.clone();
        async move { reconcile(&context, &key).await }
    })
    .await;
}

/// A pipeline is looked at again when it changes and when something appears or goes that it names.
fn triggers(context: &Context) -> BoxStream<'static, ObjectKey> {
    let of_service = context.pipelines.clone();
    let services = context.services.triggers(move |service| {
        let key = ObjectKey::of(service);
        observe::naming(&of_service, |pipeline| {
            observe::services_of(pipeline).any(|named| named.key() == key)
        })
    });
    let of_automation = context.pipelines.clone();
    let automations = context.automations.triggers(move |automation| {
        let name = ObjectKey::of(automation).name;
        observe::naming(&of_automation, |pipeline| {
            observe::automations_of(pipeline).any(|named| named == name)
        })
    });
    let pipelines = context.pipelines.triggers(|pipeline| [ObjectKey::of(pipeline)]);
    stream::select_all([pipelines, services, automations]).boxed()
}

async fn reconcile(context: &Context, key: &ObjectKey) -> Next {
    match pass(context, key).await {
        Ok(()) => Next::Done,
        Err(error) => context.runtime.failed("Pipeline", key, &error),
    }
}

async fn pass(context: &Context, key: &ObjectKey) -> Result<(), KubeError> {
    let Some(observed) = observe::observe(context, key) else {
        return Ok(());
    };
    let verdict = decide::decide(&observed);
    if status::write(context, &observed.pipeline, &verdict).await? {
        let reference = observed.pipeline.object_ref(&());
        let (reason, message) = (verdict.reason(), verdict.message());
        match verdict {
            decide::Verdict::Usable { .. } => context.runtime.events.normal(&reference, reason, message).await,
            decide::Verdict::Incomplete { .. } | decide::Verdict::Invalid { .. } => {
                context.runtime.events.warning(&reference, reason, message).await;
            }
        }
    }
    Ok(())
}
