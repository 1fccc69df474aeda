//! Fields with nothing behind them: an API server drops them before it looks, where the field may not be null. Items of lists
//! and values of maps stay. Pure.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::Value;

use super::schema_of;
use crate::documents::{Content, Node};

/// Whether a field of this schema is dropped for having nothing behind it.
pub(super) fn is_dropped(schema: &JSONSchemaProps, node: &Node) -> bool {
    node.is_null() && schema.nullable != Some(true)
}

/// Whether a field that must be there is not.
pub(super) fn lacks(schema: &JSONSchemaProps, node: &Node, name: &str) -> bool {
    let part = schema.properties.as_ref().and_then(|known| known.get(name));
    if part.is_some_and(|part| part.default.is_some()) {
        return false;
    }
    node.get(name)
        .is_none_or(|value| value.is_null() && part.is_none_or(|part| is_dropped(part, value)))
}

/// A manifest as an API server takes it.
pub(crate) fn taken(definition: &CustomResourceDefinition, manifest: &Node) -> Value {
    schema_of(definition).map_or_else(|| manifest.value(), |schema| value(schema, manifest))
}

fn value(schema: &JSONSchemaProps, node: &Node) -> Value {
    match &node.content {
        Content::Scalar(value) => value.clone(),
        Content::List(items) => match &schema.items {
            Some(JSONSchemaPropsOrArray::Schema(part)) => items.iter().map(|item| value(part, item)).collect(),
            _ => node.value(),
        },
        Content::Map(entries) => {
            let known = |key: &str| schema.properties.as_ref().and_then(|known| known.get(key));
            let kept = entries
                .iter()
                .filter(|entry| !known(&entry.key).is_some_and(|part| is_dropped(part, &entry.node)));
            let kept = kept.map(|entry| {
                let under = match (known(&entry.key), &schema.additional_properties) {
                    (Some(part), _) => value(part, &entry.node),
                    (None, Some(JSONSchemaPropsOrBool::Schema(part))) => value(part, &entry.node),
                    (None, _) => entry.node.value(),
                };
                (entry.key.clone(), under)
            });
            Value::Object(kept.collect())
        }
    }
}
