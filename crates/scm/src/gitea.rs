//! Gitea and Forgejo, by their REST API (`/api/v1`). Holds what both halves share; `read` asks, `write`
//! changes, `wire` is the JSON.
//!
//! What this forge cannot do, and what stands in for it:
//! - A commit starts from a branch, not from a commit: the parent is looked at afterwards (`write/branch.rs`).
//! - There is no conditional list of pull requests: the first page asked for is a small one.
//! - `mergeable: false` also means "being checked": it is reported as unknown.
//! - Branch names are at most 100 characters long, paths 500.

use secrecy::SecretString;
use url::Url;

use crate::{
    error::{Error, Place},
    http::{Client, Options},
    id::RepositoryId,
};

mod list;
mod read;
mod wire;
mod write;

/// A Gitea or Forgejo with one token.
pub struct Gitea {
    client: Client,
}

impl Gitea {
    /// `url` is the address that people use, or that of its API.
    pub fn new(url: &str, token: SecretString, options: Options) -> Result<Self, Error> {
        let invalid = |error: url::ParseError| Error::InvalidConnection {
            why: format!("its URL is none: {error}"),
        };
        let mut url = Url::parse(url.trim()).map_err(invalid)?;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&if path.ends_with("/api/v1") {
            path
        } else {
            format!("{path}/api/v1")
        });
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self {
            client: Client::new(url, token, options)?,
        })
    }

    /// The URL of something in a repository; `doing` is for the error when there can be no such repository.
    fn url(&self, repository: &RepositoryId, parts: &[&str]) -> Result<Url, Error> {
        if repository.owner().contains('/') {
            let message = "repositories of Gitea are named owner/name, without groups".to_owned();
            return Err(Error::Refused {
                at: Place {
                    doing: format!("reach {repository}"),
                    ..self.client.place("")
                },
                message,
            });
        }
        let mut all = vec!["repos", repository.owner(), repository.name()];
        all.extend(parts);
        Ok(self.client.url(&all))
    }
}

#[cfg(test)]
mod tests;
