//! Act: carries out what the machine decided. Plans only read; every effect is find-or-create and rests on intent that
//! an earlier pass wrote down.

mod assign;
mod open;
mod plan;

pub(crate) use assign::sequences;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;
use stagecoach_api::PipelineContext;
use stagecoach_core::input::{ActionResult, Outcome};
use stagecoach_core::status::{PullRequest, RunStatus, StageRun};
use stagecoach_core::{Action, ContextKey, Graph};
use stagecoach_delivery::{self as delivery, Forge};
use stagecoach_runtime::Classify as _;
use stagecoach_scm::{RepositoryId, State};

use crate::Context;
use crate::memory::{Attempt, PipelineMemory, Prepared};
use crate::observe::{Failure, Observed};

/// Effects that run at the same time for one pipeline.
const CONCURRENT: usize = 8;

/// What became of a pass's actions.
#[derive(Default)]
pub(crate) struct Acted {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) failures: Vec<Failure>,
}

/// What all actions of a pass need.
pub(crate) struct Scene<'a> {
    pub(crate) context: &'a Context,
    pub(crate) observed: &'a Observed,
    pub(crate) graph: &'a Graph,
    /// The runs as they stand after the decision.
    pub(crate) runs: &'a BTreeMap<ContextKey, RunStatus>,
    pub(crate) now: Timestamp,
}

impl Scene<'_> {
    /// The stage run of an attempt.
    pub(crate) fn stage_run(&self, attempt: &Attempt) -> Option<&StageRun> {
        self.runs
            .get(&attempt.context)?
            .stages
            .iter()
            .find(|stage| stage.name == attempt.stage)
    }

    /// The object of a context.
    pub(crate) fn object(&self, context: &ContextKey) -> Option<&PipelineContext> {
        let position = self
            .observed
            .inputs
            .iter()
            .position(|input| input.context == *context)?;
        self.observed.contexts.get(position).map(AsRef::as_ref)
    }
}

/// What an action came to, and what the next pass should remember.
struct Done {
    result: ActionResult,
    remember: Vec<(String, Prepared)>,
}

impl From<ActionResult> for Done {
    fn from(result: ActionResult) -> Self {
        Self {
            result,
            remember: Vec::new(),
        }
    }
}

/// Carries `actions` out. A failure of one holds up its own stage only.
pub(crate) async fn act(scene: &Scene<'_>, actions: &[Action], memory: &mut PipelineMemory) -> Acted {
    let mut acted = Acted::default();
    let recalled = &*memory;
    let done: Vec<(Action, Option<Attempt>, Result<Done, delivery::Error>)> = stream::iter(actions.to_vec())
        .map(|action| async move {
            let attempt = attempt(scene, &action);
            let done = match &attempt {
                Some(attempt) => perform(scene, &action, attempt, recalled).await,
                None => Ok(ActionResult::Assigned.into()),
            };
            (action, attempt, done)
        })
        .buffered(CONCURRENT)
        .collect()
        .await;
    for (action, attempt, done) in done {
        if let (Action::Open { pull_request, .. }, Some(attempt)) = (&action, &attempt) {
            memory.begin(attempt, &pull_request.group);
        }
        let result = match done {
            Ok(done) => {
                let keyed = attempt.map(|attempt| (attempt, done.remember));
                memory.remember(keyed, &done.result);
                done.result
            }
            Err(error) => {
                let failed = failure(&action, &error);
                let (reason, message) = (error.reason().to_owned(), error.to_string());
                if error.is_refusal() {
                    ActionResult::Refused { reason, message }
                } else {
                    acted.failures.extend(failed);
                    ActionResult::Held { reason, message }
                }
            }
        };
        acted.outcomes.push(Outcome { action, result });
    }
    acted
}

async fn perform(
    scene: &Scene<'_>,
    action: &Action,
    attempt: &Attempt,
    memory: &PipelineMemory,
) -> Result<Done, delivery::Error> {
    match action {
        Action::AssignSequence { .. } => Ok(ActionResult::Assigned.into()),
        Action::Plan { .. } => {
            let planned = plan::plan(scene, attempt).await?;
            Ok(Done {
                result: ActionResult::Planned(planned.records),
                remember: planned.prepared,
            })
        }
        Action::Open { pull_request, .. } => open::open(scene, attempt, pull_request, memory).await.map(Done::from),
        Action::Close {
            pull_request, comment, ..
        } => close(scene, pull_request, comment).await.map(Done::from),
        Action::Comment {
            pull_request, comment, ..
        } => {
            let (forge, repository) = place(scene, pull_request)?;
            delivery::comment(&forge, &repository, &pull_request.base, &pull_request.branch, comment).await?;
            Ok(ActionResult::Commented.into())
        }
        Action::Confirm { .. } => Ok(ActionResult::Confirmed(open::stands(scene, attempt).await?).into()),
    }
}

/// Where a pull request is.
fn place(scene: &Scene<'_>, record: &PullRequest) -> Result<(Arc<Forge>, RepositoryId), delivery::Error> {
    let forge = scene.context.connections.forge(&record.connection)?;
    Ok((forge, RepositoryId::parse(&record.repository)?))
}

async fn close(scene: &Scene<'_>, record: &PullRequest, comment: &str) -> Result<ActionResult, delivery::Error> {
    let (forge, repository) = place(scene, record)?;
    let state = delivery::close(&forge, &repository, &record.base, &record.branch, comment).await?;
    Ok(match state {
        Some(State::Merged { commit, at }) => ActionResult::AlreadyMerged {
            commit: commit.to_string(),
            at,
        },
        Some(State::Open | State::Closed) | None => ActionResult::Closed,
    })
}

/// The attempt that an action is for: as it stands now, or as it begins now.
fn attempt(scene: &Scene<'_>, action: &Action) -> Option<Attempt> {
    let (context, stage) = action.target();
    let stage = stage?;
    let run = scene.runs.get(context)?;
    let attempt = run.stages.iter().find(|candidate| candidate.name == stage)?.attempt;
    Some(Attempt {
        context: context.clone(),
        run: run.number,
        stage: stage.to_owned(),
        attempt,
    })
}

fn failure(action: &Action, error: &delivery::Error) -> Option<Failure> {
    let (context, stage) = action.target();
    Some(Failure {
        context: context.clone(),
        stage: stage?.to_owned(),
        class: error.class(),
        reason: error.reason(),
        message: error.to_string(),
    })
}
