//! `PrAutomationTrigger`: asks for one pull request, outside of any pipeline.

use jiff::Timestamp;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{ObjectReference, Reconciliation, Values, any_object, status};
use crate::rules;

/// Which recipe, with which values, on which branch.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "PrAutomationTrigger",
    plural = "prautomationtriggers",
    namespaced,
    status = "PrAutomationTriggerStatus",
    derive = "PartialEq",
    shortname = "prt",
    category = "stagecoach",
    doc = "Asks a PrAutomation for one pull request, or for one patch, outside of any pipeline. Changing its spec asks for another one.",
    printcolumn(
        name = "Automation",
        type_ = "string",
        json_path = ".spec.prAutomationRef.name",
        description = "The recipe"
    ),
    printcolumn(
        name = "State",
        type_ = "string",
        json_path = ".status.pullRequest.state",
        description = "Where the pull request stands, or that the patch is made"
    ),
    printcolumn(
        name = "Pull request",
        type_ = "string",
        json_path = ".status.pullRequest.url",
        description = "Address of the pull request"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether the pull request was made"
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        description = "Why it is ready or not",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::present("prAutomationRef", "the PrAutomation that makes the pull request"))]
pub struct PrAutomationTriggerSpec {
    /// The recipe.
    #[serde(default, skip_serializing_if = "ObjectReference::is_unset")]
    #[x_kube(validation = rules::named("prAutomationRef", "the PrAutomation that makes the pull request"))]
    pub pr_automation_ref: ObjectReference,
    /// Head branch to make.
    #[schemars(length(max = 250))]
    #[x_kube(validation = Rule::new(r"self.matches('^[^-/\\s~^:?*\\[\\\\][^\\s~^:?*\\[\\\\]*$') && !self.contains('..') && !self.endsWith('/')")
        .message("branch is the head branch to make: write a name that git allows, as in update/app-1.2.3"))]
    pub branch: String,
    /// The values that the recipe needs.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    #[schemars(schema_with = "any_object")]
    pub context: Values,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

status! {
    /// The pull request or the patch that was made.
    pub struct PrAutomationTriggerStatus {
        /// The pull request that the spec asks for, or the one before as long as that cannot be made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub pull_request: Option<TriggeredPullRequest>,
        /// The patch, where the PrAutomation says `patch: true` and something changes: the mail of `git format-patch`, on
        /// `pullRequest.baseCommit`. Made once for each generation of the spec; whoever may read this object can read it.
        /// `kubectl get prautomationtrigger NAME -n NAMESPACE -o jsonpath='{.status.patch}' | git am` makes the commit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 262_144))]
        pub patch: Option<String>,
        /// Pull requests that earlier generations of the spec asked for, as they stood then; the newest ten, newest
        /// first. They are left alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = 10))]
        pub earlier: Vec<TriggeredPullRequest>,
    }
}

/// A pull request outside of any pipeline: the intent first, then what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TriggeredPullRequest {
    /// The generation of spec that asked for it.
    pub generation: i64,
    /// Name of the ScmConnection.
    pub connection: String,
    /// Repository on the forge, `owner/name`.
    pub repository: String,
    /// Base branch.
    pub base: String,
    /// Head branch. Nothing is made there in place of a patch.
    pub branch: String,
    /// Commit of the base branch that the change was computed on.
    pub base_commit: String,
    /// Date of the commit, so that repeating the work gives the same commit.
    pub commit_date: Timestamp,
    /// Number on the forge; absent until it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// Address for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where it stands.
    pub state: TriggerState,
    /// The merge result on the base branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_commit: Option<String>,
    /// What the change set warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Where a pull request outside of any pipeline stands, or the patch in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TriggerState {
    /// The pull request is about to be opened.
    Intended,
    /// It waits for people.
    Open,
    /// It was merged.
    Merged,
    /// It was closed without a merge.
    Closed,
    /// Nothing was to be changed, so there is neither a pull request nor a patch.
    Unchanged,
    /// The patch is in `status.patch`, and nothing was opened.
    PatchMade,
}
