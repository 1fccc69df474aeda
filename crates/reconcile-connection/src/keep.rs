//! What the four reconcilers have in common: a verdict becomes conditions, and a status is written when it changed.

use std::fmt::Debug;

use futures::stream::BoxStream;
use kube::core::NamespaceResourceScope;
use kube::{Api, Resource, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stagecoach_api::common::Conditioned;
use stagecoach_runtime::{
    Cache, Class, Classify, KubeError, Next, ObjectKey, Runtime, apply_status, conditions, managers, queue,
};
use tokio_util::sync::CancellationToken;

use crate::Context;

/// Objects of one kind that are looked at at the same time.
const CONCURRENCY: usize = 4;

/// What a look came to.
pub(crate) struct Verdict<'a> {
    /// One sentence, where all is well.
    pub(crate) ready: &'static str,
    pub(crate) message: String,
    /// What stands in the way.
    pub(crate) error: Option<&'a (dyn Classify + Sync)>,
}

impl Verdict<'_> {
    /// Sets the conditions of `status`.
    pub(crate) fn apply(&self, status: &mut impl Conditioned, generation: Option<i64>, now: jiff::Timestamp) {
        let list = status.conditions_mut();
        match self.error {
            None => conditions::set_ready(list, self.ready, &self.message, generation, now),
            Some(error) => conditions::set_error(list, error, generation, now),
        }
        status.set_observed_generation(generation);
    }

    /// When to look again: what fails for now soon, all else after a while, because what is outside changes no object.
    pub(crate) fn next(&self) -> Next {
        match self.error.map(Classify::class) {
            None => Next::After(queue::STALLED),
            Some(class @ (Class::Retry | Class::Wait(_) | Class::Stalled)) => Next::Failed(class),
        }
    }
}

/// Writes a status where it changed, and publishes one event when the object became usable or ceased to be.
pub(crate) async fn store<K, S>(
    runtime: &Runtime,
    api: &Api<K>,
    cache: &Cache<K>,
    object: &K,
    current: Option<&S>,
    next: &S,
    verdict: &Verdict<'_>,
) -> Result<(), KubeError>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
    S: Serialize + PartialEq + Conditioned,
{
    let Some(written) = apply_status(api, object, current, next, managers::CONNECTION_STATUS).await? else {
        return Ok(());
    };
    cache.remember(written);
    let reference = object.object_ref(&());
    let told = |status: &S| conditions::find(status.conditions(), conditions::READY).map(|c| c.message.clone());
    if current.and_then(told) != told(next) {
        match verdict.error {
            None => runtime.events.normal(&reference, verdict.ready, &verdict.message).await,
            Some(error) => {
                runtime
                    .events
                    .warning(&reference, error.reason(), &error.to_string())
                    .await;
            }
        }
    }
    Ok(())
}

/// Passes over the objects of one kind, each when `triggers` names it, until `shutdown`.
pub(crate) async fn run<P, F>(
    kind: &'static str,
    context: Context,
    triggers: BoxStream<'static, ObjectKey>,
    shutdown: CancellationToken,
    pass: P,
) where
    P: Fn(Context, ObjectKey) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Next, KubeError>> + Send + 'static,
{
    let runtime = context.runtime.clone();
    queue::run(kind, triggers, CONCURRENCY, runtime, shutdown, move |key: ObjectKey| {
        let runtime = context.runtime.clone();
        let outcome = pass(context.clone(), key.clone());
        async move { outcome.await.unwrap_or_else(|error| runtime.failed(kind, &key, &error)) }
    })
    .await;
}

/// The API of the object's own namespace.
pub(crate) fn own_namespace<K>(runtime: &Runtime, object: &K) -> Api<K>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
{
    Api::namespaced(runtime.client.clone(), &object.namespace().unwrap_or_default())
}
