//! `ServiceDeployment`. Its status is written by `reconcile-service`, which proves in its own place that the deploy
//! engine carries the service; here only the object itself is read.

use jiff::Timestamp;
use serde_json::Value;

use crate::{Expectation, Verdict, proof, read, version};

/// The condition whose last transition says when what runs changed last. `reconcile-service` sets it.
pub const SYNCHRONIZED: &str = "Synchronized";

/// What a ServiceDeployment proves.
pub(crate) fn judge(live: &Value, expectation: &Expectation) -> Verdict {
    let synchronized = read::condition(live, SYNCHRONIZED).filter(|condition| read::is_true(Some(condition)));
    let evidence = proof::Evidence {
        versions: versions(live),
        changed: synchronized.and_then(|condition| read::time(condition, "/lastTransitionTime")),
    };
    if let Some(missing) = proof::missing(live, expectation, &evidence) {
        // Without a document the failure itself is the first thing that is seen of the change.
        return match stalled(live) {
            Some((since, message)) if expectation.document.is_none() && since >= expectation.since => {
                Verdict::Failed(message)
            }
            _ => Verdict::Pending(missing),
        };
    }
    if let Some(unobserved) = read::unobserved(live, "Stagecoach") {
        return Verdict::Applying(unobserved);
    }
    if let Some((_, message)) = stalled(live) {
        return Verdict::Failed(message);
    }
    ready(live)
}

/// What the condition `Ready` says of the present generation.
fn ready(live: &Value) -> Verdict {
    let Some(ready) = read::condition(live, "Ready") else {
        return Verdict::Applying("Stagecoach has not said yet whether it is ready".to_owned());
    };
    let current = read::number(ready, "/observedGeneration")
        .is_none_or(|generation| Some(generation) == read::number(live, "/metadata/generation"));
    let message = read::message(ready).to_owned();
    if read::text(ready, "/reason") == Some("Suspended") {
        return Verdict::Suspended(message);
    }
    if !current {
        return Verdict::Applying("Stagecoach has not said yet whether the present generation is ready".to_owned());
    }
    if !read::is_true(Some(ready)) {
        return Verdict::Applying(message);
    }
    match read::list(live, "/status/errors").next() {
        None => Verdict::Healthy,
        Some(error) => Verdict::Applying(read::message(error).to_owned()),
    }
}

/// Since when a person must act, and what the condition says.
fn stalled(live: &Value) -> Option<(Timestamp, String)> {
    let condition = read::condition(live, "Stalled").filter(|condition| read::is_true(Some(condition)))?;
    let since = read::time(condition, "/lastTransitionTime").unwrap_or(Timestamp::MIN);
    Some((since, read::message(condition).to_owned()))
}

/// Every version that the object shows: of charts, of git, of images in its values, and of the images that run.
fn versions(live: &Value) -> Vec<&str> {
    let spec = [
        "/spec/helm/version",
        "/spec/git/ref",
        "/spec/helm/git/ref",
        "/status/revision",
    ];
    let mut all: Vec<&str> = spec
        .into_iter()
        .filter_map(|pointer| read::text(live, pointer))
        .collect();
    if let Some(values) = live.pointer("/spec/helm/values") {
        tags(values, &mut all);
    }
    all.extend(
        read::list(live, "/status/images")
            .filter_map(Value::as_str)
            .flat_map(version::of_image),
    );
    all.dedup();
    all
}

/// The image tags in the values of a chart: texts below a key that charts use for them.
fn tags<'a>(values: &'a Value, all: &mut Vec<&'a str>) {
    match values {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("tag" | "digest" | "version" | "appVersion", Value::String(version)) => all.push(version),
                    ("image", Value::String(image)) => all.extend(version::of_image(image)),
                    (_, value) => tags(value, all),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| tags(element, all)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
