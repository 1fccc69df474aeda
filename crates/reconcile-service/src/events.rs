//! One event a transition of `Ready`, for `kubectl describe`. Steps on the way are not told.

use kube::Resource as _;
use stagecoach_api::ServiceDeployment;
use stagecoach_api::service_deployment::ServiceDeploymentStatus;
use stagecoach_runtime::{Events, conditions};

use crate::status::Report;

/// Publishes what the report says, when it is news.
pub(crate) async fn publish(
    events: &Events,
    service: &ServiceDeployment,
    before: &ServiceDeploymentStatus,
    report: &Report,
) {
    if !has_turned(before, &report.status) {
        return;
    }
    let note = report.status.message.as_deref().unwrap_or(report.reason);
    let object = service.object_ref(&());
    if !report.status.errors.is_empty() {
        events.warning(&object, report.reason, note).await;
    } else if conditions::is_true(&report.status.conditions, conditions::READY) {
        events.normal(&object, report.reason, note).await;
    }
}

/// Another answer to "is it ready", or another reason for the same one.
fn has_turned(before: &ServiceDeploymentStatus, after: &ServiceDeploymentStatus) -> bool {
    let answer = |status: &ServiceDeploymentStatus| {
        let ready = conditions::find(&status.conditions, conditions::READY)?;
        Some((ready.status.clone(), ready.reason.clone()))
    };
    answer(before) != answer(after)
}
