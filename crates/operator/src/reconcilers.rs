//! Which reconcilers there are. A new one is one line in [`reconcilers`].

use futures::future::BoxFuture;
use stagecoach_runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::{args::Args, caches::Caches};

/// What reconcilers are made from.
#[expect(dead_code, reason = "no reconciler is there yet")]
pub(crate) struct Parts<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) caches: &'a Caches,
    pub(crate) args: &'a Args,
    pub(crate) shutdown: &'a CancellationToken,
}

/// A part of the process that works until the shutdown, and its name for people.
pub(crate) type Reconciler = (&'static str, BoxFuture<'static, ()>);

/// All reconcilers, not yet running.
pub(crate) fn reconcilers(_parts: &Parts<'_>) -> Vec<Reconciler> {
    Vec::new()
}
