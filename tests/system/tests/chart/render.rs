//! What the chart renders, without a cluster.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde::Deserialize as _;
use serde_json::Value;

use super::helm;

/// Every object that is rendered.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let all = serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap());
    all.filter(|document| !document.is_null()).collect()
}

#[tokio::test]
async fn the_chart_has_no_fault_that_helm_finds() -> Result<()> {
    let chart = helm::chart();
    helm::helm(
        &helm::built().await?,
        None,
        &["lint", "--strict", &chart.to_string_lossy()],
    )
    .await?
    .expect_success();
    Ok(())
}

#[tokio::test]
async fn what_it_renders_by_default() -> Result<()> {
    let text = helm::template(&["crds.install=false"], &[]).await?.expect_success();
    insta::assert_snapshot!(text);
    Ok(())
}

#[tokio::test]
async fn what_it_renders_with_everything_on() -> Result<()> {
    let values = [
        "replicas=2",
        "image.repository=registry.example.com/stagecoach",
        "image.tag=1.2.3",
        "imagePullSecrets[0].name=pull",
        "operator.managementRepository=my-org/gitops",
        "operator.engine=argocd",
        "operator.extraArgs={--future=yes}",
        "secretNamespaces={infra,stagecoach}",
        "argocd.namespace=argo",
        "serviceMonitor.enabled=true",
        "podDisruptionBudget.enabled=true",
        "commonLabels.team=delivery",
        "serviceAccount.name=other",
        "env[0].name=HTTPS_PROXY",
        "env[0].value=http://proxy.example.com:3128",
    ];
    let shown = [
        "templates/operator/deployment.yaml",
        "templates/operator/servicemonitor.yaml",
        "templates/operator/poddisruptionbudget.yaml",
        "templates/admission/operator.yaml",
    ];
    insta::assert_snapshot!(helm::template(&values, &shown).await?.expect_success());
    Ok(())
}

#[tokio::test]
async fn unknown_and_wrong_values_are_refused_by_name() -> Result<()> {
    for (value, said) in [
        ("replica=2", "additional properties 'replica' not allowed"),
        ("replicas=3", "at '/replicas': maximum"),
        ("operator.stability=soon", "at '/operator/stability'"),
        ("operator.log.format=xml", "value must be one of 'json', 'pretty'"),
        (
            "terminationGracePeriodSeconds=10",
            "at '/terminationGracePeriodSeconds': minimum",
        ),
        (
            "serviceAccount.create=false",
            "serviceAccount.name is needed where serviceAccount.create is false",
        ),
    ] {
        let message = helm::template(&[value], &[]).await?.expect_failure();
        assert!(message.contains(said), "{value}: {message}");
    }
    Ok(())
}

#[tokio::test]
async fn every_value_has_a_default_and_a_description() -> Result<()> {
    let read = |name: &str| std::fs::read_to_string(helm::chart().join(name));
    let values: Value = serde_yaml::from_str(&read("values.yaml")?)?;
    let schema: Value = serde_json::from_str(&read("values.schema.json")?)?;
    let known: BTreeSet<&String> = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|key| *key != "global")
        .collect();
    assert_eq!(values.as_object().unwrap().keys().collect::<BTreeSet<_>>(), known);
    Ok(())
}

#[tokio::test]
async fn no_role_has_a_wildcard() -> Result<()> {
    let text = helm::template(&["crds.install=false"], &[]).await?.expect_success();
    let roles: Vec<Value> = documents(&text)
        .into_iter()
        .filter(|object| ["Role", "ClusterRole"].contains(&object["kind"].as_str().unwrap()))
        .collect();
    assert!(roles.len() >= 6, "{}", roles.len());
    for role in roles {
        for rule in role["rules"].as_array().unwrap() {
            let words = ["apiGroups", "resources", "verbs"].map(|part| rule[part].as_array().unwrap().clone());
            let wild = words.iter().flatten().any(|word| word.as_str().unwrap().contains('*'));
            assert!(!wild, "{}: {rule}", role["metadata"]["name"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_kinds_are_those_that_were_generated() -> Result<()> {
    let generated = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/crds");
    for (folder, crds) in [
        ("", stagecoach_api::crds::all()),
        ("optional", stagecoach_api::crds::optional()),
    ] {
        for (name, _) in crds {
            let (ours, theirs) = (
                helm::chart().join("files/crds").join(folder).join(&name),
                generated.join(folder).join(&name),
            );
            let same = std::fs::read(&ours)? == std::fs::read(&theirs)?;
            assert!(
                same,
                "charts/stagecoach/files/crds/{folder}/{name} is not config/crds/{folder}/{name}: run `cargo xtask codegen`"
            );
        }
    }
    let text = helm::template(&["crds.optional=true"], &["templates/crds.yaml"])
        .await?
        .expect_success();
    let rendered = documents(&text);
    assert_eq!(
        rendered.len(),
        stagecoach_api::crds::all().len() + stagecoach_api::crds::optional().len()
    );
    for kind in rendered {
        assert_eq!(
            kind["metadata"]["annotations"]["helm.sh/resource-policy"], "keep",
            "{}",
            kind["metadata"]["name"]
        );
    }
    Ok(())
}
