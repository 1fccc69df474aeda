//! Whole computations: what a user of an automation sees.

mod copies;
mod creates;
mod deletes;
mod elsewhere;
mod hostile;
mod modes;
mod no_match;
mod older_form;
mod overlays;
mod properties;
mod refusals;
mod secrets;
mod tutorial;
mod values;

use serde_json::{Value, json};

use crate::{Automation, Change, ChangeSet, Error, Files, compute, needs};

/// How many cases a property is tried on: `STAGECOACH_CASES` where it is set.
#[expect(clippy::disallowed_methods, reason = "a test may ask how long it is to run")]
pub(crate) fn cases(usual: u32) -> u32 {
    let asked = std::env::var("STAGECOACH_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

/// An automation from its manifest's JSON, with a title where it has none.
fn automation(spec: Value) -> Automation {
    let mut automation: Automation = serde_json::from_value(spec).expect("an automation");
    automation.title.get_or_insert_with(|| "title".to_owned());
    automation
}

/// An automation with regular expressions: (regex, file, replacement).
fn replacing(entries: &[(&str, &str, &str)]) -> Automation {
    let entries: Vec<Value> = entries
        .iter()
        .map(|(regex, file, replacement)| json!({"regex": regex, "file": file, "replacement": replacement}))
        .collect();
    automation(json!({"updates": {"regexReplacements": entries}}))
}

/// A context as a pipeline gives it.
fn context(values: Value) -> Value {
    let mut context = json!({"pipeline": {"stage": {"name": "dev"}, "service": {"name": "svc", "namespace": "ns"}}});
    if let (Some(context), Value::Object(values)) = (context.as_object_mut(), values) {
        context.extend(values);
    }
    context
}

fn files(files: &[(&str, &str)]) -> Files {
    files
        .iter()
        .map(|(path, content)| (*path, content.as_bytes()))
        .collect()
}

/// Reads what is needed and no more, as a caller does, and computes.
fn run(automation: &Automation, values: Value, repository: &Files) -> Result<ChangeSet, Error> {
    let context = context(values);
    let needs = needs(automation, &context)?;
    let listing: Vec<String> = repository.paths().map(str::to_owned).collect();
    let selected = needs.select(listing.iter().map(String::as_str));
    let wanted = needs.files.iter().map(String::as_str).chain(selected);
    let mut read: Files = wanted
        .filter_map(|path| Some((path, repository.get(path)?.clone())))
        .collect();
    if needs.listing {
        read.set_listing(listing);
    }
    compute(automation, &context, &read)
}

/// The changes as texts: (operation, path, content).
fn changes(change_set: &ChangeSet) -> Vec<(&'static str, &str, &str)> {
    let text = |change: &Change| String::from_utf8(change.content.bytes().into_owned()).expect("text");
    let changes = change_set.changes.iter();
    changes
        // A test compares them with literals, and is over soon.
        .map(|change| (change.op.name(), change.path.as_str(), &*text(change).leak()))
        .collect()
}
