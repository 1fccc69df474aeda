//! The values of a context against `spec.configuration`: defaults filled in, conditions honoured, types checked.
//!
//! A pull request of the original was checked by its server, which knew neither defaults nor conditions; contexts from pipelines
//! and observers had to carry every key. Here an absent value takes its default, and an entry whose condition does not hold asks
//! for nothing.

mod condition;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::automation::{ConfigurationEntry, ValueKind};
use crate::error::{Error, shortened};
use crate::secrets::{HIDDEN, Secrets};
use crate::validation;
use condition::holds;

/// Checks the values of a context and gives it back with the defaults filled in. Values that no entry names are allowed.
///
/// Fails with everything that is wrong, in the order of the entries.
pub fn check_values(configuration: &[ConfigurationEntry], context: &Value) -> Result<Value, Vec<Error>> {
    let (values, errors) = filled_in(configuration, context);
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// As [`check_values`], for those who stop at the first thing that is wrong.
pub fn complete(configuration: &[ConfigurationEntry], context: &Value) -> Result<Value, Error> {
    let (values, errors) = filled_in(configuration, context);
    errors.into_iter().next().map_or(Ok(values), Err)
}

/// The context with the defaults, and what is wrong with it.
fn filled_in(configuration: &[ConfigurationEntry], context: &Value) -> (Value, Vec<Error>) {
    let mut values = match context {
        Value::Object(values) => values.clone(),
        Value::Null => Map::new(),
        other => return (Value::Null, vec![not_a_map(other)]),
    };
    let mut errors = Vec::new();
    // Conditions may look at values that come from defaults: first those that depend on nothing.
    let entries = configuration.iter().enumerate();
    let (conditional, plain): (Vec<_>, Vec<_>) = entries.partition(|(_, entry)| entry.condition.is_some());
    for (index, entry) in plain.into_iter().chain(conditional) {
        if applies(entry, &values)
            && is_absent(&values, entry)
            && let Some(text) = default_text(entry)
        {
            match default_value(index, entry, text) {
                Ok(value) => {
                    values.insert(entry.name.clone(), value);
                }
                Err(error) => errors.push(error),
            }
        }
    }
    for entry in configuration.iter().filter(|entry| applies(entry, &values)) {
        let has_wrong_default = |error: &Error| matches!(error, Error::Default { name, .. } if *name == entry.name);
        if !errors.iter().any(has_wrong_default)
            && let Err(error) = check(entry, values.get(&entry.name))
        {
            errors.push(error);
        }
    }
    let values = Value::Object(values);
    let secrets = Secrets::of(configuration, &values);
    let told = |error: Error| error.map_texts(|text| secrets.hide(text));
    let errors = errors.into_iter().map(told).collect();
    (values, errors)
}

/// What is wrong with the entries themselves, whatever the context.
pub(crate) fn problems(configuration: &[ConfigurationEntry]) -> Vec<Error> {
    let mut problems = Vec::new();
    for (index, entry) in configuration.iter().enumerate() {
        let field = format!("spec.configuration[{index}]");
        if entry.name.is_empty() {
            let message = "give the value a name, the key in the context".to_owned();
            problems.push(Error::Incomplete {
                field: format!("{field}.name"),
                message,
            });
        }
        if entry.kind == ValueKind::Enum && entry.values.is_empty() {
            let message = "list what the value may be".to_owned();
            problems.push(Error::Incomplete {
                field: format!("{field}.values"),
                message,
            });
        }
        if let Some(text) = default_text(entry)
            && let Err(error) = default_value(index, entry, text)
        {
            problems.push(error);
        }
        if let Some(regex) = entry
            .validation
            .as_ref()
            .and_then(|validation| validation.regex.as_deref())
            && let Err(error) = validation::check(&format!("{field}.validation.regex"), regex)
        {
            problems.push(error);
        }
    }
    problems
}

fn not_a_map(context: &Value) -> Error {
    Error::Value {
        field: "context".to_owned(),
        value: shown(context),
        kind: "JSON",
        message: "a context is a map of names and values".to_owned(),
    }
}

fn applies(entry: &ConfigurationEntry, values: &Map<String, Value>) -> bool {
    entry
        .condition
        .as_ref()
        .is_none_or(|condition| holds(condition, values))
}

fn is_absent(values: &Map<String, Value>, entry: &ConfigurationEntry) -> bool {
    values.get(&entry.name).is_none_or(Value::is_null)
}

/// The default's text. An empty one is none, but for a text that may be empty.
fn default_text(entry: &ConfigurationEntry) -> Option<&str> {
    let may_be_empty = entry.optional && !matches!(entry.kind, ValueKind::Int | ValueKind::Bool | ValueKind::Json);
    let text = entry.default.as_deref()?;
    (may_be_empty || !text.is_empty()).then_some(text)
}

/// The value that the default's text of the entry with this index stands for.
fn default_value(index: usize, entry: &ConfigurationEntry, text: &str) -> Result<Value, Error> {
    let read = match entry.kind {
        ValueKind::Int => text
            .trim()
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| "it must be a whole number"),
        ValueKind::Bool => text
            .trim()
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| "it must be true or false"),
        ValueKind::Json => serde_json::from_str(text).map_err(|_| "it must be JSON"),
        _ => Ok(Value::from(text)),
    };
    let fits = |value: Value| match wrong(entry, &value) {
        Some(message) if !text.is_empty() => Err(message),
        _ => Ok(value),
    };
    read.map_err(str::to_owned)
        .and_then(fits)
        .map_err(|message| Error::Default {
            field: format!("spec.configuration[{index}].default"),
            name: entry.name.clone(),
            value: told(entry, &Value::from(text)),
            kind: entry.kind.name(),
            message,
        })
}

fn refusal(entry: &ConfigurationEntry, value: &Value, message: String) -> Error {
    Error::Value {
        field: entry.name.clone(),
        value: told(entry, value),
        kind: entry.kind.name(),
        message,
    }
}

/// The value as it may be told.
fn told(entry: &ConfigurationEntry, value: &Value) -> String {
    match entry.kind {
        ValueKind::Password => HIDDEN.to_owned(),
        _ => shown(value),
    }
}

fn shown(value: &Value) -> String {
    shortened(&value.to_string(), 80)
}

fn check(entry: &ConfigurationEntry, value: Option<&Value>) -> Result<(), Error> {
    let empty = value.is_none_or(|value| value.is_null() || value.as_str() == Some(""));
    if entry.optional && empty {
        return Ok(());
    }
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Err(Error::MissingValue {
            field: entry.name.clone(),
            kind: entry.kind.name(),
        });
    };
    match wrong(entry, value) {
        Some(message) => Err(refusal(entry, value, message)),
        None => Ok(()),
    }
}

/// What is wrong with a value, if anything.
fn wrong(entry: &ConfigurationEntry, value: &Value) -> Option<String> {
    match entry.kind {
        ValueKind::Int if value.is_i64() || value.is_u64() => None,
        ValueKind::Int => Some("it must be a whole number, without quotes".to_owned()),
        ValueKind::Bool if value.is_boolean() => None,
        ValueKind::Bool => Some("it must be true or false, without quotes".to_owned()),
        ValueKind::Json => match value.as_str() {
            Some(text) if !is_json(text) => Some("a text must be JSON".to_owned()),
            _ => None,
        },
        _ => match value.as_str() {
            None => Some("it must be text; put it in quotes".to_owned()),
            Some("") => Some("it must not be empty".to_owned()),
            Some(text) if entry.kind == ValueKind::Enum => wrong_choice(entry, text),
            Some(text) if entry.kind == ValueKind::String => wrong_text(entry, text),
            Some(_) => None,
        },
    }
}

fn wrong_choice(entry: &ConfigurationEntry, text: &str) -> Option<String> {
    let known = entry.values.iter().any(|value| value == text);
    (!known).then(|| format!("it must be one of {}", entry.values.join(", ")))
}

fn wrong_text(entry: &ConfigurationEntry, text: &str) -> Option<String> {
    let validation = entry.validation.as_ref()?;
    if validation.json && !is_json(text) {
        return Some("it must be JSON".to_owned());
    }
    let regex = validation.regex.as_deref().filter(|regex| !regex.is_empty())?;
    match validation::is_match(regex, text) {
        Ok(true) => None,
        Ok(false) => Some(format!("it must match the regular expression `{regex}`")),
        Err(why) => Some(format!(
            "it is held against the regular expression `{regex}`, but {why}"
        )),
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
