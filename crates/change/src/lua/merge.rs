//! What a script made, laid over what was there.

use serde_json::{Map, Value};

use crate::automation::Automation;
use crate::error::Error;

/// The context after the script. What the script left alone stays as it was, to the digit: numbers and nulls do not survive the
/// way through Lua unharmed.
pub(super) fn changed(original: &Value, before: &Value, after: &Value) -> Value {
    if before == after {
        return original.clone();
    }
    let (Value::Object(original), Value::Object(after)) = (original, after) else {
        return after.clone();
    };
    let mut merged = original.clone();
    for (key, value) in after {
        let value = match (original.get(key), before.get(key)) {
            (Some(original), Some(before)) => changed(original, before, value),
            _ => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    Value::Object(merged)
}

/// The automation with what `prAutomation` adds, and what of that is left out.
pub(super) fn automation(automation: &Automation, made: &Value) -> Result<(Automation, Vec<String>), Error> {
    let Value::Object(made) = made else {
        return Err(unusable("prAutomation is no table with names in it"));
    };
    let (mut made, mut left_out) = (made.clone(), Vec::new());
    made.retain(|key, _| {
        let is_edit = ["updates", "creates", "deletes", "vendor"].contains(&key.as_str());
        // An automation in Lua may say which texts it wants, but it is called by its own name, and it runs once.
        if !is_edit && !["name", "title", "message", "branch", "lua"].contains(&key.as_str()) {
            left_out.push(format!("prAutomation.{key}"));
        }
        is_edit
    });
    let mut made = Value::Object(made);
    prune(&mut made);
    capitals(&mut made);
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(&made, &mut track);
    let read: Result<Automation, _> =
        // What may be absent is a step of its own there.
        serde_ignored::deserialize(reader, |path| {
            left_out.push(format!("prAutomation.{path}").replace(".?", ""));
        });
    if let Err(error) = read {
        return Err(unusable(&format!("prAutomation.{}: {error}", track.path())));
    }
    complete(&made)?;
    let mut whole = serde_json::to_value(automation).map_err(|error| unusable(&error.to_string()))?;
    append(&mut whole, made);
    let mut merged: Automation = serde_json::from_value(whole).map_err(|error| unusable(&error.to_string()))?;
    merged.lua = None;
    let told = |path| format!("spec.lua: {path} is no field of a PrAutomation, and was left out");
    Ok((merged, left_out.into_iter().map(told).collect()))
}

fn unusable(message: &str) -> Error {
    Error::Script {
        message: format!("what the script made cannot be used: {message}"),
    }
}

/// What the definition of `PrAutomation` asks of each entry: without it an edit would do something else.
const REQUIRED: [(&str, &[&str]); 10] = [
    ("updates.regexReplacements", &["file", "regex", "replacement"]),
    ("updates.yamlOverlays", &["file", "yaml"]),
    ("updates.copies", &["from", "to"]),
    ("updates.yamlPatches", &["file", "path"]),
    ("updates.jsonPatches", &["file", "path"]),
    ("updates.tomlPatches", &["file", "path"]),
    ("updates.hclPatches", &["file", "path"]),
    ("updates.helmValues", &["file", "values"]),
    ("updates.kustomizeImages", &["file", "name"]),
    ("creates.templates", &["source", "destination"]),
];

fn complete(made: &Value) -> Result<(), Error> {
    for (path, fields) in REQUIRED {
        let (kind, list) = path.split_once('.').unwrap_or_default();
        let entries = made[kind][list].as_array().into_iter().flatten();
        for (index, entry) in entries.enumerate() {
            if let Some(field) = fields.iter().find(|field| entry[**field].is_null()) {
                let index = index + 1;
                return Err(unusable(&format!("prAutomation.{path}[{index}] has no {field}")));
            }
        }
    }
    Ok(())
}

/// Lays `made` over `base`: tables merge, lists grow, anything else takes its place.
pub(super) fn append(base: &mut Value, made: Value) {
    match (base, made) {
        (Value::Object(base), Value::Object(made)) => {
            for (key, value) in made {
                append(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(base), Value::Array(made)) => base.extend(made),
        (base, made) => *base = made,
    }
}

/// Lays `made` over `base`: tables merge, anything else takes its place.
pub(super) fn overwrite(base: &mut Value, made: Value) {
    match (base, made) {
        (Value::Object(base), Value::Object(made)) => {
            for (key, value) in made {
                overwrite(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, made) => *base = made,
    }
}

/// Takes empty tables out: nothing tells whether one is meant as a list.
fn prune(value: &mut Value) {
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            map.retain(|_, value| !empty(value));
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The template format of the original spells these in small letters.
fn capitals(made: &mut Value) {
    let raise = |value: &mut Value| {
        if let Value::String(text) = value {
            text.make_ascii_uppercase();
        }
    };
    let Some(updates) = made.get_mut("updates") else { return };
    if let Some(strategy) = updates.get_mut("matchStrategy") {
        raise(strategy);
    }
    let overlays = updates.get_mut("yamlOverlays").and_then(Value::as_array_mut);
    for overlay in overlays.into_iter().flatten() {
        if let Some(merge) = overlay.get_mut("listMerge") {
            raise(merge);
        }
    }
}
