//! When a configuration entry counts: one value of the context, looked at as the original's form does.

use serde_json::{Map, Value};

use crate::automation::{Condition, Operation};

/// Whether the condition holds for these values.
pub(super) fn holds(condition: &Condition, values: &Map<String, Value>) -> bool {
    let value = values.get(&condition.field).unwrap_or(&Value::Null);
    let wanted = condition.value.as_deref().unwrap_or_default();
    match condition.operation {
        Operation::Not => is_nothing(value),
        Operation::Eq => text(value).is_some_and(|text| text == wanted),
        Operation::Prefix => value.as_str().is_some_and(|text| text.starts_with(wanted)),
        Operation::Suffix => value.as_str().is_some_and(|text| text.ends_with(wanted)),
        Operation::Gt => ordered(value, wanted, |value, wanted| value > wanted),
        Operation::Lt => ordered(value, wanted, |value, wanted| value < wanted),
        Operation::Gte => ordered(value, wanted, |value, wanted| value >= wanted),
        Operation::Lte => ordered(value, wanted, |value, wanted| value <= wanted),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// A condition's value is always text, so other values are compared by theirs.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Numbers are compared; what is none is neither more nor less.
fn ordered(value: &Value, wanted: &str, compare: fn(f64, f64) -> bool) -> bool {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .zip(wanted.trim().parse().ok())
        .is_some_and(|(value, wanted)| compare(value, wanted))
}
