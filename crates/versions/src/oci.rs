//! The tags of a repository in an OCI registry, by the distribution specification: pages by `Link`, tokens by
//! `WWW-Authenticate`. Registries differ in both, so nothing is taken for granted but what they answer.

mod challenge;
mod reference;

use reqwest::{StatusCode, header};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::{
    error::Error,
    fetch::{Answer, Client, Credentials, is_loopback, place},
};
use challenge::Challenge;
pub use reference::Reference;

/// The most that registries give at once; those that give less say so with a link.
const PAGE: usize = 1000;
/// How much of a page is read. Some registries answer with everything, whatever was asked for.
const PAGE_LIMIT: usize = 16 * 1024 * 1024;
/// How much of a token service's answer is read.
const TOKEN_LIMIT: usize = 1024 * 1024;
/// Where a list ends.
const MAX_TAGS: usize = 200_000;
/// Where a list of links ends.
const MAX_PAGES: usize = 1000;

#[derive(Deserialize)]
struct Page {
    /// Null when there is none.
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// All tags, in the registry's order.
pub async fn tags(client: &Client, repository: &Reference, credentials: &Credentials) -> Result<Vec<String>, Error> {
    let listing = Lister {
        client,
        repository,
        credentials,
        sent: credentials.clone(),
    }
    .run();
    let timeout = client.options.list_timeout;
    tokio::time::timeout(timeout, listing).await.unwrap_or_else(|_| {
        let cause = format!("its list of tags took longer than {} seconds", timeout.as_secs());
        Err(Error::RegistryUnavailable {
            place: repository.to_string(),
            cause,
        })
    })
}

struct Lister<'a> {
    client: &'a Client,
    repository: &'a Reference,
    /// What the person gave.
    credentials: &'a Credentials,
    /// What the registry wants to see: a token that was got for them.
    sent: Credentials,
}

impl Lister<'_> {
    async fn run(mut self) -> Result<Vec<String>, Error> {
        if let Credentials::Basic { .. } = self.sent {
            // A password is shown to whom it belongs: the registry says whether that is itself or a token service.
            self.sent = Credentials::Anonymous;
        }
        let mut next = Some(self.repository.tags_url(PAGE));
        let mut tags: Vec<String> = Vec::new();
        for _ in 0..MAX_PAGES {
            let Some(url) = next else { return Ok(tags) };
            let answer = self.page(&url).await?;
            next = self.next_page(&url, &answer)?;
            let page: Page =
                serde_json::from_slice(&answer.body).map_err(|error| self.unreadable(&error.to_string()))?;
            tags.extend(page.tags.unwrap_or_default());
            if tags.len() > MAX_TAGS {
                break;
            }
        }
        Err(Error::TooLarge {
            place: self.repository.to_string(),
            limit: MAX_TAGS,
            unit: "tags",
        })
    }

    /// One page; a challenge is met once, also in the middle of a list when a token runs out.
    async fn page(&mut self, url: &Url) -> Result<Answer, Error> {
        let mut answer = self.client.get(url, &self.sent, PAGE_LIMIT).await?;
        if answer.status == StatusCode::UNAUTHORIZED
            && let Some(challenge) = Challenge::of(&answer.headers)
        {
            self.sent = self.meet(challenge).await?;
            answer = self.client.get(url, &self.sent, PAGE_LIMIT).await?;
        }
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(answer.into_error(self.repository.to_string(), self.credentials))
    }

    async fn meet(&self, challenge: Challenge) -> Result<Credentials, Error> {
        match (challenge, self.credentials) {
            (Challenge::Basic, Credentials::Basic { .. }) => Ok(self.credentials.clone()),
            (Challenge::Bearer { realm, service, scope }, Credentials::Anonymous | Credentials::Basic { .. }) => {
                self.token(&realm, service.as_deref(), scope.as_deref()).await
            }
            // A token of the person's own was refused, or a password is wanted and there is none.
            (Challenge::Basic | Challenge::Bearer { .. }, credentials) => {
                let why = format!("asked with {}", credentials.words());
                Err(Error::Unauthorized {
                    place: self.repository.to_string(),
                    why,
                })
            }
        }
    }

    /// Asks the registry's token service, as nobody or by name and password.
    async fn token(&self, realm: &str, service: Option<&str>, scope: Option<&str>) -> Result<Credentials, Error> {
        let mut url = Url::parse(realm).map_err(|_| self.unreadable("its token service has no valid URL"))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) && !self.repository.is_plain() {
            return Err(self.unreadable("its token service is not reached over https"));
        }
        let default_scope = format!("repository:{}:pull", self.repository.name());
        url.query_pairs_mut()
            .extend_pairs(service.map(|service| ("service", service)))
            .append_pair("scope", scope.unwrap_or(&default_scope));
        let answer = self.client.get(&url, self.credentials, TOKEN_LIMIT).await?;
        if !answer.status.is_success() {
            return Err(answer.into_error(place(&url), self.credentials));
        }
        let token: Token = serde_json::from_slice(&answer.body).map_err(|error| self.unreadable(&error.to_string()))?;
        let token = token
            .token
            .or(token.access_token)
            .ok_or_else(|| self.unreadable("its token service gave no token"))?;
        Ok(Credentials::Bearer {
            token: SecretString::from(token),
        })
    }

    /// The link to the next page. It must stay on the host that gave it, where the token belongs.
    fn next_page(&self, asked: &Url, answer: &Answer) -> Result<Option<Url>, Error> {
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
            .map_err(|_| self.unreadable("its link to the next page is no URL"))?;
        if next.origin() != answer.url.origin() {
            return Err(self.unreadable("its link to the next page leads to another host"));
        }
        if next == *asked {
            return Err(self.unreadable("its link to the next page leads to the same page"));
        }
        Ok(Some(next))
    }

    fn unreadable(&self, message: &str) -> Error {
        Error::Unreadable {
            place: self.repository.to_string(),
            message: message.to_owned(),
        }
    }
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
