//! Reading the objects that run, and the manifests that say what should.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use serde_json::Value;
use stagecoach_core::graph::ServiceReference;
use stagecoach_runtime::KubeError;

use super::services::{Unseen, key};
use crate::Context;

/// Kind that comes from a watch; the others are read when they are needed.
const WATCHED: &str = "ServiceDeployment";
/// Bytes of a manifest that are looked at; a larger file holds no single object.
const LIMIT: usize = 8 * 1024 * 1024;

/// True when every change of the object triggers a pass.
pub(super) fn is_watched(reference: &ServiceReference) -> bool {
    reference.kind == WATCHED
}

/// The live object as JSON, `None` when it does not exist.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn read(context: &Context, reference: &ServiceReference) -> Result<Option<Value>, Unseen> {
    let unreadable = |error: serde_json::Error| Unseen::stalled("Unreadable", format!("{reference}: {error}"));
    if is_watched(reference) {
        let found = context.caches.services.find(&key(reference));
        let found = found.map(|object| serde_json::to_value(object.as_ref()));
        return found.transpose().map_err(unreadable);
    }
    let Some((group, version, plural)) = resource_of(&reference.kind) else {
        let message = format!("kind {} is not supported by this version", reference.kind);
        return Err(Unseen::stalled("UnsupportedKind", message));
    };
    let kind = GroupVersionKind::gvk(group, version, &reference.kind);
    let resource = ApiResource::from_gvk_with_plural(&kind, plural);
    let api: Api<DynamicObject> = Api::namespaced_with(context.runtime.client.clone(), &reference.namespace, &resource);
    let found = api.get_opt(&reference.name).await;
    let found = found.map_err(KubeError::on("read", reference.to_string()));
    let found = found.map_err(|error| Unseen::new("", &error))?;
    found.map(serde_json::to_value).transpose().map_err(unreadable)
}

/// Group, version and plural of the kinds that readers know.
fn resource_of(kind: &str) -> Option<(&'static str, &'static str, &'static str)> {
    match kind {
        "Deployment" => Some(("apps", "v1", "deployments")),
        "StatefulSet" => Some(("apps", "v1", "statefulsets")),
        "DaemonSet" => Some(("apps", "v1", "daemonsets")),
        "Application" => Some(("argoproj.io", "v1alpha1", "applications")),
        _ => None,
    }
}

/// The documents of a YAML or JSON file. What does not parse holds no manifest.
pub(super) fn documents(bytes: &[u8]) -> Vec<Value> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= LIMIT => text.strip_prefix('\u{feff}').unwrap_or(text),
        _ => return Vec::new(),
    };
    // As the API server reads `0644`.
    let options = serde_saphyr::options! { legacy_octal_numbers: true };
    serde_saphyr::from_multiple_with_options(text, options).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_from_yaml_with_several_and_from_json() {
        let documents = documents(b"\xef\xbb\xbfkind: A\nmetadata: {name: a}\n---\n# nothing\n---\nkind: B\n");
        assert_eq!(documents.iter().filter(|d| d["kind"] == "A").count(), 1);
        assert_eq!(documents.iter().filter(|d| d["kind"] == "B").count(), 1);
        assert_eq!(super::documents(br#"{"kind": "C"}"#)[0]["kind"], "C");
        assert_eq!(super::documents(b"mode: 0644")[0]["mode"], 420);
    }

    #[test]
    fn what_is_no_yaml_holds_no_manifest() {
        assert!(documents(b"a: b: c").is_empty());
        assert!(documents(&[0xff, 0xfe]).is_empty());
    }
}
