//! Recipes that make patches: the text comes into the status, `git am` takes it, and the forge is left alone.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use serde_json::{Value, json};
use stagecoach_system::{CdDemo, GITOPS, INFRA, stage};

use super::scene::{
    LONG, commit, condition, kubectl_get, pull_requests_of, recipe, recipe_is, stands, trigger, trigger_is, triggers,
};

/// The recipe: every kind of change, and one that the forge's API cannot make.
fn edits() -> Value {
    let write = |file: &str| json!({"file": file, "regex": "version: [0-9.]+", "replacement": "version: {{ context.version }}"});
    json!({
        "patch": true,
        "updates": {
            "regexReplacements": [write("patched/app.yaml"), write("patched/no-end.yaml")],
            "copies": [{"from": "patched/run.sh", "to": "patched/bin/start"}],
        },
        "deletes": {"files": ["patched/old.txt"]},
        "configuration": [
            {"name": "version", "type": "STRING"},
            {"name": "token", "type": "PASSWORD", "optional": true},
        ],
    })
}

pub(crate) async fn a_patch_comes_into_the_status_and_git_takes_it(demo: &CdDemo) -> Result<()> {
    let files = [
        ("patched/app.yaml", "# keep\r\nversion: 1.0.0\r\nother: 1\r\n"),
        ("patched/no-end.yaml", "version: 1.0.0"),
        ("patched/old.txt", "x\n"),
    ];
    commit(demo, &files).await?;
    script(demo).await?;
    recipe(demo, "patched", &edits()).await?;
    recipe_is(
        demo,
        "patched",
        "True",
        &["makes patches for acme/gitops", "opens no pull requests"],
    )
    .await?;
    let before = branches(demo).await?;
    trigger(
        demo,
        "patched",
        "patched",
        "update/patched",
        &json!({"version": "2.0.0"}),
    )
    .await?;
    let record = stands(demo, "patched", "PatchMade").await?;
    assert_eq!(record["number"], Value::Null);
    let made = triggers(demo).get("patched").await?;
    let message = condition(&made, "Ready")["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let command = "kubectl get prautomationtrigger patched -n infra -o jsonpath='{.status.patch}' | git am";
    assert!(message.contains(command), "{message}");
    let printed = kubectl_get(demo, &["prautomationtrigger", "patched", "-n", INFRA]).await?;
    assert!(printed.contains("PatchMade") && printed.contains("True"), "{printed}");

    let arguments = [
        "prautomationtrigger",
        "patched",
        "-n",
        INFRA,
        "-o",
        "jsonpath={.status.patch}",
    ];
    let patch = kubectl_get(demo, &arguments).await?;
    let clone = tempfile::tempdir()?;
    let clone = clone.path();
    git(clone, &["clone", "--quiet", &address(demo), "."]).await?;
    std::fs::write(clone.join(".git/patch"), &patch)?;
    git(clone, &["am", "--quiet", ".git/patch"]).await?;
    let read = |path: &str| std::fs::read_to_string(clone.join(path));
    assert_eq!(read("patched/app.yaml")?, "# keep\r\nversion: 2.0.0\r\nother: 1\r\n");
    assert_eq!(read("patched/no-end.yaml")?, "version: 2.0.0");
    assert_eq!(read("patched/bin/start")?, "#!/bin/sh\n");
    let changed = git(
        clone,
        &["show", "--format=%an%n%B", "--summary", "--name-status", "HEAD"],
    )
    .await?;
    for words in [
        "Stagecoach\npatched 2.0.0\n\nPlural Service: dev/patched\n",
        "D\tpatched/old.txt",
    ] {
        assert!(changed.contains(words), "{words} in {changed}");
    }
    let start = git(clone, &["ls-tree", "HEAD", "patched/bin/start"]).await?;
    assert!(start.starts_with("100755 "), "{start}");

    assert_eq!(branches(demo).await?, before);
    assert!(pull_requests_of(demo, "update/patched").await?.is_empty());
    a_password_is_refused_by_its_name(demo).await?;
    // The base branch has moved since, and the operator has looked again: the patch is the one of its generation.
    commit(demo, &[("patched/no-end.yaml", "version: 1.9.0")]).await?;
    let later = triggers(demo).get("patched").await?;
    assert_eq!(json!(later.status)["patch"], patch);
    Ok(())
}

async fn a_password_is_refused_by_its_name(demo: &CdDemo) -> Result<()> {
    let values = json!({"version": "2.0.0", "token": "s3cret-2.0.0"});
    let written = json!({"file": "patched/app.yaml", "regex": "other: 1", "replacement": "other: {{ context.token }}"});
    let leaks = [
        (
            "leaky-file",
            "/updates/regexReplacements",
            json!([written]),
            "SecretInPatch",
            "token",
        ),
        (
            "leaky-message",
            "/message",
            json!("with {{ context.token }}"),
            "SecretTold",
            "spec.message",
        ),
    ];
    for (name, place, leak, reason, named) in leaks {
        let mut edits = edits();
        edits["message"] = json!("patched");
        *edits.pointer_mut(place).context(place)? = leak;
        recipe(demo, name, &edits).await?;
        trigger(demo, name, name, &format!("update/{name}"), &values).await?;
        let refused = trigger_is(demo, name, &format!("refused: {reason}"), |trigger| {
            condition(trigger, "Ready")["reason"] == reason
        })
        .await?;
        let message = condition(&refused, "Ready")["message"].to_string();
        assert!(message.contains(named) && !message.contains("s3cret"), "{message}");
        assert_eq!(json!(refused.status)["patch"], Value::Null);
    }
    Ok(())
}

/// A pipeline has nothing to wait for: it says so, and the stage run fails in the same words.
pub(crate) async fn a_pipeline_refuses_a_recipe_for_patches(demo: &CdDemo) -> Result<()> {
    let recipes: kube::Api<stagecoach_api::PrAutomation> = kube::Api::all(demo.client().clone());
    let set = async |patch: Value| {
        let change = kube::api::Patch::Merge(json!({"spec": {"patch": patch}}));
        recipes
            .patch("cd-demo-pipeline", &kube::api::PatchParams::default(), &change)
            .await
    };
    set(json!(true)).await?;
    recipe_is(demo, "cd-demo-pipeline", "True", &["pipelines refuse it"]).await?;
    let before = branches(demo).await?;
    demo.write_context("patching", "9.0.0").await?;
    let failed = demo
        .wait_for("patching", "dev to fail", LONG, |context| {
            let dev = stage(context, "dev");
            (dev["state"] == "Failed").then_some(dev)
        })
        .await?;
    assert_eq!(failed["reason"], "PatchOnly");
    let words = "PrAutomation cd-demo-pipeline makes patches (spec.patch) and opens no pull requests";
    assert!(
        failed["message"].as_str().unwrap_or_default().contains(words),
        "{failed}"
    );
    assert_eq!(branches(demo).await?, before);
    let pipeline = kubectl_get(demo, &["pipeline", "cd-demo", "-n", INFRA, "-o", "json"]).await?;
    assert!(pipeline.contains(words), "{pipeline}");
    set(Value::Null).await?;
    Ok(())
}

/// An executable file, as only a patch brings one to this forge.
async fn script(demo: &CdDemo) -> Result<()> {
    let patch = "diff --git a/patched/run.sh b/patched/run.sh\nnew file mode 100755\n--- /dev/null\n+++ b/patched/run.sh\n@@ -0,0 +1 @@\n+#!/bin/sh\n";
    let body = json!({"branch": "main", "message": "A script", "content": patch});
    let path = format!("/repos/{GITOPS}/diffpatch");
    let (status, answer) = demo.forge().call(Method::POST, &path, Some(&body)).await?;
    ensure!(status.is_success(), "{answer}");
    Ok(())
}

/// The names of all branches.
async fn branches(demo: &CdDemo) -> Result<Vec<String>> {
    let path = format!("/repos/{GITOPS}/branches?limit=50");
    let (status, found) = demo.forge().call(Method::GET, &path, None).await?;
    ensure!(status.is_success(), "{found}");
    let names = found.as_array().into_iter().flatten();
    Ok(names
        .filter_map(|branch| branch["name"].as_str().map(str::to_owned))
        .collect())
}

/// The repository, as a person clones it.
fn address(demo: &CdDemo) -> String {
    let (user, password) = demo.forge().login();
    let address = format!("{}/{GITOPS}.git", demo.forge().url());
    address.replacen("://", &format!("://{user}:{password}@"), 1)
}

/// Runs git in a folder.
async fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = tokio::process::Command::new("git")
        .current_dir(folder)
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            "-c",
            "core.autocrlf=false",
        ])
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {arguments:?}: {said}");
    Ok(String::from_utf8(output.stdout)?)
}
