//! HCL edits (Terraform and its kin) that change the bytes that must change and no other.
//!
//! `hcl_edit` says where everything stands; the new text is cut in there. The result is read again and held against what the
//! file said before, with the same edit.

mod nesting;
mod place;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::Body;
use serde_json::{Map, Number, Value};

use crate::address::{Step, apply};
use crate::automation::PatchOp;
use crate::yaml::Edited;
use crate::yaml::text::double;
use place::{Found, find};

const ELSEWHERE: &str = "cannot be edited there without changing something else; use a regular expression";
/// The name under which an expression stands that is no plain value.
const EXPRESSION: &str = "\0expression";

/// Sets, deletes or appends what stands at an address. Fails with what is wrong with the file.
pub(crate) fn patched(file: &str, steps: &[Step], op: PatchOp, value: &Value) -> Result<Edited, String> {
    // Spans are counted behind the mark.
    let (mark, text) = file.split_at(if file.starts_with('\u{feff}') { 3 } else { 0 });
    let body = read(text)?;
    let (after, inside, attribute) = match find(text, &body, steps, op, value)? {
        Found::Same => return Ok(Edited::Same),
        Found::Nothing(what) => return Ok(Edited::Nothing(what)),
        Found::Text { text, inside, steps } => (text, inside, steps),
    };
    let mut wanted = bodies(text, &body);
    let holds = wanted
        .get_mut(&inside)
        .is_some_and(|attributes| apply(attributes, &attribute, op, value))
        && read(&after).is_ok_and(|read| bodies(&after, &read) == wanted);
    if !holds {
        return Err(ELSEWHERE.to_owned());
    }
    Ok(Edited::Text(format!("{mark}{after}")))
}

fn read(text: &str) -> Result<Body, String> {
    if nesting::is_too_deep(text) {
        return Err("has brackets behind operators too deep in one another to be read".to_owned());
    }
    parse_body(text).map_err(|error| {
        let (at, message) = (error.location(), error.message());
        format!("is not valid HCL: line {} column {}: {message}", at.line(), at.column())
    })
}

/// What a file says: the attributes of each body, by the blocks that lead to it.
type Bodies = BTreeMap<Vec<String>, Value>;

fn bodies(text: &str, body: &Body) -> Bodies {
    let mut found = Bodies::new();
    let mut open = vec![(Vec::new(), body)];
    while let Some((way, body)) = open.pop() {
        let attributes = body
            .attributes()
            .map(|attribute| (attribute.key.as_str().to_owned(), data(text, &attribute.value)));
        let attributes = Value::Object(attributes.collect());
        let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for block in body.blocks() {
            let labels = block.labels.iter().map(|label| label.as_str().to_owned());
            let name: Vec<String> = std::iter::once(block.ident.as_str().to_owned()).chain(labels).collect();
            let count = counts.entry(name.clone()).or_default();
            open.push(([way.as_slice(), &name, &[format!("[{count}]")]].concat(), &block.body));
            *count += 1;
        }
        found.insert(way, attributes);
    }
    found
}

/// An expression as data; one that must be computed as its part of the text.
fn data(text: &str, expression: &Expression) -> Value {
    match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(truth) => Value::from(*truth.value()),
        Expression::String(string) => Value::from(string.value().as_str()),
        Expression::Array(items) => items.iter().map(|item| data(text, item)).collect(),
        Expression::Object(object) => {
            let entry =
                |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| (name(text, key), data(text, value.expr()));
            Value::Object(object.iter().map(entry).collect())
        }
        other => {
            let written = part(text, other);
            match serde_json::from_str::<Number>(written) {
                Ok(number) => Value::Number(number),
                Err(_) => Value::Object(Map::from_iter([(EXPRESSION.to_owned(), Value::from(written))])),
            }
        }
    }
}

/// The part of the text that an expression is.
fn part<'t>(text: &'t str, expression: &Expression) -> &'t str {
    expression.span().and_then(|span| text.get(span)).unwrap_or_default()
}

/// What the key of an object is called.
fn name(text: &str, key: &ObjectKey) -> String {
    match key {
        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
        ObjectKey::Expression(Expression::String(string)) => string.value().clone(),
        ObjectKey::Expression(other) => format!("({})", part(text, other)),
    }
}

/// A value on one line.
fn written(value: &Value) -> String {
    match value {
        // What would begin a template stays text.
        Value::String(text) => double(&text.replace("${", "$${").replace("%{", "%%{")),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), written(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A key, in quotes where it needs them.
fn key(name: &str) -> String {
    let words = ["null", "true", "false", "for", "if"];
    let bare = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !words.contains(&name);
    if bare {
        name.to_owned()
    } else {
        written(&Value::from(name))
    }
}
