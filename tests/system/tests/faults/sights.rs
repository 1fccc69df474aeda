//! What a person looks at when something does not go on: columns, conditions, events; and the commands they type then.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Result, ensure};
use k8s_openapi::api::events::v1::Event;
use kube::Api;
use kube::api::ListParams;
use serde::Serialize;
use serde_json::{Value, json};
use stagecoach_api::PipelineContext;
use stagecoach_system::{CdDemo, context_status, stage};
use stagecoach_testbed::{Look, eventually};

/// How long anything may take on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(90);

/// A condition of an object, as JSON; null when it is not there.
pub(crate) fn condition(object: &impl Serialize, kind: &str) -> Value {
    // Every one of our types serialises.
    let object = serde_json::to_value(object).unwrap_or_default();
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions
        .into_iter()
        .find(|condition| condition["type"] == kind)
        .unwrap_or(Value::Null)
}

/// Waits until `Ready` is false for this reason, and checks that every place says the same: the column of
/// `kubectl get`, `Ready`, and the other condition. Returns the sentence.
pub(crate) async fn held(demo: &CdDemo, context: &str, reason: &str, other: &str) -> Result<String> {
    let seen = demo
        .wait_for(context, &format!("Ready to be false for {reason}"), LONG, |c| {
            (condition(c, "Ready")["reason"] == reason).then(|| c.clone())
        })
        .await?;
    let message = context_status(&seen).message;
    assert_eq!(condition(&seen, "Ready")["status"], "False");
    assert_eq!(condition(&seen, "Ready")["message"], message.as_str());
    assert_eq!(condition(&seen, other)["status"], "True", "{message}");
    assert_eq!(condition(&seen, other)["message"], message.as_str());
    Ok(message)
}

/// Waits until a stage of a context failed for this reason, and checks that the run says so. Returns the sentence.
pub(crate) async fn fails(demo: &CdDemo, context: &str, name: &str, reason: &str) -> Result<String> {
    let seen = demo
        .wait_for(context, &format!("stage {name} to fail"), LONG, |c| {
            (stage(c, name)["state"] == "Failed").then(|| c.clone())
        })
        .await?;
    assert_eq!(stage(&seen, name)["reason"], reason, "{}", stage(&seen, name));
    assert_eq!(context_status(&seen).phase, "Failed");
    held(demo, context, reason, "Stalled").await
}

/// Waits for an event of that reason about an object; there is one, and it says these words.
pub(crate) async fn one_event(demo: &CdDemo, about: &str, reason: &str, words: &[&str]) -> Result<()> {
    let notes = eventually(&format!("an event {reason} about {about}"), LONG, async || {
        let notes = events(demo, about, reason).await?;
        Ok(Look::or_not_yet((!notes.is_empty()).then_some(notes), "none"))
    })
    .await?;
    assert_eq!(notes.len(), 1, "one fault, one event: {notes:#?}");
    for word in words {
        assert!(notes[0].contains(word), "{word:?} is not in {:?}", notes[0]);
    }
    Ok(())
}

/// The notes of all events of a reason about an object.
pub(crate) async fn events(demo: &CdDemo, about: &str, reason: &str) -> Result<Vec<String>> {
    let api: Api<Event> = Api::all(demo.client().clone());
    let all = api.list(&ListParams::default()).await?.items;
    let wanted = |event: &Event| {
        let name = event.regarding.as_ref().and_then(|regarding| regarding.name.as_deref());
        name == Some(about) && event.reason.as_deref() == Some(reason)
    };
    Ok(all
        .into_iter()
        .filter(wanted)
        .map(|event| event.note.unwrap_or_default())
        .collect())
}

/// Types a command of the plugin, as the administrator.
pub(crate) async fn plugin(demo: &CdDemo, arguments: &[&str]) -> Result<()> {
    let mut command = tokio::process::Command::new(demo.binaries().plugin());
    command
        .env("KUBECONFIG", demo.testbed().control_plane()?.kubeconfig())
        .args(arguments)
        .args(["-n", "infra"])
        .stdin(Stdio::null());
    let output = command.output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?}: {said}");
    Ok(())
}

/// Forge calls of the operator that got no answer.
pub(crate) async fn lost_calls(demo: &CdDemo) -> Result<u64> {
    let url = format!("http://{}/metrics", demo.operator()?.address());
    let text = reqwest::get(&url).await?.text().await?;
    let lost = |line: &&str| line.contains("forge_calls") && line.contains("status=\"none\"");
    let counts = text.lines().filter(lost).filter_map(|line| line.rsplit(' ').next());
    Ok(counts.filter_map(|count| count.parse::<u64>().ok()).sum())
}

/// Waits until the stage of a context is in this state.
pub(crate) async fn reaches(demo: &CdDemo, context: &str, name: &str, state: &str) -> Result<PipelineContext> {
    let what = format!("stage {name} to be {state}");
    demo.wait_for(context, &what, LONG, |c| {
        (stage(c, name)["state"] == state).then(|| c.clone())
    })
    .await
}

/// A PipelineContext for any pipeline.
pub(crate) async fn start(demo: &CdDemo, pipeline: &str, context: &str, version: &str) -> Result<()> {
    let object = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PipelineContext",
        "metadata": {"name": context, "namespace": "infra"},
        "spec": {"pipelineRef": {"name": pipeline}, "context": {"version": version}},
    });
    stagecoach_testbed::apply(demo.client(), &object.to_string(), "infra").await?;
    Ok(())
}
