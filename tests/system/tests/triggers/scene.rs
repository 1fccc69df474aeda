//! Recipes and triggers beside the tutorial's pipeline, and how a person looks at them.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use http::Method;
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde::Serialize;
use serde_json::{Value, json};
use stagecoach_api::{PrAutomation, PrAutomationTrigger};
use stagecoach_system::{CdDemo, GITOPS, INFRA};
use stagecoach_testbed::{FileChange, Look, PullRequest, apply, eventually};

/// How long anything may take on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(90);
const API: &str = "deployments.plural.sh/v1alpha1";

/// Commits files to the base branch, as a person does.
pub(crate) async fn commit(demo: &CdDemo, files: &[(&str, &str)]) -> Result<()> {
    let files: Vec<FileChange> = files
        .iter()
        .map(|(path, text)| FileChange::write(path, *text))
        .collect();
    demo.forge().commit(GITOPS, "main", "By a person", &files).await?;
    Ok(())
}

/// Writes a PrAutomation; `edits` are the fields that say what changes.
pub(crate) async fn recipe(demo: &CdDemo, name: &str, edits: &Value) -> Result<()> {
    let mut spec = json!({
        "name": name,
        "scmConnectionRef": {"name": "github"},
        "identifier": GITOPS,
        "title": format!("{name} {{{{ context.version }}}}"),
        "message": format!("{name} {{{{ context.version }}}}\n\nPlural Service: dev/{name}\n"),
        "configuration": [{"name": "version", "type": "STRING", "validation": {"regex": "^[0-9]+\\."}}],
    });
    if let (Some(spec), Some(edits)) = (spec.as_object_mut(), edits.as_object()) {
        spec.extend(edits.clone());
    }
    let object = json!({"apiVersion": API, "kind": "PrAutomation", "metadata": {"name": name}, "spec": spec});
    apply(demo.client(), &object.to_string(), INFRA).await?;
    Ok(())
}

/// The edits of a recipe that writes the version into one file.
pub(crate) fn writes_version(file: &str) -> Value {
    let replacement = json!({"file": file, "regex": "version: .*", "replacement": "version: {{ context.version }}"});
    json!({"updates": {"regexReplacements": [replacement]}})
}

/// Writes a PrAutomationTrigger.
pub(crate) async fn trigger(demo: &CdDemo, name: &str, recipe: &str, branch: &str, values: &Value) -> Result<()> {
    let object = json!({
        "apiVersion": API, "kind": "PrAutomationTrigger", "metadata": {"name": name, "namespace": INFRA},
        "spec": {"prAutomationRef": {"name": recipe}, "branch": branch, "context": values},
    });
    apply(demo.client(), &object.to_string(), INFRA).await?;
    Ok(())
}

pub(crate) fn triggers(demo: &CdDemo) -> Api<PrAutomationTrigger> {
    Api::namespaced(demo.client().clone(), INFRA)
}

/// A condition of an object, as JSON; null when it is not there.
pub(crate) fn condition(object: &impl Serialize, kind: &str) -> Value {
    // Every one of our types serialises.
    let object = serde_json::to_value(object).unwrap_or_default();
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = conditions.into_iter().find(|condition| condition["type"] == kind);
    found.unwrap_or(Value::Null)
}

/// Waits until a trigger is as `wanted` says.
pub(crate) async fn trigger_is(
    demo: &CdDemo,
    name: &str,
    what: &str,
    wanted: impl Fn(&PrAutomationTrigger) -> bool,
) -> Result<PrAutomationTrigger> {
    let api = triggers(demo);
    eventually(&format!("trigger {name}: {what}"), LONG, async || {
        let Some(found) = api.get_opt(name).await? else {
            return Ok(Look::NotYet("no such trigger".to_owned()));
        };
        let seen = json!(found.status).to_string();
        Ok(Look::or_not_yet(wanted(&found).then_some(found), seen))
    })
    .await
}

/// Waits until the pull request of the current generation stands like this; returns the record.
pub(crate) async fn stands(demo: &CdDemo, name: &str, state: &str) -> Result<Value> {
    let found = trigger_is(demo, name, &format!("the pull request is {state}"), |trigger| {
        let record = record(trigger);
        record["state"] == state && record["generation"] == json!(trigger.metadata.generation)
    })
    .await?;
    assert_eq!(
        json!(found.status)["observedGeneration"],
        json!(found.metadata.generation)
    );
    Ok(record(&found))
}

/// The pull request in the status, as JSON.
pub(crate) fn record(trigger: &PrAutomationTrigger) -> Value {
    json!(trigger.status)["pullRequest"].clone()
}

/// Waits until `Ready` of a recipe has this status and says these words; returns the sentence.
pub(crate) async fn recipe_is(demo: &CdDemo, name: &str, status: &str, words: &[&str]) -> Result<String> {
    let api: Api<PrAutomation> = Api::all(demo.client().clone());
    eventually(&format!("recipe {name} to be Ready={status}"), LONG, async || {
        let found = api.get(name).await?;
        let ready = condition(&found, "Ready");
        let message = ready["message"].as_str().unwrap_or_default().to_owned();
        let is = ready["status"] == status
            && json!(found.status)["observedGeneration"] == json!(found.metadata.generation)
            && words.iter().all(|word| message.contains(word));
        Ok(Look::or_not_yet(is.then_some(message), ready.to_string()))
    })
    .await
}

/// What `kubectl get` prints.
pub(crate) async fn kubectl_get(demo: &CdDemo, arguments: &[&str]) -> Result<String> {
    let control_plane = demo.testbed().control_plane()?;
    let output = tokio::process::Command::new(control_plane.kubectl())
        .env("KUBECONFIG", control_plane.kubeconfig())
        .arg("get")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Every pull request, open or not, that comes from this branch.
pub(crate) async fn pull_requests_of(demo: &CdDemo, branch: &str) -> Result<Vec<PullRequest>> {
    let mut all = demo.all_pull_requests().await?;
    all.retain(|pull_request| pull_request.head.name == branch);
    Ok(all)
}

/// The one pull request of a branch.
pub(crate) async fn the_one_of(demo: &CdDemo, branch: &str) -> Result<PullRequest> {
    let mut found = pull_requests_of(demo, branch).await?;
    ensure!(found.len() == 1, "{branch} has {} pull requests", found.len());
    found.pop().context("it is there")
}

/// What a pull request changes: path, and what happens to it.
pub(crate) async fn changes_of(demo: &CdDemo, number: u64) -> Result<Vec<(String, String)>> {
    let path = format!("/repos/{GITOPS}/pulls/{number}/files");
    let (status, files) = demo.forge().call(Method::GET, &path, None).await?;
    ensure!(status.is_success(), "{files}");
    let text = |file: &Value, key: &str| file[key].as_str().unwrap_or_default().to_owned();
    let mut changes: Vec<(String, String)> = files
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| (text(file, "filename"), text(file, "status")))
        .collect();
    changes.sort();
    Ok(changes)
}

/// A file on a branch, as text.
pub(crate) async fn file(demo: &CdDemo, branch: &str, path: &str) -> Result<String> {
    let bytes = demo.forge().read_file(GITOPS, branch, path).await?;
    Ok(String::from_utf8(
        bytes.with_context(|| format!("no {path} on {branch}"))?,
    )?)
}

/// Waits for the one event of a reason about an object; its note is that sentence.
pub(crate) async fn one_event(demo: &CdDemo, about: &str, reason: &str, note: &str) -> Result<()> {
    let notes = eventually(&format!("an event {reason} about {about}"), LONG, async || {
        let notes = events(demo, about, reason).await?;
        Ok(Look::or_not_yet((!notes.is_empty()).then_some(notes), "none"))
    })
    .await?;
    assert_eq!(notes, [note]);
    Ok(())
}

/// The notes of all events of a reason about an object.
async fn events(demo: &CdDemo, about: &str, reason: &str) -> Result<Vec<String>> {
    let api: Api<Event> = Api::all(demo.client().clone());
    let all = api.list(&ListParams::default()).await?.items;
    let wanted = |event: &Event| {
        let name = event.regarding.as_ref().and_then(|regarding| regarding.name.as_deref());
        name == Some(about) && event.reason.as_deref() == Some(reason)
    };
    let found = all.into_iter().filter(wanted);
    Ok(found.map(|event| event.note.unwrap_or_default()).collect())
}
