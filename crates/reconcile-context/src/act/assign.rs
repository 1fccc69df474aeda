//! Sequence numbers: which run is newer is decided by `Pipeline.status` under its resource version, never by a clock.

use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use stagecoach_api::pipeline::SequenceEntry;
use stagecoach_core::{Action, ContextKey, Graph, RunInput, decide};
use stagecoach_runtime::{KubeError, apply_status, managers};

use crate::Context;
use crate::observe::Observed;
use crate::status::Progress;

/// Gives every run that asks for one its number, and notes which stages it is about to enter, in one write. Returns
/// whether there was anything to write.
///
/// # Errors
/// When the write fails; a conflict means that the numbers are not ours to give yet.
pub(crate) async fn sequences(
    context: &Context,
    observed: &Observed,
    graph: &Graph,
    actions: &[Action],
    now: Timestamp,
) -> Result<bool, KubeError> {
    let wanted: Vec<(&ContextKey, i64)> = actions
        .iter()
        .filter_map(|action| match action {
            Action::AssignSequence { context, run } => Some((context, *run)),
            Action::Plan { .. }
            | Action::Open { .. }
            | Action::Close { .. }
            | Action::Comment { .. }
            | Action::Confirm { .. } => None,
        })
        .collect();
    let Some(pipeline) = observed.pipeline.as_ref().filter(|_| !wanted.is_empty()) else {
        return Ok(false);
    };
    let current = Progress::of(pipeline.status.as_ref());
    let next = assign(graph, &current, &observed.inputs, &wanted, now);
    let api = Api::namespaced(
        context.runtime.client.clone(),
        &pipeline.namespace().unwrap_or_default(),
    );
    let manager = managers::PIPELINE_PROGRESS;
    if let Some(object) = apply_status(&api, pipeline.as_ref(), Some(&current), &next, manager).await? {
        context.caches.pipelines.remember(object);
    }
    Ok(true)
}

fn assign(
    graph: &Graph,
    current: &Progress,
    inputs: &[RunInput],
    wanted: &[(&ContextKey, i64)],
    now: Timestamp,
) -> Progress {
    let mut next = current.clone();
    // Numbers of runs that began, or whose object is gone, have done their duty.
    next.sequences.retain(|entry| {
        let input = inputs.iter().find(|input| input.context.uid == entry.uid);
        input.is_some_and(|input| input.status.as_ref().is_none_or(|run| entry.run > run.number))
    });
    let mut inputs = inputs.to_vec();
    let mut last = next.last_sequence.unwrap_or(0);
    for &(context, run) in wanted {
        last = last.saturating_add(1);
        next.sequences.push(SequenceEntry {
            namespace: context.namespace.clone(),
            name: context.name.clone(),
            uid: context.uid.clone(),
            run,
            sequence: last,
        });
        for input in inputs.iter_mut().filter(|input| input.context == *context) {
            input.sequence = Some(last);
        }
    }
    next.last_sequence = Some(last);
    let begun = decide(graph, &inputs, now);
    next.after(graph, &inputs, &begun)
}
