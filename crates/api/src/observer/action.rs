//! What an observer does about a newer version.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{ObjectReference, Values, any_object};
use crate::rules;

/// Something to do about a newer version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("self.type != 'PIPELINE' || has(self.configuration.pipeline)")
        .message("an action of type PIPELINE needs the block configuration.pipeline: write pipeline: {pipelineRef: {name: example}, context: {version: $value}}")
        .reason(Reason::FieldValueRequired)
        .field_path(".configuration.pipeline"),
    validation = Rule::new("self.type != 'PR' || has(self.configuration.pr)")
        .message("an action of type PR needs the block configuration.pr: write pr: {prAutomationRef: {name: example}, context: {version: $value}}")
        .reason(Reason::FieldValueRequired)
        .field_path(".configuration.pr"),
    validation = Rule::new("self.type != 'AGENT' || has(self.configuration.agent)")
        .message("an action of type AGENT needs the block configuration.agent: write agent: with runtime, prompt and repository")
        .reason(Reason::FieldValueRequired)
        .field_path(".configuration.agent")
)]
pub struct ObserverAction {
    /// PIPELINE: start a run of a pipeline. PR: open a pull request. AGENT: accepted and reported as unsupported.
    #[serde(rename = "type")]
    pub type_: ActionType,
    /// Settings; the block that belongs to `type` is read.
    pub configuration: ActionConfiguration,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActionType {
    /// Start a run of a pipeline.
    Pipeline,
    /// Open a pull request.
    Pr,
    /// Start a coding agent of a console.
    Agent,
}

/// Settings of an action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct ActionConfiguration {
    /// For the type PIPELINE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<PipelineAction>,
    /// For the type PR.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr: Option<PrAction>,
    /// For the type AGENT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentAction>,
}

/// A run to start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::present("pipelineRef", "the Pipeline to start a run of"))]
pub struct PipelineAction {
    /// The pipeline. The PipelineContext is made in its namespace.
    #[serde(default, skip_serializing_if = "ObjectReference::is_unset")]
    #[x_kube(validation = rules::named("pipeline.pipelineRef", "the Pipeline to start a run of"))]
    pub pipeline_ref: ObjectReference,
    /// The values of the run. `$value` in a text is replaced by the version that was found; for add-ons `$version`,
    /// `$chartVersion` and `$images` are known as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub context: Option<Values>,
}

/// A pull request to open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.prAutomationRef) || has(self.ai)")
        .message("pr needs a recipe: write prAutomationRef: {name: example} with the name of a PrAutomation")
        .reason(Reason::FieldValueRequired)
        .field_path(".prAutomationRef")
)]
pub struct PrAction {
    /// The recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::named("pr.prAutomationRef", "the PrAutomation that makes the pull request"))]
    pub pr_automation_ref: Option<ObjectReference>,
    /// Repository, in place of the automation's `identifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Name of the head branch; `$value` is replaced by the version that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch_template: Option<String>,
    /// The values for the recipe; `$value` in a text is replaced by the version that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub context: Option<Values>,
    /// E-mail address of a console's user. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Help by a language model. Accepted and reported as unsupported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai: Option<PrActionAi>,
}

/// Help by a language model. Accepted and reported as unsupported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrActionAi {
    /// Whether it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What to ask for.
    pub prompt: String,
}

/// A coding agent to start. Accepted and reported as unsupported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentAction {
    /// The agent's runtime.
    pub runtime: String,
    /// What to ask for.
    pub prompt: String,
    /// Repository to work on.
    pub repository: String,
    /// Handle of the cluster that the runtime is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
}
