//! `promote`: values are checked by name, the context is made in the user's own name, and `--wait` tells the story.

use std::process::Stdio;

use anyhow::{Context as _, Result};
use kube::ResourceExt as _;
use serde_json::json;
use stagecoach_testbed::apply;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::{Place, run, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_context_is_made_in_the_users_own_name_with_values_of_the_right_type() -> Result<()> {
    let place = Place::new("promote-made").await?;
    let said = place
        .run("alice", &["promote", "cd-demo", "version=0.1.0", "replicas=3"])
        .await?
        .done();
    let made = place
        .contexts()
        .list(&kube::api::ListParams::default())
        .await?
        .items
        .remove(0);
    let name = made.name_any();
    assert!(name.starts_with("cd-demo-"), "{name}");
    assert_eq!(
        said,
        format!(
            "PipelineContext promote-made/{name} sends 0.1.0 through Pipeline promote-made/cd-demo\n\
             follow it: kubectl stagecoach tree cd-demo -n promote-made\n"
        )
    );
    assert_eq!(made.annotations()["stagecoach.dev/requested-by"], "alice");
    let spec = serde_json::to_value(&made.spec)?;
    assert_eq!(spec["context"], json!({"version": "0.1.0", "replicas": 3}));
    assert_eq!(
        spec["pipelineRef"],
        json!({"name": "cd-demo", "namespace": "promote-made"})
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_ill_typed_values_are_refused_by_name_and_nothing_is_made() -> Result<()> {
    let place = Place::new("promote-refused").await?;
    let said = place
        .run("alice", &["promote", "cd-demo", "replicas=three"])
        .await?
        .refused(2);
    insta::assert_snapshot!(said);
    let said = place.run("alice", &["promote", "cd-demo", "0.1.0"]).await?.refused(2);
    assert_eq!(
        said,
        "error: \"0.1.0\" is no value: write KEY=VALUE, as in version=1.2.3\n"
    );
    assert!(
        place
            .contexts()
            .list(&kube::api::ListParams::default())
            .await?
            .items
            .is_empty()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn values_come_from_a_file_and_the_name_is_the_users() -> Result<()> {
    let place = Place::new("promote-file").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("values.json");
    std::fs::write(&file, r#"{"version": "1.0.0", "notes": {"by": "ci"}}"#)?;
    let values = format!("@{}", file.display());
    let arguments = [
        "promote",
        "cd-demo",
        "--values",
        &values,
        "version=2.0.0",
        "--name",
        "release-2",
        "-o",
        "name",
    ];
    let said = place.run("alice", &arguments).await?.done();
    assert_eq!(said, "pipelinecontext.deployments.plural.sh/release-2\n");
    let made = place.contexts().get("release-2").await?;
    assert_eq!(
        serde_json::to_value(&made.spec.context)?,
        json!({"version": "2.0.0", "notes": {"by": "ci"}})
    );
    let said = place.run("alice", &arguments).await?.refused(1);
    assert_eq!(
        said,
        "error: cannot create PipelineContext promote-file/release-2: pipelinecontexts.deployments.plural.sh \
         \"release-2\" already exists\n"
    );
    let said = place
        .run("alice", &["promote", "cd-demo", "--values", "@nowhere.json"])
        .await?
        .refused(2);
    assert!(
        said.starts_with("error: --values names nowhere.json, which cannot be read"),
        "{said}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named() -> Result<()> {
    let place = Place::new("promote-missing").await?;
    let said = place.run("alice", &["promote", "shop", "version=1"]).await?.refused(1);
    assert_eq!(
        said,
        "error: there is no Pipeline promote-missing/shop: `kubectl stagecoach overview -A` shows those that there are\n"
    );
    let broken = r"
apiVersion: deployments.plural.sh/v1alpha1
kind: Pipeline
metadata: {name: broken}
spec:
  stages: [{name: dev, services: [{serviceRef: {name: dev}, criteria: {prAutomationRef: {name: gone}}}]}]
";
    apply(&place.client, broken, place.namespace).await?;
    let said = place
        .run("alice", &["promote", "broken", "version=1"])
        .await?
        .refused(1);
    assert_eq!(
        said,
        "error: there is no PrAutomation gone: Pipeline promote-missing/broken names it in stage dev; apply it first, or \
         correct the name there\n"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_the_automations_is_told_that_nothing_was_checked() -> Result<()> {
    let place = Place::new("promote-blind").await?;
    let said = place.run("bob", &["promote", "cd-demo", "--name", "blind"]).await?;
    assert_eq!(said.code, 0);
    assert_eq!(
        said.err,
        "note: you may not read PrAutomation promote-blind-bump, so the values are not checked against it here\n"
    );
    assert_eq!(
        place.contexts().get("blind").await?.annotations()["stagecoach.dev/requested-by"],
        "bob"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_says_each_step_and_ends_with_the_run() -> Result<()> {
    let place = Place::new("promote-wait").await?;
    for (name, phase, code) in [("good", "Succeeded", 0), ("bad", "Failed", 1)] {
        let arguments = [
            "promote",
            "cd-demo",
            "version=1",
            "--name",
            name,
            "-o",
            "name",
            "--wait",
        ];
        let mut command = place.command("alice", &arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no pipe")?).lines();
        lines.next_line().await?.context("no name")?;
        place
            .stands(
                name,
                run("Progressing", "stage dev: opening its pull requests", "Promoting", None),
            )
            .await?;
        assert_eq!(
            lines.next_line().await?.as_deref(),
            Some("stage dev: opening its pull requests")
        );
        place
            .stands(name, run(phase, "this is the end", "Promoted", None))
            .await?;
        assert_eq!(lines.next_line().await?.as_deref(), Some("this is the end"));
        let output = child.wait_with_output().await?;
        assert_eq!(output.status.code(), Some(code));
        if code == 1 {
            let said = String::from_utf8(output.stderr)?;
            assert_eq!(
                said,
                "error: run 1 of PipelineContext promote-wait/bad ended as Failed: this is the end\n"
            );
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_has_an_end_of_its_own() -> Result<()> {
    let place = Place::new("promote-timeout").await?;
    let arguments = [
        "promote",
        "cd-demo",
        "version=1",
        "--name",
        "slow",
        "-o",
        "name",
        "--wait",
        "--timeout",
        "100ms",
    ];
    let said = said(place.command("alice", &arguments)).await?;
    assert_eq!(
        (said.code, said.out.as_str()),
        (1, "pipelinecontext.deployments.plural.sh/slow\n")
    );
    assert!(
        said.err
            .starts_with("error: PipelineContext promote-timeout/slow is not over yet"),
        "{}",
        said.err
    );
    Ok(())
}
