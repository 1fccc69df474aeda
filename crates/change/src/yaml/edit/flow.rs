//! Edits in braces and brackets.

use super::{Editor, Place, Removal, Slot};
use crate::yaml::change::{Name, New};
use crate::yaml::tree::{Kind, Node};
use crate::yaml::write::{name, one_line};

impl Editor<'_, '_> {
    pub(super) fn flow_pair(&self, key: &Name<'_>, new: &New<'_>) -> String {
        format!("{}: {}", name(key, true, self.style.json), self.flow_value(new))
    }

    pub(super) fn flow_value(&self, new: &New<'_>) -> String {
        one_line(new.value(), None, self.style)
    }

    pub(super) fn replace_in_flow(&mut self, id: usize, slot: Slot, new: &New<'_>) {
        let node = *self.base.node(id);
        let before = (node.kind != Kind::Empty).then(|| self.base.content(id));
        let text = one_line(new.value(), before, self.style);
        let start = if self.keeps_properties(id, new) {
            node.content()
        } else {
            node.start()
        };
        match slot.place {
            Place::Value(key) if node.kind == Kind::Empty && node.lead() == 0 => {
                self.splices.insert(self.base.node(key).end(), format!(": {text}"));
            }
            _ if node.kind == Kind::Empty => self.splices.insert(node.end(), format!(" {text}")),
            _ => self.splices.replace(start, node.end(), text),
        }
    }

    /// Takes out entries or items, and puts new ones behind the last one that stays, whose beginning and end are `last`.
    pub(super) fn change_flow(
        &mut self,
        id: usize,
        mut runs: Vec<Removal>,
        last: Option<(usize, usize)>,
        new: &[String],
    ) {
        match runs.pop() {
            // New ones take the place of the last ones, and their comma.
            Some(run) if run.next.is_none() && !new.is_empty() => {
                let pad = self.base.slice(self.base.line_start(run.start), run.start);
                let apart = if self.base.is_first(run.start) {
                    format!(",{}{pad}", self.style.line_break)
                } else {
                    ", ".to_owned()
                };
                self.splices.replace(run.start, run.end, new.join(&apart));
            }
            run => {
                runs.extend(run);
                for (index, text) in new.iter().enumerate() {
                    self.add_to_flow(id, last, text, index == 0);
                }
            }
        }
        for Removal { id, start, end, next } in runs {
            let next = next.map(|next| *self.base.node(next));
            self.remove_from_flow(start, self.base.node(id).lead(), end, next);
        }
    }

    /// A new entry or item behind the last one that stays, given its beginning and end.
    fn add_to_flow(&mut self, id: usize, last: Option<(usize, usize)>, text: &str, first: bool) {
        let node = *self.base.node(id);
        let Some((start, end)) = last else {
            let comma = if first { "" } else { ", " };
            return self.splices.insert(node.content() + 1, format!("{comma}{text}"));
        };
        let line_end = self.base.line_end(end);
        if !self.base.is_first(start) || line_end >= node.end() {
            return self.splices.insert(end, format!(", {text}"));
        }
        // Each on a line of its own.
        let line_break = self.style.line_break;
        let pad = self.base.slice(self.base.line_start(start), start);
        let rest = self.base.slice(end, line_end);
        if rest.trim_start().starts_with(',') {
            return self.splices.insert(line_end, format!("{line_break}{pad}{text},"));
        }
        self.splices.insert(if first { end } else { line_end }, ",");
        self.splices.insert(line_end, format!("{line_break}{pad}{text}"));
    }

    /// Takes out what stands from `start` to `end`, with one comma. `comma`: the one in front, 0 where there is none.
    fn remove_from_flow(&mut self, start: usize, comma: usize, end: usize, next: Option<Node>) {
        let line_end = self.base.line_end(end);
        let behind = match next {
            Some(next) => next.lead() + 1,
            None => self.comma_behind(end, line_end).unwrap_or(end),
        };
        let rest = self.base.slice(behind.min(line_end), line_end).trim();
        let alone =
            self.base.is_first(start) && behind <= line_end && (rest.is_empty() || rest.starts_with(['#', '/']));
        let lines = (self.base.line_start(start), self.base.next_line(end));
        match next {
            _ if alone && (next.is_some() || behind > end) => self.splices.replace(lines.0, lines.1, ""),
            Some(next) if self.base.slice(behind, next.start()).trim().is_empty() => {
                self.splices.replace(start, next.start(), "");
            }
            Some(_) => self.splices.replace(start, behind, ""),
            None if alone && comma > 0 => {
                self.splices.replace(comma, comma + 1, "");
                self.splices.replace(lines.0, lines.1, "");
            }
            None if comma > 0 => self.splices.replace(comma, end, ""),
            None => self.splices.replace(start, end, ""),
        }
    }

    /// Behind the comma that follows the last thing on its line, if there is one.
    fn comma_behind(&self, end: usize, line_end: usize) -> Option<usize> {
        let rest = self.base.slice(end, line_end);
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest.get(blanks..)?.starts_with(',').then_some(end + blanks + 1)
    }
}
