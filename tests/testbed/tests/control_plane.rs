//! The control plane runs workloads and knows who is who. All tests share one.

use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::{
    apps::v1::Deployment,
    authentication::v1::SelfSubjectReview,
    core::v1::{ConfigMap, Pod, ServiceAccount},
};
use kube::{
    Api, Client,
    api::{ListParams, PostParams},
};
use stagecoach_testbed::{Identity, Look, apply, eventually, shared_control_plane};
use tokio::process::Command;

const DEADLINE: Duration = Duration::from_secs(30);

async fn namespace(client: &Client, name: &str) -> Result<()> {
    apply(
        client,
        &format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"),
        "default",
    )
    .await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), name);
    eventually("the namespace's service account", DEADLINE, async || {
        Ok(Look::or_not_yet(accounts.get_opt("default").await?, "none"))
    })
    .await?;
    Ok(())
}

fn deployment(name: &str, image: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: app, image: \"{image}\"}}]}}
"
    )
}

#[tokio::test]
async fn a_deployment_becomes_available() -> Result<()> {
    let client = shared_control_plane().await?.client().await?;
    namespace(&client, "workloads").await?;
    apply(&client, &deployment("good", "registry.example/app:1.0.0"), "workloads").await?;
    let deployments: Api<Deployment> = Api::namespaced(client, "workloads");
    eventually("two available replicas", DEADLINE, async || {
        let status = deployments.get("good").await?.status.unwrap_or_default();
        Ok(Look::or_not_yet(
            (status.available_replicas == Some(2)).then_some(()),
            format!("{status:?}"),
        ))
    })
    .await
}

#[tokio::test]
async fn a_broken_image_never_starts() -> Result<()> {
    let client = shared_control_plane().await?.client().await?;
    namespace(&client, "broken").await?;
    apply(
        &client,
        &deployment("bad", "registry.example/app:2.0.0-broken"),
        "broken",
    )
    .await?;
    let pods: Api<Pod> = Api::namespaced(client, "broken");
    let reason = eventually("a waiting container", DEADLINE, async || {
        let listed = pods.list(&ListParams::default()).await?;
        let reason = listed.items.into_iter().find_map(|pod| {
            let status = pod.status?.container_statuses?.into_iter().next()?;
            status.state?.waiting?.reason
        });
        Ok(Look::or_not_yet(reason, "none"))
    });
    assert_eq!(reason.await?, "ImagePullBackOff");
    Ok(())
}

#[tokio::test]
async fn users_have_the_rights_that_rbac_gives_them() -> Result<()> {
    let control_plane = shared_control_plane().await?;
    let admin = control_plane.client().await?;
    namespace(&admin, "rights").await?;
    let role = "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: visitors}
- {kind: ServiceAccount, name: default, namespace: rights}
";
    apply(&admin, role, "rights").await?;
    let allowed = [
        Identity::user("alice"),
        Identity::impersonated("carol", &["visitors"]),
        Identity::service_account("rights", "default"),
    ];
    for identity in &allowed {
        let maps: Api<ConfigMap> = Api::namespaced(control_plane.client_as(identity).await?, "rights");
        eventually("the right to take effect", DEADLINE, async || {
            Ok(match maps.list(&ListParams::default()).await {
                Ok(_) => Look::Found(()),
                Err(error) => Look::NotYet(error.to_string()),
            })
        })
        .await?;
    }
    for identity in [Identity::user("bob"), Identity::impersonated("dave", &[])] {
        let maps: Api<ConfigMap> = Api::namespaced(control_plane.client_as(&identity).await?, "rights");
        let error = maps.list(&ListParams::default()).await.unwrap_err();
        assert!(
            matches!(&error, kube::Error::Api(status) if status.is_forbidden()),
            "{error}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn every_identity_is_seen_under_its_own_name() -> Result<()> {
    let control_plane = shared_control_plane().await?;
    let expected = [
        (Identity::Admin, "admin"),
        (Identity::user("bob"), "bob"),
        (
            Identity::service_account("default", "default"),
            "system:serviceaccount:default:default",
        ),
        (Identity::impersonated("carol", &["visitors"]), "carol"),
    ];
    for (identity, name) in expected {
        let reviews: Api<SelfSubjectReview> = Api::all(control_plane.client_as(&identity).await?);
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await?;
        let seen = review
            .status
            .and_then(|status| status.user_info)
            .and_then(|user| user.username);
        assert_eq!(seen.as_deref(), Some(name));
    }
    Ok(())
}

#[tokio::test]
async fn a_kubeconfig_is_good_for_kubectl() -> Result<()> {
    let control_plane = shared_control_plane().await?;
    let kubeconfig = control_plane.kubeconfig_as(&Identity::user("alice")).await?;
    let mut command = Command::new(control_plane.kubectl());
    let whoami = command
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(["auth", "whoami"])
        .output()
        .await?;
    let said = String::from_utf8_lossy(&whoami.stdout).into_owned();
    assert!(
        said.contains("alice") && said.contains("devs"),
        "{said}{}",
        String::from_utf8_lossy(&whoami.stderr)
    );
    Ok(())
}

#[tokio::test]
async fn a_kind_and_its_objects_are_applied_from_one_text() -> Result<()> {
    let client = shared_control_plane().await?.client().await?;
    let text = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.testbed.example}
spec:
  group: testbed.example
  names: {kind: Lamp, plural: lamps}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {lit: {type: boolean}}}}
---
apiVersion: testbed.example/v1
kind: Lamp
metadata: {name: desk}
spec: {lit: true}
---
apiVersion: testbed.example/v1
kind: Lamp
metadata: {name: hall, namespace: kube-system}
spec: {lit: false}
";
    let applied = apply(&client, text, "default").await?;
    let places: Vec<_> = applied
        .iter()
        .map(|object| object.metadata.namespace.as_deref())
        .collect();
    assert_eq!(places, [None, Some("default"), Some("kube-system")]);
    assert_eq!(applied[1].data["spec"]["lit"], true);
    Ok(())
}
