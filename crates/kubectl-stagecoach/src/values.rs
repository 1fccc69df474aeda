//! The values of a run, from the command line: `key=value` texts and a JSON object, with the types that the
//! PrAutomations ask for, and checked against them. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use stagecoach_api::{PrAutomation, pr_automation::ConfigurationType};

/// The key that Stagecoach sets in every stage.
const RESERVED: &str = "pipeline";

/// A value that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    #[error("{0:?} is no value: write KEY=VALUE, as in version=1.2.3")]
    NoPair(String),
    #[error("the value {0:?} is given twice: take one of them out")]
    Twice(String),
    #[error("--values {0}: write an object, as in --values '{{\"version\": \"1.2.3\"}}' or --values @values.json")]
    NoObject(String),
    #[error("the value \"pipeline\" is set by Stagecoach in every stage: choose another name")]
    Reserved,
    /// What the automations say to the values, one line for each that does not agree.
    #[error("the values do not fit:\n{}", .0.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"))]
    Unfit(Vec<String>),
}

/// The object behind `--values`, whose text was read before.
pub(crate) fn object(text: &str) -> Result<Map<String, Value>, ValueError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(_) => Err(ValueError::NoObject("is no JSON object".to_owned())),
        Err(error) => Err(ValueError::NoObject(format!("is no JSON ({error})"))),
    }
}

/// Lays `key=value` texts over `values`, with the types that the automations ask for.
pub(crate) fn merge(
    mut values: Map<String, Value>,
    pairs: &[String],
    automations: &[PrAutomation],
) -> Result<Map<String, Value>, ValueError> {
    let mut given: BTreeMap<&str, &str> = BTreeMap::new();
    for pair in pairs {
        let (key, text) = pair
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| ValueError::NoPair(pair.clone()))?;
        if given.insert(key, text).is_some() {
            return Err(ValueError::Twice(key.to_owned()));
        }
    }
    for (key, text) in given {
        values.insert(key.to_owned(), typed(key, text, automations));
    }
    if values.contains_key(RESERVED) {
        return Err(ValueError::Reserved);
    }
    Ok(values)
}

/// A text as the type that the first automation with such a key asks for. One that is not of that type stays a text,
/// so that the check says what is wrong with it.
fn typed(key: &str, text: &str, automations: &[PrAutomation]) -> Value {
    let fields = automations.iter().flat_map(|automation| &automation.spec.configuration);
    let wanted = fields
        .into_iter()
        .find(|field| field.name == key)
        .map(|field| field.type_);
    let as_text = || Value::String(text.to_owned());
    match wanted {
        Some(ConfigurationType::Int) => text.parse::<i64>().map_or_else(|_| as_text(), Value::from),
        Some(ConfigurationType::Bool) => text.parse::<bool>().map_or_else(|_| as_text(), Value::from),
        Some(ConfigurationType::Json) => serde_json::from_str(text).unwrap_or_else(|_| as_text()),
        _ => as_text(),
    }
}

/// Checks the values against the configuration of every automation.
pub(crate) fn check(values: &Map<String, Value>, automations: &[PrAutomation]) -> Result<(), ValueError> {
    // What Stagecoach adds in every stage is there when the operator checks.
    let mut whole = values.clone();
    whole.insert(RESERVED.to_owned(), json!({}));
    let whole = Value::Object(whole);
    let mut lines: Vec<String> = Vec::new();
    for automation in automations {
        let name = automation.metadata.name.as_deref().unwrap_or_default();
        let configuration = automation.spec.to_change().configuration;
        for error in stagecoach_change::check_values(&configuration, &whole)
            .err()
            .unwrap_or_default()
        {
            lines.push(format!("PrAutomation {name}: {error}"));
        }
    }
    if lines.is_empty() {
        Ok(())
    } else {
        Err(ValueError::Unfit(lines))
    }
}

#[cfg(test)]
mod tests;
