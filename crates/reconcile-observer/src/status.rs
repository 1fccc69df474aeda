//! Status: the last value that fired, when it was polled and when it comes again.

use jiff::Timestamp;
use kube::{Api, ResourceExt as _};
use stagecoach_api::Observer;
use stagecoach_api::observer::{Checkpoint, FiredAction};
use stagecoach_runtime::{KubeError, apply_status, conditions, managers};

use crate::act::Fired;
use crate::schedule::{POLL, next_poll};
use crate::{Context, Error};

/// Writes what a poll came to. True when that is another sentence than before.
pub(crate) async fn write(
    context: &Context,
    observer: &Observer,
    outcome: &Result<Option<Fired>, Error>,
    now: Timestamp,
) -> Result<bool, KubeError> {
    let mut status = observer.status.clone().unwrap_or_default();
    let generation = observer.metadata.generation;
    status.observed_generation = generation;
    status.handled_poll = observer.annotations().get(POLL).cloned();
    status.next_poll_at = next_poll(observer, now);
    match outcome {
        Ok(fired) => {
            status.last_poll_at = Some(now);
            if let Some(fired) = fired {
                status.last_value = Some(fired.value.clone());
                status.checkpoint = Some(checkpoint(fired, now));
            }
            let last = status.last_value.as_deref().unwrap_or("nothing");
            let message = format!("{last} is the newest version");
            conditions::set_ready(&mut status.conditions, "Polled", &message, generation, now);
            status.message = Some(message);
        }
        Err(error) => {
            conditions::set_error(&mut status.conditions, error, generation, now);
            status.message = Some(error.to_string());
        }
    }
    let api = Api::namespaced(
        context.runtime.client.clone(),
        &observer.namespace().unwrap_or_default(),
    );
    let written = apply_status(
        &api,
        observer,
        observer.status.as_ref(),
        &status,
        managers::OBSERVER_STATUS,
    )
    .await?;
    if let Some(object) = written {
        context.observers.remember(object);
    }
    let before = observer.status.as_ref().and_then(|status| status.message.as_ref());
    Ok(before != status.message.as_ref())
}

fn checkpoint(fired: &Fired, now: Timestamp) -> Checkpoint {
    let action = |(position, made): (usize, &String)| FiredAction {
        action: position.to_string(),
        made: made.clone(),
        at: now,
    };
    Checkpoint {
        value: fired.value.clone(),
        fired: fired.made.iter().enumerate().map(action).collect(),
    }
}
