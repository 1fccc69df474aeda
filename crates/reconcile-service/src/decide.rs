//! From what was observed to what is to be done. Pure.

use kube::ResourceExt as _;
use serde_json::Value;
use stagecoach_api::ServiceDeployment;
use stagecoach_runtime::ObjectKey;

use crate::{
    Options, argo_cd, engine,
    observe::{Observation, Place},
    problem::Problem,
    promoted,
};

/// Keeps a service until its Application is gone.
pub(crate) const FINALIZER: &str = "stagecoach.dev/application";

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Plan {
    /// Argo CD is to carry this Application.
    Carry(Carry),
    /// No engine can be asked, and a person should know why.
    Refuse(Problem),
    /// The service is being deleted.
    TakeDown(TakeDown),
}

/// What Argo CD is to carry.
#[derive(Debug, PartialEq)]
pub(crate) struct Carry {
    /// The Application as it should be.
    pub(crate) application: Value,
    /// The one that is there.
    pub(crate) live: Option<Value>,
    /// Whether it has to be written.
    pub(crate) write: bool,
    /// Whether the service must have the finalizer; `None` where it is as it should be.
    pub(crate) finalizer: Option<bool>,
}

/// How far a deletion is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TakeDown {
    /// Nothing is left, or what is left stays: let the service go.
    LetGo,
    /// The Application has to be deleted.
    Delete,
    /// Argo CD is deleting; the operation that is in its way has to be ended.
    EndOperation,
    /// Argo CD is deleting.
    Wait,
}

/// Decides one pass.
pub(crate) fn decide(observed: &Observation, options: &Options) -> Plan {
    let service = observed.service.as_ref();
    if service.metadata.deletion_timestamp.is_some() {
        return Plan::TakeDown(take_down(observed));
    }
    carry(observed, options).map_or_else(Plan::Refuse, Plan::Carry)
}

fn carry(observed: &Observation, options: &Options) -> Result<Carry, Problem> {
    let service = observed.service.as_ref();
    let annotation = service.annotations().get(engine::ANNOTATION).map(String::as_str);
    engine::choose(observed.served, annotation, options.engine)?;
    match &observed.cluster {
        Place::Here => {}
        Place::Nowhere(name) => return Err(Problem::ClusterMissing { name: name.clone() }),
        Place::Elsewhere(name) => return Err(Problem::UnsupportedCluster { name: name.clone() }),
    }
    let live = observed.application.as_ref();
    if live.is_some_and(|live| !is_ours(service, live)) {
        return Err(Problem::ApplicationTaken {
            name: argo_cd::name_of(&ObjectKey::of(service)),
        });
    }
    // It is only the beginning that waits: what runs goes on when a dependency stumbles later.
    if let (None, Some((name, state))) = (live, &observed.waits_for) {
        return Err(Problem::DependencyNotReady {
            name: name.clone(),
            state,
        });
    }
    let promoted = service.status.as_ref().and_then(|status| status.promoted.as_ref());
    let spec = promoted::effective(&service.spec, promoted);
    let repositories = argo_cd::Repositories {
        url: &|name| observed.repositories.get(name).cloned(),
    };
    let application = argo_cd::application(service, &spec, &repositories, options)?;
    // One that is being deleted takes nothing in any more; it is made anew when it is gone.
    let write = live.is_none_or(|live| !is_deleted(live) && argo_cd::drift::differs(live, &application));
    let wants = service.spec.detach != Some(true);
    let finalizer = (wants != has_finalizer(service)).then_some(wants);
    Ok(Carry {
        application,
        live: live.cloned(),
        write,
        finalizer,
    })
}

fn take_down(observed: &Observation) -> TakeDown {
    let service = observed.service.as_ref();
    let live = observed.application.as_ref().filter(|live| is_ours(service, live));
    match live {
        _ if !has_finalizer(service) || service.spec.detach == Some(true) => TakeDown::LetGo,
        None => TakeDown::LetGo,
        Some(live) if !is_deleted(live) => TakeDown::Delete,
        // Argo CD deletes nothing before the operation under way has ended, and one that fails tries again for long.
        Some(live) if stagecoach_workload::application::is_running(live) => TakeDown::EndOperation,
        Some(_) => TakeDown::Wait,
    }
}

/// Made for this service.
fn is_ours(service: &ServiceDeployment, application: &Value) -> bool {
    application["metadata"]["annotations"][argo_cd::SERVICE] == ObjectKey::of(service).to_string()
}

fn is_deleted(application: &Value) -> bool {
    application["metadata"]
        .get("deletionTimestamp")
        .is_some_and(|at| !at.is_null())
}

pub(crate) fn has_finalizer(service: &ServiceDeployment) -> bool {
    service.finalizers().iter().any(|finalizer| finalizer == FINALIZER)
}

#[cfg(test)]
mod tests;
