//! Filters that choose, and those that ask what a value is.

use super::super::convert::is_empty;
use super::super::value::Value;
use super::{Filter, Refusal};
use crate::template::compare::truthy;

pub(super) fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "default" => Filter::new(2, |call| Ok(call.arg(usize::from(is_empty(call.arg(0)))).clone())),
        "ternary" => Filter::new(3, |call| Ok(call.arg(if truthy(call.arg(0)) { 1 } else { 2 }).clone())),
        "empty" => Filter::new(1, |call| Ok(Value::Bool(is_empty(call.arg(0))))),
        "fail" => Filter::new(1, |call| {
            Err(Refusal::Message(format!("the template fails: {}", call.text(0))))
        }),
        "typeOf" | "type" => Filter::new(1, |call| Ok(Value::text(type_of(call.arg(0))))),
        "typeIs" => Filter::new(2, |call| Ok(Value::Bool(call.text(0) == type_of(call.arg(1))))),
        "typeIsLike" => Filter::new(2, |call| {
            let found = type_of(call.arg(1));
            Ok(Value::Bool(
                call.text(0) == found.trim_start_matches('*') || call.text(0) == found,
            ))
        }),
        "kindOf" => Filter::new(1, |call| Ok(Value::text(kind_of(call.arg(0))))),
        "kindIs" => Filter::new(2, |call| Ok(Value::Bool(call.text(0) == kind_of(call.arg(1))))),
        _ => return None,
    })
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        Value::Version(_) => "*semver.Version",
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Version(_) => "ptr",
        other => type_of(other),
    }
}
