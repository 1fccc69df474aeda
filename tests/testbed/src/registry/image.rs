//! The calls of an image push, by the OCI distribution specification.

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::http_client;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

pub(super) async fn push(registry: &str, repository: &str, tag: &str) -> Result<String> {
    let client = http_client::short_calls()?;
    // An empty tar archive is two blocks of zeros; the name of the image goes into its configuration.
    let layer = vec![0; 1024];
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"org.opencontainers.image.ref.name": format!("{repository}:{tag}")}},
        "rootfs": {"type": "layers", "diff_ids": [digest(&layer)]},
    })
    .to_string()
    .into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest(&config), "size": config.len()},
        "layers": [{"mediaType": LAYER, "digest": digest(&layer), "size": layer.len()}],
    })
    .to_string()
    .into_bytes();
    for blob in [layer, config] {
        upload(&client, registry, repository, blob).await?;
    }
    let name = digest(&manifest);
    let url = format!("{registry}/v2/{repository}/manifests/{tag}");
    let answer = client
        .put(url)
        .header(header::CONTENT_TYPE, MANIFEST)
        .body(manifest)
        .send()
        .await?;
    created(answer.status(), "manifest")?;
    Ok(name)
}

pub(super) async fn tags(registry: &str, repository: &str) -> Result<Vec<String>> {
    let answer = http_client::short_calls()?
        .get(format!("{registry}/v2/{repository}/tags/list"))
        .send()
        .await?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Ok(Vec::new());
    }
    let body: Value = answer.error_for_status()?.json().await?;
    let tags = body["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(tags.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

async fn upload(client: &Client, registry: &str, repository: &str, blob: Vec<u8>) -> Result<()> {
    let begun = client
        .post(format!("{registry}/v2/{repository}/blobs/uploads/"))
        .send()
        .await?
        .error_for_status()?;
    let location = begun
        .headers()
        .get(header::LOCATION)
        .context("the registry named no place for an upload")?;
    let location = location
        .to_str()
        .context("the registry's place for an upload is no text")?;
    let base = if location.starts_with('/') { registry } else { "" };
    let separator = if location.contains('?') { '&' } else { '?' };
    let url = format!("{base}{location}{separator}digest={}", digest(&blob));
    let answer = client
        .put(url)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(blob)
        .send()
        .await?;
    created(answer.status(), "blob")
}

fn created(status: StatusCode, what: &str) -> Result<()> {
    if status == StatusCode::CREATED {
        Ok(())
    } else {
        bail!("the registry did not take the {what}: {status}")
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}
