//! What of an Application's status goes into a service's.

use serde_json::Value;
use stagecoach_api::service_deployment::{ComponentState, ServiceComponent};

/// A status is no inventory: so many objects are listed and no more.
const MOST: usize = 500;
/// Enough of a commit to find it.
const SHORT: usize = 12;

/// The objects that the service consists of. `healthy`: all of them are.
pub(super) fn of(application: &Value, healthy: bool) -> Vec<ServiceComponent> {
    let resources = application
        .pointer("/status/resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    resources
        .take(MOST)
        .map(|resource| component(resource, healthy))
        .collect()
}

fn component(resource: &Value, healthy: bool) -> ServiceComponent {
    let text = |field: &str| {
        resource[field]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(ToOwned::to_owned)
    };
    let (group, namespace) = (text("group"), text("namespace"));
    let (kind, name) = (text("kind").unwrap_or_default(), text("name").unwrap_or_default());
    // Argo CD keeps the health of single objects to itself unless it is told otherwise.
    let state = match resource.pointer("/health/status").and_then(Value::as_str) {
        Some("Healthy") => Some(ComponentState::Running),
        Some("Progressing" | "Suspended" | "Missing") => Some(ComponentState::Pending),
        Some("Degraded") => Some(ComponentState::Failed),
        _ => healthy.then_some(ComponentState::Running),
    };
    let message = resource.pointer("/health/message").and_then(Value::as_str);
    ServiceComponent {
        id: [
            group.as_deref().unwrap_or_default(),
            &kind,
            namespace.as_deref().unwrap_or_default(),
            &name,
        ]
        .join("/"),
        synced: resource["status"] == "Synced",
        version: text("version"),
        state,
        message: message.filter(|message| !message.is_empty()).map(ToOwned::to_owned),
        group,
        namespace,
        kind,
        name,
    }
}

/// The images that run, sorted, so that their order says nothing.
pub(super) fn images(application: &Value) -> Vec<String> {
    let images = application
        .pointer("/status/summary/images")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut images: Vec<String> = images.filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    images.sort();
    images
}

/// The revision that was compared: a commit or the version of a chart. Of several sources the first, which is the chart.
pub(super) fn revision(application: &Value) -> Option<String> {
    let one = |pointer: &str| application.pointer(pointer)?.as_str().filter(|text| !text.is_empty());
    one("/status/sync/revision")
        .or_else(|| one("/status/sync/revisions/0"))
        .map(ToOwned::to_owned)
}

/// A commit in as many characters as a person wants to read; other revisions as they are.
pub(super) fn shortened(revision: &str) -> &str {
    let commit = revision.len() >= 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if commit {
        revision.get(..SHORT).unwrap_or(revision)
    } else {
        revision
    }
}
