//! What a run remembers between two looks: the part of `PipelineContext.status` and `Pipeline.status` that the
//! machine owns. The types are serialised as they stand; nothing here decides.

mod place;
mod pull_request;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use place::{RunReference, RunSummary, StageHolder};
pub use pull_request::{PullRequest, PullRequestState};

/// One set of values going through one pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStatus {
    /// Number of this run of the object, from 1. It grows when the pipeline or the values in `spec` change.
    pub number: i64,
    /// Place of this run among all runs of the pipeline; a greater number is newer.
    pub sequence: i64,
    /// Pipeline that the run goes through, `namespace/name`: an object may move on to another one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pipeline: String,
    /// Fingerprint of the pipeline reference and the values that this run carries.
    pub fingerprint: String,
    /// The values that this run carries, in short, for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub values: String,
    /// Number of the run that takes its place, as soon as `spec` asks for other values. Until that one begins, this one
    /// only closes its pull requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<i64>,
    /// Where the run as a whole stands.
    pub phase: RunPhase,
    /// One sentence: what is waited for, since when, and who can act.
    pub message: String,
    /// When the run began.
    pub started_at: Timestamp,
    /// When the run ended; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The run in each stage, in the order of the pipeline.
    #[serde(default)]
    pub stages: Vec<StageRun>,
    /// The run on each edge, in the order of the pipeline.
    #[serde(default)]
    pub edges: Vec<EdgeRun>,
}

/// Where a run as a whole stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum RunPhase {
    /// Nothing has begun: the run is queued, suspended, or its pipeline cannot be used.
    Pending,
    /// At least one stage is being promoted.
    Progressing,
    /// Only gates are left to wait for.
    Blocked,
    /// Every stage is promoted, but for those behind a gate whose rejection ends only its branch.
    Succeeded,
    /// A stage or a gate ended the run.
    Failed,
    /// A newer run or a later commit took over.
    Superseded,
    /// A person ended the run, or its pipeline lost every stage.
    Cancelled,
}

impl RunPhase {
    /// True when nothing can change any more, short of a `retry`.
    pub fn is_over(self) -> bool {
        match self {
            Self::Pending | Self::Progressing | Self::Blocked => false,
            Self::Succeeded | Self::Failed | Self::Superseded | Self::Cancelled => true,
        }
    }
}

/// Where a run stands in one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum StageState {
    /// The incoming edges are not open yet.
    Waiting,
    /// The change is being computed and its pull requests opened.
    Promoting,
    /// The pull requests are open.
    AwaitingMerge,
    /// Merged (or nothing to change): proving that it runs and is healthy.
    Verifying,
    /// The change runs and is healthy.
    Promoted,
    /// Ended for the reason that stands beside.
    Failed,
    /// A newer run took the stage over.
    Superseded,
    /// The change was taken back by a later commit before it was proven.
    Overtaken,
    /// Ended by a person, a rejected gate or the removal of the stage.
    Cancelled,
}

impl StageState {
    /// True when this stage run cannot move any more, short of a `retry`.
    pub fn is_over(self) -> bool {
        match self {
            Self::Waiting | Self::Promoting | Self::AwaitingMerge | Self::Verifying => false,
            Self::Promoted | Self::Failed | Self::Superseded | Self::Overtaken | Self::Cancelled => true,
        }
    }

    /// True between the start of the stage and its end.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Promoting | Self::AwaitingMerge | Self::Verifying)
    }

    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Promoting,
        Self::AwaitingMerge,
        Self::Verifying,
        Self::Promoted,
        Self::Failed,
        Self::Superseded,
        Self::Overtaken,
        Self::Cancelled,
    ];

    /// The table of legal steps: the states that may follow this one. The machine takes no other.
    pub fn successors(self) -> &'static [Self] {
        match self {
            Self::Waiting => &[Self::Promoting, Self::Superseded, Self::Cancelled],
            // Straight to `Promoted` where the stage has no services.
            Self::Promoting => &[
                Self::AwaitingMerge,
                Self::Verifying,
                Self::Promoted,
                Self::Failed,
                Self::Superseded,
                Self::Cancelled,
            ],
            Self::AwaitingMerge => &[Self::Verifying, Self::Failed, Self::Superseded, Self::Cancelled],
            Self::Verifying => &[
                Self::Promoted,
                Self::Failed,
                Self::Overtaken,
                Self::Superseded,
                Self::Cancelled,
            ],
            // A `retry`, as the next attempt.
            Self::Failed => &[Self::Promoting],
            Self::Promoted | Self::Superseded | Self::Overtaken | Self::Cancelled => &[],
        }
    }
}

/// One run in one stage.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StageRun {
    /// Name of the stage.
    pub name: String,
    /// Where the run stands here.
    pub state: StageState,
    /// Counts retries, from 1; part of every name that is derived for this stage run.
    pub attempt: i32,
    /// When `state` was reached.
    pub since: Timestamp,
    /// Why, as one word, where there is a reason to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// One sentence for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The pull requests of this stage run: written here before they exist on the forge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_requests: Vec<PullRequest>,
    /// True when the base branch of a planned pull request moved before its branch was made: the plan is made again and
    /// adds what is missing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replan: bool,
    /// Set when the pull requests that are still open are to be closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// Since when a service is paused by somebody, so that the progress deadline does not count down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_since: Option<Timestamp>,
    /// Seconds that the progress deadline was put off because a service was paused.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub suspended_seconds: i64,
}

/// Why the open pull requests of a stage run are to be closed; written down before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// Why, in words.
    pub why: String,
    /// Why it could not be done yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if passes a reference"
)]
fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Whether a run may pass an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum EdgeState {
    /// Not yet.
    Closed,
    /// The run has passed, or may pass.
    Open,
    /// The run will never pass.
    Shut,
}

/// One run on one edge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EdgeRun {
    /// Stage that the edge leaves.
    pub from: String,
    /// Stage that the edge enters.
    pub to: String,
    /// Whether the run may pass.
    pub state: EdgeState,
    /// The gates of this run on this edge; absent until the source stage is promoted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateRun>,
}

/// Where a gate of one run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum GateState {
    /// Waiting for its condition, or for a person.
    Pending,
    /// Work of its own is going on.
    Running,
    /// The run may pass.
    Open,
    /// A person said no.
    Rejected,
    /// Its condition can no longer come true.
    Failed,
    /// Nobody decided in time.
    Expired,
}

/// One gate of one run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateRun {
    /// Name of the gate.
    pub name: String,
    /// Where it stands.
    pub state: GateState,
    /// When `state` was reached.
    pub since: Timestamp,
    /// One sentence for a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Who decided, when and what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<GateDecision>,
}

/// A person's decision on a gate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateDecision {
    /// What was decided.
    pub decision: Verdict,
    /// Who decided.
    pub user: String,
    /// When.
    pub at: Timestamp,
    /// Name of the Approval object.
    pub approval: String,
    /// What the person said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// The run may pass.
    Approve,
    /// The run may not pass.
    Reject,
}
