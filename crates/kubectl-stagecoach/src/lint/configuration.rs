//! What is wrong with the values that a PrAutomation asks for, whatever values it gets. Pure.

use std::collections::{BTreeMap, BTreeSet};

use stagecoach_change::{ConfigurationEntry, Error, ValueKind};

use super::{
    finding::{Finding, Level},
    object::Object,
};

/// How near a name must be to be offered in place of another one.
const NEAR: f32 = 0.6;

/// Two values of one name, and conditions on what is no value. `usable` are the entries without what is told of them already; the
/// later ones of a name are taken out of them too.
pub(super) fn check(object: &Object<'_>, usable: &mut Vec<ConfigurationEntry>) -> Vec<Finding> {
    let mut findings = names(object, usable);
    findings.extend(conditions(object, usable));
    let mut known = BTreeSet::new();
    usable.retain(|entry| entry.condition.is_some() || known.insert(entry.name.clone()));
    findings
}

/// The entries without what makes every value wrong.
pub(super) fn usable(configuration: &[ConfigurationEntry], problems: &[Error]) -> Vec<ConfigurationEntry> {
    let told: BTreeSet<&str> = problems.iter().map(Error::field).collect();
    let mut usable = configuration.to_vec();
    for (index, entry) in usable.iter_mut().enumerate() {
        let is_told = |part: &str| told.contains(format!("spec.configuration[{index}].{part}").as_str());
        if is_told("validation.regex")
            && let Some(validation) = &mut entry.validation
        {
            validation.regex = None;
        }
        if is_told("default") {
            entry.default = None;
            entry.optional = true;
        }
        if is_told("values") {
            entry.kind = ValueKind::String;
        }
    }
    usable
}

fn names(object: &Object<'_>, entries: &[ConfigurationEntry]) -> Vec<Finding> {
    let mut first = BTreeMap::new();
    let mut findings = Vec::new();
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.name.is_empty()) {
        // Of several, each may count under a condition of its own.
        let Some(other) = first.insert((&entry.name, entry.condition.is_some()), index) else {
            continue;
        };
        if entry.condition.is_some() {
            continue;
        }
        let path = format!("spec.configuration[{index}].name");
        let message = format!(
            "{path}: spec.configuration[{other}] is called {:?} too, and a value must fit both: take one of them out",
            entry.name
        );
        findings.push(object.finding(&path, Level::Error, "DuplicateValue", message));
    }
    findings
}

fn conditions(object: &Object<'_>, entries: &[ConfigurationEntry]) -> Vec<Finding> {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let mut findings = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let Some(condition) = &entry.condition else { continue };
        let field = condition.field.as_str();
        if names.contains(&field) {
            continue;
        }
        let near = similar::get_close_matches(field, &names, 1, NEAR);
        let hint = near.first().map_or_else(
            || "add it to spec.configuration, or take the condition out".to_owned(),
            |near| format!("is {near} meant?"),
        );
        let path = format!("spec.configuration[{index}].condition.field");
        let message = format!("{path} is {field:?}, which no entry of spec.configuration is called: {hint}");
        findings.push(object.finding(&path, Level::Warning, "UnknownValue", message));
    }
    findings
}
