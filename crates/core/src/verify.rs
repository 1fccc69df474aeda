//! The verification of one stage run: what its services prove, and by when they must. Called by the other rooms of the
//! machine only.

use jiff::{SignedDuration, Timestamp};

use crate::graph::{Service, Stage};
use crate::input::{Proof, StageObservation};
use crate::stage::reason;
use crate::status::StageRun;

/// What verification has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Every service carries the change and was healthy for the stability time.
    Proven,
    /// Look again at the time, if there is one; the sentence says what is missing.
    NotYet { message: String, at: Option<Timestamp> },
    /// As `NotYet`, but a later commit may have taken the change back.
    Doubtful { message: String, at: Option<Timestamp> },
    /// The progress deadline is over.
    Late { message: String },
    /// It will not come true.
    Failed { reason: &'static str, message: String },
}

impl Step {
    /// True where the forge must be asked whether the merged change still stands.
    pub(crate) fn asks_forge(&self) -> bool {
        match self {
            Self::Proven | Self::Doubtful { .. } | Self::Late { .. } => true,
            Self::NotYet { .. } | Self::Failed { .. } => false,
        }
    }
}

/// What the services of a stage say, the gravest first.
struct Verdicts {
    failed: Option<String>,
    suspended: Option<String>,
    replaced: Option<String>,
    missing: Option<String>,
    /// The service that becomes stable last.
    stable: Option<(Timestamp, String)>,
}

/// What the verification of a stage run has come to.
pub(crate) fn step(stage: &Stage, run: &StageRun, observed: Option<&StageObservation>, now: Timestamp) -> Step {
    let verdicts = verdicts(stage, observed);
    if let Some(message) = verdicts.failed {
        let reason = reason::SERVICE;
        return Step::Failed { reason, message };
    }
    let unstable = verdicts.stable.filter(|(stable, _)| now < *stable);
    let at = unstable.as_ref().map(|(stable, _)| *stable);
    if let Some(message) = verdicts.suspended {
        return Step::NotYet { message, at };
    }
    let steady =
        unstable.map(|(stable, service)| format!("{service} is healthy; it counts when it has been so until {stable}"));
    let doubtful = verdicts.replaced.is_some();
    let Some(message) = verdicts.replaced.or(verdicts.missing).or(steady) else {
        return Step::Proven;
    };
    let deadline = deadline(stage, run);
    if now >= deadline {
        let message = format!("not proven by {deadline}: {message}");
        return Step::Late { message };
    }
    let at = Some(at.map_or(deadline, |at| at.min(deadline)));
    if doubtful {
        Step::Doubtful { message, at }
    } else {
        Step::NotYet { message, at }
    }
}

/// True when every service carries the run and is healthy (a stage without services always is).
pub(crate) fn is_healthy(stage: &Stage, observed: Option<&StageObservation>) -> bool {
    stage
        .services
        .iter()
        .all(|service| matches!(proof(service, observed), Some(Proof::Proven { .. })))
}

/// Keeps account of the time that the progress deadline does not count down. Where nothing was observed, nothing ends.
pub(crate) fn count_suspension(stage: &Stage, run: &mut StageRun, observed: Option<&StageObservation>, now: Timestamp) {
    let suspended = stage
        .services
        .iter()
        .any(|service| matches!(proof(service, observed), Some(Proof::Suspended(_))));
    match run.suspended_since {
        None if suspended => run.suspended_since = Some(now),
        Some(since) if !suspended && observed.is_some() => {
            let paused = now.duration_since(since).as_secs().max(0);
            run.suspended_seconds = run.suspended_seconds.saturating_add(paused);
            run.suspended_since = None;
        }
        Some(_) | None => {}
    }
}

/// The verdict on one service.
fn proof<'a>(service: &Service, observed: Option<&'a StageObservation>) -> Option<&'a Proof> {
    let (_, proof) = observed?
        .services
        .iter()
        .find(|(reference, _)| *reference == service.reference)?;
    Some(proof)
}

fn verdicts(stage: &Stage, observed: Option<&StageObservation>) -> Verdicts {
    let mut all = Verdicts {
        failed: None,
        suspended: None,
        replaced: None,
        missing: None,
        stable: None,
    };
    for service in &stage.services {
        let name = &service.reference;
        let (slot, message) = match proof(service, observed) {
            Some(Proof::Proven { since }) => {
                let stable = add(*since, stage.stability);
                if all.stable.as_ref().is_none_or(|(latest, _)| *latest < stable) {
                    all.stable = Some((stable, name.to_string()));
                }
                continue;
            }
            Some(Proof::Failed(message)) => (&mut all.failed, message.as_str()),
            Some(Proof::Suspended(message)) => (&mut all.suspended, message.as_str()),
            Some(Proof::Replaced(message)) => (&mut all.replaced, message.as_str()),
            Some(Proof::NotYet(message)) => (&mut all.missing, message.as_str()),
            None => (&mut all.missing, "it was not looked at yet"),
        };
        slot.get_or_insert_with(|| format!("{name}: {message}"));
    }
    all
}

fn deadline(stage: &Stage, run: &StageRun) -> Timestamp {
    let counted = add(run.since, stage.progress_deadline);
    counted
        .checked_add(SignedDuration::from_secs(run.suspended_seconds))
        .unwrap_or(Timestamp::MAX)
}

fn add(at: Timestamp, duration: std::time::Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|d| at.checked_add(d).ok())
        .unwrap_or(Timestamp::MAX)
}
