//! From a GitRepository and its Secret to a repository that git reads.

use kube::ResourceExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use stagecoach_api::GitRepository;
use stagecoach_api::common::SecretReference;
use stagecoach_runtime::{ObjectKey, SecretError};
use stagecoach_scm as scm;
use stagecoach_scm::git::{Address, Credentials, Login, Protocol, Remote};

use crate::{Connections, Error};

/// User where only a password is known.
const DEFAULT_USER: &str = "apikey";

impl Connections {
    /// The repository behind a GitRepository, with the credentials of its Secret as they are now.
    pub fn git_repository(&self, repository: &GitRepository) -> Result<Remote, Error> {
        let (address, _) = Address::parse(&repository.spec.url).map_err(scm::Error::from)?;
        let reference = repository.spec.credentials_ref.as_ref();
        let credentials = reference.map(|reference| self.credentials(reference, address.protocol()));
        let credentials = credentials.transpose().map_err(|source| Error::Credentials {
            repository: repository.name_any(),
            source,
        })?;
        self.git_address(&repository.spec.url, credentials)
    }

    /// The repository at an address.
    pub(crate) fn git_address(&self, url: &str, credentials: Option<Credentials>) -> Result<Remote, Error> {
        let remote = self.git.remote(url, credentials);
        Ok(remote.map_err(scm::Error::from)?)
    }

    /// Names of the GitRepositories that read this Secret.
    pub fn repositories_with(&self, secret: &ObjectKey) -> Vec<String> {
        let reads = |repository: &GitRepository| {
            let reference = repository.spec.credentials_ref.as_ref();
            let named = reference.map(|reference| self.git_secret_of(reference));
            named.is_some_and(|(namespace, name)| *secret == ObjectKey::namespaced(namespace, name))
        };
        let found = self.watched.git_repositories.filter(reads);
        found.iter().map(|repository| repository.name_any()).collect()
    }

    /// Namespace and name of the Secret that a reference names.
    fn git_secret_of<'s>(&'s self, reference: &'s SecretReference) -> (&'s str, &'s str) {
        let namespace = reference.namespace.as_deref().unwrap_or(&self.namespace);
        (namespace, reference.name.as_deref().unwrap_or_default())
    }

    fn credentials(&self, reference: &SecretReference, protocol: Protocol) -> Result<Credentials, SecretError> {
        let (namespace, name) = self.git_secret_of(reference);
        let get = |key: &str| match self.watched.secrets.get(namespace, name, key) {
            Ok(value) if value.expose_secret().is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(SecretError::SecretKeyMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let plain = |value: SecretString| value.expose_secret().to_owned();
        let login = match protocol {
            Protocol::Git => Login::Anonymous,
            Protocol::Ssh => Login::Key {
                private_key: self.watched.secrets.get(namespace, name, "privateKey")?,
                passphrase: get("passphrase")?,
                known_hosts: get("known_hosts")?.map(plain),
            },
            Protocol::Http => match get("password")? {
                Some(password) => Login::Password {
                    user: get("username")?.map_or_else(|| DEFAULT_USER.to_owned(), plain),
                    password,
                },
                // A Secret with a key for ssh has no password.
                None if get("privateKey")?.is_some() => Login::Anonymous,
                None => {
                    let password = self.watched.secrets.get(namespace, name, "password")?;
                    let user = DEFAULT_USER.to_owned();
                    Login::Password { user, password }
                }
            },
        };
        Ok(Credentials::new(format!("Secret {namespace}/{name}"), login))
    }
}
