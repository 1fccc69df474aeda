//! Names of objects and of what is watched.

use std::fmt;

use kube::{Resource, ResourceExt};

/// The name of an object within its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// `None` for kinds without namespaces.
    pub namespace: Option<String>,
    /// The object's name.
    pub name: String,
}

impl ObjectKey {
    /// From its parts.
    #[must_use]
    pub fn new(namespace: Option<&str>, name: &str) -> Self {
        Self {
            namespace: namespace.map(ToOwned::to_owned),
            name: name.to_owned(),
        }
    }

    /// The key of an object of a kind with namespaces.
    #[must_use]
    pub fn namespaced(namespace: &str, name: &str) -> Self {
        Self::new(Some(namespace), name)
    }

    /// The key of this object.
    pub fn of<K: Resource>(object: &K) -> Self {
        Self {
            namespace: object.namespace(),
            name: object.name_any(),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(formatter, "{namespace}/{}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// `pipelines` of `/apis/deployments.plural.sh/v1alpha1/pipelines`.
#[must_use]
pub fn plural_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// What is watched, for people: `pipelines`, or `secrets in stagecoach`.
pub(super) fn place_of(url: &str) -> String {
    let plural = plural_of(url);
    let mut parts = url.split('/').skip_while(|part| *part != "namespaces").skip(1);
    match (parts.next(), parts.next()) {
        (Some(namespace), Some(_)) => format!("{plural} in {namespace}"),
        _ => plural.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_as_people_write_them() {
        assert_eq!(ObjectKey::namespaced("team", "shop").to_string(), "team/shop");
        assert_eq!(ObjectKey::new(None, "prod").to_string(), "prod");
    }

    #[test]
    fn a_watch_is_named_by_what_it_watches() {
        assert_eq!(place_of("/apis/deployments.plural.sh/v1alpha1/pipelines"), "pipelines");
        assert_eq!(
            place_of("/api/v1/namespaces/stagecoach/secrets"),
            "secrets in stagecoach"
        );
        assert_eq!(place_of("/api/v1/namespaces"), "namespaces");
    }
}
