//! The versions of a chart: from the index of a chart repository over HTTP, or from the tags of a registry.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use crate::{
    error::Error,
    fetch::{Client, Credentials, place},
    oci::{self, Reference},
};

/// How much of an index is read: large public ones have some 30 MB.
const INDEX_LIMIT: usize = 64 * 1024 * 1024;

#[derive(Deserialize)]
struct Index {
    entries: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    version: String,
}

/// All versions of a chart, in the order of the repository.
pub async fn versions(
    client: &Client,
    url: &str,
    chart: &str,
    credentials: &Credentials,
) -> Result<Vec<String>, Error> {
    if url.trim().starts_with("oci://") {
        let tags = oci::tags(client, &Reference::parse(url)?.child(chart)?, credentials).await?;
        // A tag cannot have a plus, so that of a version is pushed as an underscore.
        return Ok(tags.into_iter().map(|tag| tag.replace('_', "+")).collect());
    }
    let url = index_url(url)?;
    let place = place(&url);
    let answer = client.get(&url, credentials, INDEX_LIMIT).await?;
    if !answer.status.is_success() {
        return Err(answer.into_error(place, credentials));
    }
    // A large index is half a second of work: not on a thread that others wait for.
    let parsed = tokio::task::spawn_blocking(move || parse(&answer.body)).await;
    let mut index = match parsed {
        Ok(Ok(index)) => index,
        Ok(Err(message)) => return Err(Error::Unreadable { place, message }),
        Err(error) => {
            return Err(Error::Unreadable {
                place,
                message: error.to_string(),
            });
        }
    };
    let entries = index.entries.remove(chart).ok_or_else(|| Error::ChartNotFound {
        place,
        chart: chart.to_owned(),
    })?;
    Ok(entries.into_iter().map(|entry| entry.version).collect())
}

fn index_url(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let invalid = |why| Error::InvalidUrl {
        url: text.rsplit('@').next().unwrap_or_default().to_owned(),
        why,
    };
    let mut url = Url::parse(text).map_err(|_| invalid("write https://host/path or oci://host/path"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(invalid("its scheme is none of https, http and oci"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(
            "it holds credentials; put them into a Secret and name it in auth",
        ));
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("index.yaml");
    }
    Ok(url)
}

/// Reads an index. Its size is bounded already; what bounds the reader by default is too little for public ones.
fn parse(body: &[u8]) -> Result<Index, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000_000,
            max_nodes: 10_000_000,
            max_total_scalar_bytes: INDEX_LIMIT,
        },
    };
    serde_saphyr::from_slice_with_options(body, options).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
