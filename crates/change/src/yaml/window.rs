//! The lines of the one entry in which a change lies, checked instead of a large file.
//!
//! An entry of a block stands on lines of its own, and what follows it is not indented more. So where these lines alone read as
//! that one entry again, and every byte in front of them and behind them is as it was, the file reads as it did. Anchors are not
//! in it: `check::obstacle` has refused what aliases repeat.

use super::change::{Change, Entry};
use super::check::Check;
use super::source::Source;

/// An entry or an item, and what becomes of its value.
pub(crate) struct Window<'c, 'n> {
    /// Where it begins: at its key, or at its dash.
    start: usize,
    /// The key, for an entry.
    key: Option<usize>,
    value: usize,
    change: &'c Change<'n>,
}

/// The smallest entry of blocks that holds the whole change of a document.
pub(crate) fn of<'c, 'n>(base: &Source<'_>, root: usize, change: &'c Change<'n>) -> Option<Window<'c, 'n>> {
    let mut window = None;
    let (mut id, mut change) = (root, change);
    while base.node(id).is_block() {
        window = match change {
            Change::Keys(entries, new) if new.is_empty() => match entries.as_slice() {
                [Entry { key, value, change }] => Some(Window {
                    start: base.node(*key).start(),
                    key: Some(*key),
                    value: *value,
                    change,
                }),
                _ => return window,
            },
            Change::Items(items, new) if new.is_empty() => match items.as_slice() {
                [(item, change)] => Some(Window {
                    start: base.node(*item).lead(),
                    key: None,
                    value: *item,
                    change,
                }),
                _ => return window,
            },
            _ => return window,
        }
        .filter(|window| !matches!(window.change, Change::Gone))
        .or(window);
        match &window {
            Some(next) if !std::ptr::eq(next.change, change) && next.value > id => {
                (id, change) = (next.value, next.change);
            }
            _ => return window,
        }
    }
    window
}

impl Window<'_, '_> {
    /// Whether `after` is the text before with this change.
    pub(crate) fn holds(&self, base: &Source<'_>, after: &str) -> bool {
        let end = base.next_line(base.node(self.value).end().max(self.start));
        let rest = base.text.len() - end;
        let Some(after_end) = after.len().checked_sub(rest).filter(|end| *end >= self.start) else {
            return false;
        };
        let around =
            base.text.get(..self.start) == after.get(..self.start) && base.text.get(end..) == after.get(after_end..);
        let lines = after.get(self.start..after_end).unwrap_or_default();
        let lines = format!("{}{lines}", " ".repeat(base.column(self.start)));
        let Ok(read) = Source::yaml(&lines) else { return false };
        let [root] = read.tree.roots.as_slice() else {
            return false;
        };
        let check = Check {
            before: base,
            after: &read,
        };
        around && read.node(root.node).is_block() && check.holds_in(root.node, self.key, self.value, self.change)
    }
}
