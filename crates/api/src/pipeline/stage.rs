//! A stage of a pipeline: its services, and how a run gets into them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{ObjectReference, Span};
use crate::rules;

/// One stop on the way, such as dev or prod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PipelineStage {
    /// Name of the stage, unique in the pipeline. Renaming a stage is removing one and adding another.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("stages[].name", "give the stage a name, as in dev, staging or prod"))]
    pub name: String,
    /// The workloads of the stage. A stage without any is a pure decision point: it is promoted as soon as it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub services: Vec<StageService>,
    /// How many of the incoming edges must be open before the stage starts: All or Any. Default: All. The original
    /// starts a stage as soon as one is open; `join: Any` restores that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Join")]
    pub join: Option<Join>,
    /// What a failure in this stage does. Halt: the run fails. Revert: the last version that was promoted here is
    /// applied again through a pull request. Default: Halt. The original reverts; `onFailure: Revert` restores that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OnFailure")]
    pub on_failure: Option<OnFailure>,
    /// True merges the pull requests of this stage as soon as the forge allows it. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_merge: Option<bool>,
    /// How long it may take from the merge until everything runs and is healthy; after that the stage fails. A length of
    /// time such as 30m. Default: 30m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = rules::duration("progressDeadline"))]
    pub progress_deadline: Option<Span>,
    /// How long everything must stay healthy before the stage counts as promoted. A length of time such as 10s. Default:
    /// 10s, or what the operator was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = rules::duration("stability"))]
    pub stability: Option<Span>,
}

/// How many incoming edges must be open before a stage starts: All or Any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Join {
    /// Every one.
    #[default]
    All,
    /// One is enough.
    Any,
}

/// What a failure in a stage does: Halt or Revert.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OnFailure {
    /// The run fails.
    #[default]
    Halt,
    /// The version that was promoted here before is applied again.
    Revert,
}

/// A workload of a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::present("serviceRef", "the workload that this stage deploys"))]
pub struct StageService {
    /// The workload. Without a `kind` it is a ServiceDeployment; Application, Kustomization, HelmRelease,
    /// KeptnAppVersion, Rollout, Deployment, StatefulSet and DaemonSet are read as well.
    #[serde(default, skip_serializing_if = "ObjectReference::is_unset")]
    #[x_kube(validation = rules::named("serviceRef", "the workload that this stage deploys"))]
    pub service_ref: ObjectReference,
    /// How a run gets into this workload. Without it nothing is written: Stagecoach only watches what runs there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// What must run before the workload counts as promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Expectation>,
}

/// How a run gets into a workload: by a pull request (`prAutomationRef`), or by copying from another service
/// (`serviceRef`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Criteria {
    /// Service to copy from: its git ref and folder, chart and chart version, and the keys listed in `secrets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::named("criteria.serviceRef", "the service to copy from"))]
    pub service_ref: Option<ObjectReference>,
    /// PrAutomation that makes the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::named("criteria.prAutomationRef", "the PrAutomation that makes the pull request"))]
    pub pr_automation_ref: Option<ObjectReference>,
    /// Repository for the pull request, in place of the automation's `identifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub repository: Option<String>,
    /// Keys of the source's `configuration` to copy. A key that the source does not have fails the stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub secrets: Vec<String>,
    /// Accepted and reported as unsupported: changes written by a language model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai: Option<AiCriteria>,
    /// ScmConnection for the pull request of `ai`. Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_ref: Option<ObjectReference>,
}

/// A change written by a language model. Accepted and reported as unsupported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiCriteria {
    /// Whether it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What to ask for.
    pub prompt: String,
    /// Title of the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Message of the commit and text of the pull request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What must run before a workload counts as promoted. Both are templates over the values of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expectation {
    /// The version that must run. Default: `{{ context.version }}` where the run has such a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub version: Option<String>,
    /// The image that must run, as a name with a tag or digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub image: Option<String>,
}
