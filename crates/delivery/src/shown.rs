//! Values as people see them in statuses and pull requests: short, on one line, and never a password.

use serde_json::{Map, Value};

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// Key and value of each, fit to be shown; values of the names in `hidden` are not.
pub fn shown(values: &Map<String, Value>, hidden: &[&str]) -> Vec<(String, String)> {
    let one = |(key, value): (&String, &Value)| {
        let value = if hidden.contains(&key.as_str()) {
            "(hidden)".to_owned()
        } else {
            short(&plain(value))
        };
        (key.clone(), value)
    };
    values.iter().map(one).collect()
}

/// A value as text: a string without its quotes, anything else as JSON.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The beginning of a text that is too long to be shown whole.
pub fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hidden_values_are_not_shown_and_long_ones_in_short() {
        let values = json!({"token": "s3cret", "version": "1", "n": [1], "long": "x".repeat(100)});
        let shown = shown(values.as_object().unwrap(), &["token"]);
        assert!(!format!("{shown:?}").contains("s3cret"));
        let of = |name: &str| shown.iter().find(|(key, _)| key == name).unwrap().1.clone();
        assert_eq!((of("version"), of("n")), ("1".to_owned(), "[1]".to_owned()));
        assert_eq!(of("long").chars().count(), 63);
    }
}
