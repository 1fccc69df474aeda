//! What a run remembers between two looks: the part of `PipelineContext.status` and `Pipeline.status` that the
//! machine owns. The types are serialised as they stand; nothing here decides.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One set of values going through one pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStatus {
    /// Number of this run of the object, from 1. It grows when the pipeline or the values in `spec` change.
    pub number: i64,
    /// Place of this run among all runs of the pipeline; a greater number is newer.
    pub sequence: i64,
    /// Fingerprint of the pipeline reference and the values that this run carries.
    pub fingerprint: String,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunPhase {
    /// Nothing has begun: the run is queued, suspended, or its pipeline cannot be used.
    Pending,
    /// At least one stage is being promoted.
    Progressing,
    /// Only gates are left to wait for.
    Blocked,
    /// Every stage is promoted.
    Succeeded,
    /// A stage or a gate ended the run.
    Failed,
    /// A newer run or a later commit took over.
    Superseded,
    /// A person, or the removal of a stage, ended the run.
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
}

/// One run in one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
}

/// Where a pull request stands, as last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PullRequestState {
    /// Written down, not known to exist yet.
    Intended,
    /// Open on the forge.
    Open,
    /// Merged into its base branch.
    Merged,
    /// Closed without a merge.
    Closed,
    /// Not needed: the base branch already holds the wanted content.
    Unchanged,
}

/// One pull request of a stage run: the intent first, then what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PullRequest {
    /// Identifies the group of services that share this pull request.
    pub group: String,
    /// Name of the ScmConnection.
    pub connection: String,
    /// Repository on the forge, `owner/name`.
    pub repository: String,
    /// Base branch.
    pub base: String,
    /// Head branch.
    pub branch: String,
    /// Commit of the base branch that the change was computed on.
    pub base_commit: String,
    /// Date of the commit, so that repeating the work gives the same commit.
    pub commit_date: Timestamp,
    /// Title of the pull request.
    pub title: String,
    /// Services whose change it carries, `Kind namespace/name`.
    pub services: Vec<String>,
    /// Paths that it changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Where it stands.
    pub state: PullRequestState,
    /// Head commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_commit: Option<String>,
    /// Number on the forge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// Address for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The merge result on the base branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_commit: Option<String>,
    /// When it was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<Timestamp>,
    /// What the change set warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl PullRequest {
    /// How a person calls it: `owner/name#7`, or the branch while it has no number.
    pub fn label(&self) -> String {
        match self.number {
            Some(number) => format!("{}#{number}", self.repository),
            None => format!("{} branch {}", self.repository, self.branch),
        }
    }
}

/// Whether a run may pass an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EdgeState {
    /// Not yet.
    Closed,
    /// The run has passed, or may pass.
    Open,
    /// The run will never pass.
    Shut,
}

/// One run on one edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verdict {
    /// The run may pass.
    Approve,
    /// The run may not pass.
    Reject,
}

/// A run that is over, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Number of the run.
    pub number: i64,
    /// Place among all runs of the pipeline.
    pub sequence: i64,
    /// Its values in short.
    pub values: String,
    /// How it ended.
    pub phase: RunPhase,
    /// When it ended, or was replaced.
    pub finished_at: Timestamp,
}

/// Per stage of a pipeline: what is where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StageHolder {
    /// Name of the stage.
    pub name: String,
    /// The run that is on its way into the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<RunReference>,
    /// The run that was promoted here last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promoted: Option<RunReference>,
}

/// Names a run and what it carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunReference {
    /// Namespace of the PipelineContext.
    pub namespace: String,
    /// Name of the PipelineContext.
    pub name: String,
    /// UID of the PipelineContext.
    pub uid: String,
    /// Number of the run.
    pub run: i64,
    /// Place among all runs of the pipeline.
    pub sequence: i64,
    /// Its values in short, for example `0.1.0`.
    pub values: String,
    /// Since when.
    pub since: Timestamp,
}
