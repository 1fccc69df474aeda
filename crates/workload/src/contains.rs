//! Whether a live object holds what a manifest says. The live one may hold more: defaults, and what controllers add.

use serde_json::{Map, Value};

/// Whether everything that `wanted` says is in `live`.
pub fn contains(live: &Value, wanted: &Value) -> bool {
    first_difference(live, wanted).is_none()
}

/// The first field of `wanted` that is not in `live`, written as a person would: `helm.values.image.tag`. `None` when
/// everything is there; an empty path when the two have nothing in common.
pub fn first_difference(live: &Value, wanted: &Value) -> Option<String> {
    let mut path = Vec::new();
    differs(Some(live), wanted, &mut path).then(|| joined(&path))
}

/// One step into an object or a list.
enum Step<'a> {
    Field(&'a str),
    Index(usize),
}

fn differs<'a>(live: Option<&Value>, wanted: &'a Value, path: &mut Vec<Step<'a>>) -> bool {
    match (wanted, live) {
        // The API server drops these where the field has no use for them.
        (Value::Null, None | Some(Value::Null)) => false,
        (Value::Object(wanted), None) => wanted.values().any(|wanted| differs(None, wanted, path)),
        (Value::Array(wanted), None) => !wanted.is_empty(),
        (Value::Object(wanted), Some(Value::Object(live))) => fields_differ(live, wanted, path),
        (Value::Array(wanted), Some(Value::Array(live))) => elements_differ(live, wanted, path),
        (_, Some(live)) => !equal(live, wanted, path),
        (_, None) => true,
    }
}

fn fields_differ<'a>(live: &Map<String, Value>, wanted: &'a Map<String, Value>, path: &mut Vec<Step<'a>>) -> bool {
    for (name, wanted) in wanted {
        path.push(Step::Field(name));
        if differs(live.get(name), wanted, path) {
            return true;
        }
        path.pop();
    }
    false
}

/// Lists are equal in length and order: nobody adds to a list of somebody else's unnoticed.
fn elements_differ<'a>(live: &[Value], wanted: &'a [Value], path: &mut Vec<Step<'a>>) -> bool {
    if live.len() != wanted.len() {
        return true;
    }
    for (index, (live, wanted)) in live.iter().zip(wanted).enumerate() {
        path.push(Step::Index(index));
        if differs(Some(live), wanted, path) {
            return true;
        }
        path.pop();
    }
    false
}

fn equal(live: &Value, wanted: &Value, path: &[Step<'_>]) -> bool {
    if live == wanted {
        return true;
    }
    if let (Value::Number(live), Value::Number(wanted)) = (live, wanted) {
        return live.as_f64() == wanted.as_f64();
    }
    is_quantity(path)
        && quantity(live)
            .zip(quantity(wanted))
            .is_some_and(|(live, wanted)| same(live, wanted))
}

/// Below `resources.limits` and `resources.requests` the API server rewrites `1000m` as `1`.
fn is_quantity(path: &[Step<'_>]) -> bool {
    matches!(
        path,
        [
            ..,
            Step::Field("resources"),
            Step::Field("limits" | "requests"),
            Step::Field(_)
        ]
    )
}

/// Two amounts that differ by rounding only.
fn same(live: f64, wanted: f64) -> bool {
    (live - wanted).abs() <= f64::EPSILON * live.abs().max(wanted.abs())
}

/// The amount of a Kubernetes quantity: `500m`, `2Gi`, `1.5`.
fn quantity(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    let digits = text
        .find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-'))
        .unwrap_or(text.len());
    let (amount, unit) = text.split_at_checked(digits)?;
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return None,
    };
    Some(amount.parse::<f64>().ok()? * factor)
}

fn joined(path: &[Step<'_>]) -> String {
    let parts = path.iter().enumerate().map(|(place, step)| match step {
        Step::Field(name) if place == 0 => (*name).to_owned(),
        Step::Field(name) => format!(".{name}"),
        Step::Index(index) => format!("[{index}]"),
    });
    parts.collect()
}

#[cfg(test)]
mod tests;
