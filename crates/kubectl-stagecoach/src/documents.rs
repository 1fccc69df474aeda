//! YAML and JSON with the place of everything in it, so that what is wrong can be pointed at. Pure.
//!
//! Called by `render` and `lint`, which read manifests from files.

mod each;
mod words;

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

pub(crate) use self::each::each;

/// How deep collections may stand in one another. Definitions of resources, which stand in such folders too, are deep.
const DEEPEST: usize = 150;
/// Far more than manifests have.
const MOST_NODES: usize = 2_000_000;
/// Nodes under anchors, counted again for each alias: what aliases of aliases multiply.
const MOST_ANCHORED: usize = 100_000;

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Spot {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Spot {
    /// Where nothing better is known.
    pub(crate) const START: Self = Self { line: 1, column: 1 };

    fn of(location: Location) -> Self {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
        Self {
            line: number(location.line()),
            column: number(location.column()),
        }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) spot: Spot,
    pub(crate) content: Content,
}

/// What stands there.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Text, a number, true, false or null.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with what stands under it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// The place of the key.
    pub(crate) spot: Spot,
    pub(crate) node: Node,
}

/// A place that a path leads to, and what stands there, if anything.
pub(crate) struct Place<'n> {
    pub(crate) path: String,
    pub(crate) node: Option<&'n Node>,
}

/// A text that is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) spot: Spot,
    pub(crate) message: String,
}

/// The documents of a file; those without content are left out.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = serde_saphyr::options! {
        // As the API server and the original read `0644`.
        legacy_octal_numbers: true,
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: MOST_NODES,
            max_events: 4 * MOST_NODES,
            max_recorded_anchor_events: MOST_ANCHORED,
        },
    };
    let documents: Vec<Node> = serde_saphyr::from_multiple_with_options(text, options).map_err(|error| Unreadable {
        spot: error.location().map_or(Spot::START, Spot::of),
        message: words::of(&error, text),
    })?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// Documents with the items of each list in its place, as kubectl writes several objects.
pub(crate) fn without_lists(documents: Vec<Node>) -> Vec<Node> {
    let mut objects = Vec::new();
    for document in documents {
        let text = |key| document.get(key).and_then(Node::text);
        if (text("apiVersion"), text("kind")) != (Some("v1"), Some("List")) {
            objects.push(document);
            continue;
        }
        let Content::Map(entries) = document.content else {
            continue;
        };
        for entry in entries.into_iter().filter(|entry| entry.key == "items") {
            if let Content::List(items) = entry.node.content {
                objects.extend(without_lists(items));
            }
        }
    }
    objects
}

impl Node {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.content, Content::Scalar(Value::Null))
    }

    /// The text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// What stands under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The place that a path such as `spec.stages[0].name` names, or of as much of it as there is: that of the key, where
    /// the path ends with one.
    pub(crate) fn spot_of(&self, path: &str) -> Spot {
        let (mut node, mut spot) = (self, self.spot);
        for step in steps(path) {
            let next = match step {
                Step::Key(key) => node.entry(key).map(|entry| (&entry.node, entry.spot)),
                Step::Item(index) => node.items().get(index).map(|item| (item, item.spot)),
            };
            let Some(next) = next else { break };
            (node, spot) = next;
        }
        spot
    }

    /// The line of line `inside` of the text that a path names; `source` is the whole file. A text in a block stands on
    /// lines of its own.
    pub(crate) fn line_inside(&self, path: &str, inside: usize, source: &str) -> usize {
        let line = self.spot_of(path).line;
        let node = self.find(path).filter(|node| node.text().is_some());
        let Some(begins) = node.map(|node| node.spot.line).filter(|begins| *begins > line) else {
            return line;
        };
        if begins_block(source.lines().nth(begins - 2).unwrap_or_default()) {
            begins + inside - 1
        } else {
            begins
        }
    }

    /// What a path names, where there is something.
    pub(crate) fn find(&self, path: &str) -> Option<&Self> {
        steps(path).try_fold(self, |node, step| match step {
            Step::Key(key) => node.get(key),
            Step::Item(index) => node.items().get(index),
        })
    }

    /// All places of a path in which `[]` stands for every item. Where a part before the last is not there, the path does
    /// not lead anywhere.
    pub(crate) fn places(&self, path: &str) -> Vec<Place<'_>> {
        let parts: Vec<&str> = path.split('.').collect();
        let Some((last, before)) = parts.split_last() else {
            return Vec::new();
        };
        let mut nodes = vec![(String::new(), self)];
        for part in before {
            nodes = nodes
                .into_iter()
                .flat_map(|(path, node)| node.under(&path, part))
                .collect();
        }
        let mut places = Vec::new();
        for (path, node) in nodes {
            places.extend(node.under_or_none(&path, last));
        }
        places
    }

    /// What stands under a part of a path: one node, or every item.
    fn under(&self, path: &str, part: &str) -> Vec<(String, &Self)> {
        let (key, every) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
        let path = joined(path, key);
        let Some(node) = self.get(key).filter(|node| !node.is_null()) else {
            return Vec::new();
        };
        if every {
            let items = node.items().iter().enumerate();
            return items.map(|(index, item)| (format!("{path}[{index}]"), item)).collect();
        }
        vec![(path, node)]
    }

    fn under_or_none(&self, path: &str, part: &str) -> Vec<Place<'_>> {
        if !part.ends_with("[]") && self.get(part).is_none_or(Self::is_null) {
            let path = joined(path, part);
            return vec![Place { path, node: None }];
        }
        let place = |(path, node)| Place { path, node: Some(node) };
        self.under(path, part).into_iter().map(place).collect()
    }

    /// The value without its places.
    pub(crate) fn value(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => items.iter().map(Self::value).collect(),
            Content::Map(entries) => {
                let entries = entries.iter().map(|entry| (entry.key.clone(), entry.node.value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

/// A path and a key below it.
pub(crate) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Whether a line ends with `|` or `>`, after which a text stands on the lines below.
fn begins_block(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default();
    let last = line.split_whitespace().next_back().unwrap_or_default();
    let style = last.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    style == "|" || style == ">"
}

enum Step<'p> {
    Key(&'p str),
    Item(usize),
}

/// The steps of a path. Keys with dots in them do not occur in what is looked up.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let parts = path.split(['.', '[']).filter(|part| !part.is_empty());
    parts.map(
        |part| match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(index) => Step::Item(index),
            None => Step::Key(part),
        },
    )
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self {
            spot: Spot::of(spanned.referenced),
            content: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> de::Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Scalar(Value::Null))
    }

    fn visit_none<E: de::Error>(self) -> Result<Content, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Scalar(value.into()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Content::List(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            entries.push(Entry {
                spot: Spot::of(key.referenced),
                key: key.value,
                node: map.next_value()?,
            });
        }
        Ok(Content::Map(entries))
    }
}

#[cfg(test)]
mod tests;
