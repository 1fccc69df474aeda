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

/// The automation with what `prAutomation` adds.
pub(super) fn automation(automation: &Automation, made: &Value) -> Result<Automation, Error> {
    let unusable = |message: String| Error::Script {
        message: format!("prAutomation is not what it must be: {message}"),
    };
    let Value::Object(made) = made else {
        return Err(unusable("it is no table".to_owned()));
    };
    let mut made = made.clone();
    // An automation in Lua may say which texts it wants, but it is called by its own name, and it runs once.
    made.retain(|key, _| ["updates", "creates", "deletes", "vendor"].contains(&key.as_str()));
    let mut made = Value::Object(made);
    prune(&mut made);
    capitals(&mut made);
    let mut whole = serde_json::to_value(automation).map_err(|error| unusable(error.to_string()))?;
    append(&mut whole, made);
    let mut merged: Automation = serde_json::from_value(whole).map_err(|error| unusable(error.to_string()))?;
    merged.lua = None;
    Ok(merged)
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
