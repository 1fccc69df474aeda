//! How a value of the overlay is written into the file: in the file's quotes, lines and indentation.

use serde_json::Value;
use yaml_edit::YamlNode;

use super::layout::{Layout, shifted};

/// A key of the overlay with its value.
pub(super) struct Entry {
    pub(super) key: YamlNode,
    pub(super) node: Option<YamlNode>,
    /// The column of the key in the overlay.
    pub(super) column: usize,
}

/// The text of a value.
#[derive(Default)]
pub(super) struct Written {
    /// Behind the colon, on its line.
    pub(super) inline: String,
    /// Whole lines below the key.
    pub(super) below: Option<String>,
}

impl Written {
    fn inline(text: impl Into<String>) -> Self {
        Self {
            inline: text.into(),
            below: None,
        }
    }
}

/// Where a value goes.
pub(super) struct Target<'b> {
    /// The column of its key, or of the list's dashes.
    pub(super) column: usize,
    /// Whether it stands in braces or brackets, where everything is written on one line.
    pub(super) flow: bool,
    /// The value that stood there, where it was no block.
    pub(super) before: Option<&'b str>,
    /// The column of the dashes of the list that stood there.
    pub(super) list: Option<usize>,
    pub(super) line_break: &'static str,
}

/// Writes a value of the overlay.
pub(super) fn written(overlay: Layout<'_>, entry: &Entry, value: &Value, target: &Target<'_>) -> Written {
    let Some(node) = &entry.node else {
        return Written::inline("null");
    };
    if target.flow {
        return Written::inline(value.to_string());
    }
    let source = overlay.slice(Layout::start(node), overlay.end(node));
    let one_line = !source.contains('\n');
    match node {
        YamlNode::Scalar(scalar) if scalar.is_block() => block_scalar(source, entry, value, target),
        YamlNode::Scalar(_) if source.is_empty() => Written::inline("null"),
        YamlNode::Scalar(_) if one_line => Written::inline(scalar(source, value, target.before)),
        YamlNode::Mapping(mapping) if !mapping.is_flow_style() => below(overlay, entry, node, target),
        YamlNode::Sequence(sequence) if !sequence.is_flow_style() => below(overlay, entry, node, target),
        YamlNode::Mapping(_) | YamlNode::Sequence(_) | YamlNode::TaggedNode(_) if one_line => Written::inline(source),
        // Aliases are the overlay's own, and what is spread over lines is written on one.
        _ => Written::inline(value.to_string()),
    }
}

/// A collection on lines of its own, with the comments in front of it, as far from its key as the overlay has it; a list where
/// the list before it stood.
fn below(overlay: Layout<'_>, entry: &Entry, node: &YamlNode, target: &Target<'_>) -> Written {
    let old = overlay.column(Layout::start(node));
    let column = match target.list {
        Some(list) if node.is_sequence() => list,
        _ => (target.column + old).saturating_sub(entry.column),
    };
    let next_line = overlay.line_end(overlay.colon(&entry.key));
    let from = next_line
        + overlay
            .slice(next_line, Layout::start(node))
            .find('\n')
            .map_or(0, |newline| newline + 1);
    Written {
        inline: String::new(),
        below: Some(overlay.moved(from, node, column, target.line_break)),
    }
}

/// `|` and `>` keep their form, unless they say their indentation themselves.
fn block_scalar(source: &str, entry: &Entry, value: &Value, target: &Target<'_>) -> Written {
    let (header, lines) = source.split_once('\n').unwrap_or((source, ""));
    let header = header.trim_end();
    if header.contains(|c: char| c.is_ascii_digit() || c == '+') || lines.is_empty() {
        return Written::inline(value.to_string());
    }
    Written {
        inline: header.to_owned(),
        below: Some(shifted(lines, entry.column, target.column, target.line_break)),
    }
}

/// A text takes the quotes of the one that stood there; everything else is written as the overlay writes it.
fn scalar(source: &str, value: &Value, before: Option<&str>) -> String {
    let Value::String(text) = value else {
        return source.to_owned();
    };
    let quotable = !text.chars().any(char::is_control);
    match before.and_then(|before| before.chars().next()) {
        Some('"') => value.to_string(),
        Some('\'') if quotable => format!("'{}'", text.replace('\'', "''")),
        Some('\'' | '|' | '>') | None => source.to_owned(),
        Some(_) if is_plain_everywhere(text) => text.clone(),
        Some(_) => source.to_owned(),
    }
}

/// Whether every reader takes this text for a text without quotes, those of YAML 1.1 too.
fn is_plain_everywhere(text: &str) -> bool {
    let words = [
        "y", "yes", "n", "no", "true", "false", "on", "off", "null", "nan", "inf",
    ];
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let simple = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '+' | '@'));
    begins && simple && !words.contains(&text.to_ascii_lowercase().as_str())
}
