//! YAML edits that change the bytes that must change and no other.
//!
//! `parse` finds where everything stands, in one pass. An overlay, or an address with a value, becomes a [`change::Change`] of
//! that tree; `edit` cuts new text into its places. Afterwards the result is read again and held against the tree before
//! (`check`): what the change does not name must be there byte for byte, and what it names must say the wanted value to another
//! reader. What means anything else than it should is refused, never written. So comments, order, quoting, anchors, line ends
//! and other documents stay, and the cost grows with the file and not faster.

pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod differ;
pub(crate) mod edit;
mod merge;
mod overlay;
pub(crate) mod parse;
pub(crate) mod patch;
pub(crate) mod source;
mod splice;
pub(crate) mod text;
pub(crate) mod tree;
mod window;
pub(crate) mod write;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use merge::merged;
use serde_json::Value;

use crate::address::Step;
use crate::automation::{ListMerge, PatchOp};
use crate::error::first_line;
use change::Change;
use check::{Check, obstacle};
use patch::{Found, Mappings, Wish};
use source::Source;
use tree::Kind;
use write::Style;

/// How deep collections may stand in one another: what the reader's stack takes on a small thread.
const DEEPEST: usize = 60;
/// Limits for files, far above those of real ones: nodes, and comment lines in a row.
const MOST_NODES: usize = 2_000_000;
const MOST_COMMENTS: usize = 100_000;
/// Nodes under anchors, counted again for each alias: what aliases of aliases multiply.
const MOST_ANCHORED: usize = 100_000;
/// Files up to this size are also compared as data, whole, with another reader.
pub(crate) const SMALL: usize = 32 << 10;
const ELSEWHERE: &str = "cannot be edited there without changing something else (an anchor, a merge key or an unusual layout); use a regular expression";

/// What the other reader says of valid YAML that its data cannot hold: `.nan`, `.inf`, and a null as a key.
const NO_DATA: [&str; 2] = ["non-finite float", "null into string"];

/// What the other reader says where its limits end, however deep it tells it from.
const TOO_MUCH: [&str; 2] = ["budget breached", "recursion limit exceeded"];

/// Why YAML cannot be read or edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The overlay itself.
    Overlay(String),
    /// The file.
    File(String),
}

/// What an edit comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    /// The file says it already.
    Same,
    /// The new text.
    Text(String),
    /// There is nothing at the address; says what is missing.
    Nothing(String),
}

/// Lays YAML over the first document of a file. `None`: the file says all that already.
pub(crate) fn overlaid(file: &str, overlay: &str, lists: ListMerge) -> Result<Option<String>, Trouble> {
    let mut overlays = documents(overlay).map_err(Trouble::Overlay)?;
    if overlays.len() > 1 {
        return Err(Trouble::Overlay(
            "it has several documents; give each its own overlay".to_owned(),
        ));
    }
    let data = overlays.pop().unwrap_or(Value::Null);
    let base = Source::yaml(file).map_err(Trouble::File)?;
    if data.is_null() {
        return Ok(None);
    }
    if !data.is_object() {
        return Err(Trouble::Overlay("it must be a mapping".to_owned()));
    }
    // What this crate's own reader does not know is taken as data.
    let laid = Source::yaml(overlay).unwrap_or_else(|_| Source {
        text: overlay,
        tree: tree::Tree::default(),
    });
    let over = overlay::Over::new(&laid, &data);
    let change = match base.tree.roots.first().map(|root| root.node) {
        Some(root) if base.node(root).kind == Kind::Mapping => {
            overlay::over(&base, root, over, lists).map_err(Trouble::File)?
        }
        Some(root) if base.data(root) != Ok(Value::Null) => {
            return Err(Trouble::File(
                "has no mapping at its top, so nothing can be laid over it".to_owned(),
            ));
        }
        _ if data.as_object().is_some_and(serde_json::Map::is_empty) => None,
        _ => Some(Change::Become(over.new_value())),
    };
    let Some(change) = change else { return Ok(None) };
    write(&base, 0, &change).map(Some).map_err(Trouble::File)
}

/// Sets, deletes or appends what stands at an address in one document of a file. Fails with what is wrong with the file.
pub(crate) fn patched(
    file: &str,
    document: usize,
    steps: &[Step],
    op: PatchOp,
    value: &Value,
) -> Result<Edited, String> {
    wished(file, document, steps, Wish::of(op, value))
}

/// Lays a value over what stands at an address in the first document of a file, as Helm lays values over values: mappings merge.
pub(crate) fn laid(file: &str, steps: &[Step], value: &Value) -> Result<Edited, String> {
    let wish = Wish {
        mappings: Mappings::Merge,
        ..Wish::of(PatchOp::Set, value)
    };
    wished(file, 0, steps, wish)
}

fn wished(file: &str, document: usize, steps: &[Step], wish: Wish<'_>) -> Result<Edited, String> {
    let base = Source::yaml(file)?;
    let root = base.tree.roots.get(document).map(|root| root.node);
    if root.is_none() && document > 0 {
        return Ok(Edited::Nothing(format!(
            "the file has no document {document}, counted from 0"
        )));
    }
    match patch::find(&base, root, steps, wish)? {
        Found::Same => Ok(Edited::Same),
        Found::Nothing(what) => Ok(Edited::Nothing(what)),
        Found::Change(change) => Ok(Edited::Text(write(&base, document, &change)?)),
    }
}

/// Writes a change, and checks what came out.
fn write(base: &Source<'_>, document: usize, change: &Change<'_>) -> Result<String, String> {
    let root = base.tree.roots.get(document).map(|root| root.node);
    if let Some(why) = root.and_then(|root| obstacle(base, root, change)) {
        return Err(why);
    }
    let style = Style::of(base);
    let mut text = edit::edited(base, document, change, style).ok_or(ELSEWHERE)?;
    // Readers differ in whether a text of several lines at the very end needs the last line break.
    let ends_in_block = |source: &Source<'_>| {
        source
            .tree
            .len()
            .checked_sub(1)
            .is_some_and(|last| source.node(last).kind == Kind::Literal)
    };
    if !text.ends_with('\n') && !ends_in_block(base) && Source::yaml(&text).is_ok_and(|after| ends_in_block(&after)) {
        text.push_str(style.line_break);
    }
    if is_written(base, &text, document, change)? {
        return Ok(text);
    }
    Err(ELSEWHERE.to_owned())
}

/// Whether a text is the one before with this change and no other. Fails where the text before is none that can be edited.
fn is_written(base: &Source<'_>, text: &str, document: usize, change: &Change<'_>) -> Result<bool, String> {
    let root = base.tree.roots.get(document).map(|root| root.node);
    if base.text.len() > SMALL
        && let Some(window) = root.and_then(|root| window::of(base, root, change))
    {
        return Ok(window.holds(base, text));
    }
    let Ok(after) = Source::yaml(text) else {
        return Ok(false);
    };
    let check = Check {
        before: base,
        after: &after,
    };
    Ok(check.holds(document, change) && holds_as_data(base, text, document, change)?)
}

/// Small files are read whole by another reader, before and after.
fn holds_as_data(base: &Source<'_>, after: &str, document: usize, change: &Change<'_>) -> Result<bool, String> {
    if base.text.len() > SMALL {
        return Ok(true);
    }
    let mut before = match documents(base.text) {
        Err(error) if NO_DATA.iter().any(|words| error.contains(words)) => return Ok(true),
        before => before?,
    };
    let roots = &base.tree.roots;
    if let (true, Change::Become(new)) = (roots.is_empty(), change) {
        return Ok(documents(after).is_ok_and(|after| matches!(after.as_slice(), [after] if after == new.value())));
    }
    // Readers differ in whether documents without content count.
    if before.len() != roots.len() {
        return Ok(documents(after).is_ok());
    }
    let (Some(data), Some(root)) = (before.get_mut(document), roots.get(document)) else {
        return Ok(false);
    };
    Ok(change.apply(base, root.node, data) && documents(after).as_ref() == Ok(&before))
}

/// The documents of a file as data.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let options = serde_saphyr::options! {
        // As the API server and the original read `0644`.
        legacy_octal_numbers: true,
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: MOST_NODES,
            max_events: 4 * MOST_NODES,
            max_buffered_comment_events: MOST_COMMENTS,
            max_recorded_anchor_events: MOST_ANCHORED,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let message = error.to_string();
        let message = first_line(&message).trim_start_matches("error: ");
        if TOO_MUCH.iter().any(|said| message.contains(said)) {
            return format!(
                "has more in it than is read as YAML: at most {DEEPEST} levels, {MOST_NODES} values, and {MOST_ANCHORED} behind aliases"
            );
        }
        format!("is not valid YAML: {message}")
    })
}

/// A place in a text, in words.
pub(crate) fn place(text: &str, at: usize) -> String {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let lines = before.split(|byte| *byte == b'\n');
    let last = lines.clone().next_back().unwrap_or_default();
    let column = String::from_utf8_lossy(last)
        .trim_start_matches('\u{feff}')
        .chars()
        .count()
        + 1;
    format!("line {} column {column}", lines.count())
}
