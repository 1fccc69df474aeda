//! Collections on lines of their own.

use super::{Fault, Parser, Place, Scalar};
use crate::yaml::tree::{Kind, Node};

impl Parser<'_> {
    /// A node behind a dash, a colon, or at a document's beginning; `parent` is the column of what it belongs to.
    pub(super) fn node(&mut self, lead: usize, parent: isize, place: Place) -> Result<(), Fault> {
        self.enter()?;
        let here = self.at;
        let mut below = self.skip()?;
        if self.is_nothing(below, parent, place) {
            self.open(Node::new(Kind::Empty, false, lead, [here; 3]))?;
            self.leave();
            return Ok(());
        }
        let start = self.at;
        let mut beside = false;
        if matches!(self.peek(), b'&' | b'!') {
            self.properties()?;
            let end = self.at;
            if self.skip()? {
                below = true;
                if self.is_nothing(below, parent, place) {
                    self.open(Node::new(Kind::Empty, false, lead, [start, end, end]))?;
                    self.leave();
                    return Ok(());
                }
            } else if self.ended() {
                self.open(Node::new(Kind::Empty, false, lead, [start, end, end]))?;
                self.leave();
                return Ok(());
            } else {
                beside = true;
            }
        }
        if below && !self.is_fresh() && !beside {
            return self.fault("a tab in the indentation");
        }
        self.content(lead, start, beside, below, (parent, place))?;
        self.leave();
        Ok(())
    }

    /// Whether what comes next belongs to something further out.
    fn is_nothing(&self, below: bool, parent: isize, place: Place) -> bool {
        if self.is_over() {
            return true;
        }
        let is_list_of_key = place == Place::Value && self.column() == parent && self.is_dash();
        below && self.column() <= parent && !is_list_of_key
    }

    pub(super) fn is_dash(&self) -> bool {
        self.peek() == b'-' && self.is_blank(self.at + 1)
    }

    /// What a node is made of; `beside`: its anchor or tag, at `start`, is on the same line.
    fn content(
        &mut self,
        lead: usize,
        start: usize,
        beside: bool,
        below: bool,
        (parent, place): (isize, Place),
    ) -> Result<(), Fault> {
        // A block may begin here: on a fresh line, or behind a dash.
        let explicit = place == Place::Root && lead > 0;
        let may_begin = below || place == Place::Item || (place == Place::Root && !explicit);
        let column = if beside {
            isize::try_from(start - self.line).unwrap_or(isize::MAX)
        } else {
            self.column()
        };
        match self.peek() {
            b'-' if self.is_blank(self.at + 1) => {
                if beside || !may_begin || self.text[self.line..self.at].contains(&b'\t') {
                    return self.fault("a list cannot begin here; it needs a line of its own");
                }
                self.sequence(lead, start, column)
            }
            b'?' if self.is_blank(self.at + 1) => self.fault("a key that is written with `?`"),
            b':' if self.is_blank(self.at + 1) => self.fault("a key is missing in front of the colon"),
            b'|' | b'>' => {
                let kind = if self.peek() == b'|' {
                    Kind::Literal
                } else {
                    Kind::Folded
                };
                let content = self.at;
                let end = self.block_scalar(parent)?;
                self.open(Node::new(kind, false, lead, [start, content, end]))?;
                Ok(())
            }
            b'[' | b'{' => {
                self.flow(lead, start, parent)?;
                let end = self.at;
                self.skip_blanks();
                if self.peek() == b':' {
                    return self.fault("a key that is a collection");
                }
                self.at = end;
                Ok(())
            }
            _ => {
                let mut scalar = self.scalar(start, parent, false)?;
                if self.at_colon() {
                    if !scalar.one_line || !may_begin || self.text[self.line..scalar.content].contains(&b'\t') {
                        return self.fault("a key cannot stand here; it needs a line of its own");
                    }
                    let (map_start, content) = if beside {
                        (scalar.start, scalar.start)
                    } else {
                        (start, scalar.content)
                    };
                    // What stands on a line above is the mapping's.
                    if !beside {
                        scalar.start = scalar.content;
                    }
                    return self.mapping(lead, [map_start, content], column, scalar);
                }
                if scalar.kind == Kind::Plain {
                    scalar.end = self.plain_rest(scalar.end, parent, false)?;
                }
                self.open(scalar.node(lead))?;
                Ok(())
            }
        }
    }

    /// Whether a colon that ends a key comes next; goes there.
    fn at_colon(&mut self) -> bool {
        let end = self.at;
        self.skip_blanks();
        if self.peek() == b':' && self.is_blank(self.at + 1) {
            return true;
        }
        self.at = end;
        false
    }

    /// A mapping whose first key has been read; `at` is at its colon.
    fn mapping(
        &mut self,
        lead: usize,
        [start, content]: [usize; 2],
        column: isize,
        first: Scalar,
    ) -> Result<(), Fault> {
        let id = self.open(Node::new(Kind::Mapping, false, lead, [start, content, content]))?;
        let mut key = first;
        loop {
            self.open(key.node(0))?;
            let value = self.tree.len();
            self.at += 1;
            self.node(self.at - 1, column, Place::Value)?;
            let end = self.tree.node(value).end();
            if !self.goes_on(column)? {
                self.tree.close(id, end);
                return Ok(());
            }
            key = self.key(column)?;
        }
    }

    /// A key at the beginning of a line, up to its colon.
    fn key(&mut self, column: isize) -> Result<Scalar, Fault> {
        let start = self.at;
        if self.is_dash() {
            return self.fault("a list where a key should stand");
        }
        if self.peek() == b'?' && self.is_blank(self.at + 1) {
            return self.fault("a key that is written with `?`");
        }
        if matches!(self.peek(), b'&' | b'!') {
            self.properties()?;
            self.skip_blanks();
        }
        if matches!(self.peek(), b'[' | b'{' | b'|' | b'>') {
            return self.fault("a key that is a collection");
        }
        let key = self.scalar(start, column, false)?;
        if !key.one_line || !self.at_colon() {
            return self.fault("a line without `key: value`, or with another indentation than those above");
        }
        Ok(key)
    }

    fn sequence(&mut self, lead: usize, start: usize, column: isize) -> Result<(), Fault> {
        let id = self.open(Node::new(Kind::Sequence, false, lead, [start, self.at, self.at]))?;
        loop {
            let item = self.tree.len();
            self.at += 1;
            self.node(self.at - 1, column, Place::Item)?;
            let end = self.tree.node(item).end();
            if !self.goes_on(column)? || !self.is_dash() {
                self.tree.close(id, end);
                return Ok(());
            }
        }
    }

    /// Whether the next thing is in the collection of this column.
    fn goes_on(&mut self, column: isize) -> Result<bool, Fault> {
        self.skip()?;
        if self.is_over() {
            return Ok(false);
        }
        if !self.is_fresh() {
            return self.fault("something stands behind the end of a value, or a tab in the indentation");
        }
        if self.column() > column {
            return self.fault("a line is indented more than those above");
        }
        Ok(self.column() == column)
    }
}
