//! YAML edits that change the bytes that must change and no other.
//!
//! `overlay` finds the places with a lossless parser and cuts new text into them. Afterwards the result is read again with another
//! parser and held against the merge of the data (`merge`): an edit that means anything else than it should is refused, never
//! written. So comments, order, quoting, anchors, line ends and other documents stay.

mod layout;
mod merge;
mod overlay;
mod text;

#[cfg(test)]
mod tests;

pub(crate) use merge::merged;
use serde_json::Value;

use crate::automation::ListMerge;

/// How deep collections may stand in one another: what the reader's stack takes on a small thread.
const DEEPEST: usize = 60;
/// Limits for files, far above those of real ones: nodes, and comment lines in a row.
const MOST_NODES: usize = 2_000_000;
const MOST_COMMENTS: usize = 100_000;
/// Nodes under anchors, counted again for each alias: what aliases of aliases multiply.
const MOST_ANCHORED: usize = 100_000;

/// Why YAML cannot be read or edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The overlay itself.
    Overlay(String),
    /// The file.
    File(String),
}

/// Lays YAML over the first document of a file. `None`: the file says all that already.
pub(crate) fn overlaid(file: &str, overlay: &str, lists: ListMerge) -> Result<Option<String>, Trouble> {
    let (mark, base) = match file.strip_prefix('\u{feff}') {
        Some(base) => ("\u{feff}", base),
        None => ("", file),
    };
    let before = documents(base).map_err(Trouble::File)?;
    let mut overlays = documents(overlay).map_err(Trouble::Overlay)?;
    if overlays.len() > 1 {
        return Err(Trouble::Overlay(
            "it has several documents; give each its own overlay".to_owned(),
        ));
    }
    let overlay_data = overlays.pop().unwrap_or(Value::Null);
    if overlay_data.is_null() {
        return Ok(None);
    }
    if !overlay_data.is_object() {
        return Err(Trouble::Overlay("it must be a mapping".to_owned()));
    }
    let base_data = before.first().cloned().unwrap_or(Value::Null);
    if !base_data.is_object() && !base_data.is_null() {
        return Err(Trouble::File(
            "has no mapping at its top, so nothing can be laid over it".to_owned(),
        ));
    }
    let wanted = merged(&base_data, &overlay_data, lists);
    if wanted == base_data {
        return Ok(None);
    }
    let after = overlay::write(base, overlay, &base_data, &overlay_data, lists)?;
    verify(&after, &wanted, &before)?;
    Ok(Some(format!("{mark}{after}")))
}

/// The first document must mean what the merge means, and the others what they meant.
fn verify(after: &str, wanted: &Value, before: &[Value]) -> Result<(), Trouble> {
    let documents = documents(after).unwrap_or_default();
    let kept = before.get(1..).unwrap_or_default();
    if documents.first() == Some(wanted) && documents.get(1..).unwrap_or_default() == kept {
        return Ok(());
    }
    let message = "cannot take this overlay without changing something else (an anchor, a merge key or an unusual layout); use a regular expression";
    Err(Trouble::File(message.to_owned()))
}

/// The documents of a file as data.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEEPEST,
            max_nodes: MOST_NODES,
            max_events: 4 * MOST_NODES,
            max_buffered_comment_events: MOST_COMMENTS,
            max_recorded_anchor_events: MOST_ANCHORED,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        // The rest of the message draws the lines around, which may hold secrets.
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default();
        format!("is not valid YAML: {}", first.trim_start_matches("error: "))
    })
}
