//! Goes along an address in TOML, and cuts new text in at its end.

use serde_json::Value;
use toml_edit::{Array, Item, Table, TableLike, Value as Toml};

use super::{key, scalar, table, written};
use crate::address::Step;
use crate::automation::PatchOp;
use crate::yaml::edit::{Bracketed, bracketed};
use crate::yaml::source::Source;
use crate::yaml::tree::Tree;

/// What an edit comes to.
pub(super) enum Found {
    Same,
    Nothing(String),
    Text(String),
}

pub(super) fn find(text: &str, root: &Table, steps: &[Step], op: PatchOp, value: &Value) -> Result<Found, String> {
    let walk = Walk {
        source: Source {
            text,
            tree: Tree::default(),
        },
        op,
        value,
    };
    walk.table(root, Container::Section { table: root, own: root }, &[], steps)
}

struct Walk<'w> {
    source: Source<'w>,
    op: PatchOp,
    value: &'w Value,
}

/// Where new entries of a table go.
#[derive(Clone, Copy)]
enum Container<'d> {
    /// On lines of their own: `own` is the table, or what dotted keys make of it in the section of `table`.
    Section { table: &'d Table, own: &'d Table },
    /// In braces.
    Braces(&'d toml_edit::InlineTable),
}

impl Walk<'_> {
    /// `dotted`: the keys between the section and this table.
    fn table(
        &self,
        here: &dyn TableLike,
        container: Container<'_>,
        dotted: &[&str],
        steps: &[Step],
    ) -> Result<Found, String> {
        let Some((Step::Key(name), rest)) = steps.split_first() else {
            return Err(match steps.first() {
                Some(step) => format!("has a table where {step} needs a list"),
                None => "has a table there; name the keys in it".to_owned(),
            });
        };
        let Some((found, item)) = here.get_key_value(name) else {
            return self.add(container, dotted, name, rest);
        };
        let Some((next, behind)) = rest.split_first() else {
            let start = found.span().map(|span| span.start);
            return self.at(item, container, start.zip(item.span().map(|span| span.end)));
        };
        let inner = [dotted, &[name.as_str()]].concat();
        match (item, container) {
            (Item::Table(table), Container::Section { table: section, .. }) if table.is_dotted() => self.table(
                table,
                Container::Section {
                    table: section,
                    own: table,
                },
                &inner,
                rest,
            ),
            (Item::Table(table), _) if table.is_implicit() && table.iter().all(|(_, item)| !item.is_value()) => {
                // It has no header of its own: only what is there can be edited.
                match self.table(table, Container::Section { table, own: table }, &[], rest)? {
                    Found::Text(_) if table.get(&step_name(next)).is_none() => {
                        Err(format!("has no section for `{name}` itself; add `[{name}]` first"))
                    }
                    found => Ok(found),
                }
            }
            (Item::Table(table), _) => self.table(table, Container::Section { table, own: table }, &[], rest),
            (Item::ArrayOfTables(tables), _) => {
                let all: Vec<&Table> = tables.iter().collect();
                let data: Vec<Value> = all.iter().map(|one| table(*one)).collect();
                match chosen(&data, next)? {
                    Some(index) if behind.is_empty() && self.op == PatchOp::Set && data[index] == *self.value => {
                        Ok(Found::Same)
                    }
                    Some(_) if behind.is_empty() => Err("has a table there; name the keys in it".to_owned()),
                    Some(index) => {
                        let table = all[index];
                        self.table(table, Container::Section { table, own: table }, &[], behind)
                    }
                    None => Ok(Found::Nothing(format!("there is no table {next}"))),
                }
            }
            (Item::Value(value), _) => self.value(value, rest),
            (Item::None, _) => Ok(Found::Nothing(format!("there is nothing at `{name}`"))),
        }
    }

    /// Inside a value.
    fn value(&self, value: &Toml, steps: &[Step]) -> Result<Found, String> {
        match (value, steps.split_first()) {
            (Toml::InlineTable(table), _) => self.table(table, Container::Braces(table), &[], steps),
            (Toml::Array(array), Some((step @ (Step::Index(_) | Step::Select(..)), rest))) => {
                let data: Vec<Value> = array.iter().map(scalar).collect();
                let Some(index) = chosen(&data, step)? else {
                    return Ok(Found::Nothing(format!("the list has no item {step}")));
                };
                match (array.get(index), rest.is_empty(), self.op) {
                    (Some(item), false, _) => self.value(item, rest),
                    (Some(_), true, PatchOp::Delete) => self.in_array(array, &Bracketed::Remove(index)),
                    (Some(item), true, _) => self.put(item),
                    (None, ..) => Ok(Found::Nothing(format!("the list has no item {step}"))),
                }
            }
            (_, Some((step, _))) => Err(format!("has a plain value or a list where {step} needs something else")),
            (_, None) => self.put(value),
        }
    }

    /// The end of the way: an entry whose key and value begin and end at `span`.
    fn at(&self, item: &Item, container: Container<'_>, span: Option<(usize, usize)>) -> Result<Found, String> {
        let Item::Value(value) = item else {
            if self.op == PatchOp::Set && super::data(item) == *self.value {
                return Ok(Found::Same);
            }
            return Err("has a table there; name the keys in it".to_owned());
        };
        match (self.op, container, span) {
            (PatchOp::Delete, Container::Section { .. }, Some((start, end))) if self.source.is_first(start) => {
                let (from, to) = (self.source.line_start(start), self.source.next_line(end));
                Ok(Found::Text(self.spliced(from, to, "")))
            }
            (PatchOp::Delete, Container::Braces(table), Some((start, _))) => {
                let items = entries(table);
                let index = items.iter().position(|(begin, _)| *begin == start);
                self.in_braces(table, &items, &Bracketed::Remove(index.unwrap_or(items.len())))
            }
            (PatchOp::Delete, ..) => {
                Err("has a layout there that cannot be edited; use a regular expression".to_owned())
            }
            _ => self.put(value),
        }
    }

    /// Sets a value, or appends to it.
    fn put(&self, value: &Toml) -> Result<Found, String> {
        match (self.op, value) {
            (PatchOp::Append, Toml::Array(array)) => {
                if array.iter().any(|item| scalar(item) == *self.value) {
                    return Ok(Found::Same);
                }
                self.in_array(array, &Bracketed::Add(written(self.value, None)?))
            }
            (PatchOp::Append, _) => Err("has something there that is no list, so nothing can be appended".to_owned()),
            _ if scalar(value) == *self.value => Ok(Found::Same),
            _ => {
                let span = value.span().unwrap_or_default();
                let before = self.source.slice(span.start, span.end);
                Ok(Found::Text(self.spliced(
                    span.start,
                    span.end,
                    &written(self.value, Some(before))?,
                )))
            }
        }
    }

    /// A key that a table lacks.
    fn add(&self, container: Container<'_>, dotted: &[&str], name: &str, rest: &[Step]) -> Result<Found, String> {
        let mut keys: Vec<String> = dotted.iter().map(|name| key(name)).collect();
        keys.push(key(name));
        for step in rest {
            match step {
                Step::Key(name) => keys.push(key(name)),
                _ => return Ok(Found::Nothing(format!("there is no list with the item {step}"))),
            }
        }
        let value = match self.op {
            PatchOp::Delete => return Ok(Found::Nothing(format!("there is no key `{name}`"))),
            PatchOp::Set => written(self.value, None)?,
            PatchOp::Append => format!("[{}]", written(self.value, None)?),
        };
        let entry = format!("{} = {value}", keys.join("."));
        match container {
            Container::Braces(table) => self.in_braces(table, &entries(table), &Bracketed::Add(entry)),
            Container::Section { table, own } => Ok(Found::Text(self.new_line(table, own, &entry))),
        }
    }

    /// A new line behind the last value of a section, or of what dotted keys make of it.
    fn new_line(&self, section: &Table, own: &Table, entry: &str) -> String {
        let source = &self.source;
        let last = last_value(own).or_else(|| last_value(section));
        if let Some((start, end)) = last {
            let pad = source.slice(source.line_start(start), start);
            let pad = if pad.trim().is_empty() { pad } else { "" };
            let at = source.line_end(end);
            return self.spliced(at, at, &format!("{}{pad}{entry}", source.line_break(at)));
        }
        match section
            .span()
            .filter(|span| source.slice(span.start, span.start + 1) == "[")
        {
            Some(header) => {
                let at = source.line_end(header.start);
                self.spliced(at, at, &format!("{}{entry}", source.line_break(at)))
            }
            None => self.spliced(0, 0, &format!("{entry}{}", source.line_break(0))),
        }
    }

    fn in_array(&self, array: &Array, change: &Bracketed) -> Result<Found, String> {
        let items = array.iter().filter_map(Toml::span).map(|span| (span.start, span.end));
        let span = array.span().unwrap_or_default();
        edited(bracketed(
            self.source.text,
            (span.start, span.end),
            &items.collect::<Vec<_>>(),
            change,
        ))
    }

    fn in_braces(
        &self,
        table: &toml_edit::InlineTable,
        items: &[(usize, usize)],
        change: &Bracketed,
    ) -> Result<Found, String> {
        let span = table.span().unwrap_or_default();
        let padded = match change {
            Bracketed::Add(entry) if items.is_empty() => &Bracketed::Add(format!(" {entry} ")),
            change => change,
        };
        edited(bracketed(self.source.text, (span.start, span.end), items, padded))
    }

    fn spliced(&self, from: usize, to: usize, new: &str) -> String {
        let text = self.source.text;
        [self.source.slice(0, from), new, self.source.slice(to, text.len())].concat()
    }
}

fn edited(text: Option<String>) -> Result<Found, String> {
    text.map(Found::Text).ok_or_else(|| super::ELSEWHERE.to_owned())
}

fn step_name(step: &Step) -> String {
    match step {
        Step::Key(name) => name.clone(),
        step => step.to_string(),
    }
}

/// Which item a step means.
fn chosen(items: &[Value], step: &Step) -> Result<Option<usize>, String> {
    match step {
        Step::Index(index) => Ok(Some(*index).filter(|index| *index < items.len())),
        Step::Select(key, value) => {
            let is_it = |item: &&Value| item[key.as_str()].as_str() == Some(value);
            if items.iter().filter(is_it).count() > 1 {
                return Err(format!(
                    "has several items {step}; name the one that is meant by its number"
                ));
            }
            Ok(items.iter().position(|item| is_it(&item)))
        }
        Step::Key(_) => Err(format!("has a list where {step} needs a table")),
    }
}

/// Beginnings of keys and ends of values in braces, those of dotted keys too.
fn entries(table: &toml_edit::InlineTable) -> Vec<(usize, usize)> {
    let values = table.get_values();
    let mut spans: Vec<_> = values
        .iter()
        .filter_map(|(keys, value)| Some((keys.first()?.span()?.start, value.span()?.end)))
        .collect();
    spans.sort_unstable();
    spans
}

/// Beginning and end of the last value that stands on a line of the section itself.
fn last_value(table: &Table) -> Option<(usize, usize)> {
    let values = table.get_values();
    let spans = values
        .iter()
        .filter_map(|(keys, value)| Some((keys.first()?.span()?.start, value.span()?.end)));
    spans.max_by_key(|(_, end)| *end)
}
