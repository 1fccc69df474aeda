//! Looking at what a user would look at.

use serde_json::Value;
use stagecoach_api::PipelineContext;

/// What `kubectl get pipelinecontext` says of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Column PHASE.
    pub phase: String,
    /// Column WAITING FOR.
    pub message: String,
}

/// Phase and message of a context.
pub fn context_status(context: &PipelineContext) -> Seen {
    let value = json(context);
    Seen {
        phase: text(&value["status"]["phase"]),
        message: text(&value["status"]["message"]),
    }
}

/// One stage of a context's run, as JSON; null when there is none.
pub fn stage(context: &PipelineContext, name: &str) -> Value {
    let value = json(context);
    let stages = value["status"]["run"]["stages"].as_array().cloned().unwrap_or_default();
    stages
        .into_iter()
        .find(|stage| stage["name"] == name)
        .unwrap_or(Value::Null)
}

/// The first pull request of a stage, as JSON; null when there is none.
pub fn pull_request_of(context: &PipelineContext, name: &str) -> Value {
    stage(context, name)["pullRequests"][0].clone()
}

/// The gate of that name, as JSON; null when there is none.
pub fn gate(context: &PipelineContext, name: &str) -> Value {
    let value = json(context);
    let edges = value["status"]["run"]["edges"].as_array().cloned().unwrap_or_default();
    let gates = edges
        .into_iter()
        .flat_map(|edge| edge["gates"].as_array().cloned().unwrap_or_default());
    gates
        .into_iter()
        .find(|gate| gate["name"] == name)
        .unwrap_or(Value::Null)
}

/// Every stage with its state, for messages of waits: `dev Promoted, prod Waiting`.
pub fn plan_of(context: &PipelineContext) -> String {
    let value = json(context);
    let stages = value["status"]["run"]["stages"].as_array().cloned().unwrap_or_default();
    let states = stages
        .iter()
        .map(|stage| format!("{} {}", text(&stage["name"]), text(&stage["state"])));
    format!(
        "{} ({})",
        states.collect::<Vec<_>>().join(", "),
        text(&value["status"]["message"])
    )
}

fn json(context: &PipelineContext) -> Value {
    // Every one of our types serialises.
    serde_json::to_value(context).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
