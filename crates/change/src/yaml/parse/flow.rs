//! Collections in braces and brackets.

use super::{Fault, Parser};
use crate::yaml::tree::{Kind, Node};

impl Parser<'_> {
    /// A collection whose brace or bracket comes next.
    pub(super) fn flow(&mut self, lead: usize, start: usize, parent: isize) -> Result<(), Fault> {
        self.enter()?;
        let (kind, close) = match self.peek() {
            b'{' => (Kind::Mapping, b'}'),
            _ => (Kind::Sequence, b']'),
        };
        let id = self.open(Node::new(kind, true, lead, [start, self.at, self.at]))?;
        self.at += 1;
        // The comma in front; 0: none is needed, as this is the first.
        let mut comma = Some(0);
        loop {
            self.inside()?;
            if self.peek() == close {
                self.at += 1;
                self.tree.close(id, self.at);
                self.leave();
                return Ok(());
            }
            let Some(before) = comma else {
                return self.fault("a comma is missing, or a brace or bracket is not closed");
            };
            if kind == Kind::Mapping {
                self.flow_entry(before, parent)?;
            } else {
                self.flow_node(before, parent)?;
                self.inside()?;
                if self.peek() == b':' {
                    return self.fault("a pair in brackets");
                }
            }
            self.inside()?;
            comma = (self.peek() == b',').then_some(self.at);
            if comma.is_some() {
                self.at += 1;
            }
        }
    }

    /// Goes to the next thing inside.
    fn inside(&mut self) -> Result<(), Fault> {
        self.skip()?;
        if self.is_over() {
            return self.fault("a brace or bracket is not closed");
        }
        Ok(())
    }

    fn flow_entry(&mut self, comma: usize, parent: isize) -> Result<(), Fault> {
        let start = self.at;
        if matches!(self.peek(), b'&' | b'!') {
            self.properties()?;
            self.inside()?;
        }
        match self.peek() {
            b'{' | b'[' => return self.fault("a key that is a collection"),
            b'?' if self.is_blank(self.at + 1) => return self.fault("a key that is written with `?`"),
            b':' | b',' => return self.fault("a key is missing"),
            _ => {}
        }
        let mut key = self.scalar(start, parent, true)?;
        if key.kind == Kind::Plain {
            key.end = self.plain_rest(key.end, parent, true)?;
        }
        self.open(key.node(comma))?;
        self.inside()?;
        if self.peek() != b':' {
            self.open(Node::new(Kind::Empty, false, 0, [key.end; 3]))?;
            return Ok(());
        }
        let colon = self.at;
        self.at += 1;
        self.inside()?;
        if matches!(self.peek(), b',' | b'}') {
            self.open(Node::new(Kind::Empty, false, colon, [colon + 1; 3]))?;
            return Ok(());
        }
        self.flow_node(colon, parent)
    }

    fn flow_node(&mut self, lead: usize, parent: isize) -> Result<(), Fault> {
        let start = self.at;
        if matches!(self.peek(), b'&' | b'!') {
            self.properties()?;
            let end = self.at;
            self.inside()?;
            if matches!(self.peek(), b',' | b']' | b'}') {
                self.open(Node::new(Kind::Empty, false, lead, [start, end, end]))?;
                return Ok(());
            }
        }
        match self.peek() {
            b'{' | b'[' => self.flow(lead, start, parent),
            b',' | b']' | b'}' => self.fault("a value is missing"),
            b'?' | b'-' | b':' if self.is_blank(self.at + 1) || is_indicator(self.byte(self.at + 1)) => {
                self.fault("`-`, `?` or `:` stands alone in a collection")
            }
            _ => {
                let mut scalar = self.scalar(start, parent, true)?;
                if scalar.kind == Kind::Plain {
                    scalar.end = self.plain_rest(scalar.end, parent, true)?;
                }
                self.open(scalar.node(lead))?;
                Ok(())
            }
        }
    }
}

/// What ends a plain text in braces and brackets.
pub(super) fn is_indicator(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}
