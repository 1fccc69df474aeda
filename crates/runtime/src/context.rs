//! What every reconciler is given: the client, the clock, and where to report.

use std::{error::Error, fmt, time::Duration};

use crate::{Claim, Class, Classify, Clock, Events, Metrics, Next, clock::whole_seconds};

/// How soon to look again after a conflict.
const CONFLICT: Duration = Duration::from_millis(100);

/// The parts of the process that all reconcilers share. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    /// The client of the cluster that the operator runs in.
    pub client: kube::Client,
    /// The time of day.
    pub clock: Clock,
    /// Where events go.
    pub events: Events,
    /// Counters and histograms of the process.
    pub metrics: Metrics,
    /// The operator's own namespace.
    pub namespace: String,
    /// The operator's own name: the pod's name, or what `--identity` says.
    pub identity: String,
    /// Whether this replica is the active one at this moment. Queues start nothing while it is not.
    pub claim: Claim,
}

impl Runtime {
    /// The time now, in whole seconds, as statuses hold it.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        whole_seconds((self.clock)())
    }

    /// The one place where a failed reconcile is logged and counted. Says what the queue does next; a conflict is no
    /// failure, and comes again at once.
    pub fn failed<E: Classify + 'static>(&self, kind: &'static str, key: &dyn fmt::Display, error: &E) -> Next {
        if error.is_conflict() {
            return Next::After(CONFLICT);
        }
        let class = error.class();
        self.metrics.reconcile_failed(kind, error.reason());
        let shown = error as &dyn Error;
        match class {
            Class::Wait(until) => {
                tracing::info!(kind, object = %key, reason = error.reason(), %until, error = shown, "waiting");
            }
            Class::Retry => {
                tracing::warn!(kind, object = %key, reason = error.reason(), error = shown, "failed, will try again");
            }
            Class::Stalled => {
                tracing::warn!(kind, object = %key, reason = error.reason(), error = shown, "stalled, a person must act");
            }
        }
        Next::Failed(class)
    }
}
