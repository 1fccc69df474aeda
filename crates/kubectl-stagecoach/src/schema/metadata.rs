//! The metadata of a manifest: an API server refuses fields that it does not know and values of another type. Pure.

use std::sync::LazyLock;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use serde_json::json;

use super::{Check, Violation};
use crate::documents::Node;

/// Of `ObjectMeta`, as far as people write it; the rest is an API server's own.
static SCHEMA: LazyLock<JSONSchemaProps> = LazyLock::new(|| {
    let text = || json!({ "type": "string" });
    // Nothing is read as the empty text.
    let texts = || json!({ "type": "object", "additionalProperties": { "type": "string", "nullable": true } });
    let list = || json!({ "type": "array", "items": { "x-kubernetes-preserve-unknown-fields": true } });
    let number = || json!({ "type": "integer" });
    let schema = json!({ "type": "object", "properties": {
        "name": text(), "generateName": text(), "namespace": text(), "labels": texts(), "annotations": texts(),
        "finalizers": { "type": "array", "items": { "type": "string" } }, "ownerReferences": list(),
        "uid": text(), "resourceVersion": text(), "generation": number(), "creationTimestamp": text(),
        "deletionTimestamp": text(), "deletionGracePeriodSeconds": number(), "selfLink": text(), "managedFields": list(),
    }});
    serde_json::from_value(schema).unwrap_or_default()
});

/// Everything that the metadata of a manifest may not have.
pub(super) fn violations(manifest: &Node) -> Vec<Violation> {
    let mut check = Check {
        kind: "metadata",
        found: Vec::new(),
    };
    if let Some(metadata) = manifest.get("metadata").filter(|metadata| !metadata.is_null()) {
        check.value(&SCHEMA, metadata, "metadata");
    }
    check.found
}
