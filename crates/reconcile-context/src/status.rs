//! Status: builds what is to be remembered and writes it, once an object and pass, skipped where nothing changed.

mod build;
mod progress;

use std::sync::Arc;

use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use stagecoach_api::PipelineContext;
use stagecoach_core::{Decision, Graph};
use stagecoach_runtime::{KubeError, apply_status, managers};

pub(crate) use progress::Progress;

use crate::Context;
use crate::observe::{Failure, Observed, Unusable};

/// Writes the statuses of a decision: the contexts first, then what is where.
///
/// Returns the positions of the contexts that were written, and whether the pipeline was.
///
/// # Errors
/// The first write that fails; what was written before it is found again in the next pass.
pub(crate) async fn write(
    context: &Context,
    observed: &Observed,
    graph: &Graph,
    decision: &Decision,
    failures: &[Failure],
    now: Timestamp,
) -> Result<Written, KubeError> {
    let mut written = Written::default();
    for (position, object) in observed.contexts.iter().enumerate() {
        let Some(input) = observed.inputs.get(position) else {
            continue;
        };
        let mut failed = failures.iter().chain(&observed.failures);
        let failure = failed.find(|failure| failure.context == input.context);
        let run = decision.runs.get(&input.context);
        let next = build::context(object, input, run, failure, now);
        if store(context, object, next).await? {
            written.contexts.push(position);
        }
    }
    if let Some(pipeline) = &observed.pipeline {
        let current = Progress::of(pipeline.status.as_ref());
        let next = current.after(graph, &observed.inputs, decision);
        let api = Api::namespaced(
            context.runtime.client.clone(),
            &pipeline.namespace().unwrap_or_default(),
        );
        let manager = managers::PIPELINE_PROGRESS;
        if let Some(object) = apply_status(&api, pipeline.as_ref(), Some(&current), &next, manager).await? {
            context.caches.pipelines.remember(object);
            written.pipeline = true;
        }
    }
    Ok(written)
}

/// What a pass wrote.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Positions in `Observed::contexts`.
    pub(crate) contexts: Vec<usize>,
    pub(crate) pipeline: bool,
}

impl Written {
    pub(crate) fn is_empty(&self) -> bool {
        self.contexts.is_empty() && !self.pipeline
    }
}

/// Tells every context of a pipeline that cannot be used what it waits for. Returns the positions of those written.
///
/// # Errors
/// The first write that fails.
pub(crate) async fn write_unusable(
    context: &Context,
    observed: &Observed,
    unusable: &Unusable,
    now: Timestamp,
) -> Result<Vec<usize>, KubeError> {
    let mut written = Vec::new();
    for (position, object) in observed.contexts.iter().enumerate() {
        if store(context, object, build::unusable(object, unusable, now)).await? {
            written.push(position);
        }
    }
    Ok(written)
}

async fn store(
    context: &Context,
    object: &Arc<PipelineContext>,
    next: stagecoach_api::PipelineContextStatus,
) -> Result<bool, KubeError> {
    let api = Api::namespaced(context.runtime.client.clone(), &object.namespace().unwrap_or_default());
    let current = object.status.as_ref();
    let written = apply_status(&api, object.as_ref(), current, &next, managers::CONTEXT_STATUS).await?;
    let wrote = written.is_some();
    if let Some(object) = written {
        context.caches.contexts.remember(object);
    }
    Ok(wrote)
}
