//! `PipelineContext`: a set of values that goes through a pipeline, and how far it has come.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use stagecoach_core::status::{RunPhase, RunStatus, RunSummary};

use crate::common::{ObjectReference, Reconciliation, Values, any_object, status};
use crate::rules;

/// Which values go through which pipeline.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "PipelineContext",
    plural = "pipelinecontexts",
    namespaced,
    status = "PipelineContextStatus",
    derive = "PartialEq",
    shortname = "pctx",
    category = "stagecoach",
    doc = "A set of values, such as a version, that goes through a pipeline. Applying it starts a run; changing its \
           pipeline or values starts the next one; applying the same again does nothing. Its status says how far the \
           run has come, what it waits for, and who can act.",
    printcolumn(
        name = "Pipeline",
        type_ = "string",
        json_path = ".spec.pipelineRef.name",
        description = "The pipeline that the values go through"
    ),
    printcolumn(
        name = "Version",
        type_ = "string",
        json_path = ".spec.context.version",
        description = "The value called version"
    ),
    printcolumn(
        name = "Phase",
        type_ = "string",
        json_path = ".status.phase",
        description = "Where the run stands"
    ),
    printcolumn(
        name = "Waiting for",
        type_ = "string",
        json_path = ".status.message",
        description = "What is waited for, since when, and who can act"
    ),
    printcolumn(
        name = "Run",
        type_ = "integer",
        json_path = ".status.run.number",
        description = "Number of the run of this object",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::present("pipelineRef", "the Pipeline that the values go through"))]
pub struct PipelineContextSpec {
    /// The pipeline that the values go through.
    #[serde(default, skip_serializing_if = "ObjectReference::is_unset")]
    #[x_kube(validation = rules::named("pipelineRef", "the Pipeline that the values go through"))]
    pub pipeline_ref: ObjectReference,
    /// The values, for example `version: "1.2.3"`. Templates read them as `{{ context.version }}`. Write versions in
    /// quotes: without them YAML reads 1.10 as a number.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    #[schemars(schema_with = "any_object")]
    pub context: Values,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
    /// True holds back every new step of this run. Open pull requests and running jobs are left alone.
    #[serde(default)]
    pub suspend: bool,
}

status! {
    /// How far the values have come.
    pub struct PipelineContextStatus {
        /// Where the run stands: Pending, Progressing, Blocked, Succeeded, Failed, Superseded or Cancelled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "RunPhase")]
        pub phase: Option<RunPhase>,
        /// What is waited for, since when, and who can act, in one sentence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message: Option<String>,
        /// The run that goes on, or the last one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub run: Option<RunStatus>,
        /// Earlier runs of this object, newest first, one line each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub history: Vec<RunSummary>,
        /// The last `stagecoach.dev/retry` that was carried out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub handled_retry: Option<String>,
        /// The last `stagecoach.dev/cancel` that was carried out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub handled_cancel: Option<String>,
    }
}
