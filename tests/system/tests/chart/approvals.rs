//! Who may decide on a gate: the API server refuses the others, in words.

use anyhow::Result;
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;
use stagecoach_api::Approval;
use stagecoach_testbed::{Identity, apply};
use tokio::process::Command;

use super::{INFRA, house, object, refusal, sentence, user};

/// A decision on the gate of `pipeline` that says it is `user`'s.
pub(crate) fn approval(pipeline: &str, user: &str) -> Approval {
    object(json!({
        "apiVersion": "stagecoach.dev/v1alpha1", "kind": "Approval", "metadata": {"generateName": "decision-"},
        "spec": {
            "pipelineRef": {"name": pipeline}, "contextRef": {"name": "cd-demo-1"}, "run": 1,
            "edge": {"from": "dev", "to": "prod"}, "gate": "approval-gate", "user": user, "decision": "Approve",
        },
    }))
}

async fn decide(client: &Client, approval: &Approval) -> kube::Result<Approval> {
    Api::namespaced(client.clone(), INFRA)
        .create(&PostParams::default(), approval)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_the_verb_decides_in_their_own_name() -> Result<()> {
    let alice = user(house().await?, "alice").await?;
    let made = decide(&alice, &approval("cd-demo", "alice")).await?;
    assert_eq!(made.spec.user, "alice");
    let mut no = approval("cd-demo", "alice");
    no.spec.decision = stagecoach_core::status::Verdict::Reject;
    decide(&alice, &no).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_in_anothers_name() -> Result<()> {
    let house = house().await?;
    let wanted = "spec.user is bob, but alice is asking: write your own user name, as kubectl auth whoami shows it";
    let alice = user(house, "alice").await?;
    assert_eq!(
        sentence(decide(&alice, &approval("cd-demo", "bob")).await),
        (422, wanted.to_owned())
    );
    let admin = house.client().await?;
    let (code, said) = sentence(decide(&admin, &approval("cd-demo", "alice")).await);
    assert_eq!(
        (code, said.as_str()),
        (
            422,
            wanted
                .replace("bob", "alice")
                .replacen("but alice", "but admin", 1)
                .as_str()
        )
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_hold_the_verb_is_refused() -> Result<()> {
    let house = house().await?;
    let wanted = |user: &str, pipeline: &str| {
        let sentence = format!(
            "{user} may not approve or reject on pipeline {pipeline} in namespace infra: that needs the verb approve on \
             pipelines.deployments.plural.sh; ask an administrator to bind you to the ClusterRole stagecoach-approve there"
        );
        (403, sentence)
    };
    let bob = user(house, "bob").await?;
    assert_eq!(
        sentence(decide(&bob, &approval("cd-demo", "bob")).await),
        wanted("bob", "cd-demo")
    );
    // alice's Role names one pipeline only.
    let alice = user(house, "alice").await?;
    assert_eq!(
        sentence(decide(&alice, &approval("other", "alice")).await),
        wanted("alice", "other")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_the_chart_brings_is_enough() -> Result<()> {
    let house = house().await?;
    let binding = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: approvers, namespace: infra}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: stagecoach-approve}
subjects: [{kind: Group, name: release-team, apiGroup: rbac.authorization.k8s.io}]
";
    apply(&house.client().await?, binding, INFRA).await?;
    let dave = house
        .client_as(&Identity::impersonated("dave", &["release-team"]))
        .await?;
    decide(&dave, &approval("cd-demo", "dave")).await?;
    let erin = house.client_as(&Identity::impersonated("erin", &["others"])).await?;
    let (code, said) = refusal(decide(&erin, &approval("cd-demo", "erin")).await);
    assert_eq!(code, 403);
    assert!(
        said.contains("User \"erin\" cannot create resource \"approvals\""),
        "{said}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_cannot_be_changed_afterwards() -> Result<()> {
    let alice = user(house().await?, "alice").await?;
    let made = decide(&alice, &approval("cd-demo", "alice")).await?;
    let api: Api<Approval> = Api::namespaced(alice, INFRA);
    let name = made.metadata.name.unwrap_or_default();
    let patch = Patch::Merge(json!({"spec": {"decision": "Reject"}}));
    let (code, said) = refusal(api.patch(&name, &PatchParams::default(), &patch).await);
    assert_eq!(code, 422);
    assert!(
        said.contains("an Approval cannot be changed: delete it and make another one"),
        "{said}"
    );
    let label = Patch::Merge(json!({"metadata": {"labels": {"seen": "yes"}}}));
    api.patch(&name, &PatchParams::default(), &label).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_says_who_may_approve() -> Result<()> {
    let house = house().await?;
    for (user, pipeline, wanted) in [
        ("alice", "cd-demo", "yes"),
        ("alice", "other", "no"),
        ("bob", "cd-demo", "no"),
    ] {
        let output = Command::new(house.kubectl())
            .arg("--kubeconfig")
            .arg(house.kubeconfig_as(&Identity::user(user)).await?)
            .args([
                "auth",
                "can-i",
                "approve",
                &format!("pipelines.deployments.plural.sh/{pipeline}"),
                "-n",
                INFRA,
            ])
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert_eq!(
            said,
            wanted,
            "{user} on {pipeline}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
