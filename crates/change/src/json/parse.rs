//! Reads JSON, with comments and trailing commas, into a tree of spans.

use crate::yaml::tree::{Kind, Node, Root, Tree};

/// How deep collections may stand in one another.
const DEEPEST: usize = 100;
/// How many values a file may have.
const MOST_NODES: usize = 2_000_000;

/// What cannot be read, and where.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

pub(super) fn parse(text: &str) -> Result<Tree, Fault> {
    let mut parser = Parser {
        text: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        depth: 0,
        tree: Tree::for_text(text.len()),
    };
    parser.skip()?;
    parser.value(0)?;
    parser.skip()?;
    if parser.at < parser.text.len() {
        return parser.fault("something stands behind the end");
    }
    let end = parser.at;
    parser.tree.roots.push(Root { node: 0, end });
    Ok(parser.tree)
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    depth: usize,
    tree: Tree,
}

impl Parser<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or_default()
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, what })
    }

    /// Passes white space and comments.
    fn skip(&mut self) -> Result<(), Fault> {
        loop {
            match (self.peek(), self.text.get(self.at + 1)) {
                (b' ' | b'\t' | b'\n' | b'\r', _) => self.at += 1,
                (b'/', Some(b'/')) => {
                    let rest = &self.text[self.at..];
                    self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                }
                (b'/', Some(b'*')) => {
                    let rest = &self.text[self.at + 2..];
                    let Some(end) = rest.windows(2).position(|pair| pair == b"*/") else {
                        return self.fault("a comment is not closed");
                    };
                    self.at += end + 4;
                }
                _ => return Ok(()),
            }
        }
    }

    fn open(&mut self, node: Node) -> Result<usize, Fault> {
        if self.tree.len() >= MOST_NODES {
            return self.fault("more than 2,000,000 values");
        }
        Ok(self.tree.open(node))
    }

    fn value(&mut self, lead: usize) -> Result<(), Fault> {
        let start = self.at;
        let kind = match self.peek() {
            b'{' => return self.collection(lead, Kind::Mapping, b'}'),
            b'[' => return self.collection(lead, Kind::Sequence, b']'),
            b'"' => {
                self.string()?;
                Kind::Double
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                self.word(start)?;
                Kind::Plain
            }
            _ => return self.fault("a value is missing, or is not written as JSON"),
        };
        self.open(Node::new(kind, false, lead, [start, start, self.at]))?;
        Ok(())
    }

    /// A number, true, false or null.
    fn word(&mut self, start: usize) -> Result<(), Fault> {
        while matches!(self.peek(), b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E') {
            self.at += 1;
        }
        if serde_json::from_slice::<serde::de::IgnoredAny>(&self.text[start..self.at]).is_err() {
            self.at = start;
            return self.fault("a value that is not written as JSON");
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                0..=31 => return self.fault("a text with a line break or a control character, or without its end"),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        if escaped && serde_json::from_slice::<serde::de::IgnoredAny>(&self.text[start..self.at]).is_err() {
            self.at = start;
            return self.fault("a text with a backslash that JSON does not know");
        }
        Ok(())
    }

    fn collection(&mut self, lead: usize, kind: Kind, close: u8) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.fault("collections are more than 100 deep in one another");
        }
        let id = self.open(Node::new(kind, true, lead, [self.at; 3]))?;
        self.at += 1;
        let mut comma = Some(0);
        loop {
            self.skip()?;
            if self.peek() == close {
                self.at += 1;
                self.depth -= 1;
                self.tree.close(id, self.at);
                return Ok(());
            }
            let Some(before) = comma else {
                return self.fault("a comma is missing, or a brace or bracket is not closed");
            };
            if kind == Kind::Mapping {
                self.entry(before)?;
            } else {
                self.value(before)?;
            }
            self.skip()?;
            comma = (self.peek() == b',').then_some(self.at);
            if comma.is_some() {
                self.at += 1;
            }
        }
    }

    fn entry(&mut self, comma: usize) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() != b'"' {
            return self.fault("a key in double quotes is missing");
        }
        self.string()?;
        self.open(Node::new(Kind::Double, false, comma, [start, start, self.at]))?;
        self.skip()?;
        if self.peek() != b':' {
            return self.fault("a colon is missing");
        }
        let colon = self.at;
        self.at += 1;
        self.skip()?;
        self.value(colon)
    }
}
