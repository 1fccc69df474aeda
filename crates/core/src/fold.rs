//! Folds the results of effects into the stage runs that asked for them. Called by `machine` only.

use jiff::Timestamp;

use crate::graph::Stage;
use crate::input::{Action, ActionResult, Outcome, PullRequestSeen, StageObservation};
use crate::stage::{self, reason};
use crate::status::{PullRequest, PullRequestState, StageRun, StageState};
use crate::verify::{self, Step};

/// One result into its stage run; `wanted` is the stage as the pipeline has it, unless it was taken out.
pub(crate) fn fold(
    wanted: Option<&Stage>,
    run: &mut StageRun,
    observed: Option<&StageObservation>,
    outcome: &Outcome,
    now: Timestamp,
) {
    match &outcome.action {
        Action::AssignSequence { .. } => {}
        Action::Plan { .. } => plan(run, &outcome.result, now),
        Action::Open { pull_request, .. } => open(run, pull_request, &outcome.result, now),
        Action::Close { pull_request, .. } => close(run, pull_request, &outcome.result),
        Action::Comment { pull_request, .. } => commented(run, pull_request, &outcome.result),
        Action::Confirm { .. } => confirm(wanted, run, observed, &outcome.result, now),
    }
}

/// True for the results that say why something was not done. They are folded last, so that what else was done in the
/// same pass does not wipe the message out.
pub(crate) fn is_held(outcome: &Outcome) -> bool {
    matches!(outcome.result, ActionResult::Held { .. })
}

fn plan(run: &mut StageRun, result: &ActionResult, now: Timestamp) {
    if run.state != StageState::Promoting {
        return;
    }
    match result {
        ActionResult::Planned(planned) => {
            // What is there already is on the forge, or may be: the plan only adds what is missing.
            for record in planned {
                if !run.pull_requests.iter().any(|known| known.group == record.group) {
                    run.pull_requests.push(record.clone());
                }
            }
            run.replan = false;
            (run.reason, run.message) = (None, String::new());
            if run.pull_requests.is_empty() {
                let message = "its automations name no change for any of its services".to_owned();
                stage::enter(run, StageState::Failed, Some(reason::NOTHING_PLANNED), message, now);
            }
        }
        other => not_done(run, other, now),
    }
}

fn open(run: &mut StageRun, action: &PullRequest, result: &ActionResult, now: Timestamp) {
    let Some(position) = position(run, action) else { return };
    match result {
        ActionResult::Opened {
            number,
            url,
            head_commit,
            seen,
            warnings,
        } => {
            let record = &mut run.pull_requests[position];
            let new = |warning: &&String| !record.warnings.contains(*warning);
            let new: Vec<String> = warnings.iter().filter(new).cloned().collect();
            record.warnings.extend(new);
            record.number = Some(*number);
            record.url = Some(url.clone());
            record.head_commit = Some(head_commit.clone());
            stage::see(record, seen);
            if run.state.is_active() {
                (run.reason, run.message) = (None, String::new());
            }
        }
        ActionResult::Replan if run.state == StageState::Promoting => {
            if run.pull_requests[position].state == PullRequestState::Intended {
                run.pull_requests.remove(position);
                run.replan = true;
            }
        }
        other => not_done(run, other, now),
    }
}

fn close(run: &mut StageRun, action: &PullRequest, result: &ActionResult) {
    let Some(position) = position(run, action) else { return };
    let record = &mut run.pull_requests[position];
    match result {
        ActionResult::Closed => stage::see(record, &PullRequestSeen::Closed),
        ActionResult::AlreadyMerged { commit, at } => {
            let (commit, at) = (commit.clone(), *at);
            stage::see(record, &PullRequestSeen::Merged { commit, at });
        }
        ActionResult::Held { message, .. } | ActionResult::Refused { message, .. } => {
            if let Some(closing) = &mut run.closing {
                closing.problem = Some(message.clone());
            }
        }
        ActionResult::Assigned
        | ActionResult::Planned(_)
        | ActionResult::Opened { .. }
        | ActionResult::Replan
        | ActionResult::Commented
        | ActionResult::Confirmed(_) => {}
    }
    stage::settle_closing(run);
}

fn commented(run: &mut StageRun, action: &PullRequest, result: &ActionResult) {
    if let (ActionResult::Commented, Some(position)) = (result, position(run, action)) {
        run.pull_requests[position].notice = None;
    }
}

fn confirm(
    wanted: Option<&Stage>,
    run: &mut StageRun,
    observed: Option<&StageObservation>,
    result: &ActionResult,
    now: Timestamp,
) {
    if run.state != StageState::Verifying {
        return;
    }
    match result {
        ActionResult::Confirmed(true) => match wanted.map(|wanted| verify::step(wanted, run, observed, now)) {
            Some(Step::Proven) => stage::enter(run, StageState::Promoted, None, String::new(), now),
            Some(Step::Late { message }) => {
                stage::enter(run, StageState::Failed, Some(reason::DEADLINE), message, now);
            }
            // The doubt was unfounded: verification goes on.
            Some(Step::Doubtful { message, .. }) => (run.reason, run.message) = (None, message),
            Some(Step::NotYet { .. } | Step::Failed { .. }) | None => {}
        },
        ActionResult::Confirmed(false) => {
            let message = "a later commit on the base branch took the change back before it was proven".to_owned();
            stage::enter(run, StageState::Overtaken, Some(reason::OVERTAKEN), message, now);
        }
        other => not_done(run, other, now),
    }
}

/// What every effect of a stage run that goes on may answer.
fn not_done(run: &mut StageRun, result: &ActionResult, now: Timestamp) {
    match result {
        ActionResult::Refused { reason, message } => {
            stage::enter(run, StageState::Failed, Some(reason), message.clone(), now);
        }
        ActionResult::Held { reason, message } if run.state.is_active() => {
            (run.reason, run.message) = (Some(reason.clone()), message.clone());
        }
        ActionResult::Held { .. }
        | ActionResult::Assigned
        | ActionResult::Planned(_)
        | ActionResult::Opened { .. }
        | ActionResult::Replan
        | ActionResult::Closed
        | ActionResult::AlreadyMerged { .. }
        | ActionResult::Commented
        | ActionResult::Confirmed(_) => {}
    }
}

fn position(run: &StageRun, action: &PullRequest) -> Option<usize> {
    run.pull_requests
        .iter()
        .position(|record| record.group == action.group && record.branch == action.branch)
}
