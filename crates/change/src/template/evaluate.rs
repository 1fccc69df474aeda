//! What expressions are worth.

use std::collections::HashMap;

use super::budget::Budget;
use super::compare::{contains, equal, less, truthy};
use super::filters::{self, Call};
use super::syntax::{Base, Comparison, Condition, FilterCall, Filtered, Junction, Operand, Relation, Step};
use super::value::Value;
use super::{Fault, Mode, Refusal};

/// The variables and what is left of the budget.
pub(super) struct Scope {
    pub(super) variables: HashMap<String, Value>,
    pub(super) budget: Budget,
    pub(super) mode: Mode,
}

/// What a variable without a value means where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is nil: conditions ask whether it is there.
    Nil,
    /// It is nil in a lenient template, an error in a strict one.
    AsMode,
}

impl Scope {
    pub(super) fn condition(&mut self, condition: &Condition, missing: Missing) -> Result<Value, Fault> {
        let mut value = self.relation(&condition.first, missing)?;
        for (junction, next) in &condition.rest {
            let decided = match junction {
                Junction::And => !truthy(&value),
                Junction::Or => truthy(&value),
            };
            let holds = if decided {
                truthy(&value)
            } else {
                truthy(&self.relation(next, missing)?)
            };
            value = Value::Bool(holds);
        }
        Ok(value)
    }

    fn relation(&mut self, relation: &Relation, missing: Missing) -> Result<Value, Fault> {
        match relation {
            Relation::Filtered(filtered) => self.filtered(filtered, missing),
            Relation::Compared(left, comparison, right) => {
                let left = self.operand(left, missing)?;
                let at = right.at;
                let right = self.operand(right, missing)?;
                self.budget
                    .read(left.weight())
                    .map_err(|refusal| Fault { at, refusal })?;
                Ok(Value::Bool(match comparison {
                    Comparison::Equal => equal(&left, &right),
                    Comparison::NotEqual => !equal(&left, &right),
                    Comparison::Greater => less(&right, &left),
                    Comparison::Less => less(&left, &right),
                    Comparison::GreaterOrEqual => less(&right, &left) || equal(&left, &right),
                    Comparison::LessOrEqual => less(&left, &right) || equal(&left, &right),
                    Comparison::Contains => contains(&left, &right),
                }))
            }
        }
    }

    pub(super) fn filtered(&mut self, filtered: &Filtered, missing: Missing) -> Result<Value, Fault> {
        let defaulted = filtered.filters.first().is_some_and(|filter| filter.name == "default");
        let missing = if defaulted { Missing::Nil } else { missing };
        let mut value = self.operand(&filtered.operand, missing)?;
        for filter in &filtered.filters {
            value = self.filter(value, filter)?;
        }
        Ok(value)
    }

    fn filter(&mut self, input: Value, call: &FilterCall) -> Result<Value, Fault> {
        let here = |refusal: Refusal| Fault { at: call.at, refusal };
        let filter = filters::find(&call.name).map_err(|message| Fault::message(call.at, message))?;
        let mut args = Vec::with_capacity(call.args.len() + 1);
        args.push(input);
        for arg in &call.args {
            args.push(self.operand(arg, Missing::AsMode)?);
        }
        let read: usize = args.iter().map(Value::weight).fold(0, usize::saturating_add);
        self.budget.step().and_then(|()| self.budget.read(read)).map_err(here)?;
        let value = filter
            .apply(Call {
                name: &call.name,
                args: &args,
                budget: &mut self.budget,
            })
            .map_err(here)?;
        self.budget.memory(value.size()).map_err(here)?;
        Ok(value)
    }

    pub(super) fn operand(&mut self, operand: &Operand, missing: Missing) -> Result<Value, Fault> {
        let here = |refusal: Refusal| Fault {
            at: operand.at,
            refusal,
        };
        self.budget.step().map_err(here)?;
        let (mut value, named) = match &operand.base {
            Base::Literal(value) => (Some(value.clone()), false),
            Base::Variable(name) => (self.variables.get(name).cloned(), true),
            Base::Group(condition) => (Some(self.condition(condition, missing)?), false),
            Base::Range(from, to) => {
                let from = self.condition(from, missing)?;
                let to = self.operand(to, missing)?;
                (Some(self.range(&from, &to).map_err(here)?), false)
            }
        };
        for step in &operand.path {
            let found = match step {
                Step::Property(name) => value.as_ref().and_then(|value| property(value, name)),
                Step::Index(index) => {
                    let index = self.operand(index, missing)?;
                    value.as_ref().and_then(|value| indexed(value, &index))
                }
            };
            value = found;
        }
        match value {
            Some(value) => Ok(value),
            None if named && missing == Missing::AsMode && self.mode == Mode::Strict => {
                Err(here(Refusal::Undefined(written(operand))))
            }
            None => Ok(Value::Nil),
        }
    }

    fn range(&mut self, from: &Value, to: &Value) -> Result<Value, Refusal> {
        let (Value::Int(from), Value::Int(to)) = (from, to) else {
            return Err(Refusal::Message(
                "a range goes from one whole number to another".to_owned(),
            ));
        };
        let length = to
            .checked_sub(*from)
            .and_then(|length| usize::try_from(length.saturating_add(1)).ok());
        let length = length.unwrap_or(if to < from { 0 } else { usize::MAX });
        self.budget.steps(length)?;
        self.budget.memory(length.saturating_mul(24))?;
        Value::list((*from..=*to).map(Value::Int).collect())
    }
}

/// `.name` of a value; none where there is no such thing.
pub(super) fn property(value: &Value, name: &str) -> Option<Value> {
    let count = |count: usize| i64::try_from(count).ok().map(Value::Int);
    match value {
        Value::Map(map) => match map.entries.get(name) {
            Some(value) => Some(value.clone()),
            None if name == "size" => count(map.entries.len()),
            None => None,
        },
        Value::List(list) => match name {
            "first" => list.items.first().cloned(),
            "last" => list.items.last().cloned(),
            "size" => count(list.items.len()),
            _ => None,
        },
        Value::Text(text) if name == "size" => count(text.len()),
        Value::Version(version) => version.property(name),
        _ => None,
    }
}

/// `[index]` of a value; a negative index counts from the end.
fn indexed(value: &Value, index: &Value) -> Option<Value> {
    match (value, index) {
        (Value::List(list), Value::Int(index)) => {
            let length = i64::try_from(list.items.len()).ok()?;
            let index = if *index < 0 { index.checked_add(length)? } else { *index };
            list.items.get(usize::try_from(index).ok()?).cloned()
        }
        (Value::Map(map), Value::Text(key)) => map.entries.get(&**key).cloned(),
        (Value::Version(version), Value::Text(name)) => version.property(name),
        _ => None,
    }
}

/// A variable as a person wrote it, for the error that names it.
fn written(operand: &Operand) -> String {
    let mut text = match &operand.base {
        Base::Variable(name) => name.clone(),
        _ => String::new(),
    };
    for step in &operand.path {
        match step {
            Step::Property(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Index(_) => text.push_str("[...]"),
        }
    }
    text
}
