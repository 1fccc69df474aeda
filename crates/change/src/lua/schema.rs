//! `encoding.jsonSchema`: whether data is what a JSON Schema of the repository asks for.
//!
//! Drafts 4 to 2020-12 by `$schema`, draft 7 without one, as the original reads it; formats are held too. Expressions are
//! linear, and nothing is fetched. What a validation costs is not bounded by the schema's size, as its references multiply; so
//! its steps are walked and paid for first.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value};

use super::work::Work;
use crate::error::{first_line, shortened};

/// Bytes of a schema.
const LARGEST: usize = 1 << 20;
/// How deep a schema may be, and how deep references may lead on: what the validator's stack takes on a small thread.
const DEEPEST: usize = 60;
/// How large an expression may be, compiled.
const EXPRESSION: usize = 1 << 20;
/// Units of work: a step of a validation, and a byte of a schema, for reading it.
const STEP: usize = 300;
const READ: usize = 100;
/// Faults that are told, and how much of each.
const MOST_TOLD: usize = 20;
const TOLD: usize = 200;

/// Holds data against a schema. Fails with a line for each fault, or with why the schema cannot be used.
pub(super) fn check(schema: &[u8], data: &Value, work: &Work) -> Result<(), String> {
    if schema.len() > LARGEST {
        return Err(format!("the schema is larger than {} MiB", LARGEST >> 20));
    }
    work.take(schema.len().saturating_mul(READ))?;
    let schema: Value =
        serde_json::from_slice(schema).map_err(|error| format!("the schema is not valid JSON: {error}"))?;
    if is_deeper(&schema, DEEPEST) {
        return Err(format!("the schema is more than {DEEPEST} deep"));
    }
    let walk = Walk { root: &schema, work };
    walk.schema(&schema, data, 0)?;
    let validator = compiled(&schema)?;
    let fault = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().to_string();
        let place = match place.trim_start_matches('/') {
            "" => "(root)".to_owned(),
            place => place.replace('/', "."),
        };
        // Without the value, which may be long, or a secret.
        shortened(&format!("{place}: {}", error.masked()), TOLD)
    };
    let mut faults: Vec<String> = validator.iter_errors(data).map(fault).collect();
    faults.sort();
    faults.truncate(MOST_TOLD);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}

fn compiled(schema: &Value) -> Result<Validator, String> {
    let mut options = jsonschema::options()
        .offline()
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex().size_limit(EXPRESSION));
    if schema.get("$schema").is_none() {
        options = options.with_draft(Draft::Draft7);
    }
    options.build(schema).map_err(|error| {
        let place = error.instance_path();
        let message = error.to_string();
        shortened(
            &format!("the schema cannot be used: {place}: {}", first_line(&message)),
            TOLD,
        )
    })
}

fn is_deeper(value: &Value, most: usize) -> bool {
    match value {
        Value::Array(items) => most == 0 || items.iter().any(|item| is_deeper(item, most - 1)),
        Value::Object(map) => most == 0 || map.values().any(|value| is_deeper(value, most - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Goes where a validator may go, at least.
struct Walk<'s> {
    root: &'s Value,
    work: &'s Work,
}

impl Walk<'_> {
    fn schema(&self, schema: &Value, data: &Value, depth: usize) -> Result<(), String> {
        self.work.take(STEP)?;
        if depth > 2 * DEEPEST {
            return Err("the schema's references go in a circle, or too deep".to_owned());
        }
        let Value::Object(schema) = schema else { return Ok(()) };
        if depth > 0 && schema.get("$id").is_some_and(Value::is_string) {
            return Err("the schema has a schema with an $id of its own in it; take the $id out".to_owned());
        }
        if schema.contains_key("pattern") || schema.contains_key("format") {
            self.work.take(data.as_str().map_or(0, str::len))?;
        }
        for (keyword, value) in schema {
            self.keyword(keyword, value, data, depth + 1)?;
        }
        Ok(())
    }

    fn keyword(&self, keyword: &str, value: &Value, data: &Value, depth: usize) -> Result<(), String> {
        let none = Map::new();
        let entries = data.as_object().unwrap_or(&none);
        let items = data.as_array().map(Vec::as_slice).unwrap_or_default();
        match (keyword, value) {
            ("$ref", Value::String(to)) => self.schema(self.referred(to)?, data, depth),
            ("$dynamicRef" | "$recursiveRef", _) => Err(format!("the schema has a {keyword}; write a $ref")),
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().try_for_each(|schema| self.schema(schema, data, depth))
            }
            ("dependencies" | "dependentSchemas", Value::Object(schemas)) => {
                schemas.values().try_for_each(|schema| self.schema(schema, data, depth))
            }
            ("enum", Value::Array(values)) => self.work.take(values.len()),
            ("not" | "if" | "then" | "else", schema) => self.schema(schema, data, depth),
            ("properties", Value::Object(schemas)) => schemas
                .iter()
                .filter_map(|(name, schema)| Some((schema, entries.get(name)?)))
                .try_for_each(|(schema, entry)| self.schema(schema, entry, depth)),
            ("patternProperties", Value::Object(schemas)) => schemas
                .values()
                .flat_map(|schema| entries.values().map(move |entry| (schema, entry)))
                .try_for_each(|(schema, entry)| self.schema(schema, entry, depth)),
            ("additionalProperties" | "unevaluatedProperties", schema) => {
                entries.values().try_for_each(|entry| self.schema(schema, entry, depth))
            }
            ("propertyNames", schema) => entries
                .keys()
                .try_for_each(|name| self.schema(schema, &Value::String(name.clone()), depth)),
            ("items" | "prefixItems", Value::Array(schemas)) => schemas
                .iter()
                .zip(items)
                .try_for_each(|(schema, item)| self.schema(schema, item, depth)),
            ("items" | "additionalItems" | "unevaluatedItems" | "contains", schema) => {
                items.iter().try_for_each(|item| self.schema(schema, item, depth))
            }
            _ => Ok(()),
        }
    }

    /// What a reference names; nothing that holds where there is nothing, which the validator tells better.
    fn referred(&self, to: &str) -> Result<&Value, String> {
        match to.strip_prefix('#') {
            Some(pointer) if !pointer.contains('%') && (pointer.is_empty() || pointer.starts_with('/')) => {
                Ok(self.root.pointer(pointer).unwrap_or(&Value::Null))
            }
            _ => Err(format!(
                "the schema refers to {:?}; only places of the same file, such as `#/definitions/name`, are read",
                shortened(to, 80)
            )),
        }
    }
}
