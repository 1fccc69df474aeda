//! A length of time as people write it, kept in their words.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
        // A sign before it would be lost here; the CRD's rule refuses one.
        let length = kube::core::Duration::from_str(text)?.into();
        Ok(Self {
            text: text.to_owned(),
            length,
        })
    }
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
    fn what_is_no_length_of_time_is_refused_by_its_text() {
        let error = serde_json::from_str::<Span>("\"30 minutes\"").unwrap_err();
        assert!(
            error.to_string().starts_with("\"30 minutes\" is not a length of time"),
            "{error}"
        );
    }
}
