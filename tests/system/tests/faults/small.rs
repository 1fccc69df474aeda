//! Small pipelines of one stage, beside the tutorial's, so that many faults fit into one testbed. Nothing of them is
//! synced from git, and nothing runs: they are about the way to the pull request.

use anyhow::Result;
use serde_json::{Value, json};
use stagecoach_system::{CdDemo, GITOPS};
use stagecoach_testbed::{FileChange, apply};
use tokio::sync::Mutex;

const API: &str = "deployments.plural.sh/v1alpha1";

/// The file of a small pipeline's automation.
pub(crate) fn file(name: &str) -> String {
    format!("faults/{name}.yaml")
}

/// A PrAutomation that writes the version into the file of that name.
pub(crate) async fn automation(demo: &CdDemo, name: &str, repository: &str) -> Result<()> {
    let object = json!({
        "apiVersion": API, "kind": "PrAutomation", "metadata": {"name": name},
        "spec": {
            "name": name,
            "scmConnectionRef": {"name": "github"},
            "identifier": repository,
            "title": format!("{name} {{{{ context.version }}}}"),
            "message": format!("{name} {{{{ context.version }}}}"),
            "updates": {"regexReplacements": [{
                "file": file(name), "regex": "version: (.*)", "replacement": "version: {{ context.version }}",
            }]},
            "configuration": [{"name": "version", "type": "STRING"}],
        },
    });
    apply(demo.client(), &object.to_string(), "infra").await?;
    Ok(())
}

/// A Pipeline whose only stage `only` uses the automation of the same name. `edges` may make it one that cannot be used.
pub(crate) async fn pipeline(demo: &CdDemo, name: &str, edges: &Value) -> Result<()> {
    staged(demo, name, json!([only(name)]), edges).await
}

/// A Pipeline with the same stage, and beside it two that change nothing, with the gate `sure` between them.
pub(crate) async fn gated(demo: &CdDemo, name: &str) -> Result<()> {
    let stages = json!([only(name), {"name": "ask"}, {"name": "behind"}]);
    let edges = json!([{"from": "ask", "to": "behind", "gates": [{"name": "sure", "type": "APPROVAL"}]}]);
    staged(demo, name, stages, &edges).await
}

fn only(name: &str) -> Value {
    json!({
        "name": "only",
        "services": [{
            "serviceRef": {"kind": "Deployment", "name": name, "namespace": "infra"},
            "criteria": {"prAutomationRef": {"name": name}},
        }],
    })
}

async fn staged(demo: &CdDemo, name: &str, stages: Value, edges: &Value) -> Result<()> {
    let object = json!({
        "apiVersion": API, "kind": "Pipeline", "metadata": {"name": name, "namespace": "infra"},
        "spec": {"stages": stages, "edges": edges},
    });
    apply(demo.client(), &object.to_string(), "infra").await?;
    Ok(())
}

/// Both, and a run of version 1.0.0 with the same name.
pub(crate) async fn run(demo: &CdDemo, name: &str, repository: &str) -> Result<()> {
    automation(demo, name, repository).await?;
    pipeline(demo, name, &json!([])).await?;
    super::sights::start(demo, name, name, "1.0.0").await
}

/// The forge takes one commit to a branch at a time.
static ORDER: Mutex<()> = Mutex::const_new(());

/// Writes the file of a small pipeline's automation.
pub(crate) async fn commit(demo: &CdDemo, name: &str, content: &str) -> Result<()> {
    let _turn = ORDER.lock().await;
    let change = FileChange::write(&file(name), content);
    demo.forge().commit(GITOPS, "main", "By a person", &[change]).await?;
    Ok(())
}
