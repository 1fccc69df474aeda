//! Secrets that the operator may read: those of its own namespace and of the namespaces that the chart names.
//!
//! They are watched, so a new token counts without a restart. Their content leaves this module only as
//! [`SecretString`], which no log or error prints.

use std::collections::BTreeMap;

use futures::{StreamExt, stream::BoxStream};
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client, runtime::watcher};
use secrecy::SecretString;

use crate::{Cache, Class, Classify, ObjectKey, Tasks};

/// Helm keeps releases in Secrets, up to 1 MB each; none of them is ever asked for.
const NOT_HELM: &str = "type!=helm.sh/release.v1";

/// Why a value of a Secret cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no such Secret.
    #[error("secret {secret} does not exist, create it with the key {key:?}")]
    SecretMissing {
        /// Which one.
        secret: ObjectKey,
        /// The key that it should have.
        key: String,
    },
    /// The Secret lacks the key.
    #[error("secret {secret} has no key {key:?}, add it")]
    SecretKeyMissing {
        /// Which one.
        secret: ObjectKey,
        /// The key that it should have.
        key: String,
    },
    /// The value is not text.
    #[error("the key {key:?} of secret {secret} is not text (UTF-8)")]
    SecretUnreadable {
        /// Which one.
        secret: ObjectKey,
        /// Which key.
        key: String,
    },
    /// The operator is not allowed to read Secrets there.
    #[error(
        "secret {secret} may not be read: add {:?} to the chart value secretNamespaces",
        .secret.namespace.as_deref().unwrap_or_default()
    )]
    SecretForbidden {
        /// Which one.
        secret: ObjectKey,
    },
}

impl Classify for SecretError {
    /// A person must act; the change of the Secret brings the object back at once.
    fn class(&self) -> Class {
        Class::Stalled
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::SecretMissing { .. } => "SecretMissing",
            Self::SecretKeyMissing { .. } => "SecretKeyMissing",
            Self::SecretUnreadable { .. } => "SecretUnreadable",
            Self::SecretForbidden { .. } => "SecretForbidden",
        }
    }
}

/// The watched Secrets, by namespace. Cheap enough to clone: one pointer a namespace.
#[derive(Clone)]
pub struct Secrets {
    namespaces: BTreeMap<String, Cache<Secret>>,
}

impl Secrets {
    /// Starts one watch a namespace.
    pub fn start(client: &Client, namespaces: impl IntoIterator<Item = String>, tasks: &mut Tasks) -> Self {
        let config = watcher::Config::default().fields(NOT_HELM);
        let mut watched = BTreeMap::new();
        for namespace in namespaces {
            watched.entry(namespace).or_insert_with_key(|namespace| {
                Cache::start(Api::namespaced(client.clone(), namespace), config.clone(), tasks)
            });
        }
        Self { namespaces: watched }
    }

    /// Secrets that no watch feeds, in these namespaces. For tests.
    #[must_use]
    pub fn fixed(namespaces: impl IntoIterator<Item = (String, Cache<Secret>)>) -> Self {
        Self {
            namespaces: namespaces.into_iter().collect(),
        }
    }

    /// The text under `key` of a Secret.
    pub fn get(&self, namespace: &str, name: &str, key: &str) -> Result<SecretString, SecretError> {
        let secret = || ObjectKey::namespaced(namespace, name);
        let Some(cache) = self.namespaces.get(namespace) else {
            return Err(SecretError::SecretForbidden { secret: secret() });
        };
        let Some(found) = cache.get(Some(namespace), name) else {
            return Err(SecretError::SecretMissing {
                secret: secret(),
                key: key.to_owned(),
            });
        };
        let Some(value) = found.data.as_ref().and_then(|data| data.get(key)) else {
            return Err(SecretError::SecretKeyMissing {
                secret: secret(),
                key: key.to_owned(),
            });
        };
        // A file that was made into a Secret often ends with a line break, which no token has.
        std::str::from_utf8(&value.0)
            .map(|text| SecretString::from(text.trim_end_matches(['\r', '\n'])))
            .map_err(|_| SecretError::SecretUnreadable {
                secret: secret(),
                key: key.to_owned(),
            })
    }

    /// The operator may read Secrets of this namespace.
    #[must_use]
    pub fn allows(&self, namespace: &str) -> bool {
        self.namespaces.contains_key(namespace)
    }

    /// The name of every Secret that appears, changes or goes, all of them at the beginning.
    #[must_use]
    pub fn changes(&self) -> BoxStream<'static, ObjectKey> {
        let streams = self
            .namespaces
            .values()
            .map(|cache| cache.triggers(|secret: &Secret| [ObjectKey::of(secret)]));
        futures::stream::select_all(streams).boxed()
    }

    /// One cache a namespace, for the readiness of the process.
    pub fn caches(&self) -> impl Iterator<Item = &Cache<Secret>> {
        self.namespaces.values()
    }

    /// Returns once the first lists are in.
    pub async fn ready(&self) {
        for cache in self.namespaces.values() {
            cache.ready().await;
        }
    }
}

#[cfg(test)]
mod tests;
