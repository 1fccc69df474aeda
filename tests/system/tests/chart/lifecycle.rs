//! Install, upgrade and uninstall, as an administrator does them.

use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Namespace};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use serde_json::json;
use stagecoach_api::Pipeline;
use stagecoach_testbed::{Look, eventually};

use super::{DEADLINE, NAMESPACE, helm, house, object, pipeline, start};

#[tokio::test(flavor = "multi_thread")]
async fn the_release_runs_where_pods_are_restricted_and_its_kinds_outlive_it() -> Result<()> {
    let testbed = start().await?;
    let client = testbed.control_plane()?.client().await?;
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let restricted = json!({"metadata": {"name": NAMESPACE,
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    namespaces.create(&PostParams::default(), &object(restricted)).await?;
    let said = helm::install(&testbed, &["argocd.enabled=false", "replicas=2"])
        .await?
        .expect_success();
    assert!(
        said.contains("kubectl stagecoach overview -A"),
        "the notes say what is next:\n{said}"
    );
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), NAMESPACE);
    eventually("two ready replicas", Duration::from_mins(1), async || {
        let status = deployments.get("stagecoach").await?.status;
        let ready = status.and_then(|status| status.ready_replicas);
        Ok(Look::or_not_yet((ready == Some(2)).then_some(()), format!("{ready:?}")))
    })
    .await?;
    let pipelines: Api<Pipeline> = Api::default_namespaced(client.clone());
    pipelines.create(&PostParams::default(), &pipeline("kept")).await?;
    helm::install(&testbed, &["argocd.enabled=false", "crds.optional=true"])
        .await?
        .expect_success();
    assert_eq!(
        kinds(&client).await?.len(),
        stagecoach_api::crds::all().len() + stagecoach_api::crds::optional().len()
    );
    helm::on(&testbed, &["uninstall", "stagecoach", "-n", NAMESPACE, "--wait"])
        .await?
        .expect_success();
    assert!(deployments.get_opt("stagecoach").await?.is_none());
    pipelines.get("kept").await?;
    helm::install(&testbed, &["argocd.enabled=false"])
        .await?
        .expect_success();
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_argo_cd_the_install_says_which_namespace_is_missing() -> Result<()> {
    let testbed = start().await?;
    let said = helm::install(&testbed, &[]).await?.expect_failure();
    assert!(said.contains("namespaces \"argocd\" not found"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_established() -> Result<()> {
    let client = house().await?.client().await?;
    eventually("the kinds", DEADLINE, async || {
        let waiting: Vec<String> = kinds(&client)
            .await?
            .into_iter()
            .filter(|(_, ready)| !ready)
            .map(|(name, _)| name)
            .collect();
        Ok(Look::or_not_yet(
            waiting.is_empty().then_some(()),
            format!("{waiting:?} are not"),
        ))
    })
    .await?;
    let served: Vec<String> = kinds(&client)
        .await?
        .into_iter()
        .map(|(name, _)| format!("{name}.yaml"))
        .collect();
    let mut wanted: Vec<String> = stagecoach_api::crds::all().into_iter().map(|(file, _)| file).collect();
    wanted.sort();
    assert_eq!(served, wanted);
    Ok(())
}

/// Names of our kinds, and whether each is established.
async fn kinds(client: &kube::Client) -> Result<Vec<(String, bool)>> {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let mut found = Vec::new();
    for kind in api.list(&ListParams::default()).await? {
        if !["deployments.plural.sh", "stagecoach.dev"].contains(&kind.spec.group.as_str()) {
            continue;
        }
        let conditions = kind.status.and_then(|status| status.conditions).unwrap_or_default();
        let established = conditions
            .iter()
            .any(|c| c.type_ == "Established" && c.status == "True");
        found.push((kind.metadata.name.unwrap_or_default(), established));
    }
    found.sort();
    Ok(found)
}
