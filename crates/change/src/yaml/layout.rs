//! Lines, columns and ends of things in a YAML text, and edits of it.

use yaml_edit::YamlNode;

/// A text and how it is laid out.
#[derive(Clone, Copy)]
pub(super) struct Layout<'t> {
    pub(super) text: &'t str,
}

impl<'t> Layout<'t> {
    /// The text of a range, empty where there is none.
    pub(super) fn slice(self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// How far from the beginning of its line a place is.
    pub(super) fn column(self, at: usize) -> usize {
        at - self
            .text
            .get(..at)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |newline| newline + 1)
    }

    /// The end of the line, before its line break.
    pub(super) fn line_end(self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = at + rest.find('\n').unwrap_or(rest.len());
        if self.slice(at, end).ends_with('\r') {
            end - 1
        } else {
            end
        }
    }

    /// How this text breaks its lines.
    pub(super) fn line_break(self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Where a node begins.
    pub(super) fn start(node: &YamlNode) -> usize {
        node.byte_range().start as usize
    }

    /// Where the last thing in a node ends, without white space and comments behind it.
    pub(super) fn end(self, node: &YamlNode) -> usize {
        let own = node.byte_range();
        let (start, end) = (own.start as usize, own.end as usize);
        let last = match node {
            YamlNode::Mapping(mapping) if !mapping.is_flow_style() => {
                mapping
                    .entries()
                    .last()
                    .map(|entry| match (entry.value_node(), entry.key_node()) {
                        (Some(value), _) => self.end(&value),
                        (None, Some(key)) => self.colon(&key),
                        (None, None) => end,
                    })
            }
            YamlNode::Sequence(sequence) if !sequence.is_flow_style() => {
                sequence.values().last().map(|item| self.end(&item))
            }
            _ => None,
        };
        let end = last.unwrap_or(end);
        start + self.slice(start, end).trim_end().len()
    }

    /// Behind the colon of a key.
    pub(super) fn colon(self, key: &YamlNode) -> usize {
        let end = key.byte_range().end as usize;
        let rest = self.text.get(end..).unwrap_or_default();
        end + rest.find(':').map_or(0, |colon| colon + 1)
    }

    /// The lines from `from` to the end of a node that has its lines to itself, moved so that the node stands in `column`.
    pub(super) fn moved(self, from: usize, node: &YamlNode, column: usize, line_break: &str) -> String {
        let old = self.column(Self::start(node));
        let start = from - self.column(from);
        shifted(
            self.slice(start, self.line_end(self.end(node))),
            old,
            column,
            line_break,
        )
    }
}

/// Lines whose indentation changes as much as `old` and `new` differ. Lines without text get none.
pub(super) fn shifted(text: &str, old: usize, new: usize, line_break: &str) -> String {
    let mut moved = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            moved.push_str(line_break);
        }
        let rest = line.trim_start_matches(' ');
        if !rest.trim().is_empty() {
            let indent = (line.len() - rest.len() + new).saturating_sub(old);
            moved.extend(std::iter::repeat_n(' ', indent));
            moved.push_str(rest);
        }
    }
    moved
}

/// Edits of a text, made in one pass.
#[derive(Default)]
pub(super) struct Edits {
    edits: Vec<(usize, usize, String)>,
}

impl Edits {
    /// Puts `text` in the place of a range. Insertions at one place stay in the order in which they were asked for.
    pub(super) fn replace(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.edits.push((start, end, text.into()));
    }

    pub(super) fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.replace(at, at, text);
    }

    /// The text with the edits. None where two of them overlap.
    pub(super) fn apply(mut self, text: &str) -> Option<String> {
        self.edits.sort_by_key(|(start, _, _)| *start);
        let mut result = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end, new) in &self.edits {
            result.push_str(text.get(done..*start)?);
            result.push_str(new);
            done = *end;
        }
        result.push_str(text.get(done..)?);
        Some(result)
    }
}
