//! The reconcilers of `PrAutomation` and `PrAutomationTrigger`.
//!
//! `automation` says whether a recipe can be used, before anybody uses it, and asks no forge for that. `trigger`
//! opens the pull request that a trigger asks for, once a generation of its spec, and follows it to its end. Both have
//! the rooms of every reconciler: observe, decide (pure), act, status.

mod automation;
mod trigger;

use stagecoach_api::{GitRepository, Pipeline, PrAutomation, PrAutomationTrigger, ScmConnection};
use stagecoach_delivery::{Connections, Poller};
use stagecoach_runtime::{Cache, ObjectKey, Runtime};
use tokio_util::sync::CancellationToken;

/// What the reconcilers work with. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// What all reconcilers share.
    pub runtime: Runtime,
    /// The objects that they read.
    pub caches: Caches,
    /// Forges.
    pub connections: Connections,
    /// What becomes of pull requests; at a desk of its own, because pipelines follow some too.
    pub poller: Poller<ObjectKey>,
}

/// The objects that the reconcilers read.
#[derive(Clone)]
pub struct Caches {
    /// Recipes.
    pub automations: Cache<PrAutomation>,
    /// Requests for a pull request.
    pub triggers: Cache<PrAutomationTrigger>,
    /// Connections to forges.
    pub connections: Cache<ScmConnection>,
    /// Repositories that hold templates.
    pub git_repositories: Cache<GitRepository>,
    /// Pipelines, which may name another repository than the recipe.
    pub pipelines: Cache<Pipeline>,
}

/// Works until `shutdown`.
pub async fn run(context: Context, shutdown: CancellationToken) {
    futures::join!(
        automation::run(context.clone(), shutdown.clone()),
        trigger::run(context, shutdown),
    );
}
