//! Holds an edited text against the one before: what a change does not name must be there as it was, and what it names must say
//! what was wanted.

use std::collections::HashSet;

use super::change::{Change, Entry, New};
use super::source::Source;
use super::tree::Kind;

/// The two texts.
pub(crate) struct Check<'c, 't> {
    pub(crate) before: &'c Source<'t>,
    pub(crate) after: &'c Source<'t>,
}

impl Check<'_, '_> {
    /// Whether document `document` is as `change` says, and all others are as they were.
    pub(crate) fn holds(&self, document: usize, change: &Change<'_>) -> bool {
        let (before, after) = (&self.before.tree.roots, &self.after.tree.roots);
        if before.is_empty() {
            return after.len() == 1 && after.first().is_some_and(|root| self.becomes(root.node, change));
        }
        before.len() == after.len()
            && before.iter().zip(after).enumerate().all(|(index, (before, after))| {
                if index != document {
                    return self.same(before.node, after.node);
                }
                match change {
                    Change::Become(_) => self.becomes(after.node, change),
                    change => self.changed(before.node, after.node, change),
                }
            })
    }

    /// Whether the collection `after` has one entry or item, which is the one before as `change` says.
    pub(crate) fn holds_in(&self, after: usize, key: Option<usize>, value: usize, change: &Change<'_>) -> bool {
        let end = self.after.tree.after(after);
        let first = after + 1;
        let (named, node) = match key {
            Some(key) => (first < end && self.same(key, first), self.after.tree.after(first)),
            None => (true, first),
        };
        named && node < end && self.after.tree.after(node) == end && self.changed(value, node, change)
    }

    fn becomes(&self, after: usize, change: &Change<'_>) -> bool {
        matches!(change, Change::Become(new) if self.says(after, new))
    }

    /// Whether a node says what was wanted, as the reader of data takes it.
    fn says(&self, after: usize, new: &New<'_>) -> bool {
        self.after.data(after).as_ref() == Ok(new.value())
    }

    fn same(&self, before: usize, after: usize) -> bool {
        self.run((before, self.before.tree.after(before)), after)
    }

    fn run(&self, range: (usize, usize), after: usize) -> bool {
        self.before
            .tree
            .same_run(range, self.before.text, &self.after.tree, after, self.after.text)
    }

    fn changed(&self, before: usize, after: usize, change: &Change<'_>) -> bool {
        match change {
            Change::Become(new) => self.says(after, new),
            Change::Gone => false,
            Change::Keys(entries, new) => {
                self.is_alike(before, after) && self.entries(before, after, entries, new).is_some()
            }
            Change::Items(items, new) => {
                self.is_alike(before, after) && self.items(before, after, items, new).is_some()
            }
        }
    }

    /// The same kind of collection, with the same anchor and tag.
    fn is_alike(&self, before: usize, after: usize) -> bool {
        let (one, two) = (self.before.node(before), self.after.node(after));
        one.kind == two.kind && one.flow == two.flow && self.before.properties(before) == self.after.properties(after)
    }

    fn entries(
        &self,
        before: usize,
        after: usize,
        entries: &[Entry<'_>],
        new: &[(super::change::Name<'_>, New<'_>)],
    ) -> Option<()> {
        let (end, after_end) = (self.before.tree.after(before), self.after.tree.after(after));
        let (mut at, mut after_at) = (before + 1, after + 1);
        for Entry { key, value, change } in entries {
            after_at = self.passed((at, *key), after_at)?;
            at = self.before.tree.after(*value);
            if !matches!(change, Change::Gone) {
                let after_value = self.after.tree.after(after_at);
                let holds =
                    self.same(*key, after_at) && after_value < after_end && self.changed(*value, after_value, change);
                holds.then_some(())?;
                after_at = self.after.tree.after(after_value);
            }
        }
        after_at = self.passed((at, end), after_at)?;
        for (name, new) in new {
            (after_at < after_end).then_some(())?;
            let value = self.after.tree.after(after_at);
            let named = self.after.scalar(after_at).as_deref() == Some(&*name.text);
            (named && self.says(value, new)).then_some(())?;
            after_at = self.after.tree.after(value);
        }
        (after_at == after_end).then_some(())
    }

    fn items(&self, before: usize, after: usize, items: &[(usize, Change<'_>)], new: &[New<'_>]) -> Option<()> {
        let (end, after_end) = (self.before.tree.after(before), self.after.tree.after(after));
        let (mut at, mut after_at) = (before + 1, after + 1);
        for (item, change) in items {
            after_at = self.passed((at, *item), after_at)?;
            at = self.before.tree.after(*item);
            if !matches!(change, Change::Gone) {
                (after_at < after_end && self.changed(*item, after_at, change)).then_some(())?;
                after_at = self.after.tree.after(after_at);
            }
        }
        after_at = self.passed((at, end), after_at)?;
        for new in new {
            (after_at < after_end && self.says(after_at, new)).then_some(())?;
            after_at = self.after.tree.after(after_at);
        }
        (after_at == after_end).then_some(())
    }

    /// The node behind a run that is as it was.
    fn passed(&self, (from, to): (usize, usize), after: usize) -> Option<usize> {
        self.run((from, to), after).then_some(after + (to - from))
    }
}

/// What stands in the way of a change: an anchor that is used elsewhere, a merge key. In words.
pub(crate) fn obstacle(source: &Source<'_>, id: usize, change: &Change<'_>) -> Option<String> {
    if source.tree.aliases.is_empty() {
        return None;
    }
    let used: HashSet<&str> = source
        .tree
        .aliases
        .iter()
        .filter_map(|alias| source.content(*alias).strip_prefix('*'))
        .collect();
    obstacle_at(source, &used, id, change)
}

fn obstacle_at(source: &Source<'_>, used: &HashSet<&str>, id: usize, change: &Change<'_>) -> Option<String> {
    let whole = matches!(change, Change::Become(_) | Change::Gone);
    let last = if whole { source.tree.after(id) } else { id + 1 };
    let begin = source.tree.marked.partition_point(|marked| *marked < id);
    let marked = source.tree.marked.get(begin..).unwrap_or_default();
    for marked in marked.iter().take_while(|marked| **marked < last) {
        let names = source.properties(*marked);
        let mut anchors = names
            .split_whitespace()
            .filter_map(|property| property.strip_prefix('&'));
        if let Some(anchor) = anchors.find(|anchor| used.contains(anchor)) {
            return Some(format!(
                "cannot be edited there without changing something else: `&{anchor}` is used in other places as `*{anchor}`"
            ));
        }
    }
    match change {
        Change::Keys(entries, new) => {
            let merges = source
                .find(id, "<<")
                .0
                .is_some_and(|(key, _)| source.node(key).kind == Kind::Plain);
            let hidden = entries.iter().any(|entry| matches!(entry.change, Change::Gone))
                || new.iter().any(|(_, new)| new.value().is_object());
            if merges && hidden {
                return Some(
                    "cannot be edited there without changing something else: the mapping has a merge key `<<`"
                        .to_owned(),
                );
            }
            entries.iter().find_map(|entry| match &entry.change {
                // The key goes too, and may have an anchor.
                Change::Gone => obstacle_at(source, used, entry.key, &Change::Gone)
                    .or_else(|| obstacle_at(source, used, entry.value, &Change::Gone)),
                change => obstacle_at(source, used, entry.value, change),
            })
        }
        Change::Items(items, _) => items
            .iter()
            .find_map(|(item, change)| obstacle_at(source, used, *item, change)),
        Change::Become(_) | Change::Gone => None,
    }
}
