//! The Observer reconciler: polls a registry on a schedule and starts a run when a later version appears.
//!
//! A value fires once. What it makes has a name that is a function of observer and value, so that a replay after a
//! crash makes no second one; a failing registry or action never moves `lastValue`.

mod act;
mod decide;
mod observe;
mod schedule;
mod status;

use kube::Resource as _;
use stagecoach_api::{Observer, Pipeline};
use stagecoach_runtime::{Cache, Classify as _, KubeError, Next, ObjectKey, Runtime, Secrets, queue};
use stagecoach_versions as versions;
use tokio_util::sync::CancellationToken;

pub use observe::Error;

/// Observers that are worked on at the same time.
const CONCURRENCY: usize = 8;

/// What the reconciler works with. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// What all reconcilers share.
    pub runtime: Runtime,
    /// Observers.
    pub observers: Cache<Observer>,
    /// Pipelines that actions name.
    pub pipelines: Cache<Pipeline>,
    /// Secrets with credentials of registries.
    pub secrets: Secrets,
    /// Asks registries.
    pub registries: versions::Client,
}

/// Works until `shutdown`.
pub async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = context.observers.triggers(|observer| [ObjectKey::of(observer)]);
    let runtime = context.runtime.clone();
    queue::run("Observer", triggers, CONCURRENCY, runtime, shutdown, move |key| {
        let context = context.clone();
        async move { reconcile(&context, &key).await }
    })
    .await;
}

async fn reconcile(context: &Context, key: &ObjectKey) -> Next {
    match pass(context, key).await {
        Ok(next) => next,
        Err(error) => context.runtime.failed("Observer", key, &error),
    }
}

/// Observe -> decide -> act -> status.
async fn pass(context: &Context, key: &ObjectKey) -> Result<Next, KubeError> {
    let Some(observer) = context.observers.find(key) else {
        return Ok(Next::Done);
    };
    let now = context.runtime.now();
    let due = schedule::due(&observer, now);
    if let schedule::Due::At(at) = due {
        return Ok(Next::At(at));
    }
    let found = observe::observe(context, &observer, now).await;
    let plan = found.and_then(|candidates| decide::decide(&observer, &candidates));
    let outcome = match plan {
        Ok(plan) => act::act(context, plan).await,
        Err(error) => Err(error),
    };
    let news = status::write(context, &observer, &outcome, now).await?;
    let reference = observer.object_ref(&());
    match &outcome {
        Ok(Some(fired)) => {
            let note = format!(
                "{} is newer than {}: made {}",
                fired.value,
                fired.before,
                fired.made.join(", ")
            );
            context.runtime.events.normal(&reference, "NewVersion", &note).await;
            Ok(schedule::next(&observer, now))
        }
        Ok(None) => Ok(schedule::next(&observer, now)),
        Err(error) => {
            if news {
                let note = error.to_string();
                context.runtime.events.warning(&reference, error.reason(), &note).await;
            }
            // The schedule goes on; a transient fault is tried again sooner.
            Ok(context.runtime.failed("Observer", key, error))
        }
    }
}
