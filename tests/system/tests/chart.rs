//! The chart, installed by the real Helm into the real API server: what it makes, whom its policies refuse and with
//! which words, and that the operator's service account may do what it needs and nothing more.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests: what is not as it should be ends them, also in their helpers"
)]

#[path = "chart/approvals.rs"]
mod approvals;
#[path = "chart/flags.rs"]
mod flags;
#[path = "chart/helm.rs"]
mod helm;
#[path = "chart/lifecycle.rs"]
mod lifecycle;
#[path = "chart/people.rs"]
mod people;
#[path = "chart/render.rs"]
mod render;
#[path = "chart/requested_by.rs"]
mod requested_by;
#[path = "chart/rights.rs"]
mod rights;

use std::time::Duration;

use anyhow::Result;
use kube::{Api, Client, api::PostParams};
use serde_json::{Value, json};
use stagecoach_api::{Approval, Pipeline};
use stagecoach_testbed::{ControlPlane, Identity, Look, Needs, Parts, Silent, Testbed, apply, eventually};
use tokio::sync::OnceCell;

/// Where the release is.
const NAMESPACE: &str = "stagecoach";
/// A namespace of users, whose Secrets the operator may read.
const INFRA: &str = "infra";
/// How long the API server may take to put something into force.
const DEADLINE: Duration = Duration::from_secs(30);

/// Namespaces of users, and who may do what there: `devs` edit, and alice approves on the pipeline `cd-demo`.
const USERS: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: infra}
---
apiVersion: v1
kind: Namespace
metadata: {name: argocd}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: devs, namespace: infra}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stagecoach-edit}
subjects: [{kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: approve-cd-demo, namespace: infra}
rules:
- {apiGroups: [deployments.plural.sh], resources: [pipelines], resourceNames: [cd-demo], verbs: [approve]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: approve-cd-demo, namespace: infra}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: approve-cd-demo}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
";

/// A control plane with the chart installed, shared by all tests of this file.
async fn house() -> Result<&'static ControlPlane> {
    static SHARED: OnceCell<Testbed> = OnceCell::const_new();
    let testbed = SHARED.get_or_try_init(async || {
        let testbed = start().await?;
        let client = testbed.control_plane()?.client().await?;
        apply(&client, USERS, "default").await?;
        helm::install(&testbed, &["replicas=0", "secretNamespaces={infra}"])
            .await?
            .expect_success();
        policies_are_in_force(testbed.control_plane()?).await?;
        anyhow::Ok(testbed)
    });
    testbed.await?.control_plane()
}

/// A control plane with nothing in it, and Helm.
async fn start() -> Result<Testbed> {
    let needs = Needs::control_plane();
    let built = Testbed::build(needs.parts().and(Parts::helm()), Silent).await?;
    Testbed::start_built(built, &needs).await
}

/// A policy counts some seconds after it was made.
async fn policies_are_in_force(control_plane: &ControlPlane) -> Result<()> {
    let admin = control_plane.client().await?;
    let operator = control_plane.client_as(&operator()).await?;
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    eventually("the admission policies", DEADLINE, async || {
        let approval = approvals::approval("cd-demo", "nobody");
        let made = [
            Api::<Approval>::namespaced(admin.clone(), INFRA)
                .create(&dry, &approval)
                .await
                .is_ok(),
            requested_by::contexts(&admin)
                .create(&dry, &requested_by::context("x", Some("nobody")))
                .await
                .is_ok(),
            rights::services(&operator)
                .create(&dry, &rights::service("x"))
                .await
                .is_ok(),
        ];
        Ok(Look::or_not_yet(
            (made == [false; 3]).then_some(()),
            format!("{made:?}"),
        ))
    })
    .await
}

/// The operator's own identity.
fn operator() -> Identity {
    Identity::service_account(NAMESPACE, "stagecoach")
}

/// A client of one of the users.
async fn user(control_plane: &ControlPlane, name: &str) -> Result<Client> {
    control_plane.client_as(&Identity::user(name)).await
}

/// What the API server answered instead of doing it: its code and message.
fn refusal<T: std::fmt::Debug>(result: kube::Result<T>) -> (u16, String) {
    match result {
        Err(kube::Error::Api(status)) => (status.code, status.message.clone()),
        other => panic!("not refused: {other:?}"),
    }
}

/// The last part of a refusal by a policy, which is the policy's own.
fn sentence<T: std::fmt::Debug>(result: kube::Result<T>) -> (u16, String) {
    let (code, message) = refusal(result);
    let (_, sentence) = message
        .split_once("denied request: ")
        .unwrap_or_else(|| panic!("no policy said: {message}"));
    (code, sentence.to_owned())
}

fn object<K: serde::de::DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// A pipeline with an approval on its edge.
fn pipeline(name: &str) -> Pipeline {
    object(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Pipeline", "metadata": {"name": name},
        "spec": {
            "stages": [{"name": "dev"}, {"name": "prod"}],
            "edges": [{"from": "dev", "to": "prod", "gates": [{"name": "approval-gate", "type": "APPROVAL"}]}],
        },
    }))
}
