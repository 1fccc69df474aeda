//! A length of time as people write it, kept in their words.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest there is, a hundred years: what is longer counts as this, and no sum with a time leaves all bounds.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);
/// Digits of a number that are read, of those before its point.
const DIGITS: usize = 9;

/// A length of time in Go's notation, such as `1h30m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    text: String,
    length: Duration,
}

impl Span {
    /// How long it is.
    pub fn length(&self) -> Duration {
        self.length
    }
}

impl FromStr for Span {
    type Err = kube::core::duration::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A sign before it would be lost here; the CRD's rule refuses one. The parser panics at numbers beyond all bounds.
        let bounded = bounded(text);
        let length = Duration::from(kube::core::Duration::from_str(&bounded)?);
        let is_cut = bounded.len() < text.len();
        Ok(Self {
            text: text.to_owned(),
            length: if is_cut { LONGEST } else { length.min(LONGEST) },
        })
    }
}

/// The text with no more digits before a point than are read.
fn bounded(text: &str) -> String {
    let mut digits = 0;
    let mut is_fraction = false;
    text.chars()
        .filter(|c| {
            let is_digit = c.is_ascii_digit();
            is_fraction = *c == '.' || is_fraction && is_digit;
            digits = if is_digit && !is_fraction { digits + 1 } else { 0 };
            digits <= DIGITS
        })
        .collect()
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| de::Error::custom(format!("{text:?} is not a length of time: {error}")))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_keeps_the_words_and_knows_the_length() {
        let span: Span = serde_json::from_str("\"1h30m\"").unwrap();
        assert_eq!(span.length(), Duration::from_mins(90));
        assert_eq!(serde_json::to_string(&span).unwrap(), "\"1h30m\"");
    }

    #[test]
    fn one_beyond_all_bounds_is_a_hundred_years() {
        for text in [
            "99999999999999999999h",
            "9999999999999999999999999999999s",
            "999999999h",
            "1m99999999999h",
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.length(), LONGEST, "{text}");
            assert_eq!(serde_json::to_value(&span).unwrap(), text);
        }
        let span: Span = "1.00000000000000000000s".parse().unwrap();
        assert_eq!(span.length(), Duration::from_secs(1));
    }

    #[test]
    fn what_is_no_length_of_time_is_refused_by_its_text() {
        let error = serde_json::from_str::<Span>("\"30 minutes\"").unwrap_err();
        assert!(
            error.to_string().starts_with("\"30 minutes\" is not a length of time"),
            "{error}"
        );
    }
}
