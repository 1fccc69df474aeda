//! The API server that these tests share, with all CRDs installed, and requests to it as a person's kubectl makes them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{Api, Client};
use serde_json::Value;
use stagecoach_api::crds;
use stagecoach_testbed::{ControlPlane, Look, eventually, shared_control_plane};
use tokio::process::Command;
use tokio::sync::OnceCell;

use super::manifests::Manifest;

/// The shared control plane, with the CRDs installed by plain `kubectl apply -f`, as a person would.
pub(super) async fn with_crds() -> &'static ControlPlane {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let server = shared_control_plane().await.unwrap();
    INSTALLED
        .get_or_init(async || {
            kubectl(
                server,
                &[
                    "apply",
                    "-f",
                    folder("").to_str().unwrap(),
                    "-f",
                    folder("optional").to_str().unwrap(),
                ],
            )
            .await
            .unwrap();
            let client = server.client().await.unwrap();
            for (_, crd) in crds::all().into_iter().chain(crds::optional()) {
                established(&client, crd.metadata.name.as_deref().unwrap()).await;
            }
        })
        .await;
    server
}

/// The folder of the generated CRDs.
pub(super) fn folder(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../config/crds")
        .join(part)
}

/// Waits until a CRD is served.
pub(super) async fn established(client: &Client, name: &str) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    eventually(
        &format!("{name} to be established"),
        Duration::from_secs(30),
        async || {
            let crd = api.get_opt(name).await?;
            let conditions = crd
                .and_then(|crd| crd.status)
                .and_then(|status| status.conditions)
                .unwrap_or_default();
            let done = conditions
                .iter()
                .any(|condition| condition.type_ == "Established" && condition.status == "True");
            Ok(Look::or_not_yet(done.then_some(()), format!("{conditions:?}")))
        },
    )
    .await
    .unwrap();
}

/// Runs the kubectl of the test house as administrator, and returns what it prints.
pub(super) async fn kubectl(server: &ControlPlane, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(server.kubectl())
        .arg("--kubeconfig")
        .arg(server.kubeconfig())
        .args(arguments)
        .output()
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

/// What a request is to do.
#[derive(Clone, Copy)]
pub(super) enum Write {
    /// Make the object.
    Create,
    /// Only see whether it could be made.
    TryCreate,
    /// See whether an object that is there could be replaced by it.
    TryReplace,
    /// Replace the status of an object that is there.
    Status,
}

/// Sends a manifest, with unknown fields refused as kubectl has it.
pub(super) async fn send(
    client: &Client,
    manifest: &Manifest,
    namespace: &str,
    write: Write,
) -> Result<Value, kube::Error> {
    let collection = collection(manifest, namespace);
    let name = manifest.text("/metadata/name");
    let mut object = manifest.object.clone();
    let (method, path, dry) = match write {
        Write::Create => ("POST", collection, ""),
        Write::TryCreate => ("POST", collection, "&dryRun=All"),
        Write::TryReplace => ("PUT", format!("{collection}/{name}"), "&dryRun=All"),
        Write::Status => ("PUT", format!("{collection}/{name}/status"), ""),
    };
    if method == "PUT" {
        let there = get(client, manifest, namespace).await?;
        object["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"].clone();
    }
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{path}?fieldValidation=Strict&fieldManager=test{dry}"))
        .header("content-type", "application/json")
        .body(serde_json::to_vec(&object).unwrap())
        .unwrap();
    client.request(request).await
}

/// Reads an object back.
pub(super) async fn get(client: &Client, manifest: &Manifest, namespace: &str) -> Result<Value, kube::Error> {
    call(client, "GET", &one(manifest, namespace)).await
}

/// Deletes an object.
pub(super) async fn delete(client: &Client, manifest: &Manifest, namespace: &str) -> Result<Value, kube::Error> {
    call(client, "DELETE", &one(manifest, namespace)).await
}

async fn call(client: &Client, method: &str, path: &str) -> Result<Value, kube::Error> {
    client
        .request(
            http::Request::builder()
                .method(method)
                .uri(path)
                .body(Vec::new())
                .unwrap(),
        )
        .await
}

fn one(manifest: &Manifest, namespace: &str) -> String {
    format!(
        "{}/{}",
        collection(manifest, namespace),
        manifest.text("/metadata/name")
    )
}

/// The path of the objects of a manifest's kind; `namespace` counts where the manifest names none.
fn collection(manifest: &Manifest, namespace: &str) -> String {
    static KINDS: LazyLock<BTreeMap<String, (String, String)>> = LazyLock::new(|| {
        let names = |crd: CustomResourceDefinition| (crd.spec.names.kind, (crd.spec.scope, crd.spec.names.plural));
        crds::all().into_iter().map(|(_, crd)| names(crd)).collect()
    });
    let (scope, plural) = &KINDS[manifest.text("/kind")];
    let own = manifest.text("/metadata/namespace");
    let place = match (scope.as_str(), own) {
        ("Cluster", _) => String::new(),
        (_, "") => format!("/namespaces/{namespace}"),
        (_, own) => format!("/namespaces/{own}"),
    };
    format!("/apis/{}{place}/{plural}", manifest.text("/apiVersion"))
}

/// Makes a namespace, unless it is there.
pub(super) async fn namespace(client: &Client, name: &str) {
    let body = serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    let request = http::Request::builder()
        .method("POST")
        .uri("/api/v1/namespaces")
        .header("content-type", "application/json")
        .body(serde_json::to_vec(&body).unwrap())
        .unwrap();
    match client.request::<Value>(request).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        Err(error) => panic!("cannot make the namespace {name}: {error}"),
    }
}
