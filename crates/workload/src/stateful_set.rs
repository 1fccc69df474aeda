//! `StatefulSet`. Healthy when as many replicas as its update strategy replaces are of the present template, and all
//! are ready.

use serde_json::Value;

use crate::{Expectation, Verdict, proof, read};

/// What a StatefulSet proves.
pub(crate) fn judge(live: &Value, expectation: &Expectation) -> Verdict {
    let evidence = proof::Evidence {
        versions: proof::template_versions(live),
        changed: proof::spec_written(live),
    };
    if let Some(missing) = proof::missing(live, expectation, &evidence) {
        return Verdict::Pending(missing);
    }
    // A controller that never looked leaves 0 behind.
    if let Some(unobserved) = read::unobserved(live, "the StatefulSet controller") {
        return Verdict::Applying(unobserved);
    }
    let count = |field: &str| read::number(live, &format!("/status/{field}")).unwrap_or(0);
    let wanted = read::number(live, "/spec/replicas").unwrap_or(1);
    let partition = read::number(live, "/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let on_delete = read::text(live, "/spec/updateStrategy/type") == Some("OnDelete");
    let new = (wanted - partition).max(0);
    let (replicas, updated, ready) = (count("replicas"), count("updatedReplicas"), count("readyReplicas"));
    let words = if updated < new && on_delete {
        format!(
            "{updated} of {new} replicas are of the new template, and the strategy OnDelete replaces one only when somebody deletes it"
        )
    } else if updated < new {
        format!("{updated} of {new} replicas are of the new template")
    } else if replicas > wanted {
        format!("{} replicas too many are still there", replicas - wanted)
    } else if ready < wanted {
        format!("{ready} of {wanted} replicas are ready")
    } else {
        return Verdict::Healthy;
    };
    Verdict::Applying(words)
}

#[cfg(test)]
mod tests;
