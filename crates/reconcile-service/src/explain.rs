//! Says more about a service that fails: Argo CD only says that it is Degraded. Reads the workloads and, where the
//! operator may, their pods. What cannot be read is left out, never a failure of the pass.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, GroupVersionKind, ListParams},
};
use serde_json::Value;
use stagecoach_workload::{Expectation, Verdict, judge, supports};

/// Workloads and pods that are looked at; one that fails is enough to understand.
const MOST_WORKLOADS: usize = 5;
const MOST_PODS: u32 = 20;

/// What fails, in a sentence.
pub(crate) async fn explain(client: &Client, application: &Value) -> Option<String> {
    let resources = application.pointer("/status/resources")?.as_array()?;
    let workloads = resources
        .iter()
        .filter(|resource| is_workload(resource))
        .take(MOST_WORKLOADS);
    let mut reasons = Vec::new();
    for workload in workloads {
        if let Some(reason) = of_workload(client, workload).await {
            reasons.push(reason);
        }
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

fn is_workload(resource: &Value) -> bool {
    resource["group"] == "apps" && resource["kind"].as_str().is_some_and(supports)
}

async fn of_workload(client: &Client, resource: &Value) -> Option<String> {
    let (kind, name) = (resource["kind"].as_str()?, resource["name"].as_str()?);
    let namespace = resource["namespace"].as_str()?;
    let api_resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", kind));
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &api_resource);
    let live = serde_json::to_value(api.get(name).await.ok()?).ok()?;
    // A document that says nothing: whatever is there is what was wanted.
    let any = Expectation {
        document: Some(Value::Null),
        version: None,
        since: Timestamp::MIN,
    };
    let words = match judge(kind, Some(&live), &any) {
        Verdict::Healthy => return None,
        Verdict::Pending(words)
        | Verdict::Applying(words)
        | Verdict::Failed(words)
        | Verdict::Suspended(words)
        | Verdict::Missing(words)
        | Verdict::Unknown(words) => words,
    };
    let waiting = waiting_containers(client, namespace, &live).await;
    let waiting = waiting.map(|waiting| format!(" ({waiting})")).unwrap_or_default();
    Some(format!("{kind} {name}: {words}{waiting}"))
}

/// The containers that do not start, without the names of pods, which change all the time.
async fn waiting_containers(client: &Client, namespace: &str, workload: &Value) -> Option<String> {
    let labels = workload.pointer("/spec/selector/matchLabels")?.as_object()?;
    let selector: Vec<String> = labels
        .iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let parameters = ListParams::default().labels(&selector.join(",")).limit(MOST_PODS);
    let pods = pods.list(&parameters).await.ok()?;
    let statuses = pods.iter().filter_map(|pod| pod.status.as_ref());
    let containers = statuses.flat_map(|status| {
        let init = status.init_container_statuses.iter().flatten();
        init.chain(status.container_statuses.iter().flatten())
    });
    let reasons: BTreeSet<String> = containers.filter_map(waiting).collect();
    (!reasons.is_empty()).then(|| reasons.into_iter().collect::<Vec<_>>().join(", "))
}

fn waiting(container: &ContainerStatus) -> Option<String> {
    let reason = container.state.as_ref()?.waiting.as_ref()?.reason.as_deref()?;
    // A container that is only just being made is no trouble.
    (reason != "ContainerCreating" && reason != "PodInitializing")
        .then(|| format!("container {} with image {}: {reason}", container.name, container.image))
}
