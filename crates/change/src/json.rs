//! JSON edits that change the bytes that must change and no other; comments and trailing commas, as editors' settings have them,
//! stay.
//!
//! `parse` makes the same tree of spans that YAML has, so that addresses, changes and the editor are the same. The result is
//! read again and held against the tree before, and small files also as data.

mod parse;

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::address::Step;
use crate::automation::PatchOp;
use crate::yaml::change::Change;
use crate::yaml::check::Check;
use crate::yaml::patch::{Found, Wish, find};
use crate::yaml::source::Source;
use crate::yaml::write::Style;
use crate::yaml::{Edited, SMALL, edit, place};
use parse::{Fault, parse};

const ELSEWHERE: &str = "cannot be edited there without changing something else; use a regular expression";

/// Sets, deletes or appends what stands at an address. Fails with what is wrong with the file.
pub(crate) fn patched(file: &str, steps: &[Step], op: PatchOp, value: &Value) -> Result<Edited, String> {
    let base = read(file)?;
    let root = base.tree.roots.first().map(|root| root.node);
    match find(&base, root, steps, Wish::of(op, value))? {
        Found::Same => Ok(Edited::Same),
        Found::Nothing(what) => Ok(Edited::Nothing(what)),
        Found::Change(change) => Ok(Edited::Text(write(&base, &change)?)),
    }
}

fn read(text: &str) -> Result<Source<'_>, String> {
    let tree = parse(text).map_err(|Fault { at, what }| format!("is not valid JSON: {}: {what}", place(text, at)))?;
    Ok(Source { text, tree })
}

fn write(base: &Source<'_>, change: &Change<'_>) -> Result<String, String> {
    let style = Style {
        step: 2,
        dash: 2,
        line_break: base.line_break(0),
        json: true,
    };
    let text = edit::edited(base, 0, change, style).ok_or(ELSEWHERE)?;
    let after = read(&text).map_err(|_| ELSEWHERE)?;
    let check = Check {
        before: base,
        after: &after,
    };
    if !check.holds(0, change) || !holds_as_data(base, &after, change) {
        return Err(ELSEWHERE.to_owned());
    }
    Ok(text)
}

/// Small files are read whole by another reader, before and after, where they are JSON without more.
fn holds_as_data(base: &Source<'_>, after: &Source<'_>, change: &Change<'_>) -> bool {
    let (Some(root), true) = (base.tree.roots.first(), base.text.len() <= SMALL) else {
        return true;
    };
    let data = |text: &str| serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).ok();
    let Some(mut before) = data(base.text) else { return true };
    change.apply(base, root.node, &mut before) && data(after.text) == Some(before)
}
