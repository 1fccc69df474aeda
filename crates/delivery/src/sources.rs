//! What an automation takes from beside the repository that it changes: the place of its external templates and scripts, and the
//! way to charts.

use std::sync::Arc;

use kube::ResourceExt;
use stagecoach_api::common::{GitRef, HttpProxy, ObjectReference};
use stagecoach_api::{GitRepository, PrAutomationSpec};
use stagecoach_change::Chart;
use stagecoach_scm::{Content, RepositoryId};
use stagecoach_versions::helm::Archive;
use url::Url;

use crate::charts::Charts;
use crate::{Connections, Error};

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
    /// Who is asked about it.
    source: Source,
    pub(crate) reference: String,
    /// Without slashes at its ends; empty: the root.
    pub(crate) path: String,
}

/// Who is asked about a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// The forge of a ScmConnection.
    Forge {
        connection: String,
        repository: RepositoryId,
    },
    /// A git server; with the credentials of the GitRepository of that name, where there is one.
    Git { address: String, object: Option<String> },
}

impl Folder {
    /// The path as people write it: `.`, `/`, `./a/`.
    fn new(source: Source, git: &GitRef) -> Self {
        let parts = git.folder.split('/').filter(|part| !matches!(*part, "" | "."));
        Self {
            source,
            reference: git.reference.trim().to_owned(),
            path: parts.collect::<Vec<_>>().join("/"),
        }
    }
}

/// Where templates are, and who is asked for them.
#[derive(Clone)]
pub(crate) struct Templates {
    pub(crate) content: Arc<dyn Content>,
    pub(crate) folder: Folder,
}

impl Connections {
    /// Where an automation finds what is not in the repository that it changes.
    pub fn sources(&self, automation: &PrAutomationSpec) -> Result<Sources, Error> {
        let named = || "spec.proxy.url of the automation".to_owned();
        Ok(Sources {
            templates: self.templates(automation)?,
            proxy: proxy_of(automation.proxy.as_ref(), named)?,
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
        let object = object.as_deref();
        let registered = object.map(|object| object.spec.url.as_str());
        let Some(url) = registered.or(git.url.as_deref()) else {
            return Ok(None);
        };
        let (content, source) = match self.forge_of(automation, object, url)? {
            Some(connection) => self.on_forge(connection, url)?,
            None => self.on_git_server(object, url)?,
        };
        let folder = Folder::new(source, git);
        Ok(Some(Templates { content, folder }))
    }

    /// The connection to the forge of the templates; none where git reads them.
    fn forge_of<'a>(
        &self,
        automation: &'a PrAutomationSpec,
        object: Option<&'a GitRepository>,
        url: &str,
    ) -> Result<Option<&'a str>, Error> {
        let named = object.and_then(|object| Some((object, object.spec.connection_ref.as_ref()?.name())));
        let Some((object, connection)) = named else {
            let own = automation.scm_connection_ref.name();
            return Ok(self.is_on_forge(own, url, authority).then_some(own));
        };
        // Ports differ where one address is for ssh, or for the inside of the cluster.
        if self.has_address(connection) && !self.is_on_forge(connection, url, host) {
            return Err(Error::TemplatesElsewhere {
                repository: object.name_any(),
                host: host(url).unwrap_or_default().to_owned(),
                connection: connection.to_owned(),
            });
        }
        Ok(Some(connection))
    }

    fn on_forge(&self, connection: &str, url: &str) -> Result<(Arc<dyn Content>, Source), Error> {
        let repository = RepositoryId::parse(url)?;
        let content = self.forge(connection)?.content(&repository);
        let connection = connection.to_owned();
        Ok((Arc::new(content), Source::Forge { connection, repository }))
    }

    fn on_git_server(&self, object: Option<&GitRepository>, url: &str) -> Result<(Arc<dyn Content>, Source), Error> {
        let remote = match object {
            Some(object) => self.git_repository(object)?,
            None => self.git_address(url, None)?,
        };
        let source = Source::Git {
            address: remote.address().as_str().to_owned(),
            object: object.map(ResourceExt::name_any),
        };
        Ok((Arc::new(remote), source))
    }

    /// Whether a connection says where its forge is.
    fn has_address(&self, connection: &str) -> bool {
        let object = self.watched.connections.get(None, connection);
        object.is_some_and(|object| object.spec.base_url.is_some() || object.spec.api_url.is_some())
    }

    /// Whether an address is on the server of a connection's forge, as far as `part` of both says.
    fn is_on_forge(&self, connection: &str, url: &str, part: impl Fn(&str) -> Option<&str>) -> bool {
        let Some(object) = self.watched.connections.get(None, connection) else {
            return false;
        };
        let addresses = [object.spec.base_url.as_deref(), object.spec.api_url.as_deref()];
        let mut known = addresses.into_iter().flatten().filter_map(&part);
        let wanted = part(url);
        known.any(|known| wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(known)))
    }
}

/// The address of a proxy; `field` is what says it. It may hold a password, so an error does not repeat it.
pub(crate) fn proxy_of(proxy: Option<&HttpProxy>, field: impl FnOnce() -> String) -> Result<Option<Url>, Error> {
    let url = proxy.map(|proxy| Url::parse(&proxy.url)).transpose();
    url.map_err(|error| Error::InvalidProxy {
        field: field(),
        message: error.to_string(),
    })
}

/// Host and port of an address, of whichever form git takes.
fn authority(address: &str) -> Option<&str> {
    let rest = match address.trim().split_once("://") {
        Some((_, rest)) => rest,
        // git@host:owner/name.git
        None => address.split_once(':')?.0,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit('@').next()?;
    (!authority.is_empty()).then_some(authority)
}

/// The host alone.
fn host(address: &str) -> Option<&str> {
    let authority = authority(address)?;
    let end = authority
        .rfind(':')
        .filter(|colon| !authority.get(*colon..).unwrap_or_default().contains(']'));
    authority.get(..end.unwrap_or(authority.len()))
}

pub(crate) fn is_same_address(one: &str, other: &str) -> bool {
    let plain = |address: &str| {
        let address = address.trim().trim_end_matches('/');
        address.strip_suffix(".git").unwrap_or(address).to_ascii_lowercase()
    };
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_hosts_in_every_form() {
        for (address, expected, name) in [
            ("https://git.example.com/a/b.git", "git.example.com", "git.example.com"),
            ("http://u:p@127.0.0.1:3000/a/b", "127.0.0.1:3000", "127.0.0.1"),
            ("ssh://git@git.example.com/a/b", "git.example.com", "git.example.com"),
            ("git@git.example.com:a/b.git", "git.example.com", "git.example.com"),
            ("ssh://git@[::1]:22/a/b", "[::1]:22", "[::1]"),
        ] {
            assert_eq!(
                (authority(address), host(address)),
                (Some(expected), Some(name)),
                "{address}"
            );
        }
        assert_eq!(authority("a/b"), None);
        assert!(is_same_address("https://h/a/b.git", "https://h/a/b/"));
        assert!(!is_same_address("https://h/a/b", "https://h/a/c"));
    }
}
