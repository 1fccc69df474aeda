//! Liquid templates as the original's file engine renders them, with the Sprig filters.
//!
//! An engine of our own, because the dialect is one of its own: an output stands on one line, filters may stand in conditions, a
//! missing value is nothing in files and an error in titles. It also gives every error a place and every rendering a budget.
//! Nothing here reads the environment, the network, the clock or randomness.
//!
//! The way of a template: `scan` cuts it into pieces, `lexer` and `expression` read what stands in them, `parser` and `blocks`
//! put them together, `render` and `evaluate` go through the result, `filters` hold what a value can be sent through.

mod blocks;
mod budget;
mod compare;
mod convert;
mod decimal;
mod evaluate;
mod expression;
mod filters;
mod lexer;
mod parser;
mod print;
mod render;
mod scan;
mod syntax;
mod value;
mod version;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use budget::Budget;
pub(crate) use budget::Limits;
use evaluate::Scope;
pub(crate) use filters::paths::clean;
use render::Renderer;
use syntax::Node;
pub(crate) use value::Value;

use crate::error::{Error, Place};

/// What a variable without a value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nothing: it renders empty. For files, paths, expressions and replacements.
    Lenient,
    /// An error that names it. For titles, messages and branches.
    Strict,
}

/// Why a part of a template cannot be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    Message(String),
    Undefined(String),
    Limit(String),
}

/// A refusal and the byte of the template that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    at: usize,
    refusal: Refusal,
}

impl Fault {
    fn message(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            refusal: Refusal::Message(message.into()),
        }
    }

    fn in_template(self, name: &str, source: &str) -> Error {
        let place = Place::at(name, source, self.at);
        match self.refusal {
            Refusal::Message(message) => Error::Template { place, message },
            Refusal::Undefined(variable) => Error::Undefined { place, variable },
            Refusal::Limit(message) => Error::Limit { place, message },
        }
    }
}

/// The values that templates see: one variable, `context`.
#[derive(Clone, Debug)]
pub(crate) struct Bindings {
    context: Value,
}

impl Bindings {
    pub(crate) fn new(context: &serde_json::Value) -> Result<Self, Error> {
        let context =
            Value::from_json(context).map_err(|refusal| Fault { at: 0, refusal }.in_template("context", ""))?;
        Ok(Self { context })
    }
}

/// A parsed template.
#[derive(Debug)]
pub(crate) struct Template<'s> {
    name: &'s str,
    source: &'s str,
    nodes: Vec<Node>,
    unknown_filters: Vec<Fault>,
    limits: Limits,
}

impl<'s> Template<'s> {
    /// Parses the template `source`; `name` is the field or file that holds it.
    pub(crate) fn parse(name: &'s str, source: &'s str) -> Result<Self, Error> {
        Self::parse_within(name, source, Limits::DEFAULT)
    }

    fn parse_within(name: &'s str, source: &'s str, limits: Limits) -> Result<Self, Error> {
        if source.len() > limits.source {
            let message = format!("the template is longer than {} MiB", limits.source >> 20);
            return Err(Fault {
                at: 0,
                refusal: Refusal::Limit(message),
            }
            .in_template(name, source));
        }
        let parsed = parser::parse(source).map_err(|fault| fault.in_template(name, source))?;
        Ok(Self {
            name,
            source,
            nodes: parsed.nodes,
            unknown_filters: parsed.unknown_filters,
            limits,
        })
    }

    /// Filters that do not exist, also where a rendering would not come by.
    pub(crate) fn unknown_filters(&self) -> Vec<Error> {
        let error = |fault: &Fault| fault.clone().in_template(self.name, self.source);
        self.unknown_filters.iter().map(error).collect()
    }

    /// Renders the template.
    pub(crate) fn render(&self, bindings: &Bindings, mode: Mode) -> Result<String, Error> {
        let variables = HashMap::from([("context".to_owned(), bindings.context.clone())]);
        let scope = Scope {
            variables,
            budget: Budget::new(self.limits),
            mode,
        };
        Renderer::new(self.source, scope)
            .render(&self.nodes)
            .map_err(|fault| fault.in_template(self.name, self.source))
    }
}

/// Parses and renders in one go.
pub(crate) fn render(name: &str, source: &str, bindings: &Bindings, mode: Mode) -> Result<String, Error> {
    if scan::is_plain(source) && source.len() <= Limits::DEFAULT.source {
        return Ok(source.to_owned());
    }
    Template::parse(name, source)?.render(bindings, mode)
}

/// Whether a text has anything that rendering would change.
pub(crate) fn is_plain(source: &str) -> bool {
    scan::is_plain(source)
}
