//! From a ScmConnection and its Secret to a forge that can be talked to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::stream::{self, BoxStream, StreamExt as _};
use kube::ResourceExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use stagecoach_api::scm_connection::ScmType;
use stagecoach_api::{DeploymentSettings, GitRepository, HelmRepository, ScmConnection};
use stagecoach_runtime::cache::Change;
use stagecoach_runtime::{Cache, ObjectKey, Secrets};
use stagecoach_scm::git::Mirrors;
use stagecoach_scm::gitea::Gitea;
use stagecoach_scm::{self as scm, Api, OnForge, Read, RepositoryId, Write};
use url::Url;

use crate::charts::Charts;
use crate::{Error, ManagementRepository};

/// Key of the token in a connection's Secret.
const TOKEN: &str = "token";

/// The forges behind all ScmConnections; built when first asked for, anew when connection or token change.
/// Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    pub(crate) watched: Watched,
    /// Repositories on git servers that are no forges.
    pub(crate) git: Mirrors,
    /// The operator's own namespace: Secrets of the convention `scm-<connection>` are here.
    pub(crate) namespace: String,
    options: scm::Options,
    /// The operator's own word for what `identifier: mgmt` means.
    management_repository: Option<String>,
    built: Arc<Mutex<HashMap<String, Built>>>,
    pub(crate) charts: Charts,
}

/// The objects that say how forges, templates and charts are reached. Cheap to clone.
#[derive(Clone)]
pub struct Watched {
    /// Forges.
    pub connections: Cache<ScmConnection>,
    /// Where templates come from.
    pub git_repositories: Cache<GitRepository>,
    /// Where charts come from.
    pub helm_repositories: Cache<HelmRepository>,
    /// What `identifier: mgmt` means, where the operator's own setting does not say it.
    pub deployment_settings: Cache<DeploymentSettings>,
    /// Credentials of all of them.
    pub secrets: Secrets,
}

#[cfg(test)]
impl Watched {
    /// No objects and no Secrets.
    pub(crate) fn nothing() -> Self {
        Self {
            connections: Cache::fixed("scmconnections", []),
            git_repositories: Cache::fixed("gitrepositories", []),
            helm_repositories: Cache::fixed("helmrepositories", []),
            deployment_settings: Cache::fixed("deploymentsettings", []),
            secrets: Secrets::fixed([]),
        }
    }
}

/// An item for each change; one for a new look at all objects, where there are any.
fn changed<K: Send + Sync + 'static>(cache: &Cache<K>) -> BoxStream<'static, ()> {
    let all = cache.clone();
    let item = move |change| {
        let is_one = !matches!(change, Change::Relist) || !all.is_empty();
        async move { is_one.then_some(()) }
    };
    cache.changes().filter_map(item).boxed()
}

struct Built {
    /// Resource version of the connection and fingerprint of the token that it was built from.
    from: (Option<String>, [u8; 32]),
    forge: Arc<Forge>,
}

/// A forge with one set of credentials, and what is known of its repositories.
pub struct Forge {
    api: Arc<dyn Api>,
    write: Write,
    repositories: Mutex<HashMap<RepositoryId, scm::Repository>>,
}

impl Forge {
    fn new(api: Arc<dyn Api>) -> Self {
        Self {
            write: Write::new(Arc::clone(&api)),
            api,
            repositories: Mutex::default(),
        }
    }

    /// Questions.
    pub fn read(&self) -> &dyn Read {
        self.api.as_ref()
    }

    /// Questions about one repository.
    pub fn content(&self, repository: &RepositoryId) -> OnForge {
        let forge: Arc<dyn Read> = Arc::clone(&self.api) as _;
        OnForge::new(forge, repository.clone())
    }

    /// Effects.
    pub fn write(&self) -> &Write {
        &self.write
    }

    /// What is known of a repository, asked once. A repository that is renamed or archived later is noticed by the
    /// errors of the calls that need it.
    pub async fn repository(&self, id: &RepositoryId) -> Result<scm::Repository, Error> {
        let known = self
            .repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let repository = self.read().repository(id).await?;
        if repository.archived {
            return Err(Error::Archived(id.to_string()));
        }
        let mut repositories = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        repositories.insert(id.clone(), repository.clone());
        Ok(repository)
    }
}

impl Connections {
    /// All that is watched must be ready before the first question.
    pub fn new(watched: Watched, namespace: String, options: scm::Options, git: Mirrors) -> Self {
        Self {
            git,
            charts: Charts::new(watched.clone(), namespace.clone()),
            watched,
            namespace,
            options,
            management_repository: None,
            built: Arc::default(),
        }
    }

    /// With the operator's own word for what `identifier: mgmt` means.
    #[must_use]
    pub fn with_management_repository(self, management_repository: Option<String>) -> Self {
        Self {
            management_repository,
            ..self
        }
    }

    /// What `identifier: mgmt` means now.
    pub fn management_repository(&self) -> ManagementRepository {
        ManagementRepository::of(self.management_repository.as_deref(), &self.watched.deployment_settings)
    }

    /// An item for each change after which something may work that did not: of an object, or of a Secret that one reads.
    pub fn mended(&self) -> BoxStream<'static, ()> {
        let Watched {
            connections,
            git_repositories,
            helm_repositories,
            deployment_settings,
            secrets,
        } = &self.watched;
        let readers = self.clone();
        let secrets = secrets.changes().filter_map(move |secret| {
            let read = readers.reads(&secret).then_some(());
            async move { read }
        });
        let objects = [
            changed(connections),
            changed(git_repositories),
            changed(helm_repositories),
            changed(deployment_settings),
        ];
        stream::select_all(objects.into_iter().chain([secrets.boxed()])).boxed()
    }

    /// Whether anything takes credentials from this Secret.
    fn reads(&self, secret: &ObjectKey) -> bool {
        !self.readers_of(secret).is_empty()
            || !self.repositories_with(secret).is_empty()
            || !self.chart_repositories_with(secret).is_empty()
    }

    /// The forge behind the ScmConnection of that name.
    pub fn forge(&self, name: &str) -> Result<Arc<Forge>, Error> {
        let connection = self
            .watched
            .connections
            .get(None, name)
            .ok_or_else(|| Error::ConnectionMissing(name.to_owned()))?;
        let token = self.token(&connection)?;
        let fingerprint: [u8; 32] = Sha256::digest(token.expose_secret().as_bytes()).into();
        let from = (connection.resource_version(), fingerprint);
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = built.get(name).filter(|known| known.from == from) {
            return Ok(Arc::clone(&known.forge));
        }
        let forge = Arc::new(Forge::new(self.build(&connection, token)?));
        built.insert(
            name.to_owned(),
            Built {
                from,
                forge: Arc::clone(&forge),
            },
        );
        Ok(forge)
    }

    /// Names of the connections that read this Secret.
    pub fn readers_of(&self, secret: &ObjectKey) -> Vec<String> {
        let reads = |connection: &ScmConnection| {
            let (namespace, name) = self.secret_of(connection);
            *secret == ObjectKey::namespaced(&namespace, &name)
        };
        self.watched
            .connections
            .filter(reads)
            .iter()
            .map(|connection| connection.name_any())
            .collect()
    }

    /// Namespace and name of the Secret that holds a connection's token.
    fn secret_of(&self, connection: &ScmConnection) -> (String, String) {
        let named = connection.spec.token_secret_ref.as_ref();
        let namespace = named
            .and_then(|r| r.namespace.clone())
            .unwrap_or_else(|| self.namespace.clone());
        let name = named
            .and_then(|r| r.name.clone())
            .unwrap_or_else(|| format!("scm-{}", connection.name_any()));
        (namespace, name)
    }

    fn token(&self, connection: &ScmConnection) -> Result<SecretString, Error> {
        let (namespace, name) = self.secret_of(connection);
        let secret = self.watched.secrets.get(&namespace, &name, TOKEN);
        secret.map_err(|source| Error::Secret {
            connection: connection.name_any(),
            source,
        })
    }

    fn build(&self, connection: &ScmConnection, token: SecretString) -> Result<Arc<dyn Api>, Error> {
        let name = connection.name_any();
        match connection.spec.type_ {
            ScmType::Gitea | ScmType::Forgejo => {
                let address = connection.spec.api_url.as_ref().or(connection.spec.base_url.as_ref());
                let address = address.ok_or_else(|| Error::AddressMissing(name.clone()))?;
                let mut options = self.options.clone();
                let (namespace, secret) = self.secret_of(connection);
                options.name = Some(format!("ScmConnection {name}"));
                options.token_from = Some(format!("Secret {namespace}/{secret}, key {TOKEN}"));
                if let Some(proxy) = &connection.spec.proxy {
                    // A proxy may hold a password: its address is not repeated.
                    let url = Url::parse(&proxy.url).map_err(|error| scm::Error::InvalidConnection {
                        why: format!("spec.proxy.url of ScmConnection {name} is no address: {error}"),
                    })?;
                    options.proxy = Some(url);
                }
                Ok(Arc::new(Gitea::new(address, token, options)?))
            }
            ScmType::Github
            | ScmType::Gitlab
            | ScmType::Bitbucket
            | ScmType::BitbucketDatacenter
            | ScmType::AzureDevops => Err(Error::UnsupportedForge {
                connection: name,
                kind: connection.spec.type_,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
