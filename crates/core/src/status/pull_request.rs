//! A pull request as a stage run remembers it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a pull request stands, as last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// What is still to be said on it, because nobody waits for it any more; written down before it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// What the change set warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl PullRequestState {
    /// True while the pull request may be open on the forge.
    pub fn is_held(self) -> bool {
        matches!(self, Self::Intended | Self::Open)
    }
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
