//! Observe: a pipeline, and which of the objects that it names exist. Reads caches only.

use std::sync::Arc;

use kube::ResourceExt as _;
use stagecoach_api::Pipeline;
use stagecoach_api::common::ObjectReference;
use stagecoach_runtime::{Cache, ObjectKey};

use crate::Context;

/// Kind of a `serviceRef` that names none.
pub(crate) const DEFAULT_KIND: &str = "ServiceDeployment";

/// What one pass looks at.
pub(crate) struct Observed {
    pub(crate) pipeline: Arc<Pipeline>,
    /// Objects that the pipeline names and that do not exist, as sentences name them.
    pub(crate) missing: Vec<String>,
    /// PrAutomations that it names and that make patches, so that nothing would ever be merged.
    pub(crate) patching: Vec<String>,
}

/// A service that a stage names.
pub(crate) struct NamedService {
    pub(crate) stage: String,
    pub(crate) kind: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl NamedService {
    pub(crate) fn key(&self) -> ObjectKey {
        ObjectKey::namespaced(&self.namespace, &self.name)
    }
}

/// Every service that a pipeline names.
pub(crate) fn services_of(pipeline: &Pipeline) -> impl Iterator<Item = NamedService> {
    let own = pipeline.namespace().unwrap_or_default();
    pipeline.spec.stages.iter().flat_map(move |stage| {
        let own = own.clone();
        stage.services.iter().map(move |service| NamedService {
            stage: stage.name.clone(),
            kind: service.service_ref.kind_or(DEFAULT_KIND).to_owned(),
            namespace: service.service_ref.namespace_or(&own).to_owned(),
            name: service.service_ref.name().to_owned(),
        })
    })
}

/// Every PrAutomation that a pipeline names.
pub(crate) fn automations_of(pipeline: &Pipeline) -> impl Iterator<Item = &str> {
    let criteria = pipeline
        .spec
        .stages
        .iter()
        .flat_map(|stage| &stage.services)
        .filter_map(|s| s.criteria.as_ref());
    criteria
        .filter_map(|criteria| criteria.pr_automation_ref.as_ref())
        .map(ObjectReference::name)
}

/// The pipelines for which `names` is true.
pub(crate) fn naming(pipelines: &Cache<Pipeline>, names: impl Fn(&Pipeline) -> bool) -> Vec<ObjectKey> {
    pipelines
        .filter(names)
        .iter()
        .map(|pipeline| ObjectKey::of(pipeline.as_ref()))
        .collect()
}

/// Looks at a pipeline; `None` when it does not exist.
pub(crate) fn observe(context: &Context, key: &ObjectKey) -> Option<Observed> {
    let pipeline = context.pipelines.find(key)?;
    let mut missing = Vec::new();
    for service in services_of(&pipeline).filter(|service| service.kind == DEFAULT_KIND) {
        if context.services.find(&service.key()).is_none() {
            missing.push(format!("ServiceDeployment {} (stage {})", service.key(), service.stage));
        }
    }
    let mut patching = Vec::new();
    for automation in automations_of(&pipeline) {
        match context.automations.get(None, automation) {
            None => missing.push(format!("PrAutomation {automation}")),
            Some(found) if found.spec.patch == Some(true) => patching.push(automation.to_owned()),
            Some(_) => {}
        }
    }
    missing.dedup();
    Some(Observed {
        pipeline,
        missing,
        patching,
    })
}
