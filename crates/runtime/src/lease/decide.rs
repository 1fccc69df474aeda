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

/// `spec` is the lease as it was read, `None` when there is none; `held` is the time of acquisition that this process
/// wrote, `None` when it does not hold the lease; `observed_at` is when this `spec` was first seen here.
#[must_use]
pub fn decide(
    spec: Option<&LeaseSpec>,
    me: &str,
    held: Option<&MicroTime>,
    now: Instant,
    observed_at: Instant,
) -> Decision {
    let Some(spec) = spec else {
        return Decision::Acquire;
    };
    let holder = spec.holder_identity.as_deref().unwrap_or_default();
    match held {
        _ if holder.is_empty() => Decision::Acquire,
        // The time of acquisition tells this process from another one under the same identity.
        Some(acquired) if holder == me && spec.acquire_time.as_ref() == Some(acquired) => Decision::Renew,
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
