//! `Observer`: looks for newer versions and starts runs or pull requests when there is one.

mod action;
mod target;

pub use action::{ActionConfiguration, ActionType, AgentAction, ObserverAction, PipelineAction, PrAction, PrActionAi};
pub use target::{
    AddOnTarget, GitFilter, GitTarget, GitTargetType, HelmTarget, ObserverTarget, OciTarget, Order, Renovate,
    TargetType,
};

use jiff::Timestamp;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{ObjectReference, Reconciliation, status};

/// Where to look, when, and what to do about a newer version.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "Observer",
    plural = "observers",
    namespaced,
    status = "ObserverStatus",
    derive = "PartialEq",
    shortname = "obs",
    category = "stagecoach",
    doc = "Looks for newer versions in a registry or repository, on a schedule, and starts a run of a pipeline or a \
           pull request when there is one. It looks at once when it is made, when its spec changes, and when it gets \
           the annotation stagecoach.dev/poll with a new value.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether the last look succeeded"
    ),
    printcolumn(
        name = "Target",
        type_ = "string",
        json_path = ".spec.target.type",
        description = "Where it looks"
    ),
    printcolumn(
        name = "Last",
        type_ = "string",
        json_path = ".status.lastValue",
        description = "The newest version that was seen"
    ),
    printcolumn(
        name = "Polled",
        type_ = "date",
        json_path = ".status.lastPollAt",
        description = "How long ago it looked"
    ),
    printcolumn(
        name = "Next",
        type_ = "string",
        json_path = ".status.nextPollAt",
        description = "When it looks again"
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.message",
        description = "What came of the last look",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(r"self.crontab.matches('^\\s*(\\S+\\s+){4}\\S+\\s*$')")
        .message("crontab has five fields (minute, hour, day of month, month, day of week): write for example '*/5 * * * *' for every five minutes")
        .field_path(".crontab"),
    validation = Rule::new(format!("!self.crontab.matches('{FIVE_FIELDS}') || self.crontab.matches('{CRON_RANGES}')"))
        .message("crontab has a field that is out of range: minute 0-59, hour 0-23, day of month 1-31, month 1-12 or JAN-DEC, day of week 0-7 or SUN-SAT; lists (1,15), ranges (1-5) and steps (*/5) are allowed")
        .field_path(".crontab")
)]
pub struct ObserverSpec {
    /// Name to show. Default: the name of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// When to look, as five fields of cron: minute, hour, day of month, month, day of week. In UTC.
    #[schemars(length(max = 256))]
    pub crontab: String,
    /// The version to start from: only what is newer counts. Without it the first look fires for the newest there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<String>,
    /// Where to look, and how versions are told apart and ordered.
    pub target: ObserverTarget,
    /// What to do about a newer version, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub actions: Vec<ObserverAction>,
    /// Accepted and read back; projects exist only in a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_ref: Option<ObjectReference>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

/// Five fields, whatever stands in them.
const FIVE_FIELDS: &str = r"^\\s*(\\S+\\s+){4}\\S+\\s*$";

/// Five fields, each within its range. `L`, `W`, `#` and `?` belong to dialects of cron and are left to the reader of
/// the schedule.
const CRON_RANGES: &str = concat!(
    r"^(?i)\\s*",
    r"([*?]|[0-5]?[0-9])(-[0-5]?[0-9])?(/[0-9]+)?(,([*?]|[0-5]?[0-9])(-[0-5]?[0-9])?(/[0-9]+)?)*\\s+",
    r"([*?]|[01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?(/[0-9]+)?(,([*?]|[01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?(/[0-9]+)?)*\\s+",
    r"([*?]|L|LW|(0?[1-9]|[12][0-9]|3[01])W?)(-(0?[1-9]|[12][0-9]|3[01]))?(/[0-9]+)?(,([*?]|L|LW|(0?[1-9]|[12][0-9]|3[01])W?)(-(0?[1-9]|[12][0-9]|3[01]))?(/[0-9]+)?)*\\s+",
    r"([*?]|0?[1-9]|1[0-2]|[A-Z]{3})(-(0?[1-9]|1[0-2]|[A-Z]{3}))?(/[0-9]+)?(,([*?]|0?[1-9]|1[0-2]|[A-Z]{3})(-(0?[1-9]|1[0-2]|[A-Z]{3}))?(/[0-9]+)?)*\\s+",
    r"([*?]|([0-7]|[A-Z]{3})(L|#[1-5])?)(-([0-7]|[A-Z]{3}))?(/[0-9]+)?(,([*?]|([0-7]|[A-Z]{3})(L|#[1-5])?)(-([0-7]|[A-Z]{3}))?(/[0-9]+)?)*",
    r"\\s*$",
);

status! {
    /// What was seen last, and what was done about it.
    pub struct ObserverStatus {
        /// The newest version that was seen and acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_value: Option<String>,
        /// When the target was looked at last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_poll_at: Option<Timestamp>,
        /// When it will be looked at next.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub next_poll_at: Option<Timestamp>,
        /// A newer version whose actions are not all done yet, so that each is done once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub checkpoint: Option<Checkpoint>,
        /// The last `stagecoach.dev/poll` that was carried out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub handled_poll: Option<String>,
        /// What came of the last look, in one sentence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message: Option<String>,
    }
}

/// What was already done about a newer version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// The version.
    pub value: String,
    /// The actions that are done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<FiredAction>,
}

/// An action that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FiredAction {
    /// Identifies the action by its content, so that its place in the list may change.
    pub action: String,
    /// What it made: an object or a pull request.
    pub made: String,
    /// When.
    pub at: Timestamp,
}
