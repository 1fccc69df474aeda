//! Who wrote what: on objects that Stagecoach did not make it owns the status, annotations of its own, and a finalizer
//! where something of its making must go first; nothing else.

use anyhow::Result;
use kube::api::DynamicObject;
use kube::{Client, ResourceExt as _};
use serde_json::Value;

use crate::snapshot::{applications, label, ours};

const ANNOTATION: &str = "f:stagecoach.dev/";

/// Checks every object that Stagecoach did not make.
pub(crate) async fn check(client: &Client) -> Result<()> {
    let mut objects = ours(client).await?;
    objects.extend(applications(client).await?);
    let mut statuses = 0;
    for object in objects.iter().filter(|object| !is_ours(object)) {
        assert!(
            object.metadata.owner_references.is_none(),
            "{} has an owner",
            label(object)
        );
        for entry in object.metadata.managed_fields.iter().flatten() {
            let manager = entry.manager.as_deref().unwrap_or_default();
            if !manager.contains("stagecoach") {
                continue;
            }
            statuses += usize::from(entry.subresource.as_deref() == Some("status"));
            let fields = entry
                .fields_v1
                .as_ref()
                .map(|fields| fields.0.clone())
                .unwrap_or_default();
            let mut written = Vec::new();
            leaves(&fields, "", &mut written);
            written.retain(|path| !allowed(object, entry.subresource.as_deref(), path));
            assert!(written.is_empty(), "{manager} wrote {written:?} of {}", label(object));
        }
    }
    assert!(statuses >= 8, "every kind has a status of ours: {statuses}");
    Ok(())
}

/// Made by an observer, or by the reconciler of services.
fn is_ours(object: &DynamicObject) -> bool {
    let by = object.annotations().contains_key("stagecoach.dev/made-by");
    let is_application = object.types.as_ref().is_some_and(|types| types.kind == "Application");
    by || (is_application && object.name_any() != "bootstrap")
}

fn allowed(object: &DynamicObject, subresource: Option<&str>, path: &str) -> bool {
    let kind = object.types.as_ref().map_or("", |types| types.kind.as_str());
    let annotation = format!("/f:metadata/f:annotations/{ANNOTATION}");
    (subresource == Some("status") && path.starts_with("/f:status"))
        || path.starts_with(&annotation)
        || (kind == "ServiceDeployment" && path.starts_with("/f:metadata/f:finalizers"))
}

/// The paths of all fields that are owned.
fn leaves(fields: &Value, at: &str, found: &mut Vec<String>) {
    match fields.as_object().filter(|map| !map.is_empty()) {
        None => found.push(at.to_owned()),
        Some(map) => {
            for (key, inside) in map.iter().filter(|(key, _)| *key != ".") {
                leaves(inside, &format!("{at}/{key}"), found);
            }
            // A map that is owned as a whole, without anything in it.
            if map.keys().all(|key| key == ".") {
                found.push(at.to_owned());
            }
        }
    }
}
