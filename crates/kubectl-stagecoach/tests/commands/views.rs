//! `overview` and `tree` over real objects, and how the plugin behaves as a program.

use std::process::Stdio;

use anyhow::Result;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};
use stagecoach_api::Pipeline;

use crate::{Place, run, said};

async fn with_a_run(namespace: &'static str) -> Result<Place> {
    let place = Place::new(namespace).await?;
    place
        .context("release-1", run("Blocked", "a gate waits", "Promoted", Some("Pending")))
        .await?;
    let held = json!({"namespace": namespace, "name": "release-1", "uid": "x", "run": 1, "sequence": 1,
        "values": "0.1.0", "since": "2020-01-01T00:00:00Z"});
    let status = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Pipeline",
        "status": {"summary": "dev 0.1.0 | prod -", "stages": [{"name": "dev", "promoted": held}]},
    });
    let pipelines: Api<Pipeline> = Api::namespaced(place.client.clone(), namespace);
    pipelines
        .patch_status("cd-demo", &PatchParams::apply("operator"), &Patch::Apply(status))
        .await?;
    Ok(place)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_says_what_is_where() -> Result<()> {
    let place = with_a_run("views-overview").await?;
    // bob may look into this namespace only.
    for user in ["alice", "bob"] {
        let said = place.run(user, &["overview"]).await?.done();
        let words: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words[0].join(" "), "PIPELINE STAGE PROMOTED ARRIVING WAITING FOR");
        assert_eq!(words[1][..3], ["cd-demo", "dev", "0.1.0"], "{said}");
        assert!(
            said.contains("gate approval-gate waits for a person's approval; kubectl stagecoach approve release-1")
        );
    }
    let said = place.run("alice", &["get", "-A", "-o", "json"]).await?.done();
    let all: Vec<Value> = serde_json::from_str(&said)?;
    let ours = all
        .iter()
        .find(|pipeline| pipeline["namespace"] == "views-overview")
        .unwrap();
    assert_eq!(ours["stages"][0]["promoted"]["values"], "0.1.0");
    let said = place.run("bob", &["overview", "-A"]).await?.refused(1);
    assert!(said.starts_with("error: cannot list pipelines: "), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tree_says_who_can_act() -> Result<()> {
    let place = with_a_run("views-tree").await?;
    let said = place.run("alice", &["tree", "cd-demo"]).await?.done();
    assert!(
        said.contains("you can: kubectl stagecoach approve release-1 -n views-tree"),
        "{said}"
    );
    assert!(!said.contains('\u{1b}'), "no colours where nobody looks");
    let said = place.run("bob", &["tree", "cd-demo", "--ascii"]).await?.done();
    assert!(
        said.contains("who holds the verb approve on pipeline cd-demo can act; you do not"),
        "{said}"
    );
    assert!(said.is_ascii(), "{said}");
    let said = place.run("alice", &["tree", "cd-demo", "-o", "yaml"]).await?.done();
    assert!(said.contains("youMayApprove: true"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_namespace_is_no_error() -> Result<()> {
    let place = Place::new("views-other").await?;
    let mut command = place.command("alice", &["overview"]);
    command.args(["-n", "default"]);
    // The last -n would be one too many.
    let said = said(command).await?;
    assert_eq!(said.code, 2, "{said:?}");
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_kubectl-stagecoach"));
    command
        .args(["-n", "default", "overview", "--kubeconfig"])
        .arg(place.kubeconfig("alice"));
    let said = crate::said(command).await?;
    assert_eq!((said.code, said.out.as_str()), (0, ""));
    assert_eq!(
        said.err,
        "note: there are no pipelines in namespace default; -A looks in all of them\n"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_reading_is_not_told_of_an_error() -> Result<()> {
    let place = with_a_run("views-pipe").await?;
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    let mut command = place.command("alice", &["overview"]);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn()?;
    drop(command);
    let output = child.wait_with_output().await?;
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr)?.as_str()),
        (Some(0), "")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_cannot_be_reached_is_said_in_one_line() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(
        &kubeconfig,
        "{apiVersion: v1, kind: Config, current-context: a, users: [], contexts: [{name: a, context: {cluster: a, user: ''}}], \
         clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}]}",
    )?;
    let plugin = |more: &[&str]| {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_kubectl-stagecoach"));
        command.args(["overview", "--kubeconfig"]).arg(&kubeconfig).args(more);
        said(command)
    };
    let said = plugin(&[]).await?.refused(1);
    assert!(
        said.starts_with("error: cannot list pipelines: ") && said.contains("refused"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    let said = plugin(&["--context", "staging"]).await?.refused(1);
    assert!(
        said.starts_with("error: the kubeconfig cannot be used: ") && said.contains("staging"),
        "{said}"
    );
    Ok(())
}
