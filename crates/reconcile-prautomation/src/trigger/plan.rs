//! What a trigger asks for: its values in its recipe, on the head of the base branch. Reads only.

use kube::ResourceExt as _;
use serde_json::Value;
use stagecoach_api::pr_automation::ConfigurationType;
use stagecoach_change as change;
use stagecoach_delivery::{self as delivery, Edit};
use stagecoach_scm::RepositoryId;

use super::error::Error;
use super::observe::Observed;
use crate::Context;

/// Everything but the commit that it starts from.
pub(crate) struct Order {
    pub(crate) connection: String,
    pub(crate) repository: RepositoryId,
    pub(crate) texts: change::Texts,
    pub(crate) edit: Edit,
    pub(crate) labels: Vec<String>,
    /// The values with the recipe's defaults.
    pub(crate) complete: Value,
    /// Names of values that are not shown.
    pub(crate) hidden: Vec<String>,
    /// Whether a patch is to be made, and no pull request.
    pub(crate) patch: bool,
}

/// The values are held against the recipe first: a refused one is named before anything is asked of the forge.
pub(crate) fn order(context: &Context, observed: &Observed) -> Result<Order, Error> {
    let name = observed.trigger.spec.pr_automation_ref.name();
    let missing = || delivery::Error::AutomationMissing(name.to_owned());
    let object = observed.automation.as_ref().ok_or_else(missing)?;
    let automation = object.spec.to_change();
    let values = Value::Object(observed.trigger.spec.context.clone());
    let complete =
        change::check_values(&automation.configuration, &values).map_err(|problems| Error::InvalidValues {
            automation: object.name_any(),
            problems: problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        })?;
    let configuration = object.spec.configuration.iter();
    let hidden = configuration.filter(|entry| entry.type_ == ConfigurationType::Password);
    Ok(Order {
        connection: object.spec.scm_connection_ref.name().to_owned(),
        repository: delivery::repository_of(
            name,
            object.spec.identifier.as_deref(),
            &context.connections.management_repository(),
        )?,
        texts: change::texts(&automation, &values)?,
        patch: automation.patch,
        complete,
        edit: Edit {
            automation,
            context: values,
            sources: context.connections.sources(&object.spec)?,
        },
        labels: object.spec.labels.clone(),
        hidden: hidden.map(|entry| entry.name.clone()).collect(),
    })
}
