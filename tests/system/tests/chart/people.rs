//! What the roles for people give, through the cluster's own roles view and edit.

use anyhow::Result;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use kube::{Api, api::PostParams};
use serde_json::json;
use stagecoach_testbed::{Look, apply, eventually};

use super::{DEADLINE, INFRA, house, object};

const BINDINGS: &str = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewers, namespace: infra}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: victor, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: admins, namespace: infra}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: User, name: ada, apiGroup: rbac.authorization.k8s.io}]
";

async fn may(client: &kube::Client, user: &str, verb: &str, group: &str, resource: &str) -> Result<bool> {
    let review = json!({"spec": {"user": user, "resourceAttributes":
        {"namespace": INFRA, "verb": verb, "group": group, "resource": resource}}});
    let api: Api<SubjectAccessReview> = Api::all(client.clone());
    let answer = api.create(&PostParams::default(), &object(review)).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clusters_roles_hold_ours_but_never_the_verb_approve() -> Result<()> {
    let client = house().await?.client().await?;
    apply(&client, BINDINGS, INFRA).await?;
    let ours = "deployments.plural.sh";
    for (user, verb, group, resource, wanted) in [
        ("victor", "list", ours, "pipelines", true),
        ("victor", "watch", "stagecoach.dev", "approvals", true),
        ("victor", "create", ours, "pipelinecontexts", false),
        ("ada", "create", ours, "pipelinecontexts", true),
        ("ada", "patch", ours, "servicedeployments", true),
        ("ada", "create", "stagecoach.dev", "approvals", true),
        ("ada", "approve", ours, "pipelines", false),
        ("victor", "approve", ours, "pipelines", false),
    ] {
        // The controller that joins the roles needs a moment.
        eventually(
            &format!("{user} {verb} {resource} to be {wanted}"),
            DEADLINE,
            async || {
                let is = may(&client, user, verb, group, resource).await?;
                Ok(Look::or_not_yet((is == wanted).then_some(()), is.to_string()))
            },
        )
        .await?;
    }
    Ok(())
}
