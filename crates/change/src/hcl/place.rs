//! Goes along an address in HCL, and cuts new text in at its end.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Array, Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, Body};
use serde_json::Value;

use super::{data, key, name, written};
use crate::address::Step;
use crate::automation::PatchOp;
use crate::yaml::edit::{Bracketed, bracketed};
use crate::yaml::source::Source;
use crate::yaml::tree::Tree;

/// What an edit comes to.
pub(super) enum Found {
    Same,
    Nothing(String),
    Text {
        text: String,
        /// The blocks that lead to the attribute.
        inside: Vec<String>,
        /// The address from there on.
        steps: Vec<Step>,
    },
}

/// The same before it is known where it is.
enum Edit {
    Same,
    Nothing(String),
    Text(String),
}

pub(super) fn find(text: &str, root: &Body, steps: &[Step], op: PatchOp, value: &Value) -> Result<Found, String> {
    let walk = Walk {
        source: Source {
            text,
            tree: Tree::default(),
        },
        op,
        value,
    };
    let (mut body, mut block, mut inside, mut steps) = (root, None, Vec::new(), steps);
    loop {
        let (first, rest) = match steps.split_first() {
            Some((Step::Key(name), rest)) => (name, rest),
            Some((step, _)) => return Err(format!("has a block where {step} needs a list")),
            None => return Err("has a block there; name the attribute in it".to_owned()),
        };
        let edit = match body.get_attribute(first) {
            Some(attribute) if rest.is_empty() && op == PatchOp::Delete => walk.delete(attribute.span())?,
            Some(attribute) => walk.expression(&attribute.value, rest)?,
            None => match chosen(body, first, rest)? {
                Chosen::Block(next, way, rest) => {
                    (body, block, steps) = (&next.body, Some(next), rest);
                    inside.extend(way);
                    continue;
                }
                Chosen::None(what) if !rest.is_empty() => Edit::Nothing(what),
                Chosen::None(_) => walk.add(body, block, first)?,
            },
        };
        return Ok(match edit {
            Edit::Same => Found::Same,
            Edit::Nothing(what) => Found::Nothing(what),
            Edit::Text(text) => Found::Text {
                text,
                inside,
                steps: steps.to_vec(),
            },
        });
    }
}

enum Chosen<'d, 's> {
    /// A block, what it is called, and the steps behind it.
    Block(&'d Block, Vec<String>, &'s [Step]),
    None(String),
}

/// The block that the next steps name: by its type, its labels, and its number where there are several.
fn chosen<'d, 's>(body: &'d Body, ident: &str, rest: &'s [Step]) -> Result<Chosen<'d, 's>, String> {
    let is_named = |block: &&Block| {
        let labels = rest.get(..block.labels.len()).unwrap_or_default();
        block.has_ident(ident)
            && labels.len() == block.labels.len()
            && block
                .labels
                .iter()
                .zip(labels)
                .all(|(label, step)| matches!(step, Step::Key(name) if name == label.as_str()))
    };
    let found: Vec<&Block> = body.blocks().filter(is_named).collect();
    let Some(first) = found.first() else {
        return Ok(Chosen::None(format!(
            "there is no attribute and no block `{ident}` with these labels"
        )));
    };
    let behind = rest.get(first.labels.len()..).unwrap_or_default();
    let (index, behind) = match behind.split_first() {
        Some((Step::Index(index), behind)) => (*index, behind),
        _ if found.len() > 1 => {
            return Err(format!(
                "has several blocks `{ident}`; name the one that is meant by its number, as in {ident}[0]"
            ));
        }
        _ => (0, behind),
    };
    let Some(block) = found.get(index).copied() else {
        return Ok(Chosen::None(format!(
            "there is no block `{ident}` with the number {index}"
        )));
    };
    let labels = block.labels.iter().map(|label| label.as_str().to_owned());
    let way = std::iter::once(ident.to_owned())
        .chain(labels)
        .chain([format!("[{index}]")]);
    Ok(Chosen::Block(block, way.collect(), behind))
}

struct Walk<'w> {
    source: Source<'w>,
    op: PatchOp,
    value: &'w Value,
}

impl Walk<'_> {
    fn data(&self, expression: &Expression) -> Value {
        data(self.source.text, expression)
    }

    /// Inside an attribute's value.
    fn expression(&self, here: &Expression, steps: &[Step]) -> Result<Edit, String> {
        let Some((step, rest)) = steps.split_first() else {
            return self.put(here);
        };
        match (here, step) {
            (Expression::Object(object), Step::Key(name)) => self.entry(object, name, rest),
            (Expression::Array(array), Step::Index(_) | Step::Select(..)) => {
                let items: Vec<Value> = array.iter().map(|item| self.data(item)).collect();
                let is_it = |item: &Value| match step {
                    Step::Select(key, value) => item[key.as_str()].as_str() == Some(value),
                    _ => false,
                };
                let index = match step {
                    Step::Index(index) => Some(*index),
                    _ if items.iter().filter(|item| is_it(item)).count() > 1 => {
                        return Err(format!(
                            "has several items {step}; name the one that is meant by its number"
                        ));
                    }
                    _ => items.iter().position(is_it),
                };
                match index.and_then(|index| Some((index, array.get(index)?))) {
                    Some((index, _)) if rest.is_empty() && self.op == PatchOp::Delete => {
                        self.in_array(array, &Bracketed::Remove(index))
                    }
                    Some((_, item)) => self.expression(item, rest),
                    None => Ok(Edit::Nothing(format!("the list has no item {step}"))),
                }
            }
            _ => Err(format!("has a value where {step} needs a list or an object")),
        }
    }

    fn entry(&self, object: &Object, wanted: &str, rest: &[Step]) -> Result<Edit, String> {
        let spans: Vec<(usize, usize)> = object
            .iter()
            .filter_map(|(key, value)| Some((span_of_key(key)?.start, value.expr().span()?.end)))
            .collect();
        if spans.len() != object.len() {
            return Err(super::ELSEWHERE.to_owned());
        }
        let found = object
            .iter()
            .enumerate()
            .find(|(_, (key, _))| name(self.source.text, key) == wanted);
        let Some((index, (_, value))) = found else {
            return match crate::address::made(rest, self.op, self.value) {
                Ok(value) => self.in_object(
                    object,
                    &spans,
                    &Bracketed::Add(format!("{} = {}", key(wanted), written(&value))),
                ),
                Err(_) => Ok(Edit::Nothing(format!("there is no key `{wanted}`"))),
            };
        };
        if rest.is_empty() && self.op == PatchOp::Delete {
            return self.in_object(object, &spans, &Bracketed::Remove(index));
        }
        self.expression(value.expr(), rest)
    }

    /// Sets a value, or appends to it.
    fn put(&self, here: &Expression) -> Result<Edit, String> {
        match (self.op, here) {
            (PatchOp::Append, Expression::Array(array)) => {
                if array.iter().any(|item| self.data(item) == *self.value) {
                    return Ok(Edit::Same);
                }
                self.in_array(array, &Bracketed::Add(written(self.value)))
            }
            (PatchOp::Append, _) => Err("has something there that is no list, so nothing can be appended".to_owned()),
            _ if self.data(here) == *self.value => Ok(Edit::Same),
            _ => match here.span() {
                Some(span) => Ok(Edit::Text(self.spliced(span, &written(self.value)))),
                None => Err(super::ELSEWHERE.to_owned()),
            },
        }
    }

    /// Takes an attribute out, with its lines.
    fn delete(&self, span: Option<Range<usize>>) -> Result<Edit, String> {
        match span.filter(|span| self.is_alone(span)) {
            Some(span) => Ok(Edit::Text(
                self.spliced(self.source.line_start(span.start)..self.source.next_line(span.end), ""),
            )),
            None => Err("has other things on the line of what is to go; use a regular expression".to_owned()),
        }
    }

    /// Whether something has its lines to itself, but for a comma and a comment.
    fn is_alone(&self, span: &Range<usize>) -> bool {
        let rest = self.source.slice(span.end, self.source.line_end(span.end)).trim_start();
        let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        self.source.is_first(span.start) && (rest.is_empty() || rest.starts_with('#') || rest.starts_with("//"))
    }

    /// An attribute that a body lacks, behind its last one.
    fn add(&self, body: &Body, block: Option<&Block>, name: &str) -> Result<Edit, String> {
        let value = match self.op {
            PatchOp::Delete => return Ok(Edit::Nothing(format!("there is no attribute `{name}`"))),
            PatchOp::Set => written(self.value),
            PatchOp::Append => format!("[{}]", written(self.value)),
        };
        if key(name) != name {
            return Err(format!(
                "cannot have an attribute `{name}`: HCL does not take that name"
            ));
        }
        let source = &self.source;
        let entry = format!("{name} = {value}");
        let last = body
            .attributes()
            .filter_map(hcl_edit::Span::span)
            .max_by_key(|span| span.end);
        let block_span = block.and_then(hcl_edit::Span::span);
        if block_span
            .as_ref()
            .is_some_and(|span| !source.slice(span.start, span.end).contains('\n'))
        {
            return Err("has a block on one line there; use a regular expression".to_owned());
        }
        let (at, pad) = match (last, block.zip(block_span)) {
            (Some(last), _) => (source.line_end(last.end), self.pad(last.start)),
            (None, Some((block, span))) => {
                let named = block
                    .labels
                    .iter()
                    .filter_map(hcl_edit::Span::span)
                    .map(|span| span.end)
                    .max();
                let named = named.or_else(|| Some(block.ident.span()?.end)).unwrap_or(span.start);
                let brace = source
                    .slice(named, span.end)
                    .find('{')
                    .map_or(named, |brace| named + brace);
                (source.line_end(brace), format!("{}  ", self.pad(span.start)))
            }
            (None, None) => {
                let end = source.text.len();
                let line_break = source.line_break(0);
                let gap = if end == 0 || source.text.ends_with('\n') {
                    ""
                } else {
                    line_break
                };
                return Ok(Edit::Text(self.spliced(end..end, &format!("{gap}{entry}{line_break}"))));
            }
        };
        Ok(Edit::Text(
            self.spliced(at..at, &format!("{}{pad}{entry}", source.line_break(at))),
        ))
    }

    /// The white space in front of a line.
    fn pad(&self, at: usize) -> String {
        let line = self.source.slice(self.source.line_start(at), at);
        line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
    }

    fn in_array(&self, array: &Array, change: &Bracketed) -> Result<Edit, String> {
        let spans: Vec<_> = array
            .iter()
            .filter_map(hcl_edit::Span::span)
            .map(|span| (span.start, span.end))
            .collect();
        self.in_brackets(array.span(), &spans, change)
    }

    fn in_object(&self, object: &Object, spans: &[(usize, usize)], change: &Bracketed) -> Result<Edit, String> {
        match change {
            // Line by line, no commas are needed.
            Bracketed::Remove(index) => {
                let (start, end) = spans.get(*index).copied().unwrap_or_default();
                if self.is_alone(&(start..end)) {
                    return self.delete(Some(start..end));
                }
            }
            Bracketed::Add(entry) => {
                let last = spans.iter().max_by_key(|(_, end)| *end).copied();
                if let Some((start, end)) = last.filter(|(start, end)| self.is_alone(&(*start..*end))) {
                    let at = self.source.line_end(end);
                    let comma = if self.source.slice(end, at).trim_start().starts_with(',') {
                        ","
                    } else {
                        ""
                    };
                    let line = format!("{}{}{entry}{comma}", self.source.line_break(at), self.pad(start));
                    return Ok(Edit::Text(self.spliced(at..at, &line)));
                }
                if last.is_none() {
                    return self.in_brackets(object.span(), spans, &Bracketed::Add(format!(" {entry} ")));
                }
            }
        }
        self.in_brackets(object.span(), spans, change)
    }

    fn in_brackets(
        &self,
        span: Option<Range<usize>>,
        items: &[(usize, usize)],
        change: &Bracketed,
    ) -> Result<Edit, String> {
        let span = span.unwrap_or_default();
        let text = bracketed(self.source.text, (span.start, span.end), items, change);
        text.map(Edit::Text).ok_or_else(|| super::ELSEWHERE.to_owned())
    }

    fn spliced(&self, range: Range<usize>, new: &str) -> String {
        let text = self.source.text;
        [
            self.source.slice(0, range.start),
            new,
            self.source.slice(range.end, text.len()),
        ]
        .concat()
    }
}

fn span_of_key(key: &ObjectKey) -> Option<Range<usize>> {
    match key {
        ObjectKey::Ident(ident) => ident.span(),
        ObjectKey::Expression(expression) => expression.span(),
    }
}
