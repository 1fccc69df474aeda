//! `Deployment`. It is healthy when its rollout is complete: every replica is of the present template, no old one is
//! left, and all are available.

use serde_json::Value;

use crate::{Expectation, Verdict, proof, read};

/// What a Deployment proves.
pub(crate) fn judge(live: &Value, expectation: &Expectation) -> Verdict {
    let rolled_out =
        read::condition(live, "Progressing").and_then(|condition| read::time(condition, "/lastUpdateTime"));
    let evidence = proof::Evidence {
        versions: proof::template_versions(live),
        changed: rolled_out.max(proof::spec_written(live)),
    };
    if let Some(missing) = proof::missing(live, expectation, &evidence) {
        return Verdict::Pending(missing);
    }
    if let Some(unobserved) = read::unobserved(live, "the Deployment controller") {
        return Verdict::Applying(unobserved);
    }
    rollout(live)
}

/// How the rollout of the present template stands.
fn rollout(live: &Value) -> Verdict {
    if live.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return Verdict::Suspended("the Deployment is paused (spec.paused)".to_owned());
    }
    let progressing = read::condition(live, "Progressing");
    if let Some(condition) = progressing
        && read::text(condition, "/reason") == Some("ProgressDeadlineExceeded")
    {
        return Verdict::Failed(format!(
            "the rollout made no progress in time: {}",
            read::message(condition)
        ));
    }
    let count = |field: &str| read::number(live, &format!("/status/{field}")).unwrap_or(0);
    let wanted = read::number(live, "/spec/replicas").unwrap_or(1);
    let (replicas, updated) = (count("replicas"), count("updatedReplicas"));
    let (available, ready) = (count("availableReplicas"), count("readyReplicas"));
    let words = if updated < wanted {
        format!("{updated} of {wanted} replicas are of the new template")
    } else if replicas > updated {
        format!("{} replicas of the old template are still there", replicas - updated)
    } else if replicas > wanted {
        format!("{} replicas too many are still there", replicas - wanted)
    } else if available < wanted || ready < wanted {
        format!("{} of {wanted} replicas are available", available.min(ready))
    } else if unfinished(live, progressing) {
        "the rollout is not complete yet".to_owned()
    } else if !read::is_true(read::condition(live, "Available")) {
        "the Deployment is not available yet".to_owned()
    } else {
        return Verdict::Healthy;
    };
    Verdict::Applying(words)
}

/// The condition says so, where the Deployment has a progress deadline (without one it has no such condition).
fn unfinished(live: &Value, progressing: Option<&Value>) -> bool {
    let unlimited = i64::from(i32::MAX);
    let limited = read::number(live, "/spec/progressDeadlineSeconds").is_some_and(|seconds| seconds < unlimited);
    let complete = read::is_true(progressing)
        && progressing.and_then(|condition| read::text(condition, "/reason")) == Some("NewReplicaSetAvailable");
    limited && !complete
}

#[cfg(test)]
mod tests;
