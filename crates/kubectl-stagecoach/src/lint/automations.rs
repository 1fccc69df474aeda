//! PrAutomations: do their templates parse, do their expressions compile, do their paths stay inside. Pure.

use stagecoach_api::PrAutomation;
use stagecoach_change::{self as change, validate};
use stagecoach_delivery as delivery;
use stagecoach_runtime::Classify as _;

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
};
use crate::documents::Spot;

/// What is wrong with the automations whatever the values.
pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in objects.of_kind("PrAutomation") {
        let Some(automation) = object.read::<PrAutomation>() else {
            continue;
        };
        let spec = &automation.spec;
        for problem in validate(&spec.to_change()) {
            findings.push(object.finding_at(
                spot(object, &problem),
                Level::Error,
                problem.reason(),
                problem.to_string(),
            ));
        }
        if spec.lacks_templates() {
            let error = delivery::Error::TemplatesUnnamed;
            findings.push(object.finding("spec", Level::Error, error.reason(), error.to_string()));
        }
        if spec.identifier.as_deref().is_none_or(str::is_empty) {
            let message = "spec.identifier is missing: write the repository as owner/name; without it only a pipeline that names \
                           one in criteria.repository can use this PrAutomation";
            findings.push(object.finding("spec", Level::Warning, "RepositoryMissing", message.to_owned()));
        }
    }
    findings
}

/// Where in the manifest an error is.
fn spot(object: &Object<'_>, error: &change::Error) -> Spot {
    let at = object.document.spot_of(error.field());
    match error {
        change::Error::Template { place, .. }
        | change::Error::Undefined { place, .. }
        | change::Error::Limit { place, .. } => {
            let line = object
                .document
                .line_inside(&place.source, place.line, &object.file.text);
            Spot {
                line,
                column: if line == at.line { at.column } else { 1 },
            }
        }
        _ => at,
    }
}
