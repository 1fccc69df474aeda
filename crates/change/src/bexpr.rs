//! The conditions of create templates: expressions in the syntax of hashicorp/go-bexpr, with its meaning.
//!
//! A value that is not there, and null, is an empty text. Called by `edits::creates` and by validation.

mod evaluate;
mod parse;
mod words;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::error::{Error, Place};

/// Where an expression is wrong, and why.
#[derive(Debug)]
struct Fault {
    at: usize,
    message: String,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }

    fn in_field(self, field: &str, source: &str) -> Error {
        Error::Template {
            place: Place::at(field, source, self.at),
            message: self.message,
        }
    }
}

/// A way into the data: `context.list.0` or `"/context/list/0"`.
#[derive(Clone, Debug)]
struct Selector {
    path: Vec<String>,
    at: usize,
}

#[derive(Clone, Debug)]
enum Expression {
    /// All of them, from left to right.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    Not(Box<Self>),
    Match {
        selector: Selector,
        test: Test,
        wanted: bool,
    },
    Each {
        all: bool,
        selector: Selector,
        names: Names,
        inner: Box<Self>,
    },
}

/// What a value is tested for. Literals are texts; the value's kind says how they are read.
#[derive(Clone, Debug)]
enum Test {
    Equals(String),
    Contains(String),
    Matches(String),
    IsEmpty,
    IsNil,
}

/// What the items of a collection are called inside: of a list the item, of a map the key, where there is one name.
#[derive(Clone, Debug)]
enum Names {
    One(String),
    Both {
        index: Option<String>,
        value: Option<String>,
    },
}

/// Whether an expression can be read.
pub(crate) fn check(field: &str, source: &str) -> Result<(), Error> {
    parse::parse(source)
        .map(|_| ())
        .map_err(|fault| fault.in_field(field, source))
}

/// Whether an expression holds for a context. An empty one does.
pub(crate) fn holds(field: &str, source: &str, context: &Value) -> Result<bool, Error> {
    if source.trim().is_empty() {
        return Ok(true);
    }
    let expression = parse::parse(source).map_err(|fault| fault.in_field(field, source))?;
    evaluate::evaluate(&expression, context).map_err(|fault| fault.in_field(field, source))
}
