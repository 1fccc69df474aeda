//! `Pipeline`: stages joined by edges, with gates on the edges, and what is where.

mod gate;
mod job;
mod stage;

pub use gate::{ApprovalGate, GateSpec, GateType, OnReject, PipelineEdge, PipelineGate};
pub use job::{Container, ContainerResources, EnvFrom, EnvVar, JobSpec, ResourceList, Toleration};
pub use stage::{AiCriteria, Criteria, Expectation, Join, OnFailure, PipelineStage, StageService};

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stagecoach_core::status::StageHolder;

use crate::common::{Bindings, ObjectReference, Reconciliation, status};

/// Stages, edges and how runs behave.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "Pipeline",
    plural = "pipelines",
    namespaced,
    status = "PipelineStatus",
    derive = "PartialEq",
    shortname = "pipe",
    category = "stagecoach",
    doc = "A way from one stage to the next, such as dev, staging, prod. A version travels along it by pull requests: \
           each stage gets its own, and is left only when the merged change runs there, is healthy, and the gates on \
           the edge are open. Start a run with a PipelineContext.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether the pipeline can be used"
    ),
    printcolumn(
        name = "Where",
        type_ = "string",
        json_path = ".status.summary",
        description = "What is in each stage, and what is on its way"
    ),
    printcolumn(
        name = "Suspended",
        type_ = "boolean",
        json_path = ".spec.suspend",
        description = "Whether new steps are held back",
        priority = 1
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
pub struct PipelineSpec {
    /// The stages. Their order here is the order in which they are shown; which comes after which is said by `edges`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub stages: Vec<PipelineStage>,
    /// Which stage follows on which, and what must be true before a version may pass. A stage that no edge leads to is
    /// where runs begin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000))]
    pub edges: Vec<PipelineEdge>,
    /// Accepted and read back; flows exist only in a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_ref: Option<ObjectReference>,
    /// Accepted and read back; projects exist only in a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_ref: Option<ObjectReference>,
    /// Accepted and read back. Here approving is a permission of Kubernetes: the verb `approve` on this pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bindings: Option<Bindings>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
    /// What a newer run does to older ones. Latest: it takes their place stage by stage, and their open pull requests
    /// are closed. Queue: it waits for them. Parallel: it ignores them.
    #[serde(default)]
    pub supersede: Supersede,
    /// True holds back every new step of every run. Open pull requests and running jobs are left alone.
    #[serde(default)]
    pub suspend: bool,
    /// How many finished contexts that Stagecoach itself made are kept for this pipeline. Contexts that somebody else
    /// made are never deleted.
    #[serde(default = "twenty")]
    #[schemars(range(min = 0, max = 1000))]
    pub history_limit: i32,
    /// What happens to the open pull requests of a context that is deleted: Orphan leaves them open, Close closes them.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

fn twenty() -> i32 {
    20
}

/// What a newer run does to older ones of the same pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Supersede {
    /// It takes their place, stage by stage.
    #[default]
    Latest,
    /// It waits for them.
    Queue,
    /// It ignores them.
    Parallel,
}

/// What happens to the open pull requests of a context that is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They stay open.
    #[default]
    Orphan,
    /// They are closed.
    Close,
}

status! {
    /// What is where, and whether the pipeline can be used.
    pub struct PipelineStatus {
        /// What is in each stage and what is on its way, in one line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub summary: Option<String>,
        /// Sequence number of the newest run; every run of this pipeline gets the next one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_sequence: Option<i64>,
        /// Sequence numbers that were given out to runs that are not over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub sequences: Vec<SequenceEntry>,
        /// Per stage: the run on its way in, and the one that was promoted there last.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub stages: Vec<StageHolder>,
    }
}

/// The sequence number of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SequenceEntry {
    /// Namespace of the PipelineContext.
    pub namespace: String,
    /// Name of the PipelineContext.
    pub name: String,
    /// UID of the PipelineContext.
    pub uid: String,
    /// Number of the run of that object.
    pub run: i64,
    /// Its place among all runs of the pipeline.
    pub sequence: i64,
}
