//! One pass over a service: observe, decide, act, status.

use std::time::Duration;

use kube::{Api, ResourceExt as _};
use stagecoach_api::ServiceDeployment;
use stagecoach_runtime::{Class, Classify as _, KubeError, Next, ObjectKey, apply_status, managers};
use stagecoach_workload::application::{Asked, look};

use crate::{
    Context, KIND,
    act::{Outcome, act},
    decide::decide,
    engines::Engines,
    events, explain,
    observe::observe,
    problem::Problem,
    status::{self, Report},
};

/// A deletion is looked at again even when nothing is heard of it: with the engine's kinds its watch goes too.
const DELETION: Duration = Duration::from_secs(10);

/// Brings the service and its engine's object in line.
pub(crate) async fn reconcile(context: &Context, engines: &Engines, key: &ObjectKey) -> Next {
    match pass(context, engines, key).await {
        Ok(next) => next,
        Err(error) => context.runtime.failed(KIND, key, &error),
    }
}

async fn pass(context: &Context, engines: &Engines, key: &ObjectKey) -> Result<Next, KubeError> {
    let Some(observed) = observe(context, engines, key).await? else {
        return Ok(Next::Done);
    };
    let plan = decide(&observed, &context.options);
    let (service, outcome) = match act(context, engines, &observed, plan).await {
        Ok(acted) => acted,
        Err(error) if error.is_conflict() => return Err(error),
        Err(error) => (observed.service.as_ref().clone(), Outcome::Failed(error)),
    };
    let explanation = explanation(context, &outcome).await;
    let Some(report) = status::build(&service, &outcome, explanation, context.runtime.now()) else {
        return Ok(Next::Done);
    };
    write(context, &service, &report).await?;
    Ok(next(context, key, &outcome, &report))
}

/// What is known of a failure beyond what the engine says.
async fn explanation(context: &Context, outcome: &Outcome) -> Option<String> {
    let Outcome::Asked { live, wanted } = outcome else {
        return None;
    };
    let seen = look(live, &Asked::of(wanted), context.runtime.now());
    if seen.reason != "Degraded" {
        return None;
    }
    explain::explain(&context.runtime.client, live).await
}

/// Writes the status, unless it is as it was, and tells what is new.
async fn write(context: &Context, service: &ServiceDeployment, report: &Report) -> Result<(), KubeError> {
    let namespace = service.namespace().unwrap_or_default();
    let api: Api<ServiceDeployment> = Api::namespaced(context.runtime.client.clone(), &namespace);
    let before = status::own_part(service);
    let written = apply_status(&api, service, Some(&before), &report.status, managers::SERVICE_STATUS).await;
    match written {
        Ok(Some(written)) => {
            context.caches.services.remember(written);
            events::publish(&context.runtime.events, service, &before, report).await;
            Ok(())
        }
        Ok(None) => Ok(()),
        // Deleted in between: nobody is left to read it.
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

/// When to come again without a change of an object.
fn next(context: &Context, key: &ObjectKey, outcome: &Outcome, report: &Report) -> Next {
    match (outcome, report.until) {
        (Outcome::Failed(error), _) => context.runtime.failed(KIND, key, error),
        // A namespace wakes nobody.
        (Outcome::Refused(Problem::EngineNamespaceMissing { .. }), _) => Next::After(context.options.engine_interval),
        (Outcome::Refused(problem), _) if problem.is_wait() => Next::Done,
        (Outcome::Refused(problem), _) => {
            tracing::debug!(service = %key, reason = problem.reason(), "not handed to an engine");
            Next::Failed(Class::Stalled)
        }
        (Outcome::Deleting, _) => Next::After(DELETION),
        (_, Some(until)) => Next::At(until),
        (Outcome::Asked { .. } | Outcome::Gone, None) => Next::Done,
    }
}
