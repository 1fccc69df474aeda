//! Transitions of one stage run. Called by `machine` only.

use jiff::{SignedDuration, Timestamp};

use crate::graph::Stage;
use crate::input::{Proof, PullRequestSeen, StageObservation};
use crate::machine::writes;
use crate::status::{PullRequest, PullRequestState, StageRun, StageState};

/// After this time in `Verifying` the message follows what the services say. Before, a healthy promotion is usually
/// over, and a status write for every intermediate verdict would only be noise.
const SLOW: SignedDuration = SignedDuration::from_secs(20);

/// What verification has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Every service carries the change and was healthy for the stability time.
    Proven,
    /// Look again at the time, if there is one; the sentence says what is missing.
    NotYet { message: String, at: Option<Timestamp> },
    /// It will not come true.
    Failed { reason: &'static str, message: String },
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
    }
}

/// Enters a state.
pub(crate) fn enter(stage: &mut StageRun, state: StageState, reason: Option<&str>, message: String, now: Timestamp) {
    stage.state = state;
    stage.since = now;
    stage.reason = reason.map(str::to_owned);
    stage.message = message;
}

/// Takes over what the forge says of a pull request. A merge is final.
pub(crate) fn see(record: &mut PullRequest, seen: &PullRequestSeen) {
    match (record.state, seen) {
        (PullRequestState::Merged | PullRequestState::Unchanged, _) => {}
        (_, PullRequestSeen::Open) => record.state = PullRequestState::Open,
        (_, PullRequestSeen::Merged { commit, at }) => {
            record.state = PullRequestState::Merged;
            record.merge_commit = Some(commit.clone());
            record.merged_at = Some(*at);
        }
        (_, PullRequestSeen::Closed) => record.state = PullRequestState::Closed,
    }
}

/// Moves a started stage run as far as it goes; answers when to look again.
pub(crate) fn advance(
    stage: &Stage,
    run: &mut StageRun,
    observed: Option<&StageObservation>,
    now: Timestamp,
) -> Option<Timestamp> {
    if run.state == StageState::Promoting && stage.services.is_empty() {
        enter(run, StageState::Promoted, None, String::new(), now);
    }
    if run.state == StageState::Promoting && !writes(stage) {
        enter(run, StageState::Verifying, None, String::new(), now);
    }
    if matches!(run.state, StageState::Promoting | StageState::AwaitingMerge) {
        pull_requests(run, observed, now);
    }
    if run.state != StageState::Verifying {
        return None;
    }
    match step(stage, run, observed, now) {
        Step::Proven if run.pull_requests.is_empty() => {
            enter(run, StageState::Promoted, None, String::new(), now);
            None
        }
        Step::Proven => None,
        Step::Failed { reason, message } => {
            enter(run, StageState::Failed, Some(reason), message, now);
            None
        }
        Step::NotYet { message, at } => {
            let slow = run.since.saturating_add(SLOW).unwrap_or(now);
            if now < slow {
                return Some(at.map_or(slow, |at| at.min(slow)));
            }
            if run.reason.is_none() {
                run.message = message;
            }
            at
        }
    }
}

/// From opening to merged.
fn pull_requests(run: &mut StageRun, observed: Option<&StageObservation>, now: Timestamp) {
    if run.pull_requests.is_empty() {
        return;
    }
    for record in run
        .pull_requests
        .iter_mut()
        .filter(|record| record.state == PullRequestState::Open)
    {
        if let Some(seen) = observed.and_then(|observed| observed.pull_requests.get(&record.group)) {
            see(record, seen);
        }
    }
    if let Some(closed) = run
        .pull_requests
        .iter()
        .find(|record| record.state == PullRequestState::Closed)
    {
        let message = format!(
            "pull request {} was closed without a merge; to try again on a new branch, retry the stage",
            closed.label()
        );
        return enter(run, StageState::Failed, Some("PullRequestClosed"), message, now);
    }
    let has = |state| run.pull_requests.iter().any(|record| record.state == state);
    let (intended, open) = (has(PullRequestState::Intended), has(PullRequestState::Open));
    if !intended && !open {
        enter(run, StageState::Verifying, None, String::new(), now);
    } else if !intended && run.state == StageState::Promoting {
        enter(run, StageState::AwaitingMerge, None, String::new(), now);
    }
}

/// What the verification of a stage run has come to.
pub(crate) fn step(stage: &Stage, run: &StageRun, observed: Option<&StageObservation>, now: Timestamp) -> Step {
    let deadline = add(run.since, stage.progress_deadline);
    let mut answer = Step::Proven;
    let mut suspended = false;
    for service in &stage.services {
        let proof = observed.and_then(|o| o.services.iter().find(|(reference, _)| *reference == service.reference));
        match proof.map(|(_, proof)| proof) {
            Some(Proof::Proven { since }) => {
                let stable = add(*since, stage.stability);
                if now < stable && answer == Step::Proven {
                    let message = format!("{} is healthy; it must stay so until {stable}", service.reference);
                    answer = Step::NotYet {
                        message,
                        at: Some(stable),
                    };
                }
            }
            Some(Proof::Failed(message)) => {
                let message = format!("{}: {message}", service.reference);
                return Step::Failed {
                    reason: "ServiceFailed",
                    message,
                };
            }
            Some(Proof::Suspended(message)) => {
                suspended = true;
                answer = Step::NotYet {
                    message: format!("{}: {message}", service.reference),
                    at: None,
                };
            }
            Some(Proof::NotYet(message)) => {
                answer = Step::NotYet {
                    message: format!("{}: {message}", service.reference),
                    at: None,
                };
            }
            None => {
                answer = Step::NotYet {
                    message: format!("{} was not looked at yet", service.reference),
                    at: None,
                };
            }
        }
    }
    match answer {
        Step::NotYet { message, .. } if !suspended && now >= deadline => Step::Failed {
            reason: "DeadlineExceeded",
            message: format!("not proven by {deadline}: {message}"),
        },
        Step::NotYet { message, at } if !suspended => Step::NotYet {
            message,
            at: Some(at.map_or(deadline, |at| at.min(deadline))),
        },
        other => other,
    }
}

fn add(at: Timestamp, duration: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|d| at.checked_add(d).ok())
        .unwrap_or(Timestamp::MAX)
}
