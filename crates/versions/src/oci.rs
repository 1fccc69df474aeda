//! The tags of a repository in an OCI registry, by the distribution specification: pages by `Link`, tokens by
//! `WWW-Authenticate`. Registries differ in both, so nothing is taken for granted but what they answer.

mod challenge;
mod manifest;
mod reference;
mod session;

use reqwest::header;
use serde::Deserialize;
use url::Url;

use crate::{
    error::Error,
    fetch::{Answer, Client, Credentials},
};
pub(crate) use manifest::chart;
pub use reference::Reference;
use session::Session;

/// The most that registries give at once; those that give less say so with a link.
const PAGE: usize = 1000;
/// How much of a page is read. Some registries answer with everything, whatever was asked for.
const PAGE_LIMIT: usize = 16 * 1024 * 1024;
/// Where a list ends.
const MAX_TAGS: usize = 200_000;
/// Where a list of links ends.
const MAX_PAGES: usize = 1000;

#[derive(Deserialize)]
struct Page {
    /// Null when there is none.
    tags: Option<Vec<String>>,
}

/// All tags, in the registry's order.
pub async fn tags(client: &Client, repository: &Reference, credentials: &Credentials) -> Result<Vec<String>, Error> {
    let listing = list(Session::new(client, repository, credentials));
    let timeout = client.options.list_timeout;
    tokio::time::timeout(timeout, listing).await.unwrap_or_else(|_| {
        let cause = format!("its list of tags took longer than {} seconds", timeout.as_secs());
        Err(Error::RegistryUnavailable {
            place: repository.to_string(),
            cause,
        })
    })
}

async fn list(mut session: Session<'_>) -> Result<Vec<String>, Error> {
    let mut next = Some(session.repository.tags_url(PAGE));
    let mut tags: Vec<String> = Vec::new();
    for _ in 0..MAX_PAGES {
        let Some(url) = next else { return Ok(tags) };
        let answer = session.get(&url, "*/*", PAGE_LIMIT).await?;
        next = next_page(&session, &url, &answer)?;
        let page: Page =
            serde_json::from_slice(&answer.body).map_err(|error| session.unreadable(&error.to_string()))?;
        tags.extend(page.tags.unwrap_or_default());
        if tags.len() > MAX_TAGS {
            break;
        }
    }
    Err(Error::TooLarge {
        place: session.repository.to_string(),
        limit: MAX_TAGS,
        unit: "tags",
    })
}

/// The link to the next page. It must stay on the host that gave it, where the token belongs.
fn next_page(session: &Session<'_>, asked: &Url, answer: &Answer) -> Result<Option<Url>, Error> {
    let links = answer
        .headers
        .get_all(header::LINK)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let Some(target) = links.flat_map(|value| value.split(',')).find_map(next_link) else {
        return Ok(None);
    };
    let next = answer
        .url
        .join(target)
        .map_err(|_| session.unreadable("its link to the next page is no URL"))?;
    if next.origin() != answer.url.origin() {
        return Err(session.unreadable("its link to the next page leads to another host"));
    }
    if next == *asked {
        return Err(session.unreadable("its link to the next page leads to the same page"));
    }
    Ok(Some(next))
}

/// The target of `<target>; rel="next"`.
fn next_link(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters
        .split(';')
        .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
    is_next.then_some(target)
}

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;
