//! Values while a template is rendered: JSON, made cheap to copy, and versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Refusal;
use super::version::Version;

/// How deep lists and maps may stand in one another. The context of a Kubernetes object stays below.
const DEEPEST: u16 = 200;
/// How much a list or map may weigh, with everything in it. Parts that are shared weigh each time: so do their copies in print.
const HEAVIEST: usize = 64 << 20;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    List(Arc<List>),
    Map(Arc<Map>),
    Version(Arc<Version>),
}

/// A list that knows its measure, so that no value is too deep to be dropped or too heavy to be printed.
#[derive(Debug)]
pub(crate) struct List {
    pub(super) items: Vec<Value>,
    measure: Measure,
}

/// A map, in the order of its keys: Go's order is random, and a change set is not.
#[derive(Debug)]
pub(crate) struct Map {
    pub(super) entries: BTreeMap<String, Value>,
    measure: Measure,
}

/// How deep a collection is, and roughly how many bytes it has when printed.
#[derive(Clone, Copy, Debug)]
struct Measure {
    depth: u16,
    weight: usize,
}

impl Value {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn list(items: Vec<Self>) -> Result<Self, Refusal> {
        let measure = outside(items.iter(), 0)?;
        Ok(Self::List(Arc::new(List { items, measure })))
    }

    /// A list whose items hold nothing themselves.
    pub(super) fn texts(texts: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Self {
        let items: Vec<Self> = texts.into_iter().map(Self::text).collect();
        let weight = items.iter().map(Self::weight).sum();
        Self::List(Arc::new(List {
            items,
            measure: Measure { depth: 1, weight },
        }))
    }

    pub(super) fn map(entries: BTreeMap<String, Self>) -> Result<Self, Refusal> {
        let measure = outside(entries.values(), entries.keys().map(|key| key.len() + 16).sum())?;
        Ok(Self::Map(Arc::new(Map { entries, measure })))
    }

    /// The value of a piece of JSON.
    pub(super) fn from_json(json: &Json) -> Result<Self, Refusal> {
        Self::from_json_at(json, 0)
    }

    fn from_json_at(json: &Json, depth: u16) -> Result<Self, Refusal> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        Ok(match json {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::text(text.as_str()),
            Json::Array(items) => {
                let items = items
                    .iter()
                    .map(|item| Self::from_json_at(item, depth + 1))
                    .collect::<Result<_, _>>()?;
                Self::list(items)?
            }
            Json::Object(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((key.clone(), Self::from_json_at(value, depth + 1)?)))
                    .collect::<Result<_, Refusal>>()?;
                Self::map(entries)?
            }
        })
    }

    /// What kind of value this is, in a person's words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Version(_) => "a version",
        }
    }

    fn depth(&self) -> u16 {
        match self {
            Self::List(list) => list.measure.depth,
            Self::Map(map) => map.measure.depth,
            _ => 0,
        }
    }

    /// Roughly how many bytes this value has when it is printed, with everything in it.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => 16 + text.len(),
            Self::List(list) => 16 + list.measure.weight,
            Self::Map(map) => 16 + map.measure.weight,
            _ => 16,
        }
    }

    /// Roughly how many bytes it takes to hold this value beside those that are in it.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) => 16 + text.len(),
            Self::List(list) => 16 + 24 * list.items.len(),
            Self::Map(map) => 16 + 64 * map.entries.len(),
            _ => 16,
        }
    }
}

fn outside<'v>(inside: impl Iterator<Item = &'v Value>, own: usize) -> Result<Measure, Refusal> {
    let (mut depth, mut weight) = (0, own);
    for value in inside {
        depth = value.depth().max(depth);
        weight = weight.saturating_add(value.weight());
    }
    if weight > HEAVIEST {
        return Err(Refusal::Limit(format!(
            "a list or map has more than {} MiB in it",
            HEAVIEST >> 20
        )));
    }
    if depth >= DEEPEST {
        return Err(too_deep());
    }
    Ok(Measure {
        depth: depth + 1,
        weight,
    })
}

fn too_deep() -> Refusal {
    Refusal::Limit(format!("lists and maps stand more than {DEEPEST} deep in one another"))
}
