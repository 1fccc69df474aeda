//! What the operator's service account may do, with its own token: all that it needs, and not more.

use anyhow::Result;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Client,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use stagecoach_api::{Pipeline, ServiceDeployment};

use super::{INFRA, NAMESPACE, house, object, operator, pipeline, refusal, sentence};

/// Any ServiceDeployment.
pub(crate) fn service(name: &str) -> ServiceDeployment {
    object(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "ServiceDeployment", "metadata": {"name": name},
        "spec": {
            "namespace": "apps", "git": {"folder": "helm", "ref": "main"},
            "repositoryRef": {"name": "cd-demo", "namespace": "infra"},
        },
    }))
}

pub(crate) fn services(client: &Client) -> Api<ServiceDeployment> {
    Api::namespaced(client.clone(), INFRA)
}

/// `verb group/resource[/subresource] [in namespace]`, as the tables below write it.
async fn may(client: &Client, request: &str) -> Result<bool> {
    let (request, namespace) = request.split_once(" in ").unwrap_or((request, ""));
    let (verb, resource) = request.split_once(' ').unwrap();
    let mut parts = resource.split('/');
    let review = json!({"spec": {"resourceAttributes": {
        "verb": verb, "group": parts.next(), "resource": parts.next(), "subresource": parts.next(),
        "namespace": namespace,
    }}});
    let api: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let answer = api.create(&PostParams::default(), &object(review)).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_do_what_it_needs() -> Result<()> {
    let client = house().await?.client_as(&operator()).await?;
    let kinds = [
        "clusters",
        "gitrepositories",
        "helmrepositories",
        "observers",
        "pipelinecontexts",
        "pipelines",
        "prautomations",
        "prautomationtriggers",
        "scmconnections",
        "servicedeployments",
    ];
    for kind in kinds
        .map(|kind| format!("deployments.plural.sh/{kind}"))
        .into_iter()
        .chain(["stagecoach.dev/approvals".to_owned()])
    {
        for request in [
            format!("list {kind}"),
            format!("watch {kind}"),
            format!("patch {kind}/status"),
        ] {
            assert!(may(&client, &request).await?, "it may not {request}");
        }
    }
    for request in [
        "create deployments.plural.sh/pipelinecontexts in infra",
        "patch deployments.plural.sh/servicedeployments in infra",
        "get apps/deployments in apps",
        "get apps/statefulsets in apps",
        "get apps/daemonsets in apps",
        "list /pods in apps",
        "create events.k8s.io/events in infra",
        "patch events.k8s.io/events in default",
        "watch /secrets in stagecoach",
        "watch /secrets in infra",
        "create argoproj.io/applications in argocd",
        "patch argoproj.io/applications in argocd",
        "delete argoproj.io/applications in argocd",
        "watch argoproj.io/applications in argocd",
    ] {
        assert!(may(&client, request).await?, "it may not {request}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_may_do_nothing_else() -> Result<()> {
    let client = house().await?.client_as(&operator()).await?;
    for request in [
        "get /secrets in default",
        "list /secrets",
        "list /secrets in argocd",
        "create /secrets in stagecoach",
        "patch deployments.plural.sh/pipelines in infra",
        "update deployments.plural.sh/pipelines in infra",
        "patch deployments.plural.sh/prautomations",
        "patch deployments.plural.sh/scmconnections",
        "patch deployments.plural.sh/pipelinecontexts in infra",
        "update deployments.plural.sh/servicedeployments in infra",
        "delete deployments.plural.sh/servicedeployments in infra",
        "approve deployments.plural.sh/pipelines in infra",
        "create stagecoach.dev/approvals in infra",
        "patch stagecoach.dev/approvals in infra",
        "create argoproj.io/applications in infra",
        "patch argoproj.io/appprojects in argocd",
        "patch apps/deployments in apps",
        "list apps/deployments in apps",
        "get apps/replicasets in apps",
        "create /pods in apps",
        "get /pods/log in apps",
        "create /pods/exec in apps",
        "create rbac.authorization.k8s.io/clusterrolebindings",
        "impersonate /users",
        "list coordination.k8s.io/leases in kube-system",
        "get coordination.k8s.io/leases in stagecoach",
        "create apiextensions.k8s.io/customresourcedefinitions",
    ] {
        assert!(!may(&client, request).await?, "it may {request}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_reads_secrets_of_the_namespaces_that_the_values_name_and_no_others() -> Result<()> {
    let client = house().await?.client_as(&operator()).await?;
    for namespace in [NAMESPACE, INFRA] {
        Api::<Secret>::namespaced(client.clone(), namespace)
            .list(&ListParams::default())
            .await?;
    }
    let (code, said) = refusal(
        Api::<Secret>::namespaced(client, "default")
            .list(&ListParams::default())
            .await,
    );
    assert_eq!(code, 403);
    assert!(said.contains("cannot list resource \"secrets\""), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_its_own_lease_and_no_other() -> Result<()> {
    let client = house().await?.client_as(&operator()).await?;
    let leases: Api<Lease> = Api::namespaced(client, NAMESPACE);
    let lease = |name: &str| object::<Lease>(json!({"metadata": {"name": name}, "spec": {"holderIdentity": "me"}}));
    let made = leases.create(&PostParams::default(), &lease("stagecoach")).await?;
    leases.replace("stagecoach", &PostParams::default(), &made).await?;
    leases.get("stagecoach").await?;
    let (code, _) = refusal(leases.get("another").await);
    assert_eq!(code, 403);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_writes_statuses_and_no_spec() -> Result<()> {
    let house = house().await?;
    let (admin, client) = (house.client().await?, house.client_as(&operator()).await?);
    Api::<Pipeline>::namespaced(admin, INFRA)
        .create(&PostParams::default(), &pipeline("statuses"))
        .await?;
    let pipelines: Api<Pipeline> = Api::namespaced(client, INFRA);
    let status =
        json!({"apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Pipeline", "status": {"summary": "dev -"}});
    let parameters = PatchParams::apply("test").force();
    let written = pipelines
        .patch_status("statuses", &parameters, &Patch::Apply(status))
        .await?;
    assert_eq!(
        written.status.and_then(|status| status.summary).as_deref(),
        Some("dev -")
    );
    let spec = Patch::Merge(json!({"spec": {"suspend": true}}));
    let (code, _) = refusal(pipelines.patch("statuses", &PatchParams::default(), &spec).await);
    assert_eq!(code, 403);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_service_it_writes_finalizers_and_annotations_alone() -> Result<()> {
    let house = house().await?;
    let (admin, client) = (house.client().await?, house.client_as(&operator()).await?);
    services(&admin)
        .create(&PostParams::default(), &service("guarded"))
        .await?;
    let patch = async |patch: Value| {
        services(&client)
            .patch("guarded", &PatchParams::default(), &Patch::Merge(patch))
            .await
    };
    patch(json!({"metadata": {"finalizers": ["stagecoach.dev/engine"]}})).await?;
    patch(json!({"metadata": {"annotations": {"stagecoach.dev/engine": "argocd"}}})).await?;
    let spec = patch(json!({"spec": {"git": {"ref": "evil"}}})).await;
    let wanted = "the operator does not write spec: it belongs to whoever wrote the object";
    assert_eq!(sentence(spec), (403, wanted.to_owned()));
    let wanted = "the operator does not write labels or owner references";
    assert_eq!(
        sentence(patch(json!({"metadata": {"labels": {"a": "b"}}})).await),
        (403, wanted.to_owned())
    );
    let owner = json!([{"apiVersion": "v1", "kind": "Namespace", "name": "x", "uid": "x"}]);
    assert_eq!(
        sentence(patch(json!({"metadata": {"ownerReferences": owner}})).await),
        (403, wanted.to_owned())
    );
    // Whoever wrote it goes on as before.
    let ours = Patch::Merge(json!({"spec": {"git": {"ref": "v2"}}, "metadata": {"labels": {"a": "b"}}}));
    services(&admin)
        .patch("guarded", &PatchParams::default(), &ours)
        .await?;
    patch(json!({"metadata": {"finalizers": null}})).await?;
    Ok(())
}
