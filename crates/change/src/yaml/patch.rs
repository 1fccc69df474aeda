//! From an address and a value to the change of a tree.

use serde_json::{Map, Value};

use super::change::{Change, Entry, New};
use super::differ::{becoming, named};
use super::source::Source;
use super::tree::Kind;
use crate::address::{Step, made};
use crate::automation::PatchOp;

/// What becomes of a mapping that is set where one stands already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mappings {
    /// The new one takes its place.
    Replace,
    /// The new one is laid over it, as Helm does with values.
    Merge,
}

/// What is to be done at an address.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'w> {
    pub(crate) op: PatchOp,
    pub(crate) value: &'w Value,
    pub(crate) mappings: Mappings,
}

impl<'w> Wish<'w> {
    /// What stands there goes, and takes nothing with it that the value does not have.
    pub(crate) fn of(op: PatchOp, value: &'w Value) -> Self {
        Self {
            op,
            value,
            mappings: Mappings::Replace,
        }
    }
}

/// What an address comes to.
#[derive(Debug)]
pub(crate) enum Found {
    /// The text says it already.
    Same,
    Change(Change<'static>),
    /// There is nothing at the address; says what is missing.
    Nothing(String),
}

/// Why an address leads nowhere.
enum Stop {
    Nothing(String),
    Refused(String),
}

/// What is to be done in a document whose root is `id`; none: the text has no document. Fails with what is wrong with the text.
pub(crate) fn find(source: &Source<'_>, id: Option<usize>, steps: &[Step], wish: Wish<'_>) -> Result<Found, String> {
    let walk = Walk { source, wish };
    let change = match id {
        Some(id) => walk.along(id, steps),
        None => walk.made(steps).map(|value| Some(Change::Become(New::Data(value)))),
    };
    match change {
        Ok(Some(change)) => Ok(Found::Change(change)),
        Ok(None) => Ok(Found::Same),
        Err(Stop::Nothing(what)) => Ok(Found::Nothing(what)),
        Err(Stop::Refused(why)) => Err(why),
    }
}

struct Walk<'w, 't> {
    source: &'w Source<'t>,
    wish: Wish<'w>,
}

type Outcome = Result<Option<Change<'static>>, Stop>;

impl Walk<'_, '_> {
    fn along(&self, id: usize, steps: &[Step]) -> Outcome {
        let Some((step, rest)) = steps.split_first() else {
            return self.at(id);
        };
        let kind = self.source.node(id).kind;
        match (kind, step) {
            (Kind::Alias, _) => self.behind_alias(id, &step.to_string()),
            (Kind::Mapping, Step::Key(name)) => self.key(id, name, rest),
            (Kind::Sequence, Step::Index(index)) => match self.source.tree.children(id).nth(*index) {
                Some(item) => self.item(id, item, rest),
                None => Err(Stop::Nothing(format!("the list has no item {step}"))),
            },
            (Kind::Sequence, Step::Select(key, value)) => {
                let mut found = self
                    .source
                    .tree
                    .children(id)
                    .filter(|item| self.holds(*item, key, value));
                match (found.next(), found.next()) {
                    (Some(_), Some(_)) => refused(format!(
                        "has several items {step}, and one must be meant: take the others out, or give its number where the edit has a path"
                    )),
                    (Some(item), None) => self.item(id, item, rest),
                    (None, _) => Err(Stop::Nothing(format!("the list has no item {step}"))),
                }
            }
            _ if self.is_null(id) => Ok(Some(Change::Become(New::Data(self.made(steps)?)))),
            (Kind::Mapping, _) => refused(format!("has a mapping where {step} needs a list")),
            (Kind::Sequence, _) => refused(format!("has a list where {step} needs a mapping")),
            _ => refused(format!("has a plain value where {step} needs a mapping or a list")),
        }
    }

    /// The end of the way.
    fn at(&self, id: usize) -> Outcome {
        match self.wish.op {
            PatchOp::Set if self.wish.mappings == Mappings::Merge => self.merged(id, self.wish.value),
            PatchOp::Set => Ok(becoming(self.source, id, self.wish.value)),
            PatchOp::Delete => Ok(Some(Change::Gone)),
            PatchOp::Append if self.source.node(id).kind == Kind::Sequence => {
                let is_there = |item| becoming(self.source, item, self.wish.value).is_none();
                if self.source.tree.children(id).any(is_there) {
                    return Ok(None);
                }
                Ok(Some(Change::Items(
                    Vec::new(),
                    vec![New::Data(self.wish.value.clone())],
                )))
            }
            PatchOp::Append if self.is_null(id) => Ok(Some(Change::Become(New::Data(self.made(&[])?)))),
            PatchOp::Append => refused("has something there that is no list, so nothing can be appended".to_owned()),
        }
    }

    /// A value laid over what stands there.
    fn merged(&self, id: usize, value: &Value) -> Outcome {
        let Value::Object(values) = value else {
            return Ok(becoming(self.source, id, value));
        };
        match self.source.node(id).kind {
            Kind::Mapping => {}
            Kind::Alias => return self.behind_alias(id, "the values"),
            _ => return Ok(becoming(self.source, id, value)),
        }
        let (mut entries, mut new) = (Vec::new(), Vec::new());
        for (name, value) in values {
            let (found, again) = self.source.find(id, name);
            match found {
                _ if again => return twice(name),
                None => new.push((named(name), New::Data(value.clone()))),
                Some((key, at)) => {
                    let change = self.merged(at, value)?;
                    entries.extend(change.map(|change| Entry { key, value: at, change }));
                }
            }
        }
        let is_change = !entries.is_empty() || !new.is_empty();
        Ok(is_change.then_some(Change::Keys(entries, new)))
    }

    fn behind_alias(&self, id: usize, what: &str) -> Outcome {
        refused(format!(
            "has the alias `{}` in front of {what}; an edit there would change other places too",
            self.source.content(id)
        ))
    }

    fn key(&self, mapping: usize, name: &str, rest: &[Step]) -> Outcome {
        let (found, again) = self.source.find(mapping, name);
        if again {
            return twice(name);
        }
        let Some((key, value)) = found else {
            let value = self.made(rest).map_err(|stop| match (stop, self.wish.op) {
                (Stop::Nothing(_), PatchOp::Delete) => Stop::Nothing(format!("there is no key `{name}`")),
                (stop, _) => stop,
            })?;
            return Ok(Some(Change::Keys(Vec::new(), vec![(named(name), New::Data(value))])));
        };
        let Some(change) = self.along(value, rest)? else {
            return Ok(None);
        };
        if matches!(change, Change::Gone) && self.source.tree.entries(mapping).nth(1).is_none() {
            return Ok(Some(Change::Become(New::Data(Value::Object(Map::new())))));
        }
        let entries = vec![Entry { key, value, change }];
        Ok(Some(Change::Keys(entries, Vec::new())))
    }

    fn item(&self, list: usize, item: usize, rest: &[Step]) -> Outcome {
        let Some(change) = self.along(item, rest)? else {
            return Ok(None);
        };
        if matches!(change, Change::Gone) && self.source.tree.children(list).nth(1).is_none() {
            return Ok(Some(Change::Become(New::Data(Value::Array(Vec::new())))));
        }
        Ok(Some(Change::Items(vec![(item, change)], Vec::new())))
    }

    /// Whether a list's item is a mapping in which a key has this value.
    fn holds(&self, item: usize, key: &str, value: &str) -> bool {
        self.source.node(item).kind == Kind::Mapping
            && self
                .source
                .find(item, key)
                .0
                .is_some_and(|(_, found)| self.source.scalar(found).as_deref() == Some(value))
    }

    fn is_null(&self, id: usize) -> bool {
        let kind = self.source.node(id).kind;
        kind == Kind::Empty || (kind == Kind::Plain && self.source.data(id) == Ok(Value::Null))
    }

    /// The value with mappings around it for the steps that lead to it.
    fn made(&self, steps: &[Step]) -> Result<Value, Stop> {
        made(steps, self.wish.op, self.wish.value).map_err(Stop::Nothing)
    }
}

fn twice<T>(name: &str) -> Result<T, Stop> {
    refused(format!("has the key `{name}` twice in one mapping"))
}

fn refused<T>(why: String) -> Result<T, Stop> {
    Err(Stop::Refused(why))
}
