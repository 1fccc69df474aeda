//! `DaemonSet`. Healthy when every node that should run it runs the present template, available.

use serde_json::Value;

use crate::{Expectation, Verdict, proof, read};

/// What a DaemonSet proves.
pub(crate) fn judge(live: &Value, expectation: &Expectation) -> Verdict {
    let evidence = proof::Evidence {
        versions: proof::template_versions(live),
        changed: proof::spec_written(live),
    };
    if let Some(missing) = proof::missing(live, expectation, &evidence) {
        return Verdict::Pending(missing);
    }
    if let Some(unobserved) = read::unobserved(live, "the DaemonSet controller") {
        return Verdict::Applying(unobserved);
    }
    let count = |field: &str| read::number(live, &format!("/status/{field}")).unwrap_or(0);
    let Some(wanted) = read::number(live, "/status/desiredNumberScheduled") else {
        return Verdict::Applying("the DaemonSet controller has not counted the nodes yet".to_owned());
    };
    let (scheduled, updated) = (count("currentNumberScheduled"), count("updatedNumberScheduled"));
    let (available, ready) = (count("numberAvailable"), count("numberReady"));
    let words = if scheduled < wanted {
        format!("it is scheduled to {scheduled} of {wanted} nodes")
    } else if updated < wanted {
        format!("{updated} of {wanted} nodes run the new template")
    } else if available < wanted || ready < wanted {
        format!("it is available on {} of {wanted} nodes", available.min(ready))
    } else {
        return Verdict::Healthy;
    };
    Verdict::Applying(words)
}

#[cfg(test)]
mod tests;
