//! What to do about a lease, from what is known. Pure.

use std::time::Duration;

use k8s_openapi::{api::coordination::v1::LeaseSpec, apimachinery::pkg::apis::meta::v1::MicroTime};
use tokio::time::Instant;

use super::DURATION;

/// What to do about the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is free, or was this identity's before: take it.
    Acquire,
    /// It is ours: renew it.
    Renew,
    /// Another has it: look again, at the latest after this time.
    Wait(Duration),
    /// It was ours and is another's.
    Lost,
}

/// One time of holding the lease. Its number grows with every acquisition, so it tells this process from another one
/// under the same identity; the time does so when the lease was deleted and counts from zero again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// How often the lease was acquired before.
    pub number: i32,
    /// When it was acquired.
    pub acquired: Option<MicroTime>,
}

impl Term {
    /// The term that this lease is in.
    #[must_use]
    pub fn of(spec: &LeaseSpec) -> Self {
        Self {
            number: spec.lease_transitions.unwrap_or_default(),
            acquired: spec.acquire_time.clone(),
        }
    }
}

/// `spec` is the lease as it was read, `None` when there is none; `held` is the term that this process acquired, `None`
/// when it does not hold the lease; `observed_at` is when this `spec` was first seen here.
#[must_use]
pub fn decide(spec: Option<&LeaseSpec>, me: &str, held: Option<&Term>, now: Instant, observed_at: Instant) -> Decision {
    let Some(spec) = spec else {
        return Decision::Acquire;
    };
    let holder = spec.holder_identity.as_deref().unwrap_or_default();
    match held {
        _ if holder.is_empty() => Decision::Acquire,
        Some(term) if holder == me && *term == Term::of(spec) => Decision::Renew,
        Some(_) => Decision::Lost,
        None if holder == me => Decision::Acquire,
        None => {
            let left = duration_of(spec).saturating_sub(now.saturating_duration_since(observed_at));
            if left.is_zero() {
                Decision::Acquire
            } else {
                Decision::Wait(left)
            }
        }
    }
}

fn duration_of(spec: &LeaseSpec) -> Duration {
    spec.lease_duration_seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .map_or(DURATION, Duration::from_secs)
}
