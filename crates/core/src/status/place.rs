//! What is where: earlier runs of an object, and who holds the stages of a pipeline.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RunPhase;

/// A run that is over, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
