//! The values of a run: what is shown of them, and what makes two sets of values the same. Pure.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use stagecoach_delivery::{plain, short as cut};
use stagecoach_runtime::ObjectKey;

/// Stands for the pipeline reference and the values of a context's `spec`: another fingerprint is another run.
pub(crate) fn fingerprint(pipeline: &ObjectKey, values: &Map<String, Value>) -> String {
    // serde_json keeps maps sorted, so equal values are equal text.
    let text = json!({ "pipeline": pipeline.to_string(), "values": values }).to_string();
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// The values in a few words: the version where there is one, else all of them.
pub(crate) fn short(values: &Map<String, Value>) -> String {
    match values.get("version") {
        Some(version) => cut(&plain(version)),
        None if values.is_empty() => "no values".to_owned(),
        None => cut(&values
            .iter()
            .map(|(key, value)| format!("{key}={}", plain(value)))
            .collect::<Vec<_>>()
            .join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn equal_values_have_one_fingerprint_whatever_their_order() {
        let key = ObjectKey::namespaced("infra", "cd-demo");
        let a = map(&serde_json::from_str(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#).unwrap());
        let b = map(&serde_json::from_str(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#).unwrap());
        assert_eq!(fingerprint(&key, &a), fingerprint(&key, &b));
        assert_ne!(
            fingerprint(&key, &a),
            fingerprint(&ObjectKey::namespaced("infra", "other"), &a)
        );
        assert_ne!(fingerprint(&key, &a), fingerprint(&key, &map(&json!({"a": "1"}))));
    }

    #[test]
    fn values_are_shown_in_short() {
        assert_eq!(short(&map(&json!({"version": "0.1.0", "x": 1}))), "0.1.0");
        assert_eq!(short(&map(&json!({"b": true, "a": "x"}))), "a=x, b=true");
        assert_eq!(short(&Map::new()), "no values");
        assert_eq!(short(&map(&json!({"version": "x".repeat(100)}))).chars().count(), 63);
    }
}
