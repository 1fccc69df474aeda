//! What a service is for Argo CD: one `Application`. Pure; `act` writes it.
//!
//! Every field that Argo CD would fill in or rewrite is written out in the form that it keeps, so the Application stays
//! as it was written and the report of what was compared can be held against it byte by byte.

pub(crate) mod drift;
mod source;
mod supported;
mod values;

use kube::{api::DynamicObject, core::GroupVersionKind, discovery::ApiResource};
use serde_json::{Map, Value, json};
use stagecoach_api::ServiceDeployment;
use stagecoach_api::service_deployment::{ServiceDeploymentSpec, SyncConfig};
use stagecoach_runtime::ObjectKey;

use crate::{Options, problem::Problem, promoted::short_hash};

/// Marks what Stagecoach made; the watch selects by it.
pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "stagecoach");
/// Names the service that an Application was made for.
pub(crate) const SERVICE: &str = "stagecoach.dev/service";
/// Fingerprint of the `spec` that was written, so that a field which is not sent any more is noticed.
pub(crate) const WRITTEN: &str = "stagecoach.dev/written";
/// Makes Argo CD delete what it deployed before the Application goes.
pub(crate) const CASCADE: &str = "resources-finalizer.argocd.argoproj.io";
/// Argo CD's name for the cluster that it runs in.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";
/// Names of releases are no longer than this, and Argo CD takes an Application's name for one.
const LONGEST_NAME: usize = 53;

/// The kind.
pub(crate) fn kind() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("argoproj.io", "v1alpha1", "Application"))
}

/// The name of a service's Application: `<namespace>.<name>`, shortened to a readable beginning and a hash where that
/// is too long. No two services share one, because a namespace has no dot.
pub(crate) fn name_of(service: &ObjectKey) -> String {
    let full = format!("{}.{}", service.namespace.as_deref().unwrap_or_default(), service.name);
    if full.len() <= LONGEST_NAME {
        return full;
    }
    let hash = short_hash(full.as_bytes());
    let hash = &hash[..8];
    let beginning = full.get(..LONGEST_NAME - 1 - hash.len()).unwrap_or_default();
    format!("{}-{hash}", beginning.trim_end_matches(['.', '-']))
}

/// The service that an Application was made for.
pub(crate) fn service_of(application: &DynamicObject) -> Option<ObjectKey> {
    let name = application.metadata.annotations.as_ref()?.get(SERVICE)?;
    let (namespace, name) = name.split_once('/')?;
    Some(ObjectKey::namespaced(namespace, name))
}

/// Where the repositories are that a spec names, as far as they are known.
pub(crate) struct Repositories<'a> {
    /// The URL of a GitRepository by its name.
    pub(crate) url: &'a dyn Fn(&str) -> Option<String>,
}

/// The Application of a service. `spec` is what counts: with what was promoted laid over it.
pub(crate) fn application(
    service: &ServiceDeployment,
    spec: &ServiceDeploymentSpec,
    repositories: &Repositories<'_>,
    options: &Options,
) -> Result<Value, Problem> {
    supported::check(spec)?;
    let key = ObjectKey::of(service);
    let own = key.namespace.as_deref().unwrap_or_default();
    let release = spec
        .name
        .as_deref()
        .filter(|name| !name.is_empty())
        .unwrap_or(&key.name);
    let sources = source::sources(spec, release, repositories)?;

    let mut fields = Map::new();
    fields.insert("project".to_owned(), json!(options.argocd_project));
    let namespace = spec.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or(own);
    fields.insert(
        "destination".to_owned(),
        json!({ "server": IN_CLUSTER, "namespace": namespace }),
    );
    sources.put_into(&mut fields);
    let sync = spec.sync_config.clone().unwrap_or_default();
    fields.insert("syncPolicy".to_owned(), sync_policy(&sync));
    if !sync.diff_normalizers.is_empty() {
        fields.insert("ignoreDifferences".to_owned(), ignored_differences(&sync));
    }
    let fields = Value::Object(fields);
    Ok(json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": name_of(&key),
            "namespace": options.argocd_namespace,
            "labels": { MANAGED_BY.0: MANAGED_BY.1 },
            "annotations": { SERVICE: key.to_string(), WRITTEN: short_hash(fields.to_string().as_bytes()) },
            "finalizers": [CASCADE],
        },
        "spec": fields,
    }))
}

/// Retries go on for about a quarter of an hour, because a webhook that is down or a kind that comes later is no reason to
/// give up. A retry of something that is not asked for any more is ended by `act`.
fn sync_policy(sync: &SyncConfig) -> Value {
    let create = sync.create_namespace.unwrap_or(true);
    let mut options = vec![format!("CreateNamespace={create}")];
    if sync.require_ownership.unwrap_or(true) {
        options.push("FailOnSharedResource=true".to_owned());
    }
    if sync
        .diff_normalizers
        .iter()
        .any(|normalizer| normalizer.backfill == Some(true))
    {
        options.push("RespectIgnoreDifferences=true".to_owned());
    }
    let mut policy = json!({
        "automated": { "prune": true, "selfHeal": true },
        "retry": { "limit": 10, "backoff": { "duration": "5s", "factor": 2, "maxDuration": "3m" } },
        "syncOptions": options,
    });
    // Argo CD writes metadata only to a namespace that it may make.
    let mut metadata = Map::new();
    for (name, pairs) in [("labels", &sync.labels), ("annotations", &sync.annotations)] {
        if !pairs.is_empty() {
            metadata.insert(name.to_owned(), json!(pairs));
        }
    }
    if create && !metadata.is_empty() {
        policy["managedNamespaceMetadata"] = Value::Object(metadata);
    }
    policy
}

fn ignored_differences(sync: &SyncConfig) -> Value {
    let one = |normalizer: &stagecoach_api::service_deployment::DiffNormalizer| {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty() && text != "*");
        let mut ignored = Map::new();
        ignored.insert("group".to_owned(), json!("*"));
        ignored.insert(
            "kind".to_owned(),
            json!(given(&normalizer.kind).unwrap_or_else(|| "*".to_owned())),
        );
        for (name, text) in [("name", &normalizer.name), ("namespace", &normalizer.namespace)] {
            if let Some(text) = given(text) {
                ignored.insert(name.to_owned(), json!(text));
            }
        }
        ignored.insert("jsonPointers".to_owned(), json!(normalizer.json_pointers));
        Value::Object(ignored)
    };
    sync.diff_normalizers.iter().map(one).collect()
}

#[cfg(test)]
mod tests;
