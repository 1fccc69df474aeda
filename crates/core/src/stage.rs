//! Transitions of one stage run. Called by the other rooms of the machine only.

use jiff::{SignedDuration, Timestamp};

use crate::graph::{Criterion, Stage};
use crate::input::{PullRequestSeen, StageObservation};
use crate::status::{Closing, PullRequest, PullRequestState, StageRun, StageState};
use crate::verify::{self, Step};

/// After this time in `Verifying` the message follows what the services say. Before, a healthy promotion is usually
/// over, and a status write for every intermediate verdict would only be noise.
const SLOW: SignedDuration = SignedDuration::from_secs(20);

/// Why a stage run ended, as one word.
pub(crate) mod reason {
    pub(crate) const CANCELLED: &str = "Cancelled";
    pub(crate) const CLOSED: &str = "PullRequestClosed";
    pub(crate) const DEADLINE: &str = "DeadlineExceeded";
    pub(crate) const NOTHING_PLANNED: &str = "NothingPlanned";
    pub(crate) const NOT_REACHED: &str = "NotReached";
    pub(crate) const OVERTAKEN: &str = "Overtaken";
    pub(crate) const REJECTED: &str = "GateRejected";
    pub(crate) const REMOVED: &str = "StageRemoved";
    pub(crate) const SERVICE: &str = "ServiceFailed";
    pub(crate) const SUPERSEDED: &str = "Superseded";
}

/// A stage run that has not started.
pub(crate) fn waiting(name: &str, now: Timestamp) -> StageRun {
    StageRun {
        name: name.to_owned(),
        state: StageState::Waiting,
        attempt: 1,
        since: now,
        reason: None,
        message: String::new(),
        pull_requests: Vec::new(),
        replan: false,
        closing: None,
        suspended_since: None,
        suspended_seconds: 0,
    }
}

/// Takes a step of the table; any other leaves the stage run as it is.
pub(crate) fn enter(stage: &mut StageRun, state: StageState, reason: Option<&str>, message: String, now: Timestamp) {
    if !stage.state.successors().contains(&state) {
        return;
    }
    stage.state = state;
    stage.since = now;
    stage.reason = reason.map(str::to_owned);
    stage.message = message;
    stage.replan = false;
    stage.suspended_since = None;
    stage.suspended_seconds = 0;
}

/// Ends a stage run in favour of another run, for the reason in words, and lets go of its pull requests.
pub(crate) fn supersede(stage: &mut StageRun, why: &str, now: Timestamp) {
    enter(
        stage,
        StageState::Superseded,
        Some(reason::SUPERSEDED),
        why.to_owned(),
        now,
    );
    let_go(stage, why);
}

/// Writes down that the pull requests which may be open are to be closed.
pub(crate) fn let_go(stage: &mut StageRun, why: &str) {
    if stage.pull_requests.iter().any(|record| record.state.is_held()) {
        let problem = stage.closing.take().and_then(|closing| closing.problem);
        stage.closing = Some(Closing {
            why: why.to_owned(),
            problem,
        });
    }
}

/// Ends a stage run because a gate was rejected. What it opened stays open, and is to say so.
pub(crate) fn halt(stage: &mut StageRun, now: Timestamp) {
    let name = &stage.name;
    let notice = format!(
        "A gate of this run was rejected, so Stagecoach has stopped waiting for this pull request in stage {name}. It \
         stays open: merging it still changes {name}, but nothing is promoted further by it."
    );
    for record in stage.pull_requests.iter_mut().filter(|record| record.state.is_held()) {
        record.notice = Some(notice.clone());
    }
    let message = "cancelled because a gate was rejected; its pull requests stay open".to_owned();
    enter(stage, StageState::Cancelled, Some(reason::REJECTED), message, now);
}

/// True while pull requests that are to be closed may be open.
pub(crate) fn is_closing(stage: &StageRun) -> bool {
    stage.closing.is_some() && stage.pull_requests.iter().any(|record| record.state.is_held())
}

/// Starts a failed stage run again as the next attempt. What the attempt before left open is closed first.
pub(crate) fn retry(stage: &mut StageRun, now: Timestamp) {
    stage.attempt = stage.attempt.saturating_add(1);
    stage.pull_requests.retain(|record| record.state.is_held());
    stage.closing = None;
    let why = format!("attempt {} of stage {} takes its place", stage.attempt, stage.name);
    let_go(stage, &why);
    enter(stage, StageState::Promoting, None, String::new(), now);
}

/// Takes over what the forge says of a pull request. A merge and a close are final.
pub(crate) fn see(record: &mut PullRequest, seen: &PullRequestSeen) {
    if !record.state.is_held() {
        return;
    }
    match seen {
        PullRequestSeen::Open => return record.state = PullRequestState::Open,
        PullRequestSeen::Merged { commit, at } => {
            record.state = PullRequestState::Merged;
            record.merge_commit = Some(commit.clone());
            record.merged_at = Some(*at);
        }
        PullRequestSeen::Closed => record.state = PullRequestState::Closed,
    }
    record.notice = None;
}

/// Takes over what was observed of the stage run's open pull requests.
pub(crate) fn observe(run: &mut StageRun, observed: Option<&StageObservation>) {
    let Some(observed) = observed else { return };
    for record in &mut run.pull_requests {
        // What is only intended has not been opened as far as we know: it is found by opening it.
        if record.state == PullRequestState::Open
            && let Some(seen) = observed.pull_requests.get(&record.group)
        {
            see(record, seen);
        }
    }
    settle_closing(run);
}

/// Follows the closing of pull requests to its end.
pub(crate) fn settle_closing(run: &mut StageRun) {
    let done = !is_closing(run);
    match &mut run.closing {
        // The attempt before has let go: this one can be planned.
        Some(_) if done && run.state == StageState::Promoting => {
            run.closing = None;
            run.pull_requests.clear();
        }
        Some(closing) if done => closing.problem = None,
        Some(_) | None => {}
    }
}

/// Moves a started stage run as far as it goes; answers when to look again.
pub(crate) fn advance(
    stage: &Stage,
    run: &mut StageRun,
    observed: Option<&StageObservation>,
    now: Timestamp,
) -> Option<Timestamp> {
    // What was opened is followed to its end, also when an edit of the pipeline took the services away.
    if run.state == StageState::Promoting && run.closing.is_none() && run.pull_requests.is_empty() {
        if stage.services.is_empty() {
            enter(run, StageState::Promoted, None, String::new(), now);
        } else if !writes(stage) {
            enter(run, StageState::Verifying, None, String::new(), now);
        }
    }
    if matches!(run.state, StageState::Promoting | StageState::AwaitingMerge) && run.closing.is_none() {
        pull_requests(run, now);
    }
    if run.state == StageState::Verifying {
        verify::count_suspension(stage, run, observed, now);
        verified(stage, run, observed, now)
    } else {
        None
    }
}

/// From opening to merged.
fn pull_requests(run: &mut StageRun, now: Timestamp) {
    if run.pull_requests.is_empty() {
        return;
    }
    let find = |state| run.pull_requests.iter().find(|record| record.state == state);
    if let Some(closed) = find(PullRequestState::Closed) {
        let message = format!("pull request {} was closed without a merge", closed.label());
        return enter(run, StageState::Failed, Some(reason::CLOSED), message, now);
    }
    let unopened = run.replan || find(PullRequestState::Intended).is_some();
    let open = find(PullRequestState::Open).is_some();
    if !unopened && !open {
        enter(run, StageState::Verifying, None, String::new(), now);
    } else if !unopened && run.state == StageState::Promoting {
        enter(run, StageState::AwaitingMerge, None, String::new(), now);
    }
}

/// From merged to promoted. Where something was merged, the forge is asked before either end: see `Action::Confirm`.
fn verified(
    stage: &Stage,
    run: &mut StageRun,
    observed: Option<&StageObservation>,
    now: Timestamp,
) -> Option<Timestamp> {
    let to_confirm = !run.pull_requests.is_empty();
    match verify::step(stage, run, observed, now) {
        Step::Proven if to_confirm => None,
        Step::Proven => {
            enter(run, StageState::Promoted, None, String::new(), now);
            None
        }
        Step::Failed { reason, message } => {
            enter(run, StageState::Failed, Some(reason), message, now);
            None
        }
        Step::Late { message } if to_confirm => {
            // A reason says what holds the forge's answer up.
            if run.reason.is_none() {
                run.message = message;
            }
            None
        }
        Step::Doubtful { message, at } if to_confirm => {
            if run.reason.is_none() {
                run.message = message;
            }
            at
        }
        Step::Late { message } => {
            enter(run, StageState::Failed, Some(reason::DEADLINE), message, now);
            None
        }
        Step::NotYet { message, at } | Step::Doubtful { message, at } => {
            // What the forge held up before is past: it is asked again when the services are proven.
            if run.reason.take().is_some() {
                run.message.clear();
            }
            let slow = run.since.saturating_add(SLOW).unwrap_or(now);
            if now < slow && run.suspended_since.is_none() {
                run.message.clear();
                return Some(at.map_or(slow, |at| at.min(slow)));
            }
            run.message = message;
            at
        }
    }
}

/// True when a run of this stage writes through pull requests.
pub(crate) fn writes(stage: &Stage) -> bool {
    stage
        .services
        .iter()
        .any(|service| matches!(service.criterion, Criterion::PullRequest { .. }))
}
