//! A chart that was pushed to a registry: its manifest names the archive, by digest (Helm's use of the OCI image manifest).

use serde::Deserialize;

use super::{Reference, session::Session};
use crate::{
    error::Error,
    fetch::{Client, Credentials},
    helm::{ARCHIVE_LIMIT, check_digest},
};

/// How much of a manifest is read; registries take none that is larger.
const MANIFEST_LIMIT: usize = 4 * 1024 * 1024;
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
}

/// The archive of the chart that has this tag.
pub(crate) async fn chart(
    client: &Client,
    repository: &Reference,
    tag: &str,
    credentials: &Credentials,
) -> Result<Vec<u8>, Error> {
    let mut session = Session::new(client, repository, credentials);
    let answer = session
        .get(&repository.manifest_url(tag), MANIFEST, MANIFEST_LIMIT)
        .await?;
    let manifest: Manifest =
        serde_json::from_slice(&answer.body).map_err(|error| session.unreadable(&error.to_string()))?;
    let layer = manifest.layers.into_iter().find(|layer| layer.media_type == CHART);
    let layer = layer.ok_or_else(|| session.unreadable("what has this tag is no Helm chart"))?;
    // It becomes a part of an address.
    let well_formed = layer
        .digest
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !well_formed {
        return Err(session.unreadable("the digest of the chart is no sha256"));
    }
    let url = repository.blob_url(&layer.digest);
    let archive = session.get(&url, "*/*", ARCHIVE_LIMIT).await?.body;
    check_digest(&repository.to_string(), &layer.digest, &archive)?;
    Ok(archive)
}
