//! Applies manifests as a person would with `kubectl apply --server-side`: several documents, in the order of the file.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams, TypeMeta},
    core::GroupVersionKind,
    discovery::{self, ApiCapabilities, ApiResource, Scope},
};
use serde::Deserialize as _;
use serde_json::Value;

use crate::wait::{self, Look};

/// The field manager of everything that tests write.
const MANAGER: &str = "testbed";
/// How long a kind may take to be served after its CRD was applied.
const DEADLINE: Duration = Duration::from_secs(30);

/// Applies every document of a YAML text, and returns what the API server made of them.
///
/// `namespace` is for objects that name none. A kind whose CRD was only just applied, also in the same text, is waited
/// for. Fields that others own are taken over.
pub async fn apply(client: &Client, yaml: &str, namespace: &str) -> Result<Vec<DynamicObject>> {
    let mut applied = Vec::new();
    for document in documents(yaml)? {
        applied.push(apply_one(client, &document, namespace).await?);
    }
    Ok(applied)
}

/// The documents of a text; empty ones do not count, and a `List` counts as its items.
fn documents(yaml: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    for (index, document) in serde_yaml::Deserializer::from_str(yaml).enumerate() {
        let value = Value::deserialize(document).with_context(|| format!("document {} is no YAML", index + 1))?;
        match value {
            Value::Null => {}
            Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => {
                if let Some(Value::Array(items)) = list.remove("items") {
                    found.extend(items);
                }
            }
            other => found.push(other),
        }
    }
    Ok(found)
}

async fn apply_one(client: &Client, document: &Value, namespace: &str) -> Result<DynamicObject> {
    let text = |pointer: &str| {
        document
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (api_version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
    if name.is_empty() {
        bail!("a {kind} document has no metadata.name");
    }
    let what = format!("{kind} {name}");
    let (resource, capabilities) = served(client, &api_version, &kind).await?;
    let own = text("/metadata/namespace");
    let api: Api<DynamicObject> = match capabilities.scope {
        Scope::Cluster => Api::all_with(client.clone(), &resource),
        Scope::Namespaced if own.is_empty() => Api::namespaced_with(client.clone(), namespace, &resource),
        Scope::Namespaced => Api::namespaced_with(client.clone(), &own, &resource),
    };
    let parameters = PatchParams::apply(MANAGER).force();
    api.patch(&name, &parameters, &Patch::Apply(document))
        .await
        .with_context(|| format!("cannot apply {what}"))
}

/// The resource of a kind, once the API server serves it.
async fn served(client: &Client, api_version: &str, kind: &str) -> Result<(ApiResource, ApiCapabilities)> {
    let types = TypeMeta {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
    };
    let kind = GroupVersionKind::try_from(&types).with_context(|| format!("{api_version} is no apiVersion"))?;
    let what = format!("{}/{} {} to be served", kind.group, kind.version, kind.kind);
    wait::eventually(&what, DEADLINE, async || {
        Ok(match discovery::pinned_kind(client, &kind).await {
            Ok(found) => Look::Found(found),
            Err(error) => Look::NotYet(error.to_string()),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_split_empty_ones_skipped_and_lists_unpacked() {
        let yaml = "---\n---\nkind: A\n---\nkind: List\nitems: [{kind: B}, {kind: C}]\n---\n# only a comment\n";
        let found = documents(yaml).unwrap();
        let kinds: Vec<&str> = found.iter().filter_map(|document| document["kind"].as_str()).collect();
        assert_eq!(kinds, ["A", "B", "C"]);
    }

    #[test]
    fn a_broken_document_is_named() {
        let error = documents("kind: A\n---\n{").unwrap_err();
        assert_eq!(error.to_string(), "document 2 is no YAML");
    }
}
