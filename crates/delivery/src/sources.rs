//! What an automation takes from beside the repository that it changes: the place of its external templates and scripts, and the
//! way to charts.

use std::sync::Arc;

use stagecoach_api::PrAutomationSpec;
use stagecoach_api::common::{GitRef, ObjectReference};
use stagecoach_change::Chart;
use stagecoach_scm::RepositoryId;
use stagecoach_versions::helm::Archive;
use url::Url;

use crate::charts::Charts;
use crate::{Connections, Error, Forge};

/// What is outside of the changed repository. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    /// Where external templates and scripts are, where the automation says so.
    pub(crate) templates: Option<Templates>,
    charts: Charts,
    /// On the way to charts.
    proxy: Option<Url>,
}

impl Sources {
    /// No place at all.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self {
            templates: None,
            charts: Charts::new(crate::Watched::nothing(), String::new()),
            proxy: None,
        }
    }

    /// A chart's files.
    pub(crate) async fn chart(&self, chart: &Chart) -> Result<Archive, Error> {
        self.charts.fetch(chart, self.proxy.as_ref()).await
    }
}

/// A folder of a repository at a branch, tag or commit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Folder {
    /// The ScmConnection of its forge.
    connection: String,
    pub(crate) repository: RepositoryId,
    pub(crate) reference: String,
    /// Without slashes at its ends; empty: the root.
    pub(crate) path: String,
}

impl Folder {
    /// The path as people write it: `.`, `/`, `./a/`.
    fn new(connection: &str, repository: RepositoryId, git: &GitRef) -> Self {
        let parts = git.folder.split('/').filter(|part| !matches!(*part, "" | "."));
        Self {
            connection: connection.to_owned(),
            repository,
            reference: git.reference.trim().to_owned(),
            path: parts.collect::<Vec<_>>().join("/"),
        }
    }
}

/// Where templates are, and who is asked for them.
#[derive(Clone)]
pub(crate) struct Templates {
    pub(crate) forge: Arc<Forge>,
    pub(crate) folder: Folder,
}

impl Connections {
    /// Where an automation finds what is not in the repository that it changes.
    pub fn sources(&self, automation: &PrAutomationSpec) -> Result<Sources, Error> {
        // A proxy may hold a password: its address is not repeated.
        let invalid = |error: url::ParseError| Error::InvalidProxy {
            field: "spec.proxy.url of the automation".to_owned(),
            message: error.to_string(),
        };
        let proxy = automation.proxy.as_ref().map(|proxy| Url::parse(&proxy.url));
        Ok(Sources {
            templates: self.templates(automation)?,
            proxy: proxy.transpose().map_err(invalid)?,
            charts: self.charts.clone(),
        })
    }

    fn templates(&self, automation: &PrAutomationSpec) -> Result<Option<Templates>, Error> {
        let Some(git) = automation.templates_git() else {
            return Ok(None);
        };
        let named = automation.repository_ref.as_ref().map(ObjectReference::name);
        let object = match (named, git.url.as_deref()) {
            (Some(name), _) => {
                let found = self.watched.git_repositories.get(None, name);
                Some(found.ok_or_else(|| Error::TemplatesMissing(name.to_owned()))?)
            }
            (None, Some(url)) => self
                .watched
                .git_repositories
                .filter(|repository| is_same_address(&repository.spec.url, url))
                .into_iter()
                .next(),
            (None, None) => None,
        };
        let object = object.as_ref();
        let registered = object.map(|object| object.spec.url.as_str());
        let Some(url) = registered.or(git.url.as_deref()) else {
            return Ok(None);
        };
        let own = automation.scm_connection_ref.name();
        let connection = object.and_then(|object| object.spec.connection_ref.as_ref());
        let connection = match connection.map(ObjectReference::name) {
            Some(named) => named,
            None if self.is_on_forge(own, url) => own,
            None => return Err(Error::TemplatesNotOnForge(shown_address(url))),
        };
        Ok(Some(Templates {
            forge: self.forge(connection)?,
            folder: Folder::new(connection, RepositoryId::parse(url)?, git),
        }))
    }

    /// Whether an address is on the host of a connection's forge.
    fn is_on_forge(&self, connection: &str, url: &str) -> bool {
        let Some(object) = self.watched.connections.get(None, connection) else {
            return false;
        };
        let addresses = [object.spec.base_url.as_deref(), object.spec.api_url.as_deref()];
        let mut hosts = addresses.into_iter().flatten().map(host);
        hosts.any(|known| known.is_some() && known == host(url))
    }
}

/// The host of an address, of whichever form git takes.
fn host(address: &str) -> Option<&str> {
    let rest = match address.trim().split_once("://") {
        Some((_, rest)) => rest,
        // git@host:owner/name.git
        None => address.split_once(':')?.0,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    (!host.is_empty()).then_some(host)
}

pub(crate) fn is_same_address(one: &str, other: &str) -> bool {
    let plain = |address: &str| {
        let address = address.trim().trim_end_matches('/');
        address.strip_suffix(".git").unwrap_or(address).to_ascii_lowercase()
    };
    plain(one) == plain(other)
}

/// An address without what may be a password in it.
fn shown_address(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_hosts_in_every_form() {
        for (address, expected) in [
            ("https://git.example.com/a/b.git", Some("git.example.com")),
            ("http://u:p@127.0.0.1:3000/a/b", Some("127.0.0.1:3000")),
            ("ssh://git@git.example.com/a/b", Some("git.example.com")),
            ("git@git.example.com:a/b.git", Some("git.example.com")),
            ("a/b", None),
        ] {
            assert_eq!(host(address), expected, "{address}");
        }
        assert!(is_same_address("https://h/a/b.git", "https://h/a/b/"));
        assert!(!is_same_address("https://h/a/b", "https://h/a/c"));
        assert_eq!(shown_address("https://u:p@h/a"), "https://h/a");
    }
}
