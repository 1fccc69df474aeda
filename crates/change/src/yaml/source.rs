//! A text with its tree: lines, columns, and what scalars say.

use std::borrow::Cow;

use serde_json::Value;

use super::parse::{Fault, parse};
use super::tree::{Kind, Node, Tree};
use super::{documents, place};

/// A text and where everything stands in it.
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    pub(crate) tree: Tree,
}

impl<'t> Source<'t> {
    /// Reads YAML. Fails with words that name line and column.
    pub(crate) fn yaml(text: &'t str) -> Result<Self, String> {
        let tree =
            parse(text).map_err(|Fault { at, what }| format!("is not valid YAML: {}: {what}", place(text, at)))?;
        Ok(Self { text, tree })
    }

    pub(crate) fn node(&self, id: usize) -> &Node {
        self.tree.node(id)
    }

    /// The text of a range, empty where there is none.
    pub(crate) fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// A node without its anchor and tag.
    pub(crate) fn content(&self, id: usize) -> &'t str {
        let node = self.node(id);
        self.slice(node.content(), node.end())
    }

    /// The anchor and the tag of a node, which stand on one line, without a comment behind them.
    pub(crate) fn properties(&self, id: usize) -> &'t str {
        let node = self.node(id);
        let line = self
            .slice(node.start(), node.content())
            .lines()
            .next()
            .unwrap_or_default();
        let comment = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
        line.get(..comment).unwrap_or_default().trim_end()
    }

    pub(crate) fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        if start == 0 && self.text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8().min(at)
        } else {
            start
        }
    }

    /// How far from the beginning of its line a place is.
    pub(crate) fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// The end of the line, before its line break.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let end = at + rest.find('\n').unwrap_or(rest.len());
        if self.slice(at, end).ends_with('\r') {
            end - 1
        } else {
            end
        }
    }

    /// The beginning of the next line, or the end of the text.
    pub(crate) fn next_line(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        at + rest.find('\n').map_or(rest.len(), |newline| newline + 1)
    }

    /// Whether only spaces and tabs stand in front of a place on its line.
    pub(crate) fn is_first(&self, at: usize) -> bool {
        self.slice(self.line_start(at), at).trim_matches([' ', '\t']).is_empty()
    }

    /// How lines are broken around a place.
    pub(crate) fn line_break(&self, at: usize) -> &'static str {
        let rest = self.text.get(at..).unwrap_or_default();
        let newline = rest.find('\n').map(|newline| at + newline);
        let newline = newline.or_else(|| self.text.get(..at)?.rfind('\n'));
        match newline {
            Some(newline) if self.slice(0, newline).ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// The key and the value of an entry, and whether the key stands there twice.
    pub(crate) fn find(&self, mapping: usize, name: &str) -> (Option<(usize, usize)>, bool) {
        let mut entries = self.tree.entries(mapping).filter(|(key, _)| self.is_key(*key, name));
        (entries.next(), entries.next().is_some())
    }

    fn is_key(&self, key: usize, name: &str) -> bool {
        match self.node(key).kind {
            Kind::Plain => {
                let text = self.content(key);
                text == name || (text.contains('\n') && self.scalar(key).as_deref() == Some(name))
            }
            Kind::Single | Kind::Double => self.scalar(key).as_deref() == Some(name),
            _ => false,
        }
    }

    /// The text that a scalar says; none for what is no scalar, or says it in several lines.
    pub(crate) fn scalar(&self, id: usize) -> Option<Cow<'t, str>> {
        let content = self.content(id);
        let inner = content.get(1..content.len().saturating_sub(1)).unwrap_or_default();
        match self.node(id).kind {
            Kind::Plain if !content.contains('\n') => Some(Cow::Borrowed(content)),
            Kind::Single if !content.contains('\n') => Some(if inner.contains("''") {
                Cow::Owned(inner.replace("''", "'"))
            } else {
                Cow::Borrowed(inner)
            }),
            Kind::Double if !content.contains(['\n', '\\']) => Some(Cow::Borrowed(inner)),
            Kind::Plain | Kind::Single | Kind::Double | Kind::Literal | Kind::Folded => match self.data(id) {
                Ok(Value::String(text)) => Some(Cow::Owned(text)),
                _ => None,
            },
            Kind::Empty | Kind::Alias | Kind::Mapping | Kind::Sequence => None,
        }
    }

    /// Whether a node says this value. Texts that differ as they are written need no second reader: lists may be long.
    pub(crate) fn says(&self, id: usize, value: &Value) -> bool {
        let written = self.content(id);
        let node = self.node(id);
        let differs = match (node.kind, value) {
            (Kind::Mapping, value) => !value.is_object(),
            (Kind::Sequence, value) => !value.is_array(),
            (Kind::Plain, Value::String(text)) if !written.contains('\n') => written != text,
            (Kind::Plain, Value::Object(_) | Value::Array(_)) => true,
            (Kind::Single | Kind::Double, value) if !node.has_properties() && !written.contains('\n') => {
                !value.is_string() || self.scalar(id).as_deref() != value.as_str()
            }
            _ => false,
        };
        !differs && self.data(id).as_ref() == Ok(value)
    }

    /// What a node says, read by the reader of data. Fails where it needs what stands elsewhere, as aliases do.
    pub(crate) fn data(&self, id: usize) -> Result<Value, String> {
        let node = self.node(id);
        // A line break behind a block is part of it, where there is one.
        let line_break = if node.end() < self.text.len() { "\n" } else { "" };
        let window = if node.is_block() {
            format!(
                "{}{}{line_break}",
                " ".repeat(self.column(node.content())),
                self.content(id)
            )
        } else if matches!(node.kind, Kind::Literal | Kind::Folded) {
            // Below a key in its column, as a header may say its indentation itself.
            let outer = self.outer_column(node);
            format!(
                "{}k: {}{line_break}",
                " ".repeat(outer),
                self.slice(node.start(), node.end())
            )
        } else {
            format!("{}{line_break}", self.slice(node.start(), node.end()))
        };
        let mut data = documents(&window)?;
        let data = if data.len() > 1 {
            return Err("has several documents in a value".to_owned());
        } else {
            data.pop()
        };
        match data {
            Some(Value::Object(mut map)) if matches!(node.kind, Kind::Literal | Kind::Folded) => {
                Ok(map.remove("k").unwrap_or_default())
            }
            Some(data) => Ok(data),
            None => Ok(Value::Null),
        }
    }

    /// The column of the key or dash that a scalar stands behind.
    pub(super) fn outer_column(&self, node: &Node) -> usize {
        let line = self.line_start(node.lead());
        let before = self.slice(line, node.lead());
        let mut rest = before;
        while let Some(inner) = rest.strip_prefix(' ').or_else(|| rest.strip_prefix("- ")) {
            rest = inner;
        }
        let indent = before.len() - rest.len();
        if self.text.as_bytes().get(node.lead()) == Some(&b'-') {
            node.lead() - line
        } else {
            indent
        }
    }
}
