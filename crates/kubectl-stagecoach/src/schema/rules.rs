//! The rules of the kinds that ask for the form of a text, or for one of several fields. What they ask and what they say is
//! read from the kinds themselves; rules of another form are left to the checks beside, or to an API server. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use regex::Regex;

use super::schema_of;
use crate::documents::Node;

/// What a rule asks.
#[derive(Debug)]
enum Asks {
    /// Of a text, all of these.
    Text(Vec<Term>),
    /// One of these fields.
    OneOf(Vec<String>),
}

/// What is asked of a text.
#[derive(Debug)]
enum Term {
    NotEmpty,
    /// One of these is found in it.
    Matches(Vec<Regex>),
    Lacks(String),
    EndsNotWith(String),
}

/// Rules by their texts.
static RULES: LazyLock<HashMap<String, Asks>> = LazyLock::new(|| {
    let mut rules = HashMap::new();
    for (_, definition) in stagecoach_api::crds::all() {
        let mut collect = |schema: &JSONSchemaProps| {
            for rule in schema.x_kubernetes_validations.iter().flatten() {
                if !rules.contains_key(&rule.rule)
                    && let Some(asks) = Asks::of(&rule.rule)
                {
                    rules.insert(rule.rule.clone(), asks);
                }
            }
        };
        if let Some(schema) = schema_of(&definition) {
            walk(schema, &mut collect);
        }
    }
    rules
});

/// Every schema in a schema, with itself.
fn walk<'s>(schema: &'s JSONSchemaProps, visit: &mut impl FnMut(&'s JSONSchemaProps)) {
    visit(schema);
    let fields = schema.properties.iter().flatten().map(|(_, part)| part);
    fields.for_each(|part| walk(part, visit));
    if let Some(JSONSchemaPropsOrArray::Schema(part)) = &schema.items {
        walk(part, visit);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(part)) = &schema.additional_properties {
        walk(part, visit);
    }
}

/// What the rules of a schema that are broken say.
pub(super) fn broken<'s>(schema: &'s JSONSchemaProps, node: &Node) -> impl Iterator<Item = &'s str> {
    let rules = schema.x_kubernetes_validations.iter().flatten();
    rules.filter_map(move |rule| {
        let holds = RULES.get(&rule.rule).is_none_or(|asks| asks.holds(node));
        (!holds).then(|| rule.message.as_deref().unwrap_or("is not as its kind wants it"))
    })
}

impl Asks {
    fn of(rule: &str) -> Option<Self> {
        let fields: Option<Vec<String>> = rule.split(" || ").map(field).collect();
        if let Some(fields) = fields.filter(|fields| fields.len() > 1) {
            return Some(Self::OneOf(fields));
        }
        rule.split(" && ").map(Term::of).collect::<Option<_>>().map(Self::Text)
    }

    fn holds(&self, node: &Node) -> bool {
        match self {
            // One of another type is told already.
            Self::Text(terms) => node.text().is_none_or(|text| terms.iter().all(|term| term.holds(text))),
            Self::OneOf(fields) => fields
                .iter()
                .any(|field| node.get(field).is_some_and(|value| !value.is_null())),
        }
    }
}

/// The field that `has(self.field)` asks for.
fn field(term: &str) -> Option<String> {
    let name = term.strip_prefix("has(self.")?.strip_suffix(')')?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric());
    is_name.then(|| name.to_owned())
}

impl Term {
    fn of(term: &str) -> Option<Self> {
        if term == "self != ''" {
            return Some(Self::NotEmpty);
        }
        if let Some(part) = argument(term, "!self.contains(") {
            return Some(Self::Lacks(part));
        }
        if let Some(part) = argument(term, "!self.endsWith(") {
            return Some(Self::EndsNotWith(part));
        }
        let pattern = |term| Regex::new(&argument(term, "self.matches(")?).ok();
        term.split(" || ")
            .map(pattern)
            .collect::<Option<_>>()
            .map(Self::Matches)
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::NotEmpty => !text.is_empty(),
            Self::Matches(patterns) => patterns.iter().any(|pattern| pattern.is_match(text)),
            Self::Lacks(part) => !text.contains(part),
            Self::EndsNotWith(part) => !text.ends_with(part),
        }
    }
}

/// The text that a function is called with, without the marks around it and inside.
fn argument(term: &str, function: &str) -> Option<String> {
    let text = term.strip_prefix(function)?.strip_prefix('\'')?.strip_suffix("')")?;
    Some(text.replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules that are checked elsewhere: references, blocks of a type, values of an ENUM, ends of an edge, what a job runs, a
    /// crontab; or that compare with an earlier object.
    const OTHERS: [&str; 8] = [
        "self.type ",
        "has(self.name) && self.name != ''",
        "(has(self.",
        "has(self.raw) || (",
        "self.crontab",
        "!self.crontab",
        "self == oldSelf",
        "self.spec == oldSelf.spec",
    ];

    #[test]
    fn every_rule_of_the_kinds_is_known() {
        let mut unknown = Vec::new();
        let mut visit = |schema: &JSONSchemaProps| {
            for rule in schema.x_kubernetes_validations.iter().flatten() {
                let present = field(&rule.rule).is_some();
                let elsewhere = present || OTHERS.iter().any(|other| rule.rule.starts_with(other));
                if RULES.contains_key(&rule.rule) == elsewhere {
                    unknown.push(rule.rule.clone());
                }
            }
        };
        for (_, definition) in stagecoach_api::crds::all() {
            walk(schema_of(&definition).unwrap(), &mut visit);
        }
        // The one block that two types need.
        assert_eq!(
            unknown,
            ["!(self.type in ['GITEA', 'FORGEJO']) || has(self.baseUrl) || has(self.apiUrl)"]
        );
    }
}
