//! What runs: one reader a kind, the object as JSON in, a verdict in words out.
//!
//! Two questions are answered here. [`judge`] is the promotion's proof: does the merged change run, and is it healthy?
//! [`application::carries`] is what `reconcile-service` asks of Argo CD: does it carry what it was asked to carry? Both
//! are pure: no clock, no network, no types of any client. The rule behind all of it: *applied* is proven before
//! *healthy* counts, because the old revision being healthy is the commonest false green.

pub mod application;
mod contains;
mod daemon_set;
mod deployment;
mod proof;
mod read;
mod service_deployment;
mod stateful_set;
mod version;

pub use contains::{contains, first_difference};
pub use service_deployment::SYNCHRONIZED;

use jiff::Timestamp;
use serde_json::Value;

/// What a merged change leads one to expect of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The object's manifest as merged, when a changed file holds it. The live object must contain its `spec`.
    pub document: Option<Value>,
    /// The version that must run, asked for where there is no document. With neither, the object must have changed since
    /// the merge.
    pub version: Option<String>,
    /// When the change was merged.
    pub since: Timestamp,
}

/// What is to be said of an object, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It carries the change and is healthy. How long it must stay so is the caller's matter.
    Healthy,
    /// The change is not applied yet.
    Pending(String),
    /// The change is being applied, or was and is not healthy yet.
    Applying(String),
    /// It will not come true by itself.
    Failed(String),
    /// Somebody paused it.
    Suspended(String),
    /// The object is not there.
    Missing(String),
    /// It cannot be told.
    Unknown(String),
}

/// The kinds that can be judged.
#[derive(Clone, Copy)]
enum Kind {
    ServiceDeployment,
    Application,
    Deployment,
    StatefulSet,
    DaemonSet,
}

impl Kind {
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "ServiceDeployment" => Some(Self::ServiceDeployment),
            "Application" => Some(Self::Application),
            "Deployment" => Some(Self::Deployment),
            "StatefulSet" => Some(Self::StatefulSet),
            "DaemonSet" => Some(Self::DaemonSet),
            _ => None,
        }
    }
}

/// Whether there is a reader for this kind.
pub fn supports(kind: &str) -> bool {
    Kind::of(kind).is_some()
}

/// Whether the object proves that the merged change runs and is healthy. `live` is `None` where there is no such object.
pub fn judge(kind: &str, live: Option<&Value>, expectation: &Expectation) -> Verdict {
    let Some(reader) = Kind::of(kind) else {
        return Verdict::Unknown(format!("Stagecoach cannot judge objects of the kind {kind}"));
    };
    let Some(live) = live else {
        return Verdict::Missing(format!("there is no such {kind} in the cluster"));
    };
    if read::text(live, "/metadata/deletionTimestamp").is_some() {
        return Verdict::Missing(format!("the {kind} is being deleted"));
    }
    match reader {
        Kind::ServiceDeployment => service_deployment::judge(live, expectation),
        Kind::Application => application::judge(live, expectation),
        Kind::Deployment => deployment::judge(live, expectation),
        Kind::StatefulSet => stateful_set::judge(live, expectation),
        Kind::DaemonSet => daemon_set::judge(live, expectation),
    }
}
