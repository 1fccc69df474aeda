//! One step of the election: read if needed, decide, write.

use std::{future::Future, time::Duration};

use jiff::{Timestamp, Unit};
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
};
use kube::{Api, api::PostParams};
use tokio::time::Instant;

use super::{CALL, DURATION, Decision, Leadership, LeaseError, SURE, Settings, Term, decide};
use crate::{Clock, error::said, managers};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The lease is ours and was renewed.
    Held,
    /// Another's; `left` until it runs out, if it is not renewed.
    Standby { holder: String, left: Duration },
    /// Somebody wrote it at the same time: look again.
    Raced,
    /// The API server did not do it.
    Failed { message: String },
    /// It was ours and is another's.
    Lost(LeaseError),
}

/// What this process knows of the lease.
pub(super) struct Elector {
    api: Api<Lease>,
    settings: Settings,
    clock: Clock,
    /// The lease as it was last read or written, unless that is in doubt.
    known: Option<Lease>,
    /// The spec that is observed, and since when.
    observed: Option<(LeaseSpec, Instant)>,
    held: Option<Held>,
}

/// We hold it.
struct Held {
    term: Term,
    /// When the last renewal that succeeded was begun.
    renewed: Instant,
}

/// A call that did not do it.
enum Fault {
    /// Our copy is old: somebody else wrote.
    Stale,
    /// Anything else.
    Other(String),
}

impl Elector {
    pub(super) fn new(api: Api<Lease>, settings: Settings, clock: Clock) -> Self {
        Self {
            api,
            settings,
            clock,
            known: None,
            observed: None,
            held: None,
        }
    }

    pub(super) async fn step(&mut self) -> Step {
        match self.try_step().await {
            Ok(step) => step,
            Err(Fault::Stale) => {
                self.known = None;
                Step::Raced
            }
            Err(Fault::Other(message)) => {
                self.known = None;
                Step::Failed { message }
            }
        }
    }

    /// What the step means for this replica.
    pub(super) fn leadership(&self, step: &Step, now: Instant) -> Leadership {
        match (step, &self.held) {
            (Step::Standby { holder, .. }, _) => Leadership::Standby { holder: holder.clone() },
            (Step::Lost(error), _) => Leadership::Standby {
                holder: error.holder.clone(),
            },
            (_, Some(held)) if now < held.renewed + SURE => Leadership::Leading,
            (_, Some(_)) => Leadership::Unsure,
            (_, None) => Leadership::Unknown,
        }
    }

    async fn try_step(&mut self) -> Result<Step, Fault> {
        // A leader writes on the copy that its last write returned: one call a renewal.
        if self.held.is_none() || self.known.is_none() {
            let name = self.settings.name.clone();
            self.known = self.call(self.api.get_opt(&name)).await?;
        }
        let now = Instant::now();
        let spec = self.known.as_ref().and_then(|lease| lease.spec.clone());
        let observed_at = self.observe(spec.clone().unwrap_or_default(), now);
        let held = self.held.as_ref().map(|held| &held.term);
        match decide(spec.as_ref(), &self.settings.identity, held, now, observed_at) {
            Decision::Renew => self.renew(now).await,
            Decision::Acquire => self.acquire(now).await,
            Decision::Wait(left) => Ok(Step::Standby {
                holder: holder_of(spec),
                left,
            }),
            Decision::Lost => {
                self.held = None;
                let Settings { namespace, name, .. } = self.settings.clone();
                Ok(Step::Lost(LeaseError {
                    namespace,
                    name,
                    holder: holder_of(spec),
                }))
            }
        }
    }

    fn observe(&mut self, spec: LeaseSpec, now: Instant) -> Instant {
        match &self.observed {
            Some((seen, since)) if *seen == spec => *since,
            _ => {
                self.observed = Some((spec, now));
                now
            }
        }
    }

    async fn acquire(&mut self, now: Instant) -> Result<Step, Fault> {
        let acquired = self.time();
        let before = self.known.as_ref().and_then(|lease| lease.spec.as_ref());
        let transitions = before.map_or(0, |spec| spec.lease_transitions.unwrap_or_default().saturating_add(1));
        let spec = LeaseSpec {
            holder_identity: Some(self.settings.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: Some(acquired.clone()),
            renew_time: Some(acquired.clone()),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        };
        let term = Term::of(&spec);
        self.write(spec).await?;
        self.held = Some(Held { term, renewed: now });
        Ok(Step::Held)
    }

    async fn renew(&mut self, now: Instant) -> Result<Step, Fault> {
        let spec = self
            .known
            .as_ref()
            .and_then(|lease| lease.spec.clone())
            .unwrap_or_default();
        self.write(LeaseSpec {
            renew_time: Some(self.time()),
            ..spec
        })
        .await?;
        if let Some(held) = &mut self.held {
            held.renewed = now;
        }
        Ok(Step::Held)
    }

    /// Gives the lease back, so that a standby need not wait. Best effort: it runs out by itself.
    pub(super) async fn release(&mut self) {
        let (Some(_), Some(lease)) = (self.held.take(), self.known.clone()) else {
            return;
        };
        let spec = LeaseSpec {
            holder_identity: None,
            renew_time: Some(self.time()),
            ..lease.spec.unwrap_or_default()
        };
        match self.write(spec).await {
            Ok(()) => tracing::info!("lease given back"),
            Err(Fault::Stale) => {}
            Err(Fault::Other(message)) => tracing::warn!(error = message, "cannot give the lease back, it runs out"),
        }
    }

    async fn write(&mut self, spec: LeaseSpec) -> Result<(), Fault> {
        let parameters = PostParams {
            field_manager: Some(managers::LEASE.to_owned()),
            ..PostParams::default()
        };
        let name = self.settings.name.clone();
        let written = if let Some(mut lease) = self.known.clone() {
            lease.metadata.managed_fields = None;
            lease.spec = Some(spec);
            self.call(self.api.replace(&name, &parameters, &lease)).await?
        } else {
            let metadata = ObjectMeta {
                name: Some(name),
                namespace: Some(self.settings.namespace.clone()),
                ..ObjectMeta::default()
            };
            self.call(self.api.create(
                &parameters,
                &Lease {
                    metadata,
                    spec: Some(spec),
                },
            ))
            .await?
        };
        self.known = Some(written);
        Ok(())
    }

    /// One call, with a deadline; for a leader no later than the moment when it is sure no more.
    async fn call<T>(&self, call: impl Future<Output = kube::Result<T>>) -> Result<T, Fault> {
        let now = Instant::now();
        let mut deadline = now + CALL;
        if let Some(held) = &self.held
            && held.renewed + SURE > now
        {
            deadline = deadline.min(held.renewed + SURE);
        }
        match tokio::time::timeout_at(deadline, call).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(kube::Error::Api(status)))
                if status.is_conflict() || status.is_already_exists() || status.is_not_found() =>
            {
                Err(Fault::Stale)
            }
            Ok(Err(error)) => Err(Fault::Other(said(&error))),
            Err(_) => Err(Fault::Other("the API server did not answer in time".to_owned())),
        }
    }

    /// The time as a lease holds it: in microseconds, so that what was written equals what is read.
    fn time(&self) -> MicroTime {
        let now: Timestamp = (self.clock)();
        MicroTime(now.round(Unit::Microsecond).unwrap_or(now))
    }
}

fn holder_of(spec: Option<LeaseSpec>) -> String {
    spec.and_then(|spec| spec.holder_identity)
        .filter(|holder| !holder.is_empty())
        .unwrap_or_else(|| "nobody".to_owned())
}
