//! What expressions are worth.

use std::borrow::Cow;

use serde_json::Value;

use super::{Expression, Fault, Names, Selector, Test};
use crate::pattern::Pattern;

/// How many tests one expression may make; `any` in `any` multiplies them.
const MOST_TESTS: usize = 100_000;

/// Whether the expression holds for the context.
pub(super) fn evaluate(expression: &Expression, context: &Value) -> Result<bool, Fault> {
    Evaluation {
        context,
        names: Vec::new(),
        tests: 0,
    }
    .holds(expression)
}

struct Evaluation<'c> {
    context: &'c Value,
    /// The items that `any` and `all` are at.
    names: Vec<(String, Cow<'c, Value>)>,
    tests: usize,
}

/// What is not there is an empty text.
const NOTHING: Value = Value::String(String::new());

impl<'c> Evaluation<'c> {
    fn holds(&mut self, expression: &Expression) -> Result<bool, Fault> {
        match expression {
            Expression::And(parts) => {
                for part in parts {
                    if !self.holds(part)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expression::Or(parts) => {
                for part in parts {
                    if self.holds(part)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Expression::Not(inner) => Ok(!self.holds(inner)?),
            Expression::Match { selector, test, wanted } => {
                self.tests += 1;
                if self.tests > MOST_TESTS {
                    return Err(Fault::new(selector.at, "the condition makes more than 100000 tests"));
                }
                let value = self.value(selector)?;
                let passed = passes(&value, test).map_err(|message| Fault::new(selector.at, message))?;
                Ok(passed == *wanted)
            }
            Expression::Each {
                all,
                selector,
                names,
                inner,
            } => self.each(*all, selector, names, inner),
        }
    }

    fn each(&mut self, all: bool, selector: &Selector, names: &Names, inner: &Expression) -> Result<bool, Fault> {
        let items: Vec<(Value, Value)> = match self.value(selector)?.as_ref() {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (index.into(), item.clone()))
                .collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.as_str().into(), value.clone()))
                .collect(),
            Value::String(text) if text.is_empty() => Vec::new(),
            _ => return Err(Fault::new(selector.at, "`any` and `all` take a list or a map")),
        };
        let is_map = self.value(selector)?.is_object();
        for (key, value) in items {
            let before = self.names.len();
            match names {
                Names::One(name) => self
                    .names
                    .push((name.clone(), Cow::Owned(if is_map { key } else { value }))),
                Names::Both { index, value: name } => {
                    self.names.extend(index.clone().map(|index| (index, Cow::Owned(key))));
                    self.names.extend(name.clone().map(|name| (name, Cow::Owned(value))));
                }
            }
            let holds = self.holds(inner);
            self.names.truncate(before);
            if holds? != all {
                return Ok(!all);
            }
        }
        Ok(all)
    }

    /// The value that a selector names.
    fn value(&self, selector: &Selector) -> Result<Cow<'c, Value>, Fault> {
        let (first, rest) = match selector.path.split_first() {
            Some((first, rest)) => (first.as_str(), rest),
            None => ("", [].as_slice()),
        };
        let named = self.names.iter().rev().find(|(name, _)| name == first);
        let mut value = match named {
            Some((_, value)) => value.clone(),
            None if first == "context" => Cow::Borrowed(self.context),
            None => return Ok(Cow::Owned(NOTHING)),
        };
        for part in rest {
            let inner = match value.as_ref() {
                Value::Object(map) => map.get(part),
                Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
                Value::Null => None,
                _ => {
                    let message = format!("`{part}` is asked of a value that is neither a map nor a list");
                    return Err(Fault::new(selector.at, message));
                }
            };
            match inner.cloned() {
                Some(inner) => value = Cow::Owned(inner),
                None => return Ok(Cow::Owned(NOTHING)),
            }
        }
        Ok(if value.is_null() { Cow::Owned(NOTHING) } else { value })
    }
}

fn passes(value: &Value, test: &Test) -> Result<bool, String> {
    match test {
        Test::Equals(wanted) => equals(value, wanted),
        Test::Contains(wanted) => match value {
            Value::Object(map) => Ok(map.contains_key(wanted)),
            // An item of another kind is not the wanted one.
            Value::Array(items) => Ok(items.iter().any(|item| equals(item, wanted).unwrap_or(false))),
            Value::String(text) => Ok(text.contains(wanted)),
            _ => Err("`in` and `contains` take a list, a map or a text".to_owned()),
        },
        Test::Matches(regex) => match value {
            Value::String(text) => Pattern::new(regex)
                .map(|pattern| pattern.is_match(text))
                .map_err(|invalid| format!("the regular expression `{regex}` is not valid: {}", invalid.message)),
            _ => Err("`matches` takes a text".to_owned()),
        },
        Test::IsEmpty => match value {
            Value::Object(map) => Ok(map.is_empty()),
            Value::Array(items) => Ok(items.is_empty()),
            Value::String(text) => Ok(text.is_empty()),
            _ => Err("`is empty` takes a list, a map or a text".to_owned()),
        },
        Test::IsNil => Ok(value == &NOTHING),
    }
}

/// The literal is read as what the value is.
fn equals(value: &Value, wanted: &str) -> Result<bool, String> {
    match value {
        Value::String(text) => Ok(text == wanted),
        Value::Bool(value) => match wanted {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(*value),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(!value),
            _ => Err(format!("the value is true or false, and `{wanted}` is neither")),
        },
        Value::Number(number) => {
            let literal = serde_json::from_str::<serde_json::Number>(wanted);
            match (literal, number.as_i64(), number.as_f64()) {
                (Ok(literal), Some(number), _) if literal.is_i64() => Ok(literal.as_i64() == Some(number)),
                (Ok(_), Some(_), _) => Err(format!("the value is a whole number, and `{wanted}` is none")),
                (Ok(literal), None, number) => Ok(literal.as_f64() == number),
                (Err(_), ..) => Err(format!("the value is a number, and `{wanted}` is none")),
            }
        }
        Value::Null => Ok(wanted.is_empty()),
        Value::Array(_) | Value::Object(_) => {
            Err("lists and maps are not compared; use `contains` or `is empty`".to_owned())
        }
    }
}
