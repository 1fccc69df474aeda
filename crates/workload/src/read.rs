//! Reading fields of an object by JSON pointer. For the readers of this crate only.

use jiff::Timestamp;
use serde_json::Value;

/// A text, empty ones left out.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// A whole number.
pub(crate) fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer)?.as_i64()
}

/// A time.
pub(crate) fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer)?.parse().ok()
}

/// The elements of a list; an absent list has none.
pub(crate) fn list<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// One of the object's conditions.
pub(crate) fn condition<'a>(object: &'a Value, type_: &str) -> Option<&'a Value> {
    list(object, "/status/conditions").find(|condition| text(condition, "/type") == Some(type_))
}

/// The condition is there and says True.
pub(crate) fn is_true(condition: Option<&Value>) -> bool {
    condition.and_then(|condition| text(condition, "/status")) == Some("True")
}

/// The condition's message, or its reason where it has none.
pub(crate) fn message(condition: &Value) -> &str {
    text(condition, "/message")
        .or_else(|| text(condition, "/reason"))
        .unwrap_or("no reason is given")
}

/// Why the status does not speak of the object as it is now; `None` when it does.
pub(crate) fn unobserved(object: &Value, observer: &str) -> Option<String> {
    let generation = number(object, "/metadata/generation")?;
    match number(object, "/status/observedGeneration") {
        Some(observed) if observed == generation => None,
        Some(observed) => Some(format!(
            "{observer} has looked at generation {observed} so far, and {generation} is the present one"
        )),
        None => Some(format!("{observer} has not looked at it yet")),
    }
}
