//! Carries a plan out. Every write is find-or-create: repeating it changes nothing.

use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, DynamicObject, Patch, PatchParams, Preconditions},
};
use serde_json::{Value, json};
use stagecoach_api::ServiceDeployment;
use stagecoach_runtime::{KubeError, ObjectKey, apply::apply_object, managers};
use stagecoach_workload::application::{Asked, is_outdated_retry};

use crate::{
    Context, argo_cd,
    decide::{Carry, FINALIZER, Plan, TakeDown},
    engines::Engines,
    observe::Observation,
    problem::Problem,
};

/// What came of a plan.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Argo CD has been asked; this is the Application as it is, and as it was asked for.
    Asked { live: Value, wanted: Value },
    /// Nothing was asked of an engine.
    Refused(Problem),
    /// The API server did not do what it was told.
    Failed(KubeError),
    /// The engine is taking the service down.
    Deleting,
    /// Nothing is left to say: the service goes.
    Gone,
}

/// Carries the plan out. Returns the service as the last write to it left it.
pub(crate) async fn act(
    context: &Context,
    engines: &Engines,
    observed: &Observation,
    plan: Plan,
) -> Result<(ServiceDeployment, Outcome), KubeError> {
    let mut service = observed.service.as_ref().clone();
    let outcome = match plan {
        Plan::Refuse(problem) => Outcome::Refused(problem),
        Plan::Carry(carry) => carried(context, engines, &mut service, carry).await?,
        Plan::TakeDown(step) => taken_down(context, engines, &mut service, observed, &step).await?,
    };
    Ok((service, outcome))
}

async fn carried(
    context: &Context,
    engines: &Engines,
    service: &mut ServiceDeployment,
    carry: Carry,
) -> Result<Outcome, KubeError> {
    let Carry {
        application: wanted,
        live,
        write,
        finalizer,
    } = carry;
    if let Some(present) = finalizer {
        set_finalizer(context, service, present).await?;
    }
    let live = match live {
        Some(live) if !write => live,
        _ => match written(context, engines, &wanted).await {
            Ok(live) => live,
            Err(error) if lacks_namespace(&error) => {
                let namespace = context.options.argocd_namespace.clone();
                return Ok(Outcome::Refused(Problem::EngineNamespaceMissing { namespace }));
            }
            Err(error) => return Err(error),
        },
    };
    if is_outdated_retry(&live, &Asked::of(&wanted)) {
        tracing::info!(service = %ObjectKey::of(service), "ending a sync that fails and is not asked for any more");
        end_operation(context, engines, &live).await?;
    }
    Ok(Outcome::Asked { live, wanted })
}

/// The namespace of Applications is not there; the kind itself is.
fn lacks_namespace(error: &KubeError) -> bool {
    matches!(error.source.as_ref(), kube::Error::Api(status) if status.is_not_found() && status.message.starts_with("namespaces "))
}

/// Makes the Application what it should be.
async fn written(context: &Context, engines: &Engines, wanted: &Value) -> Result<Value, KubeError> {
    let api = applications(context);
    let object: DynamicObject = serde_json::from_value(wanted.clone())
        .map_err(|error| KubeError::new("build", "an Application", kube::Error::SerdeError(error)))?;
    let mut live = apply_object(&api, &object, managers::SERVICE).await?;
    tracing::info!(application = %ObjectKey::of(&live), "asked Argo CD");
    let value = serde_json::to_value(&live).unwrap_or_default();
    if let Some(correction) = argo_cd::drift::correction(&value, wanted) {
        live = patch(&api, &live.name_any(), &correction, "take back changes of").await?;
    }
    remember(engines, &live);
    Ok(serde_json::to_value(&live).unwrap_or_default())
}

async fn taken_down(
    context: &Context,
    engines: &Engines,
    service: &mut ServiceDeployment,
    observed: &Observation,
    step: &TakeDown,
) -> Result<Outcome, KubeError> {
    let live = observed.application.as_ref();
    match (step, live) {
        (TakeDown::LetGo, _) | (_, None) => {
            if crate::decide::has_finalizer(service) {
                set_finalizer(context, service, false).await?;
            }
            return Ok(Outcome::Gone);
        }
        (TakeDown::Delete, Some(live)) => delete(context, live).await?,
        (TakeDown::EndOperation, Some(live)) => end_operation(context, engines, live).await?,
        (TakeDown::Wait, Some(_)) => {}
    }
    Ok(Outcome::Deleting)
}

/// Deletes the Application, and with it what it deployed: Argo CD sees to that, because of its finalizer.
async fn delete(context: &Context, live: &Value) -> Result<(), KubeError> {
    let api = applications(context);
    let (name, metadata) = (name(live), &live["metadata"]);
    let cascades = metadata["finalizers"]
        .as_array()
        .is_some_and(|all| all.contains(&json!(argo_cd::CASCADE)));
    if !cascades {
        let finalizers = json!({ "metadata": { "finalizers": [argo_cd::CASCADE] } });
        api.patch(name, &PatchParams::default(), &Patch::Merge(finalizers))
            .await
            .map_err(KubeError::on("prepare the deletion of", format!("Application {name}")))?;
    }
    let uid = metadata["uid"].as_str().map(ToOwned::to_owned);
    let parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid,
            ..Preconditions::default()
        }),
        ..DeleteParams::background()
    };
    match api.delete(name, &parameters).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
        Err(error) => Err(KubeError::new("delete", format!("Application {name}"), error)),
    }
}

/// What `argocd app terminate-op` does: the controller ends the operation at its next look. The resource version sees to
/// it that it is the operation that was looked at.
async fn end_operation(context: &Context, engines: &Engines, live: &Value) -> Result<(), KubeError> {
    let body = json!({
        "metadata": { "resourceVersion": live["metadata"]["resourceVersion"] },
        "status": { "operationState": { "phase": "Terminating" } },
    });
    let ended = patch(&applications(context), name(live), &body, "end the operation of").await?;
    remember(engines, &ended);
    Ok(())
}

async fn patch(
    api: &Api<DynamicObject>,
    name: &str,
    body: &Value,
    verb: &'static str,
) -> Result<DynamicObject, KubeError> {
    let parameters = PatchParams {
        field_manager: Some(managers::SERVICE.to_owned()),
        ..PatchParams::default()
    };
    api.patch(name, &parameters, &Patch::Merge(body))
        .await
        .map_err(KubeError::on(verb, format!("Application {name}")))
}

/// Adds or removes our finalizer, at the version that was looked at.
async fn set_finalizer(context: &Context, service: &mut ServiceDeployment, present: bool) -> Result<(), KubeError> {
    let key = ObjectKey::of(service);
    let mut finalizers: Vec<String> = service
        .finalizers()
        .iter()
        .filter(|name| *name != FINALIZER)
        .cloned()
        .collect();
    if present {
        finalizers.push(FINALIZER.to_owned());
    }
    let body = json!({ "metadata": { "resourceVersion": service.resource_version(), "finalizers": finalizers } });
    let api: Api<ServiceDeployment> = Api::namespaced(
        context.runtime.client.clone(),
        key.namespace.as_deref().unwrap_or_default(),
    );
    let parameters = PatchParams {
        field_manager: Some(managers::FINALIZER.to_owned()),
        ..PatchParams::default()
    };
    match api.patch(&key.name, &parameters, &Patch::Merge(body)).await {
        Ok(updated) => {
            context.caches.services.remember(updated.clone());
            *service = updated;
            Ok(())
        }
        // Gone is what a removal wants.
        Err(kube::Error::Api(status)) if status.is_not_found() && !present => Ok(()),
        Err(error) => Err(KubeError::new(
            "write the finalizer of",
            format!("ServiceDeployment {key}"),
            error,
        )),
    }
}

fn applications(context: &Context) -> Api<DynamicObject> {
    Api::namespaced_with(
        context.runtime.client.clone(),
        &context.options.argocd_namespace,
        &argo_cd::kind(),
    )
}

fn remember(engines: &Engines, live: &DynamicObject) {
    if let Some(cache) = engines.known().and_then(|known| known.applications) {
        cache.remember(live.clone());
    }
}

fn name(live: &Value) -> &str {
    live["metadata"]["name"].as_str().unwrap_or_default()
}
