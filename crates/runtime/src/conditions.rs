//! Conditions in the form that `kubectl wait` and GitOps tools read (kstatus).
//!
//! `Ready` is always there; `Reconciling` and `Stalled` only while they are true. The reconcilers' status builders call
//! this; it is pure.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::{Class, Classify, clock::whole_seconds};

/// The object is as its spec says.
pub const READY: &str = "Ready";
/// Work towards the spec goes on.
pub const RECONCILING: &str = "Reconciling";
/// A person must change something.
pub const STALLED: &str = "Stalled";
/// Somebody or something outside is waited for.
pub const BLOCKED: &str = "Blocked";

/// Sets one condition. The time of the last transition stays unless the status changes.
pub fn upsert(
    conditions: &mut Vec<Condition>,
    type_: &str,
    status: bool,
    reason: &str,
    message: &str,
    observed_generation: Option<i64>,
    now: Timestamp,
) {
    let status = if status { "True" } else { "False" };
    let since = conditions
        .iter()
        .find(|condition| condition.type_ == type_ && condition.status == status)
        .map_or_else(
            || Time(whole_seconds(now)),
            |condition| condition.last_transition_time.clone(),
        );
    let next = Condition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation,
        last_transition_time: since,
    };
    match conditions.iter_mut().find(|condition| condition.type_ == type_) {
        Some(old) => *old = next,
        None => conditions.push(next),
    }
}

/// Takes one condition away.
pub fn remove(conditions: &mut Vec<Condition>, type_: &str) {
    conditions.retain(|condition| condition.type_ != type_);
}

/// One condition by its type.
#[must_use]
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// The condition is there and true.
#[must_use]
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    find(conditions, type_).is_some_and(|condition| condition.status == "True")
}

/// `Ready=True`; nothing goes on and nothing is stuck.
pub fn set_ready(
    conditions: &mut Vec<Condition>,
    reason: &str,
    message: &str,
    observed_generation: Option<i64>,
    now: Timestamp,
) {
    upsert(conditions, READY, true, reason, message, observed_generation, now);
    remove(conditions, RECONCILING);
    remove(conditions, STALLED);
}

/// `Ready=False`, `Reconciling=True`: on its way, or trying again.
pub fn set_reconciling(
    conditions: &mut Vec<Condition>,
    reason: &str,
    message: &str,
    observed_generation: Option<i64>,
    now: Timestamp,
) {
    upsert(conditions, READY, false, reason, message, observed_generation, now);
    upsert(conditions, RECONCILING, true, reason, message, observed_generation, now);
    remove(conditions, STALLED);
}

/// `Ready=False`, `Stalled=True`: a person must change something, and the message says what.
pub fn set_stalled(
    conditions: &mut Vec<Condition>,
    reason: &str,
    message: &str,
    observed_generation: Option<i64>,
    now: Timestamp,
) {
    upsert(conditions, READY, false, reason, message, observed_generation, now);
    upsert(conditions, STALLED, true, reason, message, observed_generation, now);
    remove(conditions, RECONCILING);
}

/// What an error means for the conditions, by its class.
pub fn set_error(
    conditions: &mut Vec<Condition>,
    error: &dyn Classify,
    observed_generation: Option<i64>,
    now: Timestamp,
) {
    let message = error.to_string();
    match error.class() {
        Class::Stalled => set_stalled(conditions, error.reason(), &message, observed_generation, now),
        Class::Retry | Class::Wait(_) => {
            set_reconciling(conditions, error.reason(), &message, observed_generation, now);
        }
    }
}

#[cfg(test)]
mod tests;
