//! Manifests against the schemas of their kinds, as an API server holds them, and against those of its rules that ask for a
//! form. Pure.
//!
//! Called by `render` for one PrAutomation and by `lint` for everything.

mod metadata;
mod nulls;
mod rules;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::Value;

pub(crate) use self::nulls::taken;
use self::nulls::{is_dropped, lacks};
use crate::documents::{Content, Node, Spot, joined};

/// How near a name must be to be offered in place of another one.
const NEAR: f32 = 0.6;
/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// What a manifest has and its schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) spot: Spot,
    pub(crate) rule: Rule,
    /// The field first, then what to do.
    pub(crate) message: String,
}

/// The kinds of violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    UnknownField,
    MissingField,
    WrongType,
    NotAllowed,
}

impl Rule {
    /// One word for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UnknownField => "UnknownField",
            Self::MissingField => "MissingField",
            Self::WrongType => "WrongType",
            Self::NotAllowed => "NotAllowed",
        }
    }
}

/// The kinds that Stagecoach serves, by name.
pub(crate) struct Schemas {
    served: Vec<CustomResourceDefinition>,
    /// Those that are accepted and do nothing.
    inert: Vec<CustomResourceDefinition>,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let definitions = |named: Vec<(String, _)>| named.into_iter().map(|(_, definition)| definition).collect();
        Self {
            served: definitions(stagecoach_api::crds::all()),
            inert: definitions(stagecoach_api::crds::optional()),
        }
    }

    /// The definition of a kind.
    pub(crate) fn get(&self, group: &str, kind: &str) -> Option<&CustomResourceDefinition> {
        self.of_kind(kind).filter(|found| found.spec.group == group)
    }

    /// The definition of a kind, whatever its group.
    pub(crate) fn of_kind(&self, kind: &str) -> Option<&CustomResourceDefinition> {
        self.served.iter().find(|found| found.spec.names.kind == kind)
    }

    /// The definition of a kind that does nothing.
    pub(crate) fn inert(&self, group: &str, kind: &str) -> Option<&CustomResourceDefinition> {
        let is = |found: &&CustomResourceDefinition| found.spec.names.kind == kind && found.spec.group == group;
        self.inert.iter().find(is)
    }

    /// The names of all kinds.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.served.iter().map(|found| found.spec.names.kind.as_str()).collect()
    }
}

/// Everything that a manifest of this kind may not have, in the order of the file. Its status is not looked at: only an
/// operator writes one.
pub(crate) fn violations(definition: &CustomResourceDefinition, manifest: &Node) -> Vec<Violation> {
    let Some(schema) = schema_of(definition) else {
        return Vec::new();
    };
    let mut check = Check {
        kind: &definition.spec.names.kind,
        found: Vec::new(),
    };
    for entry in manifest.entries() {
        match entry.key.as_str() {
            "apiVersion" | "kind" | "metadata" | "status" => {}
            key => match schema.properties.as_ref().and_then(|properties| properties.get(key)) {
                Some(part) if is_dropped(part, &entry.node) => {}
                Some(part) => check.value(part, &entry.node, key),
                None => check.unknown(schema, key, entry.spot, ""),
            },
        }
    }
    if schema.required.iter().flatten().any(|name| name == "spec") && lacks(schema, manifest, "spec") {
        check.missing(schema, "spec", manifest.spot_of("spec"), "");
    }
    check.found.extend(metadata::violations(manifest));
    check.found.sort_by_key(|violation| violation.spot);
    check.found
}

/// The schema of a kind's objects.
fn schema_of(definition: &CustomResourceDefinition) -> Option<&JSONSchemaProps> {
    let version = definition.spec.versions.first()?;
    version.schema.as_ref()?.open_api_v3_schema.as_ref()
}

struct Check<'c> {
    kind: &'c str,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn add(&mut self, spot: Spot, rule: Rule, message: String) {
        self.found.push(Violation { spot, rule, message });
    }

    fn value(&mut self, schema: &JSONSchemaProps, node: &Node, path: &str) {
        if let Some(message) = wrong_type(schema, node) {
            self.add(node.spot, Rule::WrongType, format!("{path} {message}"));
            return;
        }
        for message in rules::broken(schema, node) {
            self.add(node.spot, Rule::NotAllowed, told(path, node, message));
        }
        match &node.content {
            Content::Map(_) => self.map(schema, node, path),
            Content::List(items) => {
                if let Some(JSONSchemaPropsOrArray::Schema(part)) = &schema.items {
                    for (index, item) in items.iter().enumerate() {
                        self.value(part, item, &format!("{path}[{index}]"));
                    }
                }
                let most = schema.max_items.and_then(|most| usize::try_from(most).ok());
                if let Some(most) = most.filter(|most| items.len() > *most) {
                    let message = format!("{path} has {} items: {most} are allowed", items.len());
                    self.add(node.spot, Rule::NotAllowed, message);
                }
            }
            Content::Scalar(value) => {
                if let Some(message) = not_allowed(schema, value) {
                    self.add(node.spot, Rule::NotAllowed, format!("{path} {message}"));
                }
            }
        }
    }

    fn map(&mut self, schema: &JSONSchemaProps, node: &Node, path: &str) {
        let properties = schema.properties.as_ref();
        for entry in node.entries() {
            let place = format!("{path}.{}", entry.key);
            match (
                properties.and_then(|known| known.get(&entry.key)),
                &schema.additional_properties,
            ) {
                (Some(part), _) if is_dropped(part, &entry.node) => {}
                (Some(part), _) => self.value(part, &entry.node, &place),
                (None, Some(JSONSchemaPropsOrBool::Schema(part))) => self.value(part, &entry.node, &place),
                (None, Some(JSONSchemaPropsOrBool::Bool(true))) => {}
                _ if schema.x_kubernetes_preserve_unknown_fields == Some(true) => {}
                _ => self.unknown(schema, &entry.key, entry.spot, path),
            }
        }
        for name in schema.required.iter().flatten() {
            if lacks(schema, node, name) {
                self.missing(schema, name, node.spot_of(name), path);
            }
        }
        let is_empty = node.entries().iter().all(|entry| entry.node.is_null());
        if schema.min_properties.is_some_and(|least| least > 0) && is_empty {
            self.add(
                node.spot,
                Rule::NotAllowed,
                format!("{path} is empty: write at least one of its fields"),
            );
        }
    }

    fn unknown(&mut self, schema: &JSONSchemaProps, key: &str, spot: Spot, path: &str) {
        let known: Vec<&str> = schema
            .properties
            .iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let near = similar::get_close_matches(key, &known, 1, NEAR);
        let advice = near.first().map_or_else(
            || "take it out".to_owned(),
            |near| format!("is {near} meant? Correct it, or take it out"),
        );
        let place = joined(path, key);
        self.add(
            spot,
            Rule::UnknownField,
            format!("{place} is no field of {}: {advice}", self.kind),
        );
    }

    fn missing(&mut self, schema: &JSONSchemaProps, name: &str, spot: Spot, path: &str) {
        let part = schema.properties.as_ref().and_then(|known| known.get(name));
        let about = part.and_then(|part| part.description.as_deref()).map(first_sentence);
        let about = about.map(|about| format!(" ({about})")).unwrap_or_default();
        let place = joined(path, name);
        self.add(spot, Rule::MissingField, format!("{place} is missing: write it{about}"));
    }
}

/// What a broken rule says of a value: rules know neither the whole path nor the value.
fn told(path: &str, node: &Node, message: &str) -> String {
    match node.text() {
        Some(text) => format!("{path} is {}: {message}", shown(&Value::from(text))),
        None => format!("{path}: {message}"),
    }
}

fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").or_else(|| text.strip_suffix('.').map(str::len));
    end.map_or(text, |end| &text[..end])
}

/// What is wrong with the type of a value, if anything.
fn wrong_type(schema: &JSONSchemaProps, node: &Node) -> Option<String> {
    if node.is_null() {
        let anything = schema.type_.is_none() || schema.nullable == Some(true) || schema.default.is_some();
        return (!anything).then(|| "is empty: write a value, or take it out".to_owned());
    }
    if schema.x_kubernetes_int_or_string == Some(true) {
        return None;
    }
    let is = match &node.content {
        Content::Map(_) => "object",
        Content::List(_) => "array",
        Content::Scalar(Value::Bool(_)) => "boolean",
        Content::Scalar(Value::Number(number)) if number.is_f64() => "number",
        Content::Scalar(Value::Number(_)) => "integer",
        Content::Scalar(_) => "string",
    };
    let wanted = schema.type_.as_deref()?;
    if wanted == is || (wanted, is) == ("number", "integer") {
        return None;
    }
    let advice = match (wanted, is) {
        ("string", "boolean" | "number" | "integer") => "must be text: put it in quotes",
        ("string", _) => "must be text",
        ("integer", "string") => "must be a whole number, without quotes",
        ("integer", _) => "must be a whole number",
        ("number", _) => "must be a number",
        ("boolean", _) => "must be true or false, without quotes",
        ("array", _) => "must be a list: begin each item with `- `",
        _ => "must be a map of names and values",
    };
    Some(advice.to_owned())
}

/// What is wrong with a scalar of the right type, if anything.
fn not_allowed(schema: &JSONSchemaProps, value: &Value) -> Option<String> {
    if let Some(allowed) = &schema.enum_
        && !allowed.iter().any(|allowed| allowed.0 == *value)
    {
        let allowed: Vec<String> = allowed.iter().map(|allowed| plain(&allowed.0)).collect();
        return Some(format!("is {}: it must be one of {}", shown(value), allowed.join(", ")));
    }
    let below = |least: f64| value.as_f64().is_some_and(|number| number < least);
    let above = |most: f64| value.as_f64().is_some_and(|number| number > most);
    if let Some(least) = schema.minimum.filter(|least| below(*least)) {
        return Some(format!("is {value}: it must be at least {least}"));
    }
    if let Some(most) = schema.maximum.filter(|most| above(*most)) {
        return Some(format!("is {value}: it must be at most {most}"));
    }
    let length = i64::try_from(value.as_str()?.chars().count()).unwrap_or(i64::MAX);
    if schema.min_length.is_some_and(|least| length < least) {
        return Some("is empty: write a value".to_owned());
    }
    let most = schema.max_length.filter(|most| length > *most)?;
    Some(format!("has {length} characters: {most} are allowed"))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents;

    fn found(kind: &str, manifest: &str) -> Vec<String> {
        let document = documents::read(manifest).unwrap().remove(0);
        let schemas = Schemas::new();
        let definition = schemas.get(stagecoach_api::GROUP, kind).unwrap();
        let line = |violation: Violation| format!("{}: {}", violation.spot.line, violation.message);
        violations(definition, &document).into_iter().map(line).collect()
    }

    #[test]
    fn every_kind_of_violation_says_what_to_do() {
        let manifest = "\
kind: Observer
spec:
  crontabs: x
  target:
    type: OCIX
    order: SEMVER
    oci: {url: [a]}
  actions:
  - type: PIPELINE
    configuration: {pipeline: {pipelineRef: {name: 1}, context: {any: [thing]}}}
  initial:
status: {anything: 1}
specs: {}
";
        insta::assert_snapshot!(found("Observer", manifest).join("\n"));
    }

    #[test]
    fn what_is_allowed_is_not_found() {
        let manifest = "\
kind: Pipeline
metadata: {name: a, labels: {x: web}}
spec:
  historyLimit: 20
  stages: [{name: dev, services: [{serviceRef: {name: a}}]}]
  edges: [{from: dev, to: dev, gates: [{name: aa, type: JOB, spec: {job: {namespace: a, raw: {any: 1}}}}]}]
";
        assert_eq!(found("Pipeline", manifest), Vec::<String>::new());
        let manifest = manifest.replace("historyLimit: 20", "historyLimit: 2000");
        assert_eq!(
            found("Pipeline", &manifest),
            ["4: spec.historyLimit is 2000: it must be at most 1000"]
        );
    }

    #[test]
    fn the_metadata_of_every_kind_is_looked_at() {
        let manifest = "kind: Observer\nmetadata:\n  name: 1\n  labels: {a: 1.0}\n  annotations: [a]\n  finalizers: [x]\nspec: {}\n";
        let found = found("Observer", manifest);
        let about = |line: &&String| line.contains("metadata");
        assert_eq!(
            found.iter().filter(about).collect::<Vec<_>>(),
            [
                "3: metadata.name must be text: put it in quotes",
                "4: metadata.labels.a must be text: put it in quotes",
                "5: metadata.annotations must be a map of names and values",
            ]
        );
    }

    #[test]
    fn a_kind_without_a_spec_says_so() {
        assert_eq!(found("Pipeline", "kind: Pipeline\nmetadata: {name: a}\n").len(), 1);
    }
}
