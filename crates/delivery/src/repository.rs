//! Which repository an automation is about.

use stagecoach_scm::RepositoryId;

use crate::Error;

/// The word for the operator's management repository.
const MANAGEMENT: &str = "mgmt";

/// The repository behind the `identifier` of an automation: a slug, an address, or `mgmt` for `management`.
pub fn repository_of(
    automation: &str,
    identifier: Option<&str>,
    management: Option<&str>,
) -> Result<RepositoryId, Error> {
    let identifier = match identifier.map(str::trim) {
        None | Some("") => return Err(Error::RepositoryMissing(automation.to_owned())),
        Some(MANAGEMENT) => management.ok_or(Error::ManagementRepositoryMissing)?,
        Some(identifier) => identifier,
    };
    Ok(RepositoryId::parse(identifier)?)
}

#[cfg(test)]
mod tests {
    use stagecoach_runtime::Classify as _;

    use super::*;

    #[test]
    fn a_repository_is_a_slug_an_address_or_the_management_repository() {
        let of = |identifier: Option<&str>, management: Option<&str>| {
            repository_of("bump", identifier, management)
                .map(|repository| repository.to_string())
                .map_err(|error| error.reason())
        };
        for (identifier, management, expected) in [
            (Some("org/repo"), None, Ok("org/repo")),
            (Some("https://git.example.com/org/repo.git"), None, Ok("org/repo")),
            (Some("mgmt"), Some("org/fleet"), Ok("org/fleet")),
            (Some("mgmt"), None, Err("ManagementRepositoryMissing")),
            (Some(" "), None, Err("RepositoryMissing")),
            (None, Some("org/fleet"), Err("RepositoryMissing")),
            (Some("repo"), None, Err("InvalidRepository")),
        ] {
            assert_eq!(
                of(identifier, management),
                expected.map(str::to_owned),
                "{identifier:?}"
            );
        }
    }
}
