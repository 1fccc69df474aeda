//! `approve` and `reject`: the gate is found, the decision is the user's own, and a refusal is the API server's sentence.

use anyhow::Result;
use kube::{Api, ResourceExt as _, api::ListParams};
use serde_json::json;
use stagecoach_api::Approval;

use crate::{Place, run};

const WAITS: &str = "gate approval-gate on edge dev -> prod waits for a person's approval";

async fn approvals(place: &Place) -> Result<Vec<Approval>> {
    let api: Api<Approval> = Api::namespaced(place.client.clone(), place.namespace);
    Ok(api.list(&ListParams::default()).await?.items)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_that_waits_is_found_and_the_decision_is_the_users() -> Result<()> {
    let place = Place::new("decide-approve").await?;
    let context = place
        .context("release-1", run("Blocked", WAITS, "Promoted", Some("Pending")))
        .await?;
    let said = place
        .run("alice", &["approve", "release-1", "--comment", "looks good"])
        .await?
        .done();
    assert_eq!(
        said,
        "alice approved gate approval-gate (dev -> prod) for 0.1.0 in run 1 of PipelineContext decide-approve/release-1\n\
         follow it: kubectl stagecoach tree cd-demo -n decide-approve\n"
    );
    let made = approvals(&place).await?.remove(0);
    assert!(made.name_any().starts_with("release-1-"), "{}", made.name_any());
    let wanted = json!({
        "pipelineRef": {"name": "cd-demo"},
        "contextRef": {"name": "release-1", "namespace": "decide-approve", "uid": context.uid()},
        "run": 1, "edge": {"from": "dev", "to": "prod"}, "gate": "approval-gate", "user": "alice",
        "decision": "Approve", "comment": "looks good",
    });
    assert_eq!(serde_json::to_value(&made.spec)?, wanted);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_is_a_decision_too() -> Result<()> {
    let place = Place::new("decide-reject").await?;
    place
        .context("release-1", run("Blocked", WAITS, "Promoted", Some("Pending")))
        .await?;
    let arguments = [
        "reject",
        "release-1",
        "--gate",
        "approval-gate",
        "--edge",
        "dev:prod",
        "-o",
        "json",
    ];
    let said = place.run("alice", &arguments).await?.done();
    let made: serde_json::Value = serde_json::from_str(&said)?;
    assert_eq!(
        (&made["kind"], &made["spec"]["decision"]),
        (&json!("Approval"), &json!("Reject"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_approve_reads_the_policys_own_sentence() -> Result<()> {
    let place = Place::new("decide-bob").await?;
    place
        .context("release-1", run("Blocked", WAITS, "Promoted", Some("Pending")))
        .await?;
    let said = place.run("bob", &["approve", "release-1"]).await?.refused(1);
    assert_eq!(
        said,
        "error: bob may not approve or reject on pipeline cd-demo in namespace decide-bob: that needs the verb approve on \
         pipelines.deployments.plural.sh; ask an administrator to bind you to the ClusterRole stagecoach-approve there\n"
    );
    assert!(approvals(&place).await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_gate_waits_the_answer_says_what_is_waited_for_instead() -> Result<()> {
    let place = Place::new("decide-none").await?;
    let message = "stage dev: waits for somebody to merge acme/gitops#7";
    place
        .context("release-1", run("Progressing", message, "AwaitingMerge", None))
        .await?;
    let said = place.run("alice", &["approve", "release-1"]).await?.refused(1);
    assert_eq!(
        said,
        "error: no gate of PipelineContext decide-none/release-1 waits for a person. Its run 1 is Progressing: stage dev: \
         waits for somebody to merge acme/gitops#7\n"
    );
    let said = place.run("alice", &["approve", "release-9"]).await?.refused(1);
    assert_eq!(
        said,
        "error: there is no PipelineContext decide-none/release-9: `kubectl get pipelinecontexts -A` shows those that \
         there are\n"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_does_not_wait_is_answered_with_those_that_do() -> Result<()> {
    let place = Place::new("decide-which").await?;
    place
        .context("release-1", run("Blocked", WAITS, "Promoted", Some("Pending")))
        .await?;
    let said = place
        .run("alice", &["approve", "release-1", "--gate", "security"])
        .await?
        .refused(2);
    assert_eq!(
        said,
        "error: no such gate of PipelineContext decide-which/release-1 waits; these do:\n  --gate 'approval-gate' --edge \
         'dev:prod'\n"
    );
    let said = place
        .run("alice", &["approve", "release-1", "--edge", "dev"])
        .await?
        .refused(2);
    assert!(
        said.contains("write the two stages with a colon between them, as in dev:prod"),
        "{said}"
    );
    Ok(())
}
