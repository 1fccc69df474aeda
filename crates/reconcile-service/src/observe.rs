//! What a pass starts from. Reads only: caches, and the API server where a cache cannot know.

use std::{collections::BTreeMap, sync::Arc};

use kube::{Api, ResourceExt as _};
use serde_json::Value;
use stagecoach_api::common::Conditioned as _;
use stagecoach_api::{Cluster, ServiceDeployment};
use stagecoach_runtime::{KubeError, ObjectKey};

use crate::{
    Caches, Context, argo_cd,
    engine::Served,
    engines::{Engines, Known},
};

/// Says that a Cluster is the one that the operator runs in.
const IN_CLUSTER: &str = "stagecoach.dev/in-cluster";

/// All that a pass knows.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) service: Arc<ServiceDeployment>,
    pub(crate) served: Served,
    /// The Application of the service's name, whoever made it.
    pub(crate) application: Option<Value>,
    /// The URLs of the GitRepositories that the service names.
    pub(crate) repositories: BTreeMap<String, String>,
    pub(crate) cluster: Place,
    /// The first dependency that is not ready.
    pub(crate) waits_for: Option<(String, &'static str)>,
}

/// Where a service is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the cluster that the operator runs in.
    Here,
    /// In a Cluster that does not exist.
    Nowhere(String),
    /// In another cluster.
    Elsewhere(String),
}

/// Reads what there is; `None` when the service is gone, or when it is not known yet which engines there are.
pub(crate) async fn observe(
    context: &Context,
    engines: &Engines,
    key: &ObjectKey,
) -> Result<Option<Observation>, KubeError> {
    let Some((service, known)) = context.caches.services.find(key).zip(engines.known()) else {
        return Ok(None);
    };
    let application = application(context, &known, key, &service).await?;
    Ok(Some(Observation {
        served: known.served,
        application,
        repositories: repositories(&context.caches, &service),
        cluster: place(&context.caches, &service),
        waits_for: waits_for(&context.caches, &service),
        service,
    }))
}

/// The live Application. The watch sees only those that carry our label, and a deletion must not be decided from a copy.
async fn application(
    context: &Context,
    known: &Known,
    key: &ObjectKey,
    service: &ServiceDeployment,
) -> Result<Option<Value>, KubeError> {
    if !known.served.argo_cd {
        return Ok(None);
    }
    let name = argo_cd::name_of(key);
    let namespace = &context.options.argocd_namespace;
    let cached = known
        .applications
        .as_ref()
        .and_then(|cache| cache.get(Some(namespace), &name));
    let live = if let Some(cached) = cached.filter(|_| service.metadata.deletion_timestamp.is_none()) {
        Some(cached.as_ref().clone())
    } else {
        let api: Api<kube::api::DynamicObject> =
            Api::namespaced_with(context.runtime.client.clone(), namespace, &argo_cd::kind());
        let what = format!("Application {namespace}/{name}");
        api.get_opt(&name).await.map_err(KubeError::on("read", what))?
    };
    Ok(live.and_then(|live| serde_json::to_value(live).ok()))
}

fn repositories(caches: &Caches, service: &ServiceDeployment) -> BTreeMap<String, String> {
    repository_names(service)
        .filter_map(|name| Some((name.to_owned(), caches.repositories.get(None, name)?.spec.url.clone())))
        .collect()
}

fn repository_names(service: &ServiceDeployment) -> impl Iterator<Item = &str> {
    let helm = service.spec.helm.as_ref().and_then(|helm| helm.repository_ref.as_ref());
    let references = service.spec.repository_ref.iter().chain(helm);
    references
        .map(stagecoach_api::common::ObjectReference::name)
        .filter(|name| !name.is_empty())
}

fn place(caches: &Caches, service: &ServiceDeployment) -> Place {
    let own = service.namespace().unwrap_or_default();
    let (name, cluster) = if let Some((namespace, name)) = cluster_reference(service, &own) {
        (
            format!("{namespace}/{name}"),
            caches.clusters.get(Some(namespace), name),
        )
    } else if let Some(handle) = cluster_handle(service) {
        let named = caches
            .clusters
            .filter(|cluster| cluster.spec.handle.as_deref() == Some(handle));
        let nearest = named
            .iter()
            .find(|cluster| cluster.namespace().as_deref() == Some(own.as_str()));
        (
            format!("with the handle {handle}"),
            nearest.or_else(|| named.first()).cloned(),
        )
    } else {
        return Place::Here;
    };
    match cluster {
        None => Place::Nowhere(name),
        Some(cluster) if is_here(&cluster) => Place::Here,
        Some(_) => Place::Elsewhere(name),
    }
}

fn is_here(cluster: &Cluster) -> bool {
    cluster
        .annotations()
        .get(IN_CLUSTER)
        .is_some_and(|value| value == "true")
}

fn cluster_reference<'a>(service: &'a ServiceDeployment, own: &'a str) -> Option<(&'a str, &'a str)> {
    let reference = service
        .spec
        .cluster_ref
        .as_ref()
        .filter(|reference| !reference.name().is_empty())?;
    Some((reference.namespace_or(own), reference.name()))
}

fn cluster_handle(service: &ServiceDeployment) -> Option<&str> {
    service.spec.cluster.as_deref().filter(|handle| !handle.is_empty())
}

fn waits_for(caches: &Caches, service: &ServiceDeployment) -> Option<(String, &'static str)> {
    service.spec.dependencies.iter().find_map(|dependency| {
        let wanted =
            |other: &ServiceDeployment| other.namespace() == service.namespace() && is_named(other, &dependency.name);
        let state = match caches.services.filter(wanted).first() {
            None => "there is none yet",
            Some(other) if is_ready(other) => return None,
            Some(_) => "it is not ready yet",
        };
        Some((dependency.name.clone(), state))
    })
}

fn is_named(service: &ServiceDeployment, name: &str) -> bool {
    service.name_any() == name || service.spec.name.as_deref() == Some(name)
}

fn is_ready(service: &ServiceDeployment) -> bool {
    let status = service.status.as_ref();
    status.is_some_and(|status| status.is_ready() && status.observed_generation == service.metadata.generation)
}

/// Whether `service` waits for `other`.
pub(crate) fn depends_on(service: &ServiceDeployment, other: &ServiceDeployment) -> bool {
    service.namespace() == other.namespace()
        && service
            .spec
            .dependencies
            .iter()
            .any(|dependency| is_named(other, &dependency.name))
}

/// Whether a service names this GitRepository.
pub(crate) fn names_repository(service: &ServiceDeployment, name: &str) -> bool {
    repository_names(service).any(|named| named == name)
}

/// Whether a service names this Cluster.
pub(crate) fn names_cluster(service: &ServiceDeployment, cluster: &Cluster) -> bool {
    let own = service.namespace().unwrap_or_default();
    match cluster_reference(service, &own) {
        Some((namespace, name)) => cluster.namespace().as_deref() == Some(namespace) && cluster.name_any() == name,
        None => cluster_handle(service).is_some_and(|handle| cluster.spec.handle.as_deref() == Some(handle)),
    }
}

#[cfg(test)]
mod tests;
