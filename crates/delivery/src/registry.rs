//! How to get into a registry or chart repository: from `provider` and `auth` of an object to credentials.

use stagecoach_api::common::{
    BasicAuth, BearerAuth, RegistryAuth, RegistryProvider, SecretKeySelector, SecretReference,
};
use stagecoach_runtime::{Class, Classify, ObjectKey, SecretError, Secrets};
use stagecoach_versions::Credentials;

/// Why there are no credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The Secret cannot be used.
    #[error("{0}")]
    Secret(#[from] SecretError),
    /// A way of logging in that this version does not know.
    #[error("registries with provider {0} are not supported by this version; BASIC and BEARER are")]
    UnsupportedProvider(&'static str),
}

impl Classify for RegistryError {
    fn class(&self) -> Class {
        match self {
            Self::Secret(error) => error.class(),
            Self::UnsupportedProvider(_) => Class::Stalled,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Secret(error) => error.reason(),
            Self::UnsupportedProvider(_) => "UnsupportedProvider",
        }
    }
}

/// The credentials that an object of `namespace` has for a registry. `BASIC` without `auth` is anonymous.
pub fn registry_credentials(
    secrets: &Secrets,
    namespace: &str,
    provider: Option<RegistryProvider>,
    auth: Option<&RegistryAuth>,
) -> Result<Credentials, RegistryError> {
    let value = |(secret, key): (ObjectKey, &str)| {
        secrets.get(secret.namespace.as_deref().unwrap_or_default(), &secret.name, key)
    };
    match (provider, auth) {
        (Some(RegistryProvider::Gcp), _) => Err(RegistryError::UnsupportedProvider("GCP")),
        (Some(RegistryProvider::Azure), _) => Err(RegistryError::UnsupportedProvider("AZURE")),
        (Some(RegistryProvider::Aws), _) => Err(RegistryError::UnsupportedProvider("AWS")),
        (_, Some(RegistryAuth { basic: Some(basic), .. })) => Ok(Credentials::Basic {
            username: basic.username.clone(),
            password: value(password_of(namespace, basic))?,
        }),
        (
            _,
            Some(RegistryAuth {
                bearer: Some(bearer), ..
            }),
        ) => Ok(Credentials::Bearer {
            token: value(token_of(namespace, bearer))?,
        }),
        (Some(RegistryProvider::Basic | RegistryProvider::Bearer) | None, _) => Ok(Credentials::Anonymous),
    }
}

/// The Secret that an object of `namespace` takes its credentials for a registry from.
pub(crate) fn registry_secret(namespace: &str, auth: &RegistryAuth) -> Option<ObjectKey> {
    let basic = || auth.basic.as_ref().map(|basic| password_of(namespace, basic));
    let bearer = || auth.bearer.as_ref().map(|bearer| token_of(namespace, bearer));
    basic().or_else(bearer).map(|(secret, _)| secret)
}

fn password_of<'a>(namespace: &str, auth: &'a BasicAuth) -> (ObjectKey, &'a str) {
    let (named, key) = (&auth.password_secret_ref, &auth.password_secret_key_ref);
    place_of(namespace, named.as_ref(), key.as_ref(), "password")
}

fn token_of<'a>(namespace: &str, auth: &'a BearerAuth) -> (ObjectKey, &'a str) {
    let (named, key) = (&auth.token_secret_ref, &auth.token_secret_key_ref);
    place_of(namespace, named.as_ref(), key.as_ref(), "token")
}

/// Secret and key of one value: by key from the object's own namespace, or a whole Secret with the usual key.
fn place_of<'a>(
    own: &str,
    named: Option<&SecretReference>,
    key: Option<&'a SecretKeySelector>,
    usual: &'a str,
) -> (ObjectKey, &'a str) {
    if let Some(key) = key {
        let secret = ObjectKey::namespaced(own, key.name.as_deref().unwrap_or_default());
        return (secret, &key.key);
    }
    let namespace = named.and_then(|named| named.namespace.as_deref()).unwrap_or(own);
    let name = named.and_then(|named| named.name.as_deref()).unwrap_or_default();
    (ObjectKey::namespaced(namespace, name), usual)
}
