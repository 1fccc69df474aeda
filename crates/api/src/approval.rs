//! `Approval`: one person's decision on one gate of one run. It is written once and never changed; the operator reads
//! it, an admission policy makes sure that nobody decides in another's name or without the permission.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use stagecoach_core::status::Verdict;

use crate::common::status;
use crate::rules;

/// Who decided what, on which gate of which run.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "stagecoach.dev",
    version = "v1alpha1",
    kind = "Approval",
    plural = "approvals",
    namespaced,
    status = "ApprovalStatus",
    derive = "PartialEq",
    shortname = "appr",
    category = "stagecoach",
    doc = "One person's decision on one gate of one run of a pipeline, in the pipeline's namespace. Who makes it needs \
           the verb approve on that pipeline. It cannot be changed; deleting it after the gate opened changes nothing.",
    printcolumn(
        name = "Pipeline",
        type_ = "string",
        json_path = ".spec.pipelineRef.name",
        description = "The pipeline"
    ),
    printcolumn(
        name = "Context",
        type_ = "string",
        json_path = ".spec.contextRef.name",
        description = "The context that the run belongs to"
    ),
    printcolumn(
        name = "To",
        type_ = "string",
        json_path = ".spec.edge.to",
        description = "The stage that the gate stands before"
    ),
    printcolumn(name = "Gate", type_ = "string", json_path = ".spec.gate", description = "The gate"),
    printcolumn(
        name = "Decision",
        type_ = "string",
        json_path = ".spec.decision",
        description = "What was decided"
    ),
    printcolumn(
        name = "User",
        type_ = "string",
        json_path = ".spec.user",
        description = "Who decided"
    ),
    printcolumn(
        name = "Counted",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether the decision counts",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        description = "Why it counts or not",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[kube(validation = Rule::new("self.spec == oldSelf.spec")
    .message("an Approval cannot be changed: delete it and make another one with a name of its own")
    .reason(Reason::FieldValueForbidden)
    .field_path(".spec"))]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSpec {
    /// The pipeline, in the namespace of this object.
    pub pipeline_ref: LocalPipeline,
    /// The context whose run waits at the gate.
    pub context_ref: ContextReference,
    /// Number of the run. Default: the run that is current when this object is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub run: Option<i64>,
    /// The edge that the gate stands on.
    pub edge: EdgeReference,
    /// Name of the gate.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("gate", "write the name of the gate that is decided on"))]
    pub gate: String,
    /// Who decides; it must be the user that makes this object.
    #[schemars(length(max = 1024))]
    #[x_kube(validation = rules::not_blank("user", "write your own user name, as kubectl auth whoami shows it"))]
    pub user: String,
    /// Approve or Reject.
    pub decision: Verdict,
    /// Why, for those who read it later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub comment: Option<String>,
    /// Answers to what the gate asks for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "inputs_schema")]
    pub inputs: BTreeMap<String, String>,
}

/// Names a pipeline in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct LocalPipeline {
    /// Name of the Pipeline.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("pipelineRef.name", "write the name of the Pipeline"))]
    pub name: String,
}

/// Names a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct ContextReference {
    /// Name of the PipelineContext.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("contextRef.name", "write the name of the PipelineContext"))]
    pub name: String,
    /// Namespace of the PipelineContext. Default: the namespace of this object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub namespace: Option<String>,
    /// UID of the PipelineContext, so that one made anew under the same name is not meant. Without it the approval
    /// counts only when it is younger than the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub uid: Option<String>,
}

/// Names an edge by its two stages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct EdgeReference {
    /// Name of the stage that the edge leaves.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("edge.from", "write the name of the stage that the edge leaves"))]
    pub from: String,
    /// Name of the stage that the edge leads to.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("edge.to", "write the name of the stage that the edge leads to"))]
    pub to: String,
}

fn inputs_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "maxProperties": 64,
        "additionalProperties": { "type": "string", "maxLength": 4096 }
    })
}

status! {
    /// Whether the decision counts.
    pub struct ApprovalStatus {}
}
