//! From an overlay to the change of a tree: mappings are merged, everything else is the overlay's.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::change::{Change, Entry, Laid, Name, New};
use super::source::Source;
use super::tree::Kind;
use crate::automation::ListMerge;

/// From how many keys on a mapping gets an index.
const INDEXED: usize = 8;

/// A part of an overlay: its data, and where it stands in the overlay's text, if that may be copied.
#[derive(Clone, Copy)]
pub(crate) struct Over<'n> {
    pub(crate) value: &'n Value,
    text: Option<(&'n Source<'n>, usize, usize)>,
}

impl<'n> Over<'n> {
    /// An overlay. Its text is copied unless it has aliases, whose anchors would come along.
    pub(crate) fn new(source: &'n Source<'n>, value: &'n Value) -> Self {
        let root = source.tree.roots.first().map(|root| root.node);
        let anchored = source.tree.marked.iter().any(|id| source.properties(*id).contains('&'));
        let copied = !anchored && source.tree.aliases.is_empty();
        Self {
            value,
            text: root.filter(|_| copied).map(|root| (source, root, 0)),
        }
    }

    /// Itself, to be written.
    pub(crate) fn new_value(self) -> New<'n> {
        match self.text {
            Some((source, id, column)) => New::Laid(Laid {
                source,
                id,
                column,
                value: self.value,
            }),
            None => New::Data(self.value.clone()),
        }
    }

    /// Its entries, in the order of its text.
    fn entries(self) -> Vec<(Name<'n>, Self)> {
        let Some(map) = self.value.as_object() else {
            return Vec::new();
        };
        if let Some((source, id, _)) = self.text {
            let entry = |(key, value): (usize, usize)| {
                let text = source.scalar(key)?.into_owned();
                let data = map.get(&text)?;
                let node = source.node(key);
                let over = Self {
                    value: data,
                    text: Some((source, value, source.column(node.start()))),
                };
                let written = Some(source.content(key));
                Some((Name { text, written }, over))
            };
            let entries: Vec<_> = source.tree.entries(id).filter_map(entry).collect();
            // Merge keys give entries that have no text.
            if entries.len() == map.len() {
                return entries;
            }
        }
        let entry = |(name, value): (&String, &'n Value)| (super::differ::named(name), Self { value, text: None });
        map.iter().map(entry).collect()
    }

    fn items(self) -> Vec<New<'n>> {
        let items = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<usize> = match self.text {
            Some((source, id, _)) => source.tree.children(id).collect(),
            None => Vec::new(),
        };
        let item = |(index, value): (usize, &'n Value)| {
            let text = self.text.and_then(|(source, _, _)| {
                let id = *ids.get(index)?;
                let node = source.node(id);
                let column = if source.text.as_bytes().get(node.lead()) == Some(&b'-') {
                    node.lead()
                } else {
                    node.start()
                };
                Some((source, id, source.column(column)))
            });
            Self { value, text }.new_value()
        };
        items.iter().enumerate().map(item).collect()
    }
}

/// What an overlay changes; none: the text says it already. Fails with what is wrong with the text.
pub(crate) fn over<'n>(
    base: &Source<'_>,
    id: usize,
    overlay: Over<'n>,
    lists: ListMerge,
) -> Result<Option<Change<'n>>, String> {
    let append = lists == ListMerge::Append;
    match (base.node(id).kind, overlay.value) {
        (Kind::Mapping, Value::Object(_)) => mapping(base, id, overlay, lists),
        (Kind::Sequence, Value::Array(more)) if append => {
            let items: Vec<usize> = base.tree.children(id).collect();
            let last = items.len().checked_sub(more.len()).map(|skipped| &items[skipped..]);
            let there = last.is_some_and(|last| last.iter().zip(more).all(|(item, value)| base.says(*item, value)));
            Ok((!there).then(|| Change::Items(Vec::new(), overlay.items())))
        }
        (Kind::Alias, Value::Object(_)) => Err(through(base, id)),
        (Kind::Alias, Value::Array(_)) if append => Err(through(base, id)),
        _ if base.says(id, overlay.value) => Ok(None),
        _ => Ok(Some(Change::Become(overlay.new_value()))),
    }
}

fn through(base: &Source<'_>, id: usize) -> String {
    format!(
        "has the alias `{}` there, and cannot be edited without changing something else",
        base.content(id)
    )
}

fn mapping<'n>(
    base: &Source<'_>,
    id: usize,
    overlay: Over<'n>,
    lists: ListMerge,
) -> Result<Option<Change<'n>>, String> {
    let overlay = overlay.entries();
    let index = (overlay.len() > INDEXED).then(|| indexed(base, id));
    let (mut entries, mut new) = (Vec::new(), Vec::new());
    for (name, part) in overlay {
        let (found, again) = match &index {
            Some(index) => index
                .get(name.text.as_str())
                .map_or((None, false), |(found, again)| (Some(*found), *again)),
            None => base.find(id, &name.text),
        };
        if again {
            return Err(format!(
                "is not valid YAML: the key `{}` stands twice in one mapping",
                name.text
            ));
        }
        let Some((key, value)) = found else {
            new.push((name, part.new_value()));
            continue;
        };
        let change = over(base, value, part, lists)?;
        entries.extend(change.map(|change| Entry { key, value, change }));
    }
    entries.sort_by_key(|entry| entry.key);
    let none = entries.is_empty() && new.is_empty();
    Ok((!none).then_some(Change::Keys(entries, new)))
}

type Index<'t> = HashMap<Cow<'t, str>, ((usize, usize), bool)>;

fn indexed<'t>(base: &Source<'t>, id: usize) -> Index<'t> {
    let mut index = Index::new();
    for (key, value) in base.tree.entries(id) {
        if let Some(name) = base.scalar(key) {
            index
                .entry(name)
                .and_modify(|(_, again)| *again = true)
                .or_insert(((key, value), false));
        }
    }
    index
}
