//! Observe: a recipe, and how what it refers to stands. Reads caches only: whether the forge answers is what the status
//! of the ScmConnection says.

use std::sync::Arc;

use stagecoach_api::common::{Conditioned, ObjectReference};
use stagecoach_api::pr_automation::PrAutomationSpec;
use stagecoach_api::{Pipeline, PrAutomation, ScmConnection};
use stagecoach_delivery::ManagementRepository;
use stagecoach_runtime::{Cache, ObjectKey, conditions};

use crate::Context;

/// What one pass looks at.
pub(crate) struct Observed {
    pub(crate) automation: Arc<PrAutomation>,
    pub(crate) connection: Connection,
    /// The GitRepository of the templates, where it does not exist.
    pub(crate) missing_templates: Option<String>,
    /// Whether a pipeline says which repository it is about.
    pub(crate) repository_elsewhere: bool,
    /// What `identifier: mgmt` means.
    pub(crate) management_repository: ManagementRepository,
}

/// How the connection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// There is no such object.
    Missing,
    /// It was not looked at yet.
    Unknown,
    /// The forge answers.
    Ready,
    /// It cannot be used now, in its own words; `stalled` when a person must act.
    NotReady {
        /// Whether it goes away by itself.
        stalled: bool,
        /// Its own sentence.
        message: String,
    },
}

/// All recipes.
pub(crate) fn keys(automations: &Cache<PrAutomation>) -> Vec<ObjectKey> {
    let all = automations.list();
    all.iter()
        .map(|automation| ObjectKey::of(automation.as_ref()))
        .collect()
}

/// The GitRepository of a recipe's templates.
pub(crate) fn templates_of(spec: &PrAutomationSpec) -> Option<&str> {
    let reference = spec.repository_ref.as_ref()?;
    reference.name.as_deref().filter(|name| !name.is_empty())
}

/// The recipes that a pipeline uses on a repository that it names itself.
pub(crate) fn with_repository(pipeline: &Pipeline) -> impl Iterator<Item = &str> {
    let services = pipeline.spec.stages.iter().flat_map(|stage| &stage.services);
    let criteria = services.filter_map(|service| service.criteria.as_ref());
    criteria
        .filter(|criteria| criteria.repository.as_ref().is_some_and(|named| !named.is_empty()))
        .filter_map(|criteria| criteria.pr_automation_ref.as_ref())
        .map(ObjectReference::name)
}

/// Looks; `None` when the recipe does not exist.
pub(crate) fn observe(context: &Context, key: &ObjectKey) -> Option<Observed> {
    let caches = &context.caches;
    let automation = caches.automations.find(key)?;
    let connection = caches.connections.get(None, automation.spec.scm_connection_ref.name());
    let templates = templates_of(&automation.spec).map(str::to_owned);
    let elsewhere = caches
        .pipelines
        .filter(|pipeline| with_repository(pipeline).any(|name| name == key.name));
    Some(Observed {
        connection: standing(connection.as_deref()),
        missing_templates: templates.filter(|name| caches.git_repositories.get(None, name).is_none()),
        repository_elsewhere: !elsewhere.is_empty(),
        management_repository: context.connections.management_repository(),
        automation,
    })
}

fn standing(connection: Option<&ScmConnection>) -> Connection {
    let Some(connection) = connection else {
        return Connection::Missing;
    };
    let status = connection.status.as_ref();
    let known = status.filter(|status| status.observed_generation == connection.metadata.generation);
    let list = known.map(Conditioned::conditions).unwrap_or_default();
    match conditions::find(list, conditions::READY) {
        None => Connection::Unknown,
        Some(ready) if ready.status == "True" => Connection::Ready,
        Some(ready) => Connection::NotReady {
            stalled: conditions::is_true(list, conditions::STALLED),
            message: ready.message.clone(),
        },
    }
}
