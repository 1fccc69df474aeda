//! Documents and what stands between them.

use super::{Fault, Parser, Place};
use crate::yaml::tree::Root;

impl Parser<'_> {
    /// All documents.
    pub(super) fn stream(&mut self) -> Result<(), Fault> {
        if self.text.starts_with("\u{feff}".as_bytes()) {
            self.at = 3;
            self.line = 3;
        }
        // Whether a document may begin without `---`.
        let mut bare = true;
        loop {
            self.skip()?;
            if self.ended() {
                return Ok(());
            }
            if self.at_marker() && self.peek() == b'.' {
                self.end_marker()?;
                bare = true;
            } else if self.at_marker() {
                self.at += 3;
                self.document(self.at - 1)?;
                bare = false;
            } else if self.peek() == b'%' && self.at == self.line && bare {
                self.directives()?;
            } else if bare {
                self.document(0)?;
                bare = false;
            } else {
                return self.fault(
                    "something stands behind the end of the document, or is not indented as what it belongs to",
                );
            }
        }
    }

    fn document(&mut self, lead: usize) -> Result<(), Fault> {
        let node = self.tree.len();
        self.node(lead, -1, Place::Root)?;
        if self.skip()? || self.is_fresh() || self.ended() {
            let end = if self.is_over() {
                self.at
            } else {
                self.tree.node(node).end()
            };
            self.tree.roots.push(Root { node, end });
            return Ok(());
        }
        self.fault("something stands behind the end of a value")
    }

    fn end_marker(&mut self) -> Result<(), Fault> {
        self.at += 3;
        if self.skip()? || self.ended() {
            return Ok(());
        }
        self.fault("something stands behind the end of the document")
    }

    /// Lines with `%`, up to the `---` that must follow.
    fn directives(&mut self) -> Result<(), Fault> {
        while self.peek() == b'%' && self.at == self.line {
            self.at = self.line_end(self.at);
            self.skip()?;
        }
        if self.at_marker() && self.peek() == b'-' {
            return Ok(());
        }
        self.fault("a `---` is missing behind the lines with %")
    }
}
