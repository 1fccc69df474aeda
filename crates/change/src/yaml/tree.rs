//! Where everything stands in a YAML (or JSON) text: a flat tree of spans, without the data itself.
//!
//! Built by `parse` and by the reader of JSON; read by the editors. A node's children follow it at once; those of a mapping are
//! key, value, key, value.

/// What a node is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mapping,
    Sequence,
    Plain,
    Single,
    Double,
    Literal,
    Folded,
    Alias,
    /// Nothing is written there.
    Empty,
}

/// A node and its span, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// In braces or brackets.
    pub(crate) flow: bool,
    lead: u32,
    start: u32,
    content: u32,
    end: u32,
    after: u32,
}

impl Node {
    pub(crate) fn new(kind: Kind, flow: bool, lead: usize, span: [usize; 3]) -> Self {
        let [start, content, end] = span.map(narrow);
        Self {
            kind,
            flow,
            lead: narrow(lead),
            start,
            content,
            end,
            after: 0,
        }
    }

    /// The colon, dash or comma in front of it; 0 where there is none.
    pub(crate) fn lead(&self) -> usize {
        self.lead as usize
    }

    /// Where it begins, with its anchor and tag.
    pub(crate) fn start(&self) -> usize {
        self.start as usize
    }

    /// Where it begins, behind its anchor and tag.
    pub(crate) fn content(&self) -> usize {
        self.content as usize
    }

    /// Where it ends: behind its last byte that is neither white space nor comment.
    pub(crate) fn end(&self) -> usize {
        self.end as usize
    }

    pub(crate) fn is_collection(&self) -> bool {
        matches!(self.kind, Kind::Mapping | Kind::Sequence)
    }

    /// A collection on lines of its own.
    pub(crate) fn is_block(&self) -> bool {
        self.is_collection() && !self.flow
    }

    pub(crate) fn has_properties(&self) -> bool {
        self.start != self.content
    }
}

/// Texts are far below 4 GiB; see [`crate::LARGEST_FILE`].
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// One document of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root {
    pub(crate) node: usize,
    /// Where its text ends: at the marker behind it, or at the end.
    pub(crate) end: usize,
}

/// All nodes of a text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    pub(crate) roots: Vec<Root>,
    /// Nodes with an anchor or a tag.
    pub(crate) marked: Vec<usize>,
    pub(crate) aliases: Vec<usize>,
}

impl Tree {
    /// A tree with room for the nodes that a text of this length usually has.
    pub(crate) fn for_text(length: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(length / 14),
            ..Self::default()
        }
    }

    /// Adds a node; [`Tree::close`] comes after its children.
    pub(crate) fn open(&mut self, node: Node) -> usize {
        let id = self.nodes.len();
        if node.has_properties() {
            self.marked.push(id);
        }
        if node.kind == Kind::Alias {
            self.aliases.push(id);
        }
        self.nodes.push(Node {
            after: narrow(id + 1),
            ..node
        });
        id
    }

    /// Ends a collection.
    pub(crate) fn close(&mut self, id: usize, end: usize) {
        let after = narrow(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(id) {
            node.end = narrow(end);
            node.after = after;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Ids come from this tree.
    pub(crate) fn node(&self, id: usize) -> &Node {
        &self.nodes[id]
    }

    /// The id behind a node and all that is in it.
    pub(crate) fn after(&self, id: usize) -> usize {
        self.nodes[id].after as usize
    }

    /// Items of a sequence; keys and values of a mapping, in turn.
    pub(crate) fn children(&self, id: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.after(id);
        let next = move |child: usize| (child < end).then_some(child);
        std::iter::successors(next(id + 1), move |child| next(self.after(*child)))
    }

    /// Keys of a mapping with their values.
    pub(crate) fn entries(&self, id: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let end = self.after(id);
        let next = move |key: usize| (key < end).then(|| (key, self.after(key)));
        std::iter::successors(next(id + 1), move |(_, value)| next(self.after(*value)))
    }

    /// Whether the nodes from `from` up to `to` are those of `other` from `other_from` on, all moved by the same distance, with
    /// the same text.
    pub(crate) fn same_run(
        &self,
        (from, to): (usize, usize),
        text: &str,
        other: &Self,
        other_from: usize,
        other_text: &str,
    ) -> bool {
        let (Some(run), Some(other_run)) = (
            self.nodes.get(from..to),
            other.nodes.get(other_from..other_from + (to - from)),
        ) else {
            return false;
        };
        let (Some(first), Some(other_first)) = (run.first(), other_run.first()) else {
            return true;
        };
        let moved = other_first.start.wrapping_sub(first.start);
        let nodes_moved = narrow(other_from).wrapping_sub(narrow(from));
        let same = |(one, two): (&Node, &Node)| {
            one.kind == two.kind
                && one.flow == two.flow
                && one.start.wrapping_add(moved) == two.start
                && one.content.wrapping_add(moved) == two.content
                && one.end.wrapping_add(moved) == two.end
                && one.after.wrapping_add(nodes_moved) == two.after
        };
        let end = run.iter().map(Node::end).max().unwrap_or_default();
        let other_end = other_run.iter().map(Node::end).max().unwrap_or_default();
        run.iter().zip(other_run).all(same)
            && text.get(first.start()..end) == other_text.get(other_first.start()..other_end)
    }
}
