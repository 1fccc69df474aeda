//! The first half of every promotion's proof: is the merged change in the object? Shared by the readers.
//!
//! The table, the same for all kinds:
//!
//! | what is expected | proven when |
//! |---|---|
//! | a document | its `spec` is contained in the live `spec` |
//! | no document, a version | that version is among those that the object shows |
//! | neither | the object changed after the merge |
//!
//! A version is never replaced by "something changed": after two commits in a row the first one's sync is a change too,
//! and is healthy.

use jiff::Timestamp;
use serde_json::Value;

use crate::{Expectation, first_difference, read, version};

/// What an object shows of itself.
pub(crate) struct Evidence<'a> {
    /// Every version that can be seen on it.
    pub(crate) versions: Vec<&'a str>,
    /// When what runs changed last.
    pub(crate) changed: Option<Timestamp>,
}

/// Why the merged change is not in the object; `None` when it is proven to be.
pub(crate) fn missing(live: &Value, expectation: &Expectation, evidence: &Evidence<'_>) -> Option<String> {
    if let Some(document) = &expectation.document {
        let spec = |object: &Value| {
            object
                .get("spec")
                .cloned()
                .unwrap_or_else(|| Value::Object(serde_json::Map::new()))
        };
        let field = first_difference(&spec(live), &spec(document))?;
        let dot = if field.is_empty() { "" } else { "." };
        return Some(format!("the cluster does not have the merged spec{dot}{field} yet"));
    }
    if let Some(wanted) = &expectation.version {
        if evidence.versions.iter().any(|seen| version::same(seen, wanted)) {
            return None;
        }
        return Some(match evidence.versions.as_slice() {
            [] => format!("version {wanted} does not run yet"),
            seen => format!("version {wanted} does not run yet, what runs is {}", seen.join(", ")),
        });
    }
    match evidence.changed {
        Some(changed) if changed >= expectation.since => None,
        Some(changed) => Some(format!(
            "nothing has changed since the merge, the last change was at {changed}"
        )),
        None => Some("nothing has changed since the merge".to_owned()),
    }
}

/// When somebody wrote the object's `spec` last, as far as its managed fields say.
pub(crate) fn spec_written(live: &Value) -> Option<Timestamp> {
    read::list(live, "/metadata/managedFields")
        .filter(|entry| read::text(entry, "/subresource").is_none())
        .filter(|entry| entry.pointer("/fieldsV1/f:spec").is_some())
        .filter_map(|entry| read::time(entry, "/time"))
        .max()
        .or_else(|| read::time(live, "/metadata/creationTimestamp"))
}

/// The versions of the images of a pod template.
pub(crate) fn template_versions(live: &Value) -> Vec<&str> {
    ["/spec/template/spec/initContainers", "/spec/template/spec/containers"]
        .into_iter()
        .flat_map(|containers| read::list(live, containers))
        .filter_map(|container| read::text(container, "/image"))
        .flat_map(version::of_image)
        .collect()
}
