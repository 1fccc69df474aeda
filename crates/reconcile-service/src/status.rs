//! What the service's status says after a pass. Pure.
//!
//! `observedGeneration` is the generation that was handed to the engine, and `Ready` is false from that moment until the
//! engine carries it. What changes at every heartbeat of Argo CD is not copied, so a service that rests is not written;
//! while something is being applied, only the sentence and the reason move.

mod components;

use jiff::Timestamp;
use serde_json::Value;
use stagecoach_api::ServiceDeployment;
use stagecoach_api::service_deployment::{Engine, ServiceDeploymentStatus, ServiceError};
use stagecoach_runtime::{Classify as _, conditions};
use stagecoach_workload::{
    SYNCHRONIZED, Verdict,
    application::{Asked, Judged, look},
};

use crate::{act::Outcome, argo_cd, problem::Problem};

/// What a pass has to say.
#[derive(Debug)]
pub(crate) struct Report {
    /// The status to write. `promoted` is left out: another writer owns it.
    pub(crate) status: ServiceDeploymentStatus,
    /// The reason of `Ready`, which an event carries too.
    pub(crate) reason: &'static str,
    /// When it will be another one by itself.
    pub(crate) until: Option<Timestamp>,
}

/// Where every sentence of one status goes.
struct Draft {
    status: ServiceDeploymentStatus,
    generation: Option<i64>,
    now: Timestamp,
}

/// Whether Argo CD carries what it was asked to; `explanation` says more about a failure where more is known.
fn judged(live: &Value, wanted: &Value, explanation: Option<String>, now: Timestamp) -> Judged {
    let mut judged = look(live, &Asked::of(wanted), now);
    if let (Some(explanation), Verdict::Failed(words) | Verdict::Applying(words)) = (explanation, &mut judged.verdict) {
        *words = format!("{words}: {explanation}");
    }
    judged
}

/// The status after a pass; `None` when the service is gone.
pub(crate) fn build(
    service: &ServiceDeployment,
    outcome: &Outcome,
    explanation: Option<String>,
    now: Timestamp,
) -> Option<Report> {
    let mut draft = Draft {
        status: own_part(service),
        generation: service.metadata.generation,
        now,
    };
    draft.status.observed_generation = draft.generation;
    let mut until = None;
    let reason = match outcome {
        Outcome::Gone => return None,
        Outcome::Refused(problem) => {
            draft.refused(problem);
            problem.reason()
        }
        Outcome::Failed(error) => {
            conditions::set_error(&mut draft.status.conditions, error, draft.generation, now);
            draft.error("kubernetes", &error.to_string());
            error.reason()
        }
        Outcome::Deleting => {
            let message = "waiting for Argo CD to delete the Application and what it deployed";
            draft.status.errors.clear();
            draft.reconciling("Deleting", message);
            "Deleting"
        }
        Outcome::Asked { live, wanted } => {
            let mut judged = judged(live, wanted, explanation, now);
            draft.keep_detail(&mut judged);
            until = judged.until;
            draft.asked(live, wanted, &judged);
            judged.reason
        }
    };
    let ready = conditions::find(&draft.status.conditions, conditions::READY);
    draft.status.message = ready.map(|ready| ready.message.clone());
    Some(Report {
        status: draft.status,
        reason,
        until,
    })
}

/// The status without what a promotion wrote into it.
pub(crate) fn own_part(service: &ServiceDeployment) -> ServiceDeploymentStatus {
    ServiceDeploymentStatus {
        promoted: None,
        ..service.status.clone().unwrap_or_default()
    }
}

impl Draft {
    fn reconciling(&mut self, reason: &str, message: &str) {
        conditions::set_reconciling(&mut self.status.conditions, reason, message, self.generation, self.now);
    }

    fn error(&mut self, source: &str, message: &str) {
        self.status.errors = vec![ServiceError {
            source: source.to_owned(),
            message: message.to_owned(),
        }];
    }

    /// While an attempt runs Argo CD forgets why the one before failed; the person who reads this should not.
    fn keep_detail(&self, judged: &mut Judged) {
        let said = conditions::find(&self.status.conditions, conditions::READY);
        let known = said.filter(|ready| ready.reason == judged.reason && ready.observed_generation == self.generation);
        if let (Some(known), Verdict::Applying(words)) = (known, &mut judged.verdict)
            && known.message.starts_with(words.as_str())
        {
            words.clone_from(&known.message);
        }
    }

    fn refused(&mut self, problem: &Problem) {
        let message = problem.to_string();
        if problem.is_wait() {
            self.status.errors.clear();
            return self.reconciling(problem.reason(), &message);
        }
        conditions::set_stalled(
            &mut self.status.conditions,
            problem.reason(),
            &message,
            self.generation,
            self.now,
        );
        self.error("stagecoach", &message);
    }

    fn asked(&mut self, live: &Value, wanted: &Value, judged: &Judged) {
        self.status.engine = Some(Engine::ArgoCd);
        let asked = wanted["metadata"]["annotations"][argo_cd::WRITTEN]
            .as_str()
            .map(ToOwned::to_owned);
        match &judged.verdict {
            Verdict::Healthy => self.healthy(live, asked),
            Verdict::Failed(message) => {
                self.seen(live, judged);
                self.error("argocd", message);
                let (generation, now) = (self.generation, self.now);
                conditions::set_stalled(&mut self.status.conditions, judged.reason, message, generation, now);
                self.not_synchronized(asked.as_ref(), judged.reason, message);
            }
            Verdict::Suspended(message) => {
                self.status.errors.clear();
                self.reconciling("Suspended", message);
                conditions::remove(&mut self.status.conditions, conditions::RECONCILING);
                self.not_synchronized(asked.as_ref(), judged.reason, message);
            }
            Verdict::Pending(message)
            | Verdict::Applying(message)
            | Verdict::Missing(message)
            | Verdict::Unknown(message) => {
                if self.status.components.is_empty() {
                    self.seen(live, judged);
                }
                match judged.reason {
                    "ComparisonError" | "InvalidSpecError" | "UnknownError" | "SyncFailing" | "Degraded" => {
                        self.error("argocd", message);
                    }
                    _ => self.status.errors.clear(),
                }
                self.reconciling(judged.reason, message);
                self.not_synchronized(asked.as_ref(), judged.reason, message);
            }
        }
    }

    fn healthy(&mut self, live: &Value, asked: Option<String>) {
        let before = (
            self.status.revision.clone(),
            self.status.images.clone(),
            self.status.sha.clone(),
        );
        self.seen(
            live,
            &Judged {
                verdict: Verdict::Healthy,
                reason: "Healthy",
                until: None,
            },
        );
        self.status.revision = components::revision(live);
        self.status.sha = asked;
        self.status.errors.clear();
        let message = match self.status.revision.as_deref() {
            Some(revision) => format!("revision {} runs and is healthy", components::shortened(revision)),
            None => "it runs and is healthy".to_owned(),
        };
        let (generation, now) = (self.generation, self.now);
        conditions::set_ready(&mut self.status.conditions, "Healthy", &message, generation, now);
        let changed = before
            != (
                self.status.revision.clone(),
                self.status.images.clone(),
                self.status.sha.clone(),
            );
        if changed {
            // Its transition says when what runs changed last.
            conditions::remove(&mut self.status.conditions, SYNCHRONIZED);
        }
        self.condition(SYNCHRONIZED, true, "Synchronized", &message);
    }

    /// What the engine has shown that a person wants to see.
    fn seen(&mut self, live: &Value, judged: &Judged) {
        self.status.components = components::of(live, judged.verdict == Verdict::Healthy);
        self.status.images = components::images(live);
    }

    /// Something is asked for that was never seen to be carried.
    fn not_synchronized(&mut self, asked: Option<&String>, reason: &str, message: &str) {
        if self.status.sha.as_ref() != asked {
            self.condition(SYNCHRONIZED, false, reason, message);
        }
    }

    fn condition(&mut self, type_: &str, status: bool, reason: &str, message: &str) {
        conditions::upsert(
            &mut self.status.conditions,
            type_,
            status,
            reason,
            message,
            self.generation,
            self.now,
        );
    }
}

#[cfg(test)]
mod tests;
