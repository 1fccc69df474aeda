//! The documents of a file one by one: a broken one hides no other, and the limits hold for each. Pure.

use super::{Content, Node, Unreadable, read};

/// Every document that has content, or why it cannot be read.
pub(crate) fn each(text: &str) -> Vec<Result<Node, Unreadable>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = Vec::new();
    for (before, part) in parts(text) {
        match read(part) {
            Ok(nodes) => found.extend(nodes.into_iter().map(|mut node| {
                node.move_down(before);
                Ok(node)
            })),
            Err(mut unreadable) => {
                unreadable.spot.line += before;
                found.push(Err(unreadable));
            }
        }
    }
    found
}

/// The texts between the markers `---` and `...`, which stand at the beginning of a line and nowhere else, each with the number
/// of lines before it. What stands before the first marker of a document, such as `%YAML 1.2`, belongs to it.
fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let (mut from, mut before, mut offset) = (0, 0, 0);
    let mut has_content = false;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = offset + line.len();
        if marks(line, "---") {
            if has_content {
                parts.push((before, &text[from..offset]));
                (from, before) = (offset, number);
            }
            has_content = true;
        } else if marks(line, "...") {
            parts.push((before, &text[from..end]));
            (from, before, has_content) = (end, number + 1, false);
        } else if !line.trim().is_empty() && !line.starts_with(['#', '%']) {
            has_content = true;
        }
        offset = end;
    }
    parts.push((before, &text[from..]));
    parts
}

fn marks(line: &str, marker: &str) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

impl Node {
    /// Moves all places down by some lines.
    fn move_down(&mut self, lines: usize) {
        self.spot.line += lines;
        match &mut self.content {
            Content::Scalar(_) => {}
            Content::List(items) => items.iter_mut().for_each(|item| item.move_down(lines)),
            Content::Map(entries) => {
                for entry in entries {
                    entry.spot.line += lines;
                    entry.node.move_down(lines);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Result<usize, usize>> {
        let line = |document: Result<Node, Unreadable>| {
            document
                .map(|node| node.spot_of("a").line)
                .map_err(|unreadable| unreadable.spot.line)
        };
        each(text).into_iter().map(line).collect()
    }

    #[test]
    fn a_broken_document_hides_no_other() {
        assert_eq!(lines("a: 1\n---\na: [\n---\n# x\na: 3\n"), [Ok(1), Err(3), Ok(6)]);
        assert_eq!(
            lines("---\na: 1\n--- # two\r\na: 2\n...\n\na: 3\n"),
            [Ok(2), Ok(4), Ok(7)]
        );
        assert_eq!(lines("%YAML 1.2\n---\na: |\n  ---\n  x\n---x: 1\n"), [Ok(3)]);
        assert_eq!(lines("# nothing\n---\n---\n\n"), []);
    }

    #[test]
    fn limits_hold_for_each_document() {
        let text = "a: 1\n---\n".repeat(5000);
        assert_eq!(each(&text).iter().filter(|document| document.is_ok()).count(), 5000);
    }
}
