//! `--wait`: stays with a run until it is over and writes each new sentence of its status.

use std::pin::pin;

use futures::StreamExt as _;
use jiff::SignedDuration;
use kube::{
    Api,
    runtime::{WatchStreamExt as _, watcher},
};
use stagecoach_api::PipelineContext;
use stagecoach_core::status::RunPhase;
use stagecoach_runtime::ObjectKey;

use crate::{error::Error, output::Output};

/// Returns once the run succeeded; an error when it ended otherwise, or not in time.
pub(crate) async fn until_over(
    api: Api<PipelineContext>,
    key: &ObjectKey,
    timeout: Option<SignedDuration>,
    output: &mut Output,
) -> Result<(), Error> {
    let mut said = String::new();
    let following = follow(api, key, &mut said, output);
    match timeout {
        None => following.await,
        Some(timeout) => {
            let limit = timeout.unsigned_abs();
            match tokio::time::timeout(limit, following).await {
                Ok(result) => result,
                Err(_) => Err(Error::TimedOut {
                    context: key.to_string(),
                    message: said,
                }),
            }
        }
    }
}

async fn follow(
    api: Api<PipelineContext>,
    key: &ObjectKey,
    said: &mut String,
    output: &mut Output,
) -> Result<(), Error> {
    let mut changes = pin!(watcher::watch_object(api, &key.name).default_backoff());
    while let Some(change) = changes.next().await {
        let context = match change {
            Ok(Some(context)) => context,
            Ok(None) => return Err(Error::Deleted(key.to_string())),
            Err(error) => {
                // The watch begins again by itself; a person should know why nothing is said.
                output.note(format_args!("the watch broke off and begins again: {error}"));
                continue;
            }
        };
        let Some(status) = context.status else { continue };
        if let Some(message) = status.message.filter(|message| message != said) {
            *said = message;
            output.result(said)?;
        }
        match (status.phase, status.run) {
            (Some(RunPhase::Succeeded), _) => return Ok(()),
            (Some(phase), Some(run)) if phase.is_over() => {
                return Err(Error::Ended {
                    context: key.to_string(),
                    run: run.number,
                    phase,
                    message: run.message,
                });
            }
            _ => {}
        }
    }
    Err(Error::Deleted(key.to_string()))
}
