//! When two values are equal, when one is less, what contains what: as the original decides.

use super::value::Value;

/// `==`. Numbers compare as numbers; otherwise the kinds must be the same.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Version(left), Value::Version(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            left.items.len() == right.items.len() && left.items.iter().zip(&right.items).all(|(l, r)| equal(l, r))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.entries.len() == right.entries.len()
                && left
                    .entries
                    .iter()
                    .zip(&right.entries)
                    .all(|((lk, lv), (rk, rv))| lk == rk && equal(lv, rv))
        }
        _ => matches!((float(left), float(right)), (Some(left), Some(right)) if left.total_cmp(&right).is_eq()),
    }
}

/// Equal in value and in kind: what Sprig's `has`, `uniq` and `without` ask.
pub(super) fn identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => false,
        _ => equal(left, right),
    }
}

/// `<`. False for what has no order.
pub(super) fn less(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => !left && *right,
        (Value::Int(left), Value::Int(right)) => left < right,
        (Value::Text(left), Value::Text(right)) => left < right,
        _ => matches!((float(left), float(right)), (Some(left), Some(right)) if left < right),
    }
}

/// `contains`: a part of a text, an item of a list, a key of a map.
pub(super) fn contains(left: &Value, right: &Value) -> bool {
    match left {
        Value::Text(text) => match right {
            Value::Text(part) => text.contains(&**part),
            other => text.contains(&super::print::verbose(other)),
        },
        Value::List(list) => list.items.iter().any(|item| equal(item, right)),
        Value::Map(map) => matches!(right, Value::Text(key) if map.entries.contains_key(&**key)),
        _ => false,
    }
}

/// Everything but nil and false.
pub(super) fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Nil | Value::Bool(false))
}

fn float(value: &Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "the original compares so")]
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}
