//! Finds the places that a change touches, and cuts new text into them.

mod brackets;
mod flow;

use std::collections::HashSet;

use super::change::{Change, Entry, Name, New};
use super::source::Source;
use super::splice::Splices;
use super::tree::Kind;
pub(crate) use brackets::{Bracketed, bracketed};

use super::write::{Style, Target, Written, name, root_lines, written};

/// Where a node stands.
#[derive(Clone, Copy)]
struct Slot {
    place: Place,
    /// The column of its key or dash.
    column: usize,
    /// In braces or brackets.
    flow: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    /// Behind the key with this id.
    Value(usize),
}

/// The text with a change of one of its documents. None where two places overlap.
pub(crate) fn edited(base: &Source<'_>, document: usize, change: &Change<'_>, style: Style) -> Option<String> {
    let mut editor = Editor {
        base,
        style,
        splices: Splices::default(),
    };
    match base.tree.roots.get(document) {
        Some(root) => {
            let slot = Slot {
                place: Place::Root,
                column: 0,
                flow: false,
            };
            if base.node(root.node).kind == Kind::Empty {
                editor.fill(root.end, change);
            } else {
                editor.change(root.node, slot, change);
            }
        }
        None => editor.fill(base.text.len(), change),
    }
    editor.splices.apply(base.text)
}

struct Editor<'e, 't> {
    base: &'e Source<'t>,
    style: Style,
    splices: Splices,
}

/// Entries or items that go, one behind the other.
struct Removal {
    /// The first key or item.
    id: usize,
    start: usize,
    end: usize,
    /// The key or item behind them.
    next: Option<usize>,
}

impl Editor<'_, '_> {
    /// A document without data gets its content at its end.
    fn fill(&mut self, at: usize, change: &Change<'_>) {
        let Change::Become(new) = change else { return };
        let line_break = self.style.line_break;
        let target = Target {
            root: true,
            ..self.target(0)
        };
        let Written { inline, below } = match new {
            // An overlay's text, moved as a whole.
            New::Laid(laid) if laid.source.node(laid.id).is_block() => Written {
                inline: String::new(),
                below: Some(root_lines(laid, line_break)),
            },
            _ => written(new, &target),
        };
        let text = below.unwrap_or(inline);
        let before = self.base.slice(0, at).trim_start_matches('\u{feff}');
        let gap = if before.is_empty() || before.ends_with('\n') {
            ""
        } else {
            line_break
        };
        self.splices.insert(at, format!("{gap}{text}{line_break}"));
    }

    fn target(&self, column: usize) -> Target<'static> {
        Target {
            column,
            item: false,
            root: false,
            flow: false,
            before: None,
            list: None,
            style: self.style,
        }
    }

    fn change(&mut self, id: usize, slot: Slot, change: &Change<'_>) {
        match change {
            Change::Become(new) => self.replace(id, slot, new),
            Change::Keys(entries, new) => self.keys(id, slot, entries, new),
            Change::Items(items, new) => self.items(id, slot, items, new),
            Change::Gone => {}
        }
    }

    fn keys(&mut self, id: usize, slot: Slot, entries: &[Entry<'_>], new: &[(Name<'_>, New<'_>)]) {
        let flow = slot.flow || self.base.node(id).flow;
        let column = self.base.column(self.base.node(id).content());
        let end = self.base.tree.after(id);
        let mut removals = Vec::new();
        for Entry { key, value, change } in entries {
            if matches!(change, Change::Gone) {
                removals.push(Removal {
                    id: *key,
                    start: self.base.node(*key).start(),
                    end: self.base.node(*value).end(),
                    next: Some(self.base.tree.after(*value)).filter(|next| *next < end),
                });
            } else {
                let slot = Slot {
                    place: Place::Value(*key),
                    column,
                    flow,
                };
                self.change(*value, slot, change);
            }
        }
        let gone: HashSet<usize> = gone(entries.iter().map(|entry| (entry.key, &entry.change)));
        let kept = self.base.tree.entries(id).filter(|(key, _)| !gone.contains(key)).last();
        let kept = kept.map(|(key, value)| (self.base.node(key).start(), self.base.node(value).end()));
        if flow {
            let new: Vec<String> = new.iter().map(|(name, new)| self.flow_pair(name, new)).collect();
            return self.change_flow(id, runs(removals), kept, &new);
        }
        for run in &runs(removals) {
            self.remove(run);
        }
        for (name, new) in new {
            self.new_entry(name, new, column, kept.map_or(0, |(_, end)| end));
        }
    }

    /// A key that a mapping lacks, on lines of its own behind those of its last one.
    fn new_entry(&mut self, key: &Name<'_>, new: &New<'_>, column: usize, end: usize) {
        let key = name(key, false, false);
        let text = written(new, &self.target(column));
        self.new_line(&format!("{}{key}:", " ".repeat(column)), text, end);
    }

    /// Lines of their own below the line on which something ends.
    fn new_line(&mut self, head: &str, Written { inline, below }: Written, end: usize) {
        let line_break = self.style.line_break;
        let space = if inline.is_empty() { "" } else { " " };
        let below = below.map(|below| format!("{line_break}{below}")).unwrap_or_default();
        let text = format!("{head}{space}{inline}{below}");
        // In front of the next line, where there is one: what ends here may go.
        let line_end = self.base.line_end(end);
        if line_end < self.base.text.len() {
            self.splices
                .insert(self.base.next_line(end), format!("{text}{line_break}"));
        } else {
            self.splices.insert(line_end, format!("{line_break}{text}"));
        }
    }

    fn items(&mut self, id: usize, slot: Slot, items: &[(usize, Change<'_>)], new: &[New<'_>]) {
        let node = *self.base.node(id);
        let flow = slot.flow || node.flow;
        let column = self.base.column(node.content());
        let end = self.base.tree.after(id);
        let mut removals = Vec::new();
        for (item, change) in items {
            let child = *self.base.node(*item);
            if matches!(change, Change::Gone) {
                removals.push(Removal {
                    id: *item,
                    start: if flow { child.start() } else { child.lead() },
                    end: child.end(),
                    next: Some(self.base.tree.after(*item)).filter(|next| *next < end),
                });
            } else {
                let slot = Slot {
                    place: Place::Item,
                    column: if flow { column } else { self.base.column(child.lead()) },
                    flow,
                };
                self.change(*item, slot, change);
            }
        }
        let gone = gone(items.iter().map(|(item, change)| (*item, change)));
        let kept = self.base.tree.children(id).filter(|item| !gone.contains(item)).last();
        let kept = kept.map(|item| (self.base.node(item).start(), self.base.node(item).end()));
        if flow {
            let new: Vec<String> = new.iter().map(|new| self.flow_value(new)).collect();
            return self.change_flow(id, runs(removals), kept, &new);
        }
        for run in &runs(removals) {
            self.remove(run);
        }
        for new in new {
            let target = Target {
                item: true,
                ..self.target(column)
            };
            let head = format!("{}-", " ".repeat(column));
            self.new_line(&head, written(new, &target), kept.map_or(0, |(_, end)| end));
        }
    }

    /// Takes out entries or items of a block.
    fn remove(&mut self, removal: &Removal) {
        let Removal { start, end, next, .. } = *removal;
        if self.base.is_first(start) {
            let (from, to) = (self.base.line_start(start), self.base.next_line(end));
            if to == self.base.text.len() && !self.base.text.ends_with('\n') {
                let break_before = self
                    .base
                    .slice(0, from)
                    .trim_end_matches(['\n', '\r'])
                    .len()
                    .max(from.saturating_sub(2));
                return self.splices.replace(break_before, to, "");
            }
            return self.splices.replace(from, to, "");
        }
        // The first one, on the line of the dash in front of its collection.
        let Some(next) = next.map(|next| *self.base.node(next)) else {
            return;
        };
        let next_start = if next.lead() > start { next.lead() } else { next.start() };
        if self.base.slice(self.base.line_end(end), next_start).trim().is_empty() {
            self.splices.replace(start, next_start, "");
        } else {
            let before = self.base.slice(0, start).trim_end_matches(' ').len();
            self.splices.replace(before, self.base.line_end(end), "");
        }
    }

    fn replace(&mut self, id: usize, slot: Slot, new: &New<'_>) {
        let node = *self.base.node(id);
        if slot.flow {
            return self.replace_in_flow(id, slot, new);
        }
        let keeps = self.keeps_properties(id, new);
        let start = if keeps { node.content() } else { node.start() };
        let target = Target {
            item: slot.place == Place::Item,
            root: slot.place == Place::Root,
            before: (node.kind != Kind::Empty && !node.is_block()).then(|| self.base.content(id)),
            list: (node.kind == Kind::Sequence && node.is_block()).then(|| self.base.column(node.content())),
            ..self.target(slot.column)
        };
        let Written { inline, below } = written(new, &target);
        let below = below
            .map(|below| format!("{}{below}", self.style.line_break))
            .unwrap_or_default();
        if slot.place == Place::Root {
            let text = if inline.is_empty() {
                below.trim_start_matches(['\r', '\n']).to_owned()
            } else {
                format!("{inline}{below}")
            };
            let from = if node.is_block() {
                self.base.line_start(start)
            } else {
                start
            };
            return self.splices.replace(from, node.end(), text);
        }
        let lead_end = node.lead() + 1;
        // What an anchor or a tag on the line of the key ends with.
        let head_end = if keeps && node.has_properties() {
            node.start() + self.base.properties(id).len()
        } else {
            lead_end
        };
        if node.is_block() {
            if !inline.is_empty() {
                self.splices.insert(head_end, format!(" {inline}"));
            }
            // What stands behind the key, a comment or an anchor, stays there; a collection behind its dash goes from there.
            let line_end = self.base.line_end(head_end);
            let from = if line_end > node.content() || head_end < start && !keeps {
                head_end
            } else {
                line_end
            };
            return self.splices.replace(from, self.base.line_end(node.end()), below);
        }
        if inline.is_empty() {
            self.splices.replace(head_end, node.end().max(head_end), "");
        } else if node.kind == Kind::Empty {
            self.splices
                .replace(head_end, node.end().max(head_end), format!(" {inline}"));
        } else {
            self.splices.replace(start, node.end(), inline);
        }
        self.splices.insert(self.base.line_end(node.end()), below);
    }

    /// An anchor stays; a tag only where a text follows a text, as it says what kind of value it is.
    fn keeps_properties(&self, id: usize, new: &New<'_>) -> bool {
        let properties = self.base.properties(id);
        let tagged = properties.starts_with('!') || properties.contains(" !");
        !tagged || (!self.base.node(id).is_collection() && new.value().is_string())
    }
}

/// The ids of what goes.
fn gone<'c>(changes: impl Iterator<Item = (usize, &'c Change<'c>)>) -> HashSet<usize> {
    changes
        .filter(|(_, change)| matches!(change, Change::Gone))
        .map(|(id, _)| id)
        .collect()
}

/// Removals that follow one another as one.
fn runs(removals: Vec<Removal>) -> Vec<Removal> {
    let mut runs: Vec<Removal> = Vec::new();
    for removal in removals {
        match runs.last_mut() {
            Some(run) if run.next == Some(removal.id) => {
                run.end = removal.end;
                run.next = removal.next;
            }
            _ => runs.push(removal),
        }
    }
    runs
}
