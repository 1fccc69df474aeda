//! Finds the places where an overlay changes a file, and what is to stand there.

use std::str::FromStr as _;

use serde_json::Value;
use yaml_edit::{Mapping, Sequence, YamlFile, YamlNode};

use super::Trouble;
use super::layout::{Edits, Layout};
use super::merge::merged;
use super::text::{Entry, Target, written};
use crate::automation::ListMerge;

/// Writes the overlay into the file's first document.
pub(super) fn write(
    base: &str,
    overlay: &str,
    base_data: &Value,
    overlay_data: &Value,
    lists: ListMerge,
) -> Result<String, Trouble> {
    let parse = |text: &str| YamlFile::from_str(text).map_err(|error| error.to_string());
    let overlay_tree = parse(overlay).map_err(Trouble::Overlay)?;
    let Some(overlay_root) = overlay_tree
        .documents()
        .next()
        .and_then(|document| document.as_mapping())
    else {
        return Err(Trouble::Overlay("it must be a mapping".to_owned()));
    };
    let mut editor = Editor {
        base: Layout { text: base },
        overlay: Layout { text: overlay },
        lists,
        edits: Edits::default(),
    };
    if base_data.is_null() {
        return Ok(editor.appended(&overlay_root));
    }
    let base_tree = parse(base).map_err(Trouble::File)?;
    let Some(base_root) = base_tree.documents().next().and_then(|document| document.as_mapping()) else {
        return Err(Trouble::File(
            "has no mapping at its top, so nothing can be laid over it".to_owned(),
        ));
    };
    editor.mapping(&base_root, &overlay_root, base_data, overlay_data, false);
    let unusual = || Trouble::File("has a layout that overlays cannot edit; use a regular expression".to_owned());
    editor.edits.apply(base).ok_or_else(unusual)
}

struct Editor<'t> {
    base: Layout<'t>,
    overlay: Layout<'t>,
    lists: ListMerge,
    edits: Edits,
}

impl Editor<'_> {
    /// A file without data gets the overlay at its end.
    fn appended(&self, overlay: &Mapping) -> String {
        let root = YamlNode::Mapping(overlay.clone());
        let line_break = self.base.line_break();
        let gap = if self.base.text.is_empty() || self.base.text.ends_with('\n') {
            ""
        } else {
            line_break
        };
        format!(
            "{}{gap}{}{line_break}",
            self.base.text,
            self.overlay.moved(Layout::start(&root), &root, 0, line_break)
        )
    }

    fn mapping(&mut self, base: &Mapping, overlay: &Mapping, base_data: &Value, overlay_data: &Value, in_flow: bool) {
        let flow = in_flow || base.is_flow_style();
        let column = base.entries().next().and_then(|entry| entry.key_node());
        let column = column.map_or(0, |key| self.base.column(Layout::start(&key)));
        let end = self.base.end(&YamlNode::Mapping(base.clone()));
        // New keys stand behind everything that changes in front of them, so they come last.
        let mut new = Vec::new();
        for entry in overlay.entries() {
            let Some(key) = entry.key_node() else { continue };
            let name = key.as_scalar().map(yaml_edit::Scalar::as_string).unwrap_or_default();
            let Some(value) = overlay_data.get(&name) else { continue };
            let entry = Entry {
                column: self.overlay.column(Layout::start(&key)),
                node: entry.value_node(),
                key,
            };
            let before = base.find_entry_by_key(entry.key.clone());
            match before.as_ref().map(|before| (before.key_node(), before.value_node())) {
                Some((Some(base_key), base_value)) => {
                    let before_data = base_data.get(&name).unwrap_or(&Value::Null);
                    self.entry(&base_key, base_value.as_ref(), &entry, before_data, value, flow);
                }
                _ => new.push((entry, value)),
            }
        }
        for (index, (entry, value)) in new.into_iter().enumerate() {
            if flow {
                self.add_to_flow(base, &entry, value, index == 0 && base.is_empty());
            } else {
                self.new_entry(&entry, value, column, end);
            }
        }
    }

    /// A key that both have.
    fn entry(
        &mut self,
        base_key: &YamlNode,
        base_value: Option<&YamlNode>,
        entry: &Entry,
        before: &Value,
        value: &Value,
        flow: bool,
    ) {
        if merged(before, value, self.lists) == *before {
            return;
        }
        match (base_value, entry.node.as_ref()) {
            (Some(YamlNode::Mapping(base)), Some(YamlNode::Mapping(overlay))) => {
                self.mapping(base, overlay, before, value, flow);
            }
            (Some(YamlNode::Sequence(base)), Some(YamlNode::Sequence(more))) if self.lists == ListMerge::Append => {
                self.append(base, more, value, flow);
            }
            _ => self.replace(base_key, base_value, entry, value, flow),
        }
    }

    fn replace(&mut self, base_key: &YamlNode, before: Option<&YamlNode>, entry: &Entry, value: &Value, flow: bool) {
        let colon = self.base.colon(base_key);
        let start = before.map_or(colon, Layout::start).max(colon);
        let end = before.map_or(colon, |before| self.base.end(before)).max(start);
        let source = self.base.slice(start, end);
        let list = matches!(before, Some(YamlNode::Sequence(sequence)) if !sequence.is_flow_style());
        let map = matches!(before, Some(YamlNode::Mapping(mapping)) if !mapping.is_flow_style());
        let target = Target {
            column: self.base.column(Layout::start(base_key)),
            flow,
            before: (!source.is_empty() && !list && !map).then_some(source),
            list: list.then(|| self.base.column(start)),
            line_break: self.base.line_break(),
        };
        let new = written(self.overlay, entry, value, &target);
        let below = new
            .below
            .map(|below| format!("{}{below}", target.line_break))
            .unwrap_or_default();
        if list || map {
            // What stands behind the key, a comment or an anchor, stays there.
            if !new.inline.is_empty() {
                self.edits.insert(colon, format!(" {}", new.inline));
            }
            self.edits
                .replace(self.base.line_end(colon), self.base.line_end(end), below);
            return;
        }
        if new.inline.is_empty() {
            let gap = self.base.slice(colon, start).trim_end().len();
            self.edits.replace(colon + gap, end, "");
        } else {
            let space = if start == colon { " " } else { "" };
            self.edits.replace(start, end, format!("{space}{}", new.inline));
        }
        self.edits.insert(self.base.line_end(end), below);
    }

    /// A key that the file lacks, on lines of its own behind those of the mapping.
    fn new_entry(&mut self, entry: &Entry, value: &Value, column: usize, end: usize) {
        let line_break = self.base.line_break();
        let target = Target {
            column,
            flow: false,
            before: None,
            list: None,
            line_break,
        };
        let key = self
            .overlay
            .slice(Layout::start(&entry.key), self.overlay.end(&entry.key));
        let new = written(self.overlay, entry, value, &target);
        let space = if new.inline.is_empty() { "" } else { " " };
        let below = new
            .below
            .map(|below| format!("{line_break}{below}"))
            .unwrap_or_default();
        let text = format!("{line_break}{}{key}:{space}{}{below}", " ".repeat(column), new.inline);
        self.edits.insert(self.base.line_end(end), text);
    }

    /// A key that a mapping in braces lacks, behind its last one.
    fn add_to_flow(&mut self, base: &Mapping, entry: &Entry, value: &Value, empty: bool) {
        let key = self
            .overlay
            .slice(Layout::start(&entry.key), self.overlay.end(&entry.key));
        let node = YamlNode::Mapping(base.clone());
        let last = base
            .entries()
            .last()
            .and_then(|entry| entry.value_node().or_else(|| entry.key_node()));
        let at = last.map_or_else(|| Layout::start(&node) + 1, |last| self.base.end(&last));
        let comma = if empty { "" } else { ", " };
        self.edits.insert(at, format!("{comma}{key}: {value}"));
    }

    /// More items for a list.
    fn append(&mut self, base: &Sequence, more: &Sequence, items: &Value, in_flow: bool) {
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        if items.is_empty() {
            return;
        }
        let node = YamlNode::Sequence(base.clone());
        let line_break = self.base.line_break();
        if in_flow || base.is_flow_style() {
            let at = base
                .last()
                .map_or_else(|| Layout::start(&node) + 1, |last| self.base.end(&last));
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            let comma = if base.is_empty() { "" } else { ", " };
            return self.edits.insert(at, format!("{comma}{}", items.join(", ")));
        }
        let column = self.base.column(Layout::start(&node));
        let lines = if more.is_flow_style() {
            let indent = " ".repeat(column);
            let lines: Vec<String> = items.iter().map(|item| format!("{indent}- {item}")).collect();
            lines.join(line_break)
        } else {
            let more = YamlNode::Sequence(more.clone());
            self.overlay.moved(Layout::start(&more), &more, column, line_break)
        };
        let at = self.base.line_end(self.base.end(&node));
        self.edits.insert(at, format!("{line_break}{lines}"));
    }
}
