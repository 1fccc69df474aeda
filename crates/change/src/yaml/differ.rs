//! From a node and the value that is wanted to the least change between them.

use std::collections::HashSet;

use serde_json::Value;

use super::change::{Change, Entry, Name, New};
use super::source::Source;
use super::tree::Kind;

/// What must change so that a node says `value`; none: it does already.
pub(crate) fn becoming(source: &Source<'_>, id: usize, value: &Value) -> Option<Change<'static>> {
    match (source.node(id).kind, value) {
        (Kind::Mapping, Value::Object(wanted)) if !wanted.is_empty() => {
            let mut entries = Vec::new();
            let mut known = HashSet::new();
            for (key, old) in source.tree.entries(id) {
                let Some(name) = source
                    .scalar(key)
                    .filter(|name| name != "<<" && !known.contains(&**name))
                else {
                    return Some(whole(value));
                };
                let change = match wanted.get(&*name) {
                    Some(value) => becoming(source, old, value),
                    None => Some(Change::Gone),
                };
                entries.extend(change.map(|change| Entry {
                    key,
                    value: old,
                    change,
                }));
                known.insert(name);
            }
            let gone = entries
                .iter()
                .filter(|entry| matches!(entry.change, Change::Gone))
                .count();
            if gone == known.len() {
                return Some(whole(value));
            }
            let new = wanted.iter().filter(|(name, _)| !known.contains(name.as_str()));
            let new: Vec<_> = new
                .map(|(name, value)| (named(name), New::Data(value.clone())))
                .collect();
            (!entries.is_empty() || !new.is_empty()).then_some(Change::Keys(entries, new))
        }
        (Kind::Sequence, Value::Array(wanted)) if !wanted.is_empty() => {
            let mut items = Vec::new();
            let mut count = 0;
            for (index, item) in source.tree.children(id).enumerate() {
                let change = match wanted.get(index) {
                    Some(value) => becoming(source, item, value),
                    None => Some(Change::Gone),
                };
                items.extend(change.map(|change| (item, change)));
                count += 1;
            }
            if count == 0 {
                return Some(whole(value));
            }
            let new: Vec<_> = wanted
                .iter()
                .skip(count)
                .map(|value| New::Data(value.clone()))
                .collect();
            (!items.is_empty() || !new.is_empty()).then_some(Change::Items(items, new))
        }
        _ => (!source.says(id, value)).then(|| whole(value)),
    }
}

fn whole(value: &Value) -> Change<'static> {
    Change::Become(New::Data(value.clone()))
}

/// A key for new text.
pub(crate) fn named(name: &str) -> Name<'static> {
    Name {
        text: name.to_owned(),
        written: None,
    }
}
