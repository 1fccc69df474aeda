//! Argo CD's `Application`.
//!
//! Its status has no `observedGeneration` and is written in several steps, so green has to be earned. The table, first
//! line that matches:
//!
//! | what is seen | verdict |
//! |---|---|
//! | an error condition on the comparison | Pending, in its words (a repository may come back) |
//! | `status.sync.comparedTo` is not what was asked | Pending |
//! | an operation for it failed and tries again | Applying, in its words |
//! | an operation runs or is requested | Applying |
//! | it finished after the last comparison | Applying (what is said of health is older than the sync) |
//! | the operation for this source and revision failed | Failed |
//! | not `Synced` | Pending |
//! | `Synced` and Healthy | Healthy |
//! | Progressing | Applying |
//! | Suspended | Suspended |
//! | Degraded | Applying for a while, then Failed |
//! | Missing, Unknown | Pending |
//!
//! An equal render starts no operation, so none is required.

mod operation;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{Expectation, Verdict, proof, read, version};
use operation::Operation;

/// Straight after a sync an Application may be Degraded for a moment; after this time it counts as failed.
pub const DEGRADED_GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Objects that are named in a message.
const NAMED: usize = 3;

/// What Argo CD is asked to deploy, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    source: Value,
    sources: Value,
    destination: Value,
}

impl Asked {
    /// From an Application's manifest.
    pub fn of(application: &Value) -> Self {
        Self::at(application.get("spec").unwrap_or(&Value::Null))
    }

    /// From what `spec` and `status.sync.comparedTo` have in common. Beside several sources Argo CD writes an empty one.
    fn at(value: &Value) -> Self {
        let member = |name: &str| value.get(name).cloned().unwrap_or(Value::Null);
        let sources = member("sources");
        let several = sources.as_array().is_some_and(|sources| !sources.is_empty());
        Self {
            source: if several { Value::Null } else { member("source") },
            sources: if several { sources } else { Value::Null },
            destination: member("destination"),
        }
    }

    fn same_source(&self, other: &Self) -> bool {
        self.source == other.source && self.sources == other.sources
    }
}

/// A verdict with the word that stands for it as a condition's reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// CamelCase.
    pub reason: &'static str,
    /// When it will be another verdict by itself.
    pub until: Option<Timestamp>,
}

impl Judged {
    fn new(reason: &'static str, verdict: Verdict) -> Self {
        Self {
            verdict,
            reason,
            until: None,
        }
    }
}

/// Whether Argo CD carries what it was asked to, and whether that is healthy.
pub fn carries(application: &Value, asked: &Asked, now: Timestamp) -> Verdict {
    look(application, asked, now).verdict
}

/// As [`carries`], with a reason.
pub fn look(application: &Value, asked: &Asked, now: Timestamp) -> Judged {
    if read::text(application, "/metadata/deletionTimestamp").is_some() {
        return Judged::new(
            "Deleting",
            Verdict::Missing("the Application is being deleted".to_owned()),
        );
    }
    if let Some((reason, message)) = comparison_error(application) {
        return Judged::new(reason, Verdict::Pending(format!("Argo CD cannot compare: {message}")));
    }
    let compared = Asked::at(application.pointer("/status/sync/comparedTo").unwrap_or(&Value::Null));
    let operation = Operation::of(application);
    if compared == *asked
        && let Some(words) = operation.failing(asked)
    {
        return Judged::new("SyncFailing", Verdict::Applying(words));
    }
    let synced = read::text(application, "/status/sync/status") == Some("Synced");
    let failed = operation.failed(application, asked);
    let earned = synced || failed.is_some();
    if compared != *asked || operation.is_open() || operation.is_newer_than_comparison(application, earned) {
        // One sentence for all three: they follow one another within a second.
        let words = "Argo CD is applying it".to_owned();
        let applying = compared == *asked;
        return Judged::new(
            "Applying",
            if applying {
                Verdict::Applying(words)
            } else {
                Verdict::Pending(words)
            },
        );
    }
    if let Some(words) = failed {
        return Judged::new("SyncFailed", Verdict::Failed(words));
    }
    if !synced {
        return Judged::new("OutOfSync", Verdict::Pending(out_of_sync(application)));
    }
    health(application, now)
}

/// What keeps Argo CD from comparing at all, its reason and its words.
fn comparison_error(application: &Value) -> Option<(&'static str, &str)> {
    read::list(application, "/status/conditions").find_map(|condition| {
        let reason = match read::text(condition, "/type")? {
            "ComparisonError" => "ComparisonError",
            "InvalidSpecError" => "InvalidSpecError",
            "UnknownError" => "UnknownError",
            _ => return None,
        };
        Some((reason, read::message(condition)))
    })
}

/// Names what differs, the first few of it.
fn out_of_sync(application: &Value) -> String {
    let differing: Vec<String> = read::list(application, "/status/resources")
        .filter(|resource| read::text(resource, "/status") != Some("Synced"))
        .map(|resource| {
            let part = |pointer| read::text(resource, pointer).unwrap_or("?");
            format!("{} {}", part("/kind"), part("/name"))
        })
        .collect();
    let error = read::condition(application, "SyncError")
        .map(|condition| format!(" ({})", read::message(condition)))
        .unwrap_or_default();
    let named = differing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match differing.len() {
        0 => format!("what runs is not what was asked for yet{error}"),
        count if count > NAMED => format!("not applied yet: {named} and {} more{error}", count - NAMED),
        _ => format!("not applied yet: {named}{error}"),
    }
}

fn health(application: &Value, now: Timestamp) -> Judged {
    let message = |otherwise: &str| {
        read::text(application, "/status/health/message")
            .unwrap_or(otherwise)
            .to_owned()
    };
    match read::text(application, "/status/health/status").unwrap_or("Progressing") {
        "Healthy" => Judged::new("Healthy", Verdict::Healthy),
        "Progressing" => {
            let words = message("it is applied, and what it consists of is not ready yet");
            Judged::new("Progressing", Verdict::Applying(words))
        }
        "Suspended" => Judged::new(
            "Suspended",
            Verdict::Suspended(message("something that it consists of is paused")),
        ),
        "Degraded" => degraded(
            application,
            message("it is applied, and something that it consists of fails"),
            now,
        ),
        "Missing" => Judged::new(
            "ObjectsMissing",
            Verdict::Pending(message("objects that it consists of are missing")),
        ),
        other => {
            let words = message("its health cannot be told");
            Judged::new(
                "HealthUnknown",
                Verdict::Pending(format!("{words} (Argo CD says {other})")),
            )
        }
    }
}

fn degraded(application: &Value, words: String, now: Timestamp) -> Judged {
    let since = read::time(application, "/status/health/lastTransitionTime").unwrap_or(now);
    let until = since.saturating_add(DEGRADED_GRACE).unwrap_or(Timestamp::MAX);
    if now < until {
        return Judged {
            verdict: Verdict::Applying(words),
            reason: "Degraded",
            until: Some(until),
        };
    }
    Judged::new("Degraded", Verdict::Failed(words))
}

/// Whether the operation under way has failed before and works on something that is not asked for any more: another
/// source, or an older revision than the one compared. It would be in the way of what is asked until it gives up.
pub fn is_outdated_retry(application: &Value, asked: &Asked) -> bool {
    Operation::of(application).is_outdated_retry(application, asked)
}

/// Whether an operation runs that could be ended.
pub fn is_running(application: &Value) -> bool {
    read::text(application, "/status/operationState/phase") == Some("Running")
}

/// What an Application proves by itself.
pub(crate) fn judge(live: &Value, expectation: &Expectation) -> Verdict {
    let evidence = proof::Evidence {
        versions: versions(live),
        changed: Operation::of(live).succeeded(),
    };
    if let Some(missing) = proof::missing(live, expectation, &evidence) {
        return Verdict::Pending(missing);
    }
    // Argo CD's own clock: how long something has been so, as of its last look.
    let now = read::time(live, "/status/reconciledAt").unwrap_or(Timestamp::MIN);
    carries(live, &Asked::of(live), now)
}

/// Every version that it shows: what it tracks, what it compared, and the images that run.
fn versions(live: &Value) -> Vec<&str> {
    let own = ["/spec/source/targetRevision", "/status/sync/revision"]
        .into_iter()
        .filter_map(|at| read::text(live, at));
    let sources = read::list(live, "/spec/sources").filter_map(|source| read::text(source, "/targetRevision"));
    let revisions = read::list(live, "/status/sync/revisions").filter_map(Value::as_str);
    let images = read::list(live, "/status/summary/images")
        .filter_map(Value::as_str)
        .flat_map(version::of_image);
    own.chain(sources).chain(revisions).chain(images).collect()
}

#[cfg(test)]
mod tests;
