//! Whose fault it is that values and a PrAutomation do not go together, said once. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stagecoach_api::template_values::PIPELINE;
use stagecoach_change::{self as change, ConfigurationEntry, Error, ValueKind, check_values};

use super::{
    automations,
    finding::{Finding, Level},
    object::Object,
    recipes::Recipe,
    templates,
};

/// Where an object has its values.
const VALUES: &str = "spec.context";
/// How near a name must be to be offered in place of another one.
const NEAR: f32 = 0.6;

/// Values of an object that come to a PrAutomation.
#[derive(Clone)]
pub(super) struct Meeting<'o, 'f> {
    pub(super) object: &'o Object<'f>,
    pub(super) recipe: &'o Recipe<'o, 'f>,
    /// The stage where they meet, in a pipeline.
    pub(super) stage: Option<String>,
}

/// What came of all meetings.
#[derive(Default)]
pub(super) struct Faults<'o, 'f> {
    findings: Vec<Finding>,
    /// The values that anybody gives to a PrAutomation of a name.
    given: BTreeMap<&'o str, BTreeSet<String>>,
    /// Faults of templates, by PrAutomation and words.
    found: BTreeMap<(&'o str, String), (Error, Vec<Meeting<'o, 'f>>)>,
}

impl<'o, 'f> Faults<'o, 'f> {
    /// What would be refused before any file is read.
    pub(super) fn meet(&mut self, meeting: &Meeting<'o, 'f>, values: &Value) {
        let recipe = meeting.recipe;
        if let Err(errors) = check_values(&recipe.usable, values) {
            let refused = errors.iter().map(|error| refused(meeting, error, ""));
            self.findings.extend(refused);
            return;
        }
        // What is wrong whatever the values is said at the PrAutomation.
        if !recipe.is_sound {
            return;
        }
        let name = recipe.object.name.as_str();
        let given = self.given.entry(name).or_default();
        given.extend(values.as_object().into_iter().flat_map(|values| values.keys().cloned()));
        let texts = change::texts(&recipe.change, values).err();
        let needs = change::needs(&recipe.change, values).err();
        for error in texts.into_iter().chain(needs) {
            let found = self.found.entry((name, error.to_string()));
            let (_, meetings) = found.or_insert_with(|| (error, Vec::new()));
            meetings.push(meeting.clone());
        }
    }

    /// Each fault once: at the field of the PrAutomation, or at the objects with their stages.
    pub(super) fn told(self) -> Vec<Finding> {
        let mut findings = self.findings;
        for ((name, _), (error, meetings)) in self.found {
            let Some(first) = meetings.first() else { continue };
            let is_given = |value: &str| self.given.get(name).is_some_and(|given| given.contains(value));
            if is_of_recipe(&error, &first.recipe.change.configuration, &meetings, is_given) {
                let mut finding = automations::told(first.recipe.object, &error);
                finding
                    .message
                    .push_str(&hint(&error, &first.recipe.change.configuration));
                findings.push(finding);
                continue;
            }
            let mut rest = meetings.as_slice();
            while let Some(first) = rest.first() {
                let same = |meeting: &&Meeting<'_, '_>| std::ptr::eq(meeting.object, first.object);
                let own = rest.iter().take_while(same).count();
                findings.push(refused(first, &error, &places(&rest[..own])));
                rest = &rest[own..];
            }
        }
        findings
    }
}

fn refused(meeting: &Meeting<'_, '_>, error: &Error, place: &str) -> Finding {
    let path = format!("{VALUES}.{}", error.field());
    let message = format!("PrAutomation {}{place}: {error}", meeting.recipe.object.name);
    meeting.object.finding(&path, Level::Error, error.reason(), message)
}

fn places(meetings: &[Meeting<'_, '_>]) -> String {
    let mut stages: Vec<&str> = meetings.iter().filter_map(|meeting| meeting.stage.as_deref()).collect();
    stages.dedup();
    match stages.as_slice() {
        [] => String::new(),
        [stage] => format!(" (stage {stage})"),
        several => format!(" (stages {})", several.join(", ")),
    }
}

/// Whether no values can be blamed: a secret is told, a value is used that may be absent, or one that nobody gives and that is
/// not asked for.
fn is_of_recipe(
    error: &Error,
    entries: &[ConfigurationEntry],
    meetings: &[Meeting<'_, '_>],
    is_given: impl Fn(&str) -> bool,
) -> bool {
    match error {
        Error::SecretTold { .. } => true,
        Error::Undefined { variable, .. } => {
            let path = templates::path(variable).unwrap_or_default();
            let (Some(first), rest) = (path.first(), path.len()) else {
                return true;
            };
            // Outside of a pipeline nobody but the trigger can give what a pipeline would.
            if *first == PIPELINE {
                return meetings.iter().all(|meeting| meeting.stage.is_some());
            }
            let entry = entries.iter().find(|entry| entry.name == *first);
            let is_absent = entry.is_some_and(|entry| rest == 1 && entry.kind != ValueKind::Json);
            is_absent || !is_given(first)
        }
        _ => false,
    }
}

/// A name that may be meant.
fn hint(error: &Error, entries: &[ConfigurationEntry]) -> String {
    let Error::Undefined { variable, .. } = error else {
        return String::new();
    };
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let path = templates::path(variable).unwrap_or_default();
    let Some(&first) = path.first().filter(|first| !names.contains(first)) else {
        return String::new();
    };
    let near = similar::get_close_matches(first, &names, 1, NEAR);
    near.first()
        .map(|near| format!("; is context.{near} meant?"))
        .unwrap_or_default()
}
