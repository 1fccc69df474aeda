//! The text of a trigger's pull request: the recipe's message first and untouched, then who asked for it and with which
//! values. Pure.

use std::fmt::Write as _;

use kube::ResourceExt as _;
use stagecoach_delivery::{Proposal, shown};

use super::observe::Observed;

/// Files that are listed.
const FILES: usize = 50;

/// What there is to say.
pub(crate) struct Story<'a> {
    pub(crate) observed: &'a Observed,
    pub(crate) message: &'a str,
    /// Names of values that are not shown.
    pub(crate) hidden: &'a [String],
    pub(crate) proposal: &'a Proposal,
}

/// Tells the pull request of one generation of one object from all others; readers do not see it.
pub(crate) fn mark(observed: &Observed) -> String {
    let uid = observed.trigger.uid().unwrap_or_default();
    format!("<!-- stagecoach.dev/trigger: {uid}/{} -->", observed.generation())
}

/// Writes the body.
pub(crate) fn body(story: &Story<'_>) -> String {
    let trigger = &story.observed.trigger;
    let mut text = String::new();
    let message = story.message.trim_end();
    if !message.is_empty() {
        line(&mut text, &format!("{message}\n"));
    }
    line(&mut text, "---\n\n| | |\n|---|---|");
    let generation = story.observed.generation();
    let asked = format!("`{}`, generation {generation}", story.observed.key);
    line(&mut text, &format!("| PrAutomationTrigger | {asked} |"));
    let automation = trigger.spec.pr_automation_ref.name();
    line(&mut text, &format!("| PrAutomation | `{automation}` |"));
    let hidden: Vec<&str> = story.hidden.iter().map(String::as_str).collect();
    for (key, value) in shown(&trigger.spec.context, &hidden) {
        line(&mut text, &format!("| `{}` | `{}` |", cell(&key), cell(&value)));
    }
    line(&mut text, "\n### What changes\n");
    let changes = &story.proposal.changes;
    for (path, sides) in changes.iter().take(FILES) {
        line(&mut text, &format!("- `{path}` is {}d", sides.op().name()));
    }
    if changes.len() > FILES {
        line(&mut text, &format!("- ... and {} more files", changes.len() - FILES));
    }
    for warning in &story.proposal.warnings {
        line(&mut text, &format!("\n> **Warning:** {warning}"));
    }
    line(&mut text, &format!("\n{}", mark(story.observed)));
    text
}

/// A value inside a table cell.
fn cell(value: &str) -> String {
    value.replace(['\n', '\r'], " ").replace('|', "\\|").replace('`', "'")
}

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

#[cfg(test)]
mod tests;
