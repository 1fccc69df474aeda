//! Which replica is the active one.
//!
//! One `Lease` object says who leads. Every write of it carries the resource version that was read, so of two that
//! want it one gets a conflict. Whether another's lease has run out is judged by this process's own monotonic clock,
//! from the moment the last renewal was seen here; the clocks of two machines are never compared.
//!
//! A leader that cannot renew in time does not end: it becomes [`Leadership::Unsure`], the queues start nothing new,
//! and it goes on when the lease turns out to be its own still. When another has it, [`run`] returns [`LeaseError`] and
//! the process ends. The process gives the lease back when it stops, after its last pass.

use std::{fmt, time::Duration};

use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{Clock, Metrics};

mod decide;
mod elector;

pub use decide::{Decision, Term, decide};
use elector::{Elector, Step};

/// A lease that was not renewed for this time is free.
pub const DURATION: Duration = Duration::from_secs(10);
/// The leader renews this often.
const RENEW: Duration = Duration::from_secs(3);
/// A leader that has not renewed for this time is unsure; others may take the lease two seconds later.
const SURE: Duration = Duration::from_secs(8);
/// One call to the API server.
const CALL: Duration = Duration::from_secs(3);
/// A standby looks this often.
const LOOK: Duration = Duration::from_secs(2);
/// Pause after a call that failed.
const AGAIN: Duration = Duration::from_secs(1);

/// Which lease, and under which name this replica asks for it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The namespace of the lease: the operator's own.
    pub namespace: String,
    /// The name of the lease.
    pub name: String,
    /// This replica. A process that was started anew under the same identity has its lease back at once.
    pub identity: String,
}

/// What this replica knows about who leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leadership {
    /// Nothing was read yet.
    Unknown,
    /// Another replica leads.
    Standby {
        /// Its identity.
        holder: String,
    },
    /// This replica leads.
    Leading,
    /// This replica led, and could not renew in time; nobody is known to have taken over.
    Unsure,
}

impl fmt::Display for Leadership {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("the lease was not read yet"),
            Self::Standby { holder } => write!(formatter, "standby, {holder} leads"),
            Self::Leading => formatter.write_str("leading"),
            Self::Unsure => formatter.write_str("the lease could not be renewed, waiting for the API server"),
        }
    }
}

/// The lease is another's now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the lease {namespace}/{name} was lost to {holder}, this replica must start again as a standby")]
pub struct LeaseError {
    /// The namespace of the lease.
    pub namespace: String,
    /// The name of the lease.
    pub name: String,
    /// Who has it.
    pub holder: String,
}

/// A view of the leadership for the queues and the readiness. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Claim {
    state: watch::Receiver<Leadership>,
}

impl Claim {
    /// A claim and the end that [`run`] moves.
    #[must_use]
    pub fn channel() -> (watch::Sender<Leadership>, Self) {
        let (sender, state) = watch::channel(Leadership::Unknown);
        (sender, Self { state })
    }

    /// A claim that is always held, for a process that runs alone and for tests.
    #[must_use]
    pub fn always() -> Self {
        Self {
            state: watch::channel(Leadership::Leading).1,
        }
    }

    /// This replica may act.
    #[must_use]
    pub fn is_held(&self) -> bool {
        *self.state.borrow() == Leadership::Leading
    }

    /// What is known now.
    #[must_use]
    pub fn leadership(&self) -> Leadership {
        self.state.borrow().clone()
    }

    /// Returns when it may have changed since the last call.
    pub async fn changed(&mut self) {
        if self.state.changed().await.is_err() {
            // Nobody moves it any more.
            std::future::pending::<()>().await;
        }
    }

    /// Returns once this replica leads.
    pub async fn held(&self) {
        let mut state = self.state.clone();
        if state.wait_for(|state| *state == Leadership::Leading).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Gets the lease, renews it, and gives it back when `stop` says so. Returns early only with an error.
pub async fn run(
    client: Client,
    settings: Settings,
    clock: Clock,
    metrics: Metrics,
    leadership: watch::Sender<Leadership>,
    stop: CancellationToken,
) -> Result<(), LeaseError> {
    let api: Api<Lease> = Api::namespaced(client, &settings.namespace);
    let mut elector = Elector::new(api, settings, clock);
    loop {
        let step = elector.step().await;
        let next = elector.leadership(&step, Instant::now());
        metrics.set_leading(next == Leadership::Leading);
        announce(&leadership, next);
        let pause = match step {
            Step::Held => RENEW,
            Step::Standby { left, .. } => left.min(LOOK),
            Step::Raced => Duration::ZERO,
            Step::Failed { message } => {
                tracing::warn!(error = message, "cannot read or write the lease");
                AGAIN
            }
            Step::Lost(error) => return Err(error),
        };
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    leadership.send_replace(Leadership::Unknown);
    elector.release().await;
    Ok(())
}

fn announce(leadership: &watch::Sender<Leadership>, next: Leadership) {
    leadership.send_if_modified(|known| {
        let changed = *known != next;
        if changed {
            tracing::info!(leadership = %next, "leadership changed");
            *known = next;
        }
        changed
    });
}

#[cfg(test)]
mod tests;
