//! Status: the conditions of a pipeline, and the generation that they speak of.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Api, ResourceExt as _};
use serde::Serialize;
use stagecoach_api::Pipeline;
use stagecoach_runtime::{KubeError, apply_status, conditions, managers};

use crate::Context;
use crate::decide::Verdict;

/// The fields of `Pipeline.status` that this reconciler writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Usability {
    readonly: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_generation: Option<i64>,
    conditions: Vec<Condition>,
}

/// Writes the verdict; true when there was something to write.
///
/// # Errors
/// When the write fails.
pub(crate) async fn write(context: &Context, pipeline: &Pipeline, verdict: &Verdict) -> Result<bool, KubeError> {
    let current = pipeline
        .status
        .as_ref()
        .map_or_else(Usability::default, |status| Usability {
            readonly: false,
            observed_generation: status.observed_generation,
            conditions: status.conditions.clone(),
        });
    let generation = pipeline.metadata.generation;
    let mut next = Usability {
        observed_generation: generation,
        ..current.clone()
    };
    let (list, now) = (&mut next.conditions, context.runtime.now());
    match verdict {
        Verdict::Usable { message } => conditions::set_ready(list, verdict.reason(), message, generation, now),
        Verdict::Incomplete { message } => {
            conditions::set_reconciling(list, verdict.reason(), message, generation, now);
        }
        Verdict::Invalid { message, .. } => conditions::set_stalled(list, verdict.reason(), message, generation, now),
    }
    let api = Api::namespaced(
        context.runtime.client.clone(),
        &pipeline.namespace().unwrap_or_default(),
    );
    let written = apply_status(&api, pipeline, Some(&current), &next, managers::PIPELINE_STATUS).await?;
    let wrote = written.is_some();
    if let Some(object) = written {
        context.pipelines.remember(object);
    }
    Ok(wrote)
}
