//! The text of the pull request: the automation's message first and untouched, then what the operator adds, as far as it is
//! known without a cluster. Pure.

use similar::{ChangeTag, TextDiff};
use stagecoach_api::pr_automation::ConfigurationType;
use stagecoach_change::Op;

use super::{Job, RUN, pull_request::FileChange};

/// Lines of a file's diff that are shown.
const DIFF_LINES: usize = 40;
/// Files that are listed.
const FILES: usize = 50;
/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// Writes the body.
pub(super) fn body(job: &Job<'_>, message: &str, changes: &[FileChange], warnings: &[String]) -> String {
    let mut text = Text::default();
    let message = message.trim_end();
    if !message.is_empty() {
        text.line(message);
        text.line("");
    }
    text.line("---");
    text.line("");
    about(job, &mut text);
    text.line("### What changes");
    text.line("");
    for change in changes.iter().take(FILES) {
        changed(change, &mut text);
    }
    if changes.len() > FILES {
        text.line(&format!("... and {} more files.", changes.len() - FILES));
    }
    for warning in warnings {
        text.line(&format!("> **Warning:** {warning}"));
    }
    if let Some(stage) = &job.arguments.stage {
        text.line("### What comes next");
        text.line("");
        text.line(&format!(
            "Once this is merged, Stagecoach waits until the merge commit runs in **{stage}** and is healthy. \
             Closing this pull request without a merge ends the promotion."
        ));
    }
    text.0
}

/// Where the change belongs, and the values.
fn about(job: &Job<'_>, text: &mut Text) {
    let arguments = job.arguments;
    text.line("| | |");
    text.line("|---|---|");
    if job.pipeline.is_none() && arguments.stage.is_none() {
        text.line(&format!("| PrAutomation | `{}` |", job.automation.name));
    }
    if let Some(pipeline) = &job.pipeline {
        let stage = arguments.stage.as_ref().map(|stage| format!(": **{stage}**"));
        text.line(&format!("| Pipeline | `{pipeline}`{} |", stage.unwrap_or_default()));
    }
    if let Some(stage) = &arguments.stage {
        text.line(&format!("| Stage | **{stage}** |"));
        text.line(&format!("| Context | run {RUN} |"));
    }
    for (key, value) in job.given {
        let shown = if is_hidden(job, key) {
            "(hidden)".to_owned()
        } else {
            shown(value)
        };
        text.line(&format!("| `{}` | `{}` |", cell(key), cell(&shown)));
    }
    if let Some(service) = &arguments.service {
        text.line(&format!("| Services | {service} |"));
    }
    text.line("");
}

fn is_hidden(job: &Job<'_>, key: &str) -> bool {
    let mut entries = job.automation.object.spec.configuration.iter();
    entries.any(|entry| entry.name == key && entry.type_ == ConfigurationType::Password)
}

fn shown(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

fn changed(change: &FileChange, text: &mut Text) {
    let before = change.before.as_deref().map(str::from_utf8);
    let after = change.after.as_deref().map(str::from_utf8);
    let both = before.and_then(Result::ok).zip(after.and_then(Result::ok));
    let what = match (change.op, both) {
        (Op::Create, _) => "is created",
        (Op::Delete, _) => "is deleted",
        (Op::Update, Some(_)) => "is changed:",
        (Op::Update, None) => "is changed (not text)",
    };
    text.line(&format!("`{}` {what}", change.path));
    text.line("");
    if let Some((before, after)) = both {
        block(before, after, text);
    }
}

/// The lines that go and come.
fn block(before: &str, after: &str, text: &mut Text) {
    let diff = TextDiff::from_lines(before, after);
    let sign = |tag| match tag {
        ChangeTag::Delete => Some('-'),
        ChangeTag::Insert => Some('+'),
        ChangeTag::Equal => None,
    };
    let lines: Vec<String> = diff
        .iter_all_changes()
        .filter_map(|change| {
            Some(format!(
                "{}{}",
                sign(change.tag())?,
                change.value().trim_end_matches(['\r', '\n'])
            ))
        })
        .collect();
    // A fence longer than any in the text cannot be closed by it.
    let ticks = lines
        .iter()
        .flat_map(|line| line.split(|c| c != '`'))
        .map(str::len)
        .max();
    let fence = "`".repeat(ticks.unwrap_or(0).max(2) + 1);
    text.line(&format!("{fence}diff"));
    for line in lines.iter().take(DIFF_LINES) {
        text.line(line);
    }
    if lines.len() > DIFF_LINES {
        text.line(&format!("... {} more lines", lines.len() - DIFF_LINES));
    }
    text.line(&fence);
    text.line("");
}

/// A value inside a table cell.
fn cell(value: &str) -> String {
    value.replace(['\n', '\r'], " ").replace('|', "\\|").replace('`', "'")
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }
}
