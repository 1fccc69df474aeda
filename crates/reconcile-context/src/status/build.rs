//! The status of one context, from its run. Pure.

use jiff::Timestamp;
use kube::ResourceExt as _;
use stagecoach_api::{PipelineContext, PipelineContextStatus};
use stagecoach_core::RunInput;
use stagecoach_core::status::{RunPhase, RunStatus, RunSummary};
use stagecoach_runtime::{Class, conditions};

use crate::observe::{CANCEL, Failure, RETRY, Unusable};

/// Earlier runs of one object that are kept.
const HISTORY: usize = 10;

/// What a context's status is after a pass.
pub(super) fn context(
    object: &PipelineContext,
    input: &RunInput,
    run: Option<&RunStatus>,
    failure: Option<&Failure>,
    now: Timestamp,
) -> PipelineContextStatus {
    let mut status = object.status.clone().unwrap_or_default();
    let generation = object.metadata.generation;
    status.observed_generation = generation;
    if let Some(token) = object.annotations().get(RETRY) {
        status.handled_retry = Some(token.clone());
    }
    if let Some(token) = object.annotations().get(CANCEL) {
        status.handled_cancel = Some(token.clone());
    }
    let Some(run) = run else {
        let message = if input.suspend { SUSPENDED } else { QUEUED };
        status.phase = Some(RunPhase::Pending);
        status.message = Some(message.to_owned());
        conditions::set_reconciling(&mut status.conditions, "Pending", message, generation, now);
        return status;
    };
    if let Some(before) = status.run.take().filter(|before| before.number != run.number) {
        status.history.insert(0, summary(&before, now));
        status.history.truncate(HISTORY);
    }
    status.sha = Some(run.fingerprint.clone());
    status.phase = Some(run.phase);
    let message = told(run, failure);
    conditions_of(&mut status, run, &message, failure, generation, now);
    status.message = Some(message);
    status.run = Some(run.clone());
    status
}

/// What the run waits for, and what keeps Stagecoach from seeing or doing its part of it.
fn told(run: &RunStatus, failure: Option<&Failure>) -> String {
    match failure {
        Some(failure) if !run.phase.is_over() && !run.message.contains(&failure.message) => {
            format!("{}; but {}", run.message, failure.message)
        }
        Some(_) | None => run.message.clone(),
    }
}

const SUSPENDED: &str = "suspended: set spec.suspend to false to start the run";
const QUEUED: &str = "the run is about to start";

/// What a context's status is while its pipeline cannot be used. A run that has begun is kept as it is.
pub(super) fn unusable(object: &PipelineContext, unusable: &Unusable, now: Timestamp) -> PipelineContextStatus {
    let mut status = object.status.clone().unwrap_or_default();
    let generation = object.metadata.generation;
    status.observed_generation = generation;
    if status.run.as_ref().is_none_or(|run| !run.phase.is_over()) {
        status.phase.get_or_insert(RunPhase::Pending);
        status.message = Some(unusable.message.clone());
        conditions::remove(&mut status.conditions, conditions::BLOCKED);
        conditions::set_reconciling(
            &mut status.conditions,
            unusable.reason,
            &unusable.message,
            generation,
            now,
        );
    }
    status
}

fn summary(run: &RunStatus, now: Timestamp) -> RunSummary {
    RunSummary {
        number: run.number,
        sequence: run.sequence,
        values: run.values.clone(),
        phase: run.phase,
        finished_at: run.finished_at.unwrap_or(now),
    }
}

fn conditions_of(
    status: &mut PipelineContextStatus,
    run: &RunStatus,
    message: &str,
    failure: Option<&Failure>,
    generation: Option<i64>,
    now: Timestamp,
) {
    let list = &mut status.conditions;
    if run.phase != RunPhase::Blocked {
        conditions::remove(list, conditions::BLOCKED);
    }
    match (run.phase, failure.map(|failure| failure.class)) {
        (RunPhase::Succeeded, _) => conditions::set_ready(list, "Succeeded", message, generation, now),
        (RunPhase::Failed, _) => conditions::set_stalled(list, reason_of(run), message, generation, now),
        (RunPhase::Superseded | RunPhase::Cancelled, _) => {
            let reason = if run.phase == RunPhase::Superseded {
                "Superseded"
            } else {
                "Cancelled"
            };
            conditions::upsert(list, conditions::READY, false, reason, message, generation, now);
            conditions::remove(list, conditions::RECONCILING);
            conditions::remove(list, conditions::STALLED);
        }
        (RunPhase::Pending | RunPhase::Progressing | RunPhase::Blocked, Some(Class::Stalled)) => {
            let reason = failure.map_or("Stalled", |failure| failure.reason);
            conditions::set_stalled(list, reason, message, generation, now);
        }
        (RunPhase::Blocked, _) => {
            conditions::upsert(list, conditions::BLOCKED, true, "GatePending", message, generation, now);
            conditions::set_reconciling(list, "GatePending", message, generation, now);
        }
        (RunPhase::Pending | RunPhase::Progressing, _) => {
            let reason = failure.map_or_else(|| activity(run), |failure| failure.reason);
            conditions::set_reconciling(list, reason, message, generation, now);
        }
    }
}

/// Why a run failed, as one word.
fn reason_of(run: &RunStatus) -> &str {
    let failed = run
        .stages
        .iter()
        .find(|stage| stage.state == stagecoach_core::status::StageState::Failed);
    failed
        .and_then(|stage| stage.reason.as_deref())
        .unwrap_or("GateRejected")
}

/// What goes on, as one word.
fn activity(run: &RunStatus) -> &'static str {
    use stagecoach_core::status::StageState as S;
    let active = run
        .stages
        .iter()
        .find(|stage| stage.state.is_active())
        .map(|stage| stage.state);
    match active {
        Some(S::Promoting) => "Promoting",
        Some(S::AwaitingMerge) => "AwaitingMerge",
        Some(S::Verifying) => "Verifying",
        _ => "Pending",
    }
}
