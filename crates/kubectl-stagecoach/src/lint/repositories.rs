//! Which repository a PrAutomation is about: is one said wherever it is used, and is it one of its forge. Pure.

use stagecoach_api::{
    Observer, Pipeline, PrAutomationTrigger, ScmConnection, common::ObjectReference, scm_connection::ScmType,
};
use stagecoach_scm::RepositoryId;

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
    recipes::{Recipe, Recipes},
};

/// The word for the management repository, which is named elsewhere.
const MANAGEMENT: &str = "mgmt";

/// Who uses a PrAutomation, and whether that names a repository.
struct Use {
    automation: String,
    names_one: bool,
}

/// What is wrong with the repositories.
pub(super) fn check(objects: &Objects<'_>, recipes: &Recipes<'_, '_>) -> Vec<Finding> {
    let uses = uses(objects);
    recipes
        .all()
        .iter()
        .filter_map(|recipe| match recipe.spec.identifier.as_deref().map(str::trim) {
            None | Some("") => missing(recipe, &uses),
            Some(MANAGEMENT) => None,
            Some(identifier) => wrong(recipe, identifier, objects),
        })
        .collect()
}

fn uses(objects: &Objects<'_>) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut add = |reference: Option<&ObjectReference>, repository: Option<&str>| {
        uses.extend(reference.map(|reference| Use {
            automation: reference.name().to_owned(),
            names_one: repository.is_some_and(|repository| !repository.trim().is_empty()),
        }));
    };
    for pipeline in objects.of_kind("Pipeline").filter_map(Object::read::<Pipeline>) {
        let services = pipeline.spec.stages.iter().flat_map(|stage| &stage.services);
        for criteria in services.filter_map(|service| service.criteria.as_ref()) {
            add(criteria.pr_automation_ref.as_ref(), criteria.repository.as_deref());
        }
    }
    let triggers = objects.of_kind("PrAutomationTrigger");
    for trigger in triggers.filter_map(Object::read::<PrAutomationTrigger>) {
        add(Some(&trigger.spec.pr_automation_ref), None);
    }
    for observer in objects.of_kind("Observer").filter_map(Object::read::<Observer>) {
        let actions = observer.spec.actions.iter();
        for action in actions.filter_map(|action| action.configuration.pr.as_ref()) {
            add(action.pr_automation_ref.as_ref(), action.repository.as_deref());
        }
    }
    uses
}

/// None is said, and not everybody who uses it names one.
fn missing(recipe: &Recipe<'_, '_>, uses: &[Use]) -> Option<Finding> {
    let mut own = uses
        .iter()
        .filter(|used| used.automation == recipe.object.name)
        .peekable();
    if own.peek().is_some() && own.all(|used| used.names_one) {
        return None;
    }
    let message = "spec.identifier is missing: write the repository as owner/name; without it only a pipeline that names one in \
                   criteria.repository can use this PrAutomation";
    Some(
        recipe
            .object
            .finding("spec", Level::Warning, "RepositoryMissing", message.to_owned()),
    )
}

/// One that its forge cannot have. Of a forge that is not among the manifests nothing is known.
fn wrong(recipe: &Recipe<'_, '_>, identifier: &str, objects: &Objects<'_>) -> Option<Finding> {
    let reference = recipe.spec.scm_connection_ref.name();
    let connection: ScmConnection = objects.find("ScmConnection", None, reference)?.read()?;
    let add = |message: String| {
        let path = "spec.identifier";
        let message = format!("{path}: {message}");
        Some(recipe.object.finding(path, Level::Error, "InvalidRepository", message))
    };
    let has_two = match connection.spec.type_ {
        // The name alone, or project/name.
        ScmType::AzureDevops => return None,
        ScmType::Github | ScmType::Gitea | ScmType::Forgejo | ScmType::Bitbucket => true,
        ScmType::Gitlab | ScmType::BitbucketDatacenter => false,
    };
    match RepositoryId::parse(identifier) {
        Err(error) => add(error.to_string()),
        Ok(repository) if has_two && repository.owner().contains('/') => add(format!(
            "{:?} has more than an owner and a name, which the forge of ScmConnection {reference} does not have: write owner/name",
            repository.as_str()
        )),
        Ok(_) => None,
    }
}
