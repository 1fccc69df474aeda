//! Which repository an automation is about.

use kube::ResourceExt as _;
use stagecoach_api::DeploymentSettings;
use stagecoach_runtime::Cache;
use stagecoach_scm::RepositoryId;

use crate::Error;

/// The word for the management repository.
const MANAGEMENT: &str = "mgmt";

/// What `identifier: mgmt` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ManagementRepository {
    /// Nothing says it.
    Unknown,
    /// This one, by slug or address.
    Known(String),
    /// DeploymentSettings that say different things, each with what it says.
    Contradicted(String),
}

impl ManagementRepository {
    /// The operator's own setting, else what the DeploymentSettings of the cluster say.
    pub(crate) fn of(setting: Option<&str>, settings: &Cache<DeploymentSettings>) -> Self {
        if let Some(own) = setting {
            return Self::Known(own.to_owned());
        }
        let mut said = Vec::new();
        for object in settings.list() {
            let repository = object.spec.management_repo.as_deref().map(str::trim);
            if let Some(repository) = repository.filter(|repository| !repository.is_empty()) {
                let name = format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any());
                said.push((repository.to_owned(), name));
            }
        }
        said.sort();
        match said.as_slice() {
            [] => Self::Unknown,
            [(first, _), rest @ ..] if rest.iter().all(|(other, _)| other == first) => Self::Known(first.clone()),
            _ => {
                let each = said
                    .iter()
                    .map(|(repository, name)| format!("{name} says {repository}"));
                Self::Contradicted(each.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The repository behind the `identifier` of an automation: a slug, an address, or `mgmt` for `management`.
pub fn repository_of(
    automation: &str,
    identifier: Option<&str>,
    management: &ManagementRepository,
) -> Result<RepositoryId, Error> {
    let identifier = match identifier.map(str::trim) {
        None | Some("") => return Err(Error::RepositoryMissing(automation.to_owned())),
        Some(MANAGEMENT) => match management {
            ManagementRepository::Known(repository) => repository,
            ManagementRepository::Unknown => return Err(Error::ManagementRepositoryMissing),
            ManagementRepository::Contradicted(said) => {
                return Err(Error::ManagementRepositoryContradicted(said.clone()));
            }
        },
        Some(identifier) => identifier,
    };
    Ok(RepositoryId::parse(identifier)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stagecoach_runtime::Classify as _;

    use super::*;

    #[test]
    fn a_repository_is_a_slug_an_address_or_the_management_repository() {
        let fleet = ManagementRepository::Known("org/fleet".to_owned());
        let unknown = ManagementRepository::Unknown;
        for (identifier, management, expected) in [
            (Some("org/repo"), &unknown, Ok("org/repo")),
            (Some("https://git.example.com/org/repo.git"), &unknown, Ok("org/repo")),
            (Some("mgmt"), &fleet, Ok("org/fleet")),
            (Some("mgmt"), &unknown, Err("ManagementRepositoryMissing")),
            (Some(" "), &unknown, Err("RepositoryMissing")),
            (None, &fleet, Err("RepositoryMissing")),
            (Some("repo"), &unknown, Err("InvalidRepository")),
        ] {
            let found = repository_of("bump", identifier, management);
            let found = found.map(|repository| repository.to_string());
            assert_eq!(
                found.map_err(|error| error.reason()),
                expected.map(str::to_owned),
                "{identifier:?}"
            );
        }
    }

    #[test]
    fn the_management_repository_is_set_or_said_by_deployment_settings() {
        let settings = |name: &str, repository: &str| -> DeploymentSettings {
            serde_json::from_value(json!({
                "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "DeploymentSettings",
                "metadata": {"name": name, "namespace": "infra"},
                "spec": {"managementRepo": repository, "wakeup": true},
            }))
            .unwrap()
        };
        let of = |setting, objects: Vec<DeploymentSettings>| {
            let management = ManagementRepository::of(setting, &Cache::fixed("deploymentsettings", objects));
            repository_of("bump", Some("mgmt"), &management)
                .map(|repository| repository.to_string())
                .map_err(|error| error.to_string())
        };
        let (global, same, empty) = (
            settings("global", "org/a"),
            settings("same", "org/a"),
            settings("none", " "),
        );
        assert_eq!(of(None, vec![global.clone(), same, empty]), Ok("org/a".to_owned()));
        assert_eq!(of(Some("org/own"), vec![global.clone()]), Ok("org/own".to_owned()));
        let error = of(None, vec![global, settings("second", "https://h/org/b.git")]).unwrap_err();
        for word in [
            "infra/global says org/a",
            "infra/second says https://h/org/b.git",
            "managementRepository",
        ] {
            assert!(error.contains(word), "{error}");
        }
    }
}
