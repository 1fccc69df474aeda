//! Edges of a pipeline and the gates on them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::job::JobSpec;
use crate::common::{ObjectReference, Span};
use crate::rules;

/// Joins two stages: a run that was promoted in the first goes on to the second when every gate is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("(has(self.from) && self.from != '') || (has(self.fromId) && self.fromId != '')")
        .message("an edge needs a stage to leave from: write from: with the name of a stage, as in from: dev")
        .reason(Reason::FieldValueRequired)
        .field_path(".from"),
    validation = Rule::new("(has(self.to) && self.to != '') || (has(self.toId) && self.toId != '')")
        .message("an edge needs a stage to lead to: write to: with the name of a stage, as in to: prod")
        .reason(Reason::FieldValueRequired)
        .field_path(".to")
)]
pub struct PipelineEdge {
    /// Name of the stage that the edge leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub from: Option<String>,
    /// Name of the stage that the edge leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub to: Option<String>,
    /// Id of a stage in a console; read as a name where `from` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub from_id: Option<String>,
    /// Id of a stage in a console; read as a name where `to` is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub to_id: Option<String>,
    /// What must be true before a run may pass. Without gates the edge is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub gates: Vec<PipelineGate>,
}

/// A condition on an edge. Each run passes each gate for itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PipelineGate {
    /// Name of the gate, unique on its edge. At least two lower-case letters or digits, with spaces or hyphens between:
    /// `integration tests`.
    #[schemars(length(max = 100))]
    #[x_kube(validation = Rule::new("self.matches('[a-z0-9][ -a]*[a-z0-9]')")
        .message("gates[].name needs at least two lower-case letters or digits, with spaces or hyphens between them: write a name such as approval-gate or integration tests"))]
    pub name: String,
    /// What the gate asks. APPROVAL: a person says yes. WINDOW: the clock is in a time window. JOB: a Kubernetes Job
    /// succeeds. SOAK, METRIC, HTTP, CHECKS and SENTINEL are accepted; a type that this version cannot serve keeps its
    /// edge shut and says so.
    #[serde(rename = "type")]
    pub type_: GateType,
    /// Cluster that the gate's job runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_ref: Option<ObjectReference>,
    /// Handle of the cluster that the gate's job runs on, in place of `clusterRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub cluster: Option<String>,
    /// Sentinel of a SENTINEL gate. Accepted and reported as unsupported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentinel_ref: Option<ObjectReference>,
    /// Settings of the gate, in a block of their own for each type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<GateSpec>,
    /// What a rejection does. Halt: the run fails at once. HaltBranch: only what lies behind this edge ends.
    /// FailAfterOthers: the other branches go on, then the run fails. Ignore: the run counts as if the gate were not
    /// there. Default: Halt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OnReject")]
    pub on_reject: Option<OnReject>,
}

/// What a gate asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GateType {
    /// A person says yes.
    Approval,
    /// The clock is in a time window.
    Window,
    /// A Kubernetes Job succeeds.
    Job,
    /// A sentinel of the original succeeds.
    Sentinel,
    /// Nothing bad happens for some time.
    Soak,
    /// A measured value is as it should be.
    Metric,
    /// A web service says yes.
    Http,
    /// The checks of a commit succeed.
    Checks,
}

/// What a rejection does: Halt, HaltBranch, FailAfterOthers or Ignore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OnReject {
    /// The run fails at once.
    #[default]
    Halt,
    /// Only what lies behind this edge ends.
    HaltBranch,
    /// The other branches go on, then the run fails.
    FailAfterOthers,
    /// The run counts as if the gate were not there.
    Ignore,
}

/// Settings of a gate; the block that belongs to its type is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateSpec {
    /// The job of a JOB gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobSpec>,
    /// Settings of an APPROVAL gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalGate>,
}

/// Settings of an APPROVAL gate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalGate {
    /// What the person who decides should look at. Shown wherever the approval is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub instructions: Option<String>,
    /// How long an answer is waited for; after that the gate has expired. A length of time such as 72h. Default: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = rules::duration("approval.timeout"))]
    pub timeout: Option<Span>,
    /// True when the person who asked for the run may not approve it. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_requester: Option<bool>,
}
