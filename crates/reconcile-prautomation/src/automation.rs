//! The driver of `PrAutomation`: one pass looks at a recipe and at what it refers to, and says whether it can be used.

mod decide;
mod observe;
mod status;

use futures::stream::{self, BoxStream, StreamExt as _};
use stagecoach_runtime::{KubeError, Next, ObjectKey, queue};
use tokio_util::sync::CancellationToken;

use crate::Context;

const KIND: &str = "PrAutomation";
/// Recipes that are looked at at the same time.
const CONCURRENCY: usize = 4;

/// Works until `shutdown`.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = triggers(&context);
    let runtime = context.runtime.clone();
    queue::run(KIND, triggers, CONCURRENCY, runtime, shutdown, move |key| {
        let context = context.clone();
        async move {
            match pass(&context, &key).await {
                // Everything that counts is watched.
                Ok(()) => Next::Done,
                Err(error) => context.runtime.failed(KIND, &key, &error),
            }
        }
    })
    .await;
}

/// A recipe is looked at when it changes, and when something changes that it refers to or that refers to it.
fn triggers(context: &Context) -> BoxStream<'static, ObjectKey> {
    let caches = &context.caches;
    let all = caches.automations.clone();
    let mended = (context.connections.mended()).flat_map(move |()| stream::iter(observe::keys(&all)));
    let pipelines = caches.pipelines.triggers(|pipeline| {
        let named = observe::with_repository(pipeline);
        named
            .map(|automation| ObjectKey::new(None, automation))
            .collect::<Vec<_>>()
    });
    let automations = caches.automations.triggers(|automation| [ObjectKey::of(automation)]);
    stream::select_all([automations, mended.boxed(), pipelines]).boxed()
}

async fn pass(context: &Context, key: &ObjectKey) -> Result<(), KubeError> {
    let Some(observed) = observe::observe(context, key) else {
        return Ok(());
    };
    let verdict = decide::decide(&observed);
    status::write(context, &observed.automation, &verdict).await
}
