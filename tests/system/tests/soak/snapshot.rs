//! What there is, in a form in which two looks can be compared.

use anyhow::Result;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};

use crate::ByName;

const GROUP: &str = "deployments.plural.sh";
/// Every kind that the scenario has objects of.
const KINDS: [&str; 8] = [
    "Pipeline",
    "PipelineContext",
    "PrAutomation",
    "Observer",
    "ServiceDeployment",
    "ScmConnection",
    "GitRepository",
    "Cluster",
];

/// What must not change, by object.
pub(crate) type Snapshot = ByName<Value>;

/// Everything there is.
pub(crate) async fn take(client: &Client) -> Result<Snapshot> {
    let mut snapshot = Snapshot::new();
    for object in ours(client).await? {
        snapshot.insert(label(&object), still(&object));
    }
    for application in applications(client).await? {
        // The deployer writes its status whenever it looks, and the kind has no subresource for it: neither resource
        // version nor generation stand still. What Stagecoach wrote has a time.
        let fields = application.metadata.managed_fields.iter().flatten();
        let written = fields.filter(|entry| entry.manager.as_deref().unwrap_or_default().contains("stagecoach"));
        let stays = json!({
            "spec": application.data["spec"], "written": written.collect::<Vec<_>>(),
            "annotations": application.annotations(), "labels": application.labels(),
            "finalizers": application.finalizers(),
        });
        snapshot.insert(label(&application), stays);
    }
    Ok(snapshot)
}

/// The objects of every kind of the contract.
pub(crate) async fn ours(client: &Client) -> Result<Vec<DynamicObject>> {
    let mut all = Vec::new();
    for kind in KINDS {
        all.extend(list(client, GROUP, "v1alpha1", kind).await?);
    }
    Ok(all)
}

/// The deployer's objects.
pub(crate) async fn applications(client: &Client) -> Result<Vec<DynamicObject>> {
    list(client, "argoproj.io", "v1alpha1", "Application").await
}

async fn list(client: &Client, group: &str, version: &str, kind: &str) -> Result<Vec<DynamicObject>> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
    let mut items = api.list(&ListParams::default()).await?.items;
    for item in &mut items {
        item.types = Some(kube::api::TypeMeta {
            api_version: resource.api_version.clone(),
            kind: kind.to_owned(),
        });
    }
    Ok(items)
}

/// Kind, namespace and name.
pub(crate) fn label(object: &DynamicObject) -> String {
    let kind = object.types.as_ref().map_or("", |types| types.kind.as_str());
    match object.namespace() {
        Some(namespace) => format!("{kind} {namespace}/{}", object.name_any()),
        None => format!("{kind} {}", object.name_any()),
    }
}

/// The resource version: any write changes it. An observer writes when it polled, by its crontab and no more often;
/// of its status all but the two times stays.
fn still(object: &DynamicObject) -> Value {
    let is_observer = object.types.as_ref().is_some_and(|types| types.kind == "Observer");
    if !is_observer {
        return json!({"resourceVersion": object.resource_version(), "generation": object.metadata.generation});
    }
    let mut status = object.data["status"].clone();
    if let Some(status) = status.as_object_mut() {
        status.remove("lastPollAt");
        status.remove("nextPollAt");
    }
    json!({"generation": object.metadata.generation, "annotations": object.annotations(), "status": status})
}

/// The objects that came, went or changed, with what they were and are.
pub(crate) fn difference(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let names = before.keys().chain(after.keys());
    let mut names: Vec<&String> = names.filter(|name| before.get(*name) != after.get(*name)).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .map(|name| format!("{name}: {:?} -> {:?}", before.get(name), after.get(name)))
        .collect()
}

/// Applications that are not synced or not healthy.
pub(crate) fn not_synced(applications: &[DynamicObject]) -> Vec<String> {
    let seen = applications.iter().map(|application| {
        let (sync, health) = (
            &application.data["status"]["sync"]["status"],
            &application.data["status"]["health"]["status"],
        );
        (
            sync == "Synced" && health == "Healthy",
            format!("{} {sync} {health}", label(application)),
        )
    });
    let mut wrong: Vec<String> = seen.filter(|(fine, _)| !fine).map(|(_, text)| text).collect();
    if applications.len() != 3 {
        wrong.push(format!("{} Applications", applications.len()));
    }
    wrong
}
