//! Lists and mappings in brackets of other languages: one item more, or one less, with its comma.

use super::{Editor, Removal};
use crate::yaml::source::Source;
use crate::yaml::splice::Splices;
use crate::yaml::tree::{Kind, Node, Tree};
use crate::yaml::write::Style;

/// What happens to the items.
pub(crate) enum Bracketed {
    /// One more, at the end.
    Add(String),
    /// This one goes.
    Remove(usize),
}

/// The text with that change. The collection's brackets begin and end at `span`, and `items` are what stands in them.
pub(crate) fn bracketed(
    text: &str,
    span: (usize, usize),
    items: &[(usize, usize)],
    change: &Bracketed,
) -> Option<String> {
    let mut tree = Tree::default();
    let id = tree.open(Node::new(Kind::Sequence, true, 0, [span.0, span.0, span.1]));
    let mut behind = None;
    for (start, end) in items {
        let comma = behind.map_or(0, |behind| comma(text, behind, *start));
        tree.open(Node::new(Kind::Plain, false, comma, [*start, *start, *end]));
        behind = Some(*end);
    }
    tree.close(id, span.1);
    let source = Source { text, tree };
    let mut editor = Editor {
        base: &source,
        style: Style {
            step: 2,
            dash: 2,
            line_break: source.line_break(span.0),
            json: true,
        },
        splices: Splices::default(),
    };
    let (runs, new) = match change {
        Bracketed::Add(item) => (Vec::new(), vec![item.clone()]),
        Bracketed::Remove(index) => {
            let (start, end) = *items.get(*index)?;
            let next = (index + 1 < items.len()).then_some(index + 2);
            let run = Removal {
                id: index + 1,
                start,
                end,
                next,
            };
            (vec![run], Vec::new())
        }
    };
    editor.change_flow(id, runs, items.last().copied(), &new);
    editor.splices.apply(text)
}

/// The comma between two items; what comments say does not count.
fn comma(text: &str, from: usize, to: usize) -> usize {
    let mut at = from;
    while at < to {
        let rest = text.get(at..to).unwrap_or_default();
        match rest.as_bytes() {
            [b',', ..] => return at,
            [b'#', ..] | [b'/', b'/', ..] => at += rest.find('\n').unwrap_or(rest.len()),
            _ => at += 1,
        }
    }
    from
}
