//! What the API server takes, and gives back as it was.

use kube::Client;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use stagecoach_api::{
    Approval, Cluster, GitRepository, HelmRepository, Observer, Pipeline, PipelineContext, PrAutomation,
    PrAutomationTrigger, ScmConnection, ServiceDeployment,
};

use super::manifests::{self, Manifest};
use super::server::{self, Write};

/// Every example and every file of `good`, as a person writes them: accepted with unknown fields refused, and read back
/// with nothing missing. Lists come back as they were: a default in a list would make a GitOps diff that never ends.
#[tokio::test]
async fn manifests_are_accepted_unchanged_and_read_back_without_loss() {
    let server = server::with_crds().await;
    let client = server.client().await.unwrap();
    server::namespace(&client, OWN).await;
    let mut faults = Vec::new();
    for path in manifests::examples().into_iter().chain(manifests::files("good")) {
        let all = manifests::of_file(&path);
        for manifest in &all {
            let what = format!("{}: {}", path.display(), manifest.label());
            let found = faults_of(&client, manifest).await;
            faults.extend(found.into_iter().map(|fault| format!("{what}: {fault}")));
        }
        // Two files may hold objects of the same name.
        for manifest in &all {
            let _gone = server::delete(&client, manifest, OWN).await;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The namespace of what names none.
const OWN: &str = "accepted";

/// Makes the object, reads it back, and says what is wrong.
async fn faults_of(client: &Client, manifest: &Manifest) -> Vec<String> {
    let named = manifest.text("/metadata/namespace");
    if !named.is_empty() {
        server::namespace(client, named).await;
    }
    if let Err(error) = server::send(client, manifest, OWN, Write::Create).await {
        return vec![error.to_string()];
    }
    let back = server::get(client, manifest, OWN).await.unwrap();
    let mut faults = Vec::new();
    missing(&manifest.object, &back, "", Lists::AsTheyWere, &mut |place| {
        faults.push(format!("{place} is lost"));
    });
    let again = typed(manifest, &back);
    missing(&back["spec"], &again["spec"], "/spec", Lists::Complete, &mut |place| {
        faults.push(format!("our type loses {place}"));
    });
    faults
}

/// Every field of every status survives the API server and our types: a field that the schema does not have would be
/// dropped without a word, and the machine would forget.
#[tokio::test]
async fn statuses_come_back_as_they_were_written() {
    let server = server::with_crds().await;
    let client = server.client().await.unwrap();
    server::namespace(&client, "told").await;
    let mut faults = Vec::new();
    for manifest in manifests::files("status")
        .iter()
        .flat_map(|path| manifests::of_file(path))
    {
        server::send(&client, &manifest, "told", Write::Create).await.unwrap();
        server::send(&client, &manifest, "told", Write::Status).await.unwrap();
        let back = server::get(&client, &manifest, "told").await.unwrap();
        let again = typed(&manifest, &back);
        server::delete(&client, &manifest, "told").await.unwrap();
        let wanted = &manifest.object["status"];
        for (who, found) in [("the API server", &back["status"]), ("our type", &again["status"])] {
            missing(wanted, found, "/status", Lists::AsTheyWere, &mut |place| {
                faults.push(format!("{}: {who} loses {place}: {}", manifest.label(), found));
            });
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The cost of the rules is bounded at run time too; no pipeline that people would write may come near the bound.
#[tokio::test]
async fn a_pipeline_of_a_thousand_stages_is_accepted() {
    let server = server::with_crds().await;
    let client = server.client().await.unwrap();
    let stage = |i: usize| {
        json!({
            "name": format!("stage {i}"), "progressDeadline": "1h30m", "stability": "10s",
            "services": [{"serviceRef": {"name": "app"}, "criteria": {"prAutomationRef": {"name": "app"}}}],
        })
    };
    let edge = |i: usize| {
        let gates =
            json!([{"name": "integration tests", "type": "APPROVAL"}, {"name": "judgement", "type": "APPROVAL"}]);
        json!({"from": format!("stage {}", i - 1), "to": format!("stage {i}"), "gates": gates})
    };
    let object = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Pipeline", "metadata": {"name": "long"},
        "spec": {
            "stages": (0..1000).map(stage).collect::<Vec<_>>(),
            "edges": (1..1000).map(edge).collect::<Vec<_>>(),
        },
    });
    let manifest = Manifest {
        title: "a thousand stages".to_owned(),
        object,
    };
    server::send(&client, &manifest, "default", Write::TryCreate)
        .await
        .unwrap();
}

/// What is asked of lists.
#[derive(Clone, Copy, PartialEq)]
enum Lists {
    /// They are equal, so nothing was added to what is in them.
    AsTheyWere,
    /// Nothing of what is in them is lost.
    Complete,
}

/// Calls `lost` for every place of `wanted` that `found` does not have.
fn missing(wanted: &Value, found: &Value, place: &str, lists: Lists, lost: &mut impl FnMut(&str)) {
    match (wanted, found) {
        (wanted, found) if wanted == found => {}
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                let place = format!("{place}/{key}");
                match found.get(key) {
                    Some(found) => missing(value, found, &place, lists, lost),
                    // What is empty may be left out.
                    None if is_empty(value) => {}
                    None => lost(&place),
                }
            }
        }
        (Value::Array(wanted), Value::Array(found)) if lists == Lists::Complete && wanted.len() == found.len() => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                missing(wanted, found, &format!("{place}/{index}"), lists, lost);
            }
        }
        _ => lost(place),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Reads the object into our type and writes it again.
fn typed(manifest: &Manifest, object: &Value) -> Value {
    match manifest.text("/kind") {
        "Approval" => round_trip::<Approval>(object),
        "Cluster" => round_trip::<Cluster>(object),
        "GitRepository" => round_trip::<GitRepository>(object),
        "HelmRepository" => round_trip::<HelmRepository>(object),
        "Observer" => round_trip::<Observer>(object),
        "Pipeline" => round_trip::<Pipeline>(object),
        "PipelineContext" => round_trip::<PipelineContext>(object),
        "PrAutomation" => round_trip::<PrAutomation>(object),
        "PrAutomationTrigger" => round_trip::<PrAutomationTrigger>(object),
        "ScmConnection" => round_trip::<ScmConnection>(object),
        "ServiceDeployment" => round_trip::<ServiceDeployment>(object),
        other => panic!("no type for {other}"),
    }
}

fn round_trip<K: Serialize + DeserializeOwned>(object: &Value) -> Value {
    serde_json::to_value(serde_json::from_value::<K>(object.clone()).unwrap()).unwrap()
}
