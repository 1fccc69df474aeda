//! Sequence numbers: which run is newer is decided by `Pipeline.status` under its resource version, never by a clock.

use kube::{Api, ResourceExt as _};
use stagecoach_api::pipeline::SequenceEntry;
use stagecoach_core::{Action, ContextKey};
use stagecoach_runtime::{KubeError, apply_status, managers};

use super::Scene;
use crate::status::Progress;

/// Gives every run that asks for one its number, in one write. Returns whether there was anything to write.
///
/// # Errors
/// When the write fails; a conflict means that the numbers are not ours to give yet.
pub(super) async fn sequences(scene: &Scene<'_>, actions: &[Action]) -> Result<bool, KubeError> {
    let wanted: Vec<(&ContextKey, i64)> = actions
        .iter()
        .filter_map(|action| match action {
            Action::AssignSequence { context, run } => Some((context, *run)),
            Action::Plan { .. } | Action::Open { .. } | Action::Close { .. } | Action::Confirm { .. } => None,
        })
        .collect();
    let Some(pipeline) = scene.observed.pipeline.as_ref().filter(|_| !wanted.is_empty()) else {
        return Ok(false);
    };
    let current = Progress::of(pipeline.status.as_ref());
    let mut next = current.clone();
    // Numbers of runs that began, or whose object is gone, have done their duty.
    next.sequences.retain(|entry| {
        let input = scene
            .observed
            .inputs
            .iter()
            .find(|input| input.context.uid == entry.uid);
        input.is_some_and(|input| input.status.as_ref().is_none_or(|run| entry.run > run.number))
    });
    let mut last = next.last_sequence.unwrap_or(0);
    for (context, run) in wanted {
        last = last.saturating_add(1);
        next.sequences.push(SequenceEntry {
            namespace: context.namespace.clone(),
            name: context.name.clone(),
            uid: context.uid.clone(),
            run,
            sequence: last,
        });
    }
    next.last_sequence = Some(last);
    let client = scene.context.runtime.client.clone();
    let api = Api::namespaced(client, &pipeline.namespace().unwrap_or_default());
    let written = apply_status(
        &api,
        pipeline.as_ref(),
        Some(&current),
        &next,
        managers::PIPELINE_PROGRESS,
    )
    .await?;
    if let Some(object) = written {
        scene.context.caches.pipelines.remember(object);
    }
    Ok(true)
}
