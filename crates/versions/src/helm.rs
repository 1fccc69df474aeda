//! Charts: their versions and themselves, from the index of a chart repository over HTTP, or from a registry.

mod archive;

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::{
    error::Error,
    fetch::{Client, Credentials, place},
    oci::{self, Reference},
};
pub use archive::{Archive, Packed, unpack};

/// How much of an index is read: large public ones have some 30 MB.
const INDEX_LIMIT: usize = 64 * 1024 * 1024;
/// How much of a chart's archive is read.
pub(crate) const ARCHIVE_LIMIT: usize = 20 * 1024 * 1024;

#[derive(Deserialize)]
struct Index {
    entries: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    version: String,
    #[serde(default)]
    urls: Vec<String>,
    /// The archive's sha256.
    digest: Option<String>,
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
    let entries = entries(client, &index_url(url)?, chart, credentials).await?;
    Ok(entries.into_iter().map(|entry| entry.version).collect())
}

/// The archive of one version of a chart, by the digest that index or manifest give, and unpacked.
pub async fn chart(
    client: &Client,
    url: &str,
    chart: &str,
    version: &str,
    credentials: &Credentials,
) -> Result<Archive, Error> {
    let (place, archive) = if url.trim().starts_with("oci://") {
        let repository = Reference::parse(url)?.child(chart)?;
        // A tag cannot have a plus.
        let tag = version.replace('+', "_");
        let archive = oci::chart(client, &repository, &tag, credentials).await;
        (
            repository.to_string(),
            archive.map_err(|error| missing(error, chart, version))?,
        )
    } else {
        from_index(client, &index_url(url)?, (chart, version), credentials).await?
    };
    let name = chart.rsplit('/').next().unwrap_or(chart).to_owned();
    let unpacked = tokio::task::spawn_blocking(move || unpack(&name, &archive)).await;
    let message = match unpacked {
        Ok(Ok(unpacked)) => return Ok(unpacked),
        Ok(Err(message)) => message,
        Err(error) => error.to_string(),
    };
    Err(Error::InvalidChart {
        place,
        chart: chart.to_owned(),
        version: version.to_owned(),
        message,
    })
}

/// What is not there has a better name than the repository of its tags.
fn missing(error: Error, chart: &str, version: &str) -> Error {
    match error {
        Error::RepositoryNotFound { place } => Error::ChartVersionNotFound {
            place,
            chart: chart.to_owned(),
            version: version.to_owned(),
        },
        error => error,
    }
}

async fn from_index(
    client: &Client,
    index: &Url,
    (chart, version): (&str, &str),
    credentials: &Credentials,
) -> Result<(String, Vec<u8>), Error> {
    let entries = entries(client, index, chart, credentials).await?;
    let plain = |version: &str| version.strip_prefix('v').unwrap_or(version).to_owned();
    let entry = entries
        .into_iter()
        .find(|entry| plain(&entry.version) == plain(version));
    let entry = entry.ok_or_else(|| Error::ChartVersionNotFound {
        place: place(index),
        chart: chart.to_owned(),
        version: version.to_owned(),
    })?;
    let unreadable = |message: &str| Error::Unreadable {
        place: place(index),
        message: message.to_owned(),
    };
    let link = entry.urls.first().ok_or_else(|| unreadable("the version has no url"))?;
    let url = index
        .join(link)
        .map_err(|_| unreadable("the url of the version is none"))?;
    if url.scheme() != index.scheme() && url.scheme() != "https" {
        return Err(unreadable("the url of the version is not reached over https"));
    }
    // What is elsewhere gets no credentials.
    let anonymous = Credentials::Anonymous;
    let credentials = if url.origin() == index.origin() {
        credentials
    } else {
        &anonymous
    };
    let answer = client.get(&url, credentials, ARCHIVE_LIMIT).await?;
    if !answer.status.is_success() {
        return Err(answer.into_error(place(&url), credentials));
    }
    if let Some(digest) = &entry.digest {
        check_digest(&place(&url), digest, &answer.body)?;
    }
    Ok((place(&url), answer.body))
}

/// Refuses bytes that are not those of the digest, `sha256:` or none before its hexadecimal digits.
pub(crate) fn check_digest(place: &str, digest: &str, bytes: &[u8]) -> Result<(), Error> {
    let found = hex::encode(Sha256::digest(bytes));
    let expected = digest.strip_prefix("sha256:").unwrap_or(digest).to_ascii_lowercase();
    if found == expected {
        return Ok(());
    }
    Err(Error::DigestMismatch {
        place: place.to_owned(),
        expected,
        found,
    })
}

async fn entries(client: &Client, url: &Url, chart: &str, credentials: &Credentials) -> Result<Vec<Entry>, Error> {
    let place = place(url);
    let answer = client.get(url, credentials, INDEX_LIMIT).await?;
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
    index.entries.remove(chart).ok_or_else(|| Error::ChartNotFound {
        place,
        chart: chart.to_owned(),
    })
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
