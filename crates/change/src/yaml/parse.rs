//! Reads YAML into a tree of spans, in one pass over the bytes.
//!
//! What is not certain is a [`Fault`], so that no edit is built on a guess: keys that are collections (`? `), pairs in brackets,
//! tabs in indentation. Tests hold it against a full parser. `document`, `block`, `flow` and `scalar` are the parts of the
//! language.

mod block;
mod document;
mod flow;
mod scalar;

#[cfg(test)]
mod tests;

use super::tree::{Kind, Node, Tree};
use super::{DEEPEST, MOST_NODES};

/// What cannot be read, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// Reads all documents of a text.
pub(crate) fn parse(text: &str) -> Result<Tree, Fault> {
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
        line: 0,
        depth: 0,
        tree: Tree::for_text(text.len()),
    };
    parser.stream()?;
    Ok(parser.tree)
}

/// What a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is a document.
    Root,
    /// It stands behind a dash.
    Item,
    /// It stands behind the colon of a key.
    Value,
}

/// A scalar that has been read and is no node yet: it may turn out to be a key.
#[derive(Clone, Copy)]
struct Scalar {
    kind: Kind,
    start: usize,
    content: usize,
    end: usize,
    one_line: bool,
}

impl Scalar {
    fn node(self, lead: usize) -> Node {
        Node::new(self.kind, false, lead, [self.start, self.content, self.end])
    }
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the line of `at` begins.
    line: usize,
    depth: usize,
    tree: Tree,
}

impl Parser<'_> {
    /// The byte at a place; 0 behind the end.
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or_default()
    }

    fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    fn ended(&self) -> bool {
        self.at >= self.text.len()
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, what })
    }

    /// How far `at` is from the beginning of its line.
    fn column(&self) -> isize {
        isize::try_from(self.at - self.line).unwrap_or(isize::MAX)
    }

    /// Whether white space, a line's end or the text's end stands there.
    fn is_blank(&self, at: usize) -> bool {
        at >= self.text.len() || matches!(self.byte(at), b' ' | b'\t' | b'\n' | b'\r')
    }

    /// Whether only spaces stand in front on the line.
    fn is_fresh(&self) -> bool {
        self.text[self.line..self.at].iter().all(|byte| *byte == b' ')
    }

    /// Whether a document's marker stands here.
    fn at_marker(&self) -> bool {
        self.at == self.line
            && matches!(self.text.get(self.at..self.at + 3), Some(b"---" | b"..."))
            && self.is_blank(self.at + 3)
    }

    /// Whether the document is over.
    fn is_over(&self) -> bool {
        self.ended() || self.at_marker()
    }

    /// Passes spaces and tabs.
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Passes a line break, if one is here.
    fn skip_break(&mut self) -> Result<bool, Fault> {
        let length = match self.peek() {
            b'\n' => 1,
            b'\r' if self.byte(self.at + 1) == b'\n' => 2,
            b'\r' => return self.fault("a carriage return without a line feed"),
            _ => return Ok(false),
        };
        self.at += length;
        self.line = self.at;
        Ok(true)
    }

    /// Passes white space, line breaks and comments. Whether there was a line break.
    fn skip(&mut self) -> Result<bool, Fault> {
        let mut below = false;
        loop {
            self.skip_blanks();
            if self.peek() == b'#' && (self.at == 0 || self.is_blank(self.at - 1)) {
                self.at = self.line_end(self.at);
            }
            if !self.skip_break()? {
                return Ok(below);
            }
            below = true;
        }
    }

    /// The line break, or the end of the text, at or behind a place.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        if end > at && self.byte(end - 1) == b'\r' && end < self.text.len() {
            end - 1
        } else {
            end
        }
    }

    fn open(&mut self, node: Node) -> Result<usize, Fault> {
        if self.tree.len() >= MOST_NODES {
            return self.fault("more than 2,000,000 values");
        }
        Ok(self.tree.open(node))
    }

    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("collections are more than 60 deep in one another");
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}
