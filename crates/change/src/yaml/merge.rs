//! What an overlay means, as data: maps are merged, everything else is the overlay's.

use serde_json::Value;

use crate::automation::ListMerge;

/// The base with the overlay over it. Items that a list ends with already are not appended once more: the same overlay again
/// changes nothing.
pub(crate) fn merged(base: &Value, overlay: &Value, lists: ListMerge) -> Value {
    match (base, overlay) {
        (Value::Object(base), Value::Object(overlay)) => {
            let mut result = base.clone();
            for (key, value) in overlay {
                let value = match base.get(key) {
                    Some(before) => merged(before, value, lists),
                    None => value.clone(),
                };
                result.insert(key.clone(), value);
            }
            Value::Object(result)
        }
        (Value::Array(base), Value::Array(more)) if lists == ListMerge::Append => {
            let more = if base.ends_with(more) { &[] } else { more.as_slice() };
            Value::Array(base.iter().chain(more).cloned().collect())
        }
        _ => overlay.clone(),
    }
}
