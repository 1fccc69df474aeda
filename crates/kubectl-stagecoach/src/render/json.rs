//! The pull request for programs.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use super::pull_request::{FileChange, PullRequest};

/// The pull request as it is written.
#[derive(Serialize)]
pub(super) struct View<'p> {
    branch: &'p str,
    base: Option<&'p str>,
    title: &'p str,
    message: &'p str,
    body: &'p str,
    changes: Vec<ChangeView<'p>>,
    warnings: &'p [String],
}

#[derive(Serialize)]
struct ChangeView<'p> {
    path: &'p str,
    op: &'static str,
    mode: &'static str,
    /// Null for a file that goes.
    content: Option<ContentView<'p>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ContentView<'p> {
    Text(&'p str),
    Binary { base64: String },
}

pub(super) fn view(pull_request: &PullRequest) -> View<'_> {
    View {
        branch: &pull_request.branch,
        base: pull_request.base.as_deref(),
        title: &pull_request.title,
        message: &pull_request.message,
        body: &pull_request.body,
        changes: pull_request.changes.iter().map(change).collect(),
        warnings: &pull_request.warnings,
    }
}

fn change(change: &FileChange) -> ChangeView<'_> {
    ChangeView {
        path: &change.path,
        op: change.op.name(),
        mode: change.mode(),
        content: change.after.as_deref().map(content),
    }
}

fn content(bytes: &[u8]) -> ContentView<'_> {
    match str::from_utf8(bytes) {
        Ok(text) => ContentView::Text(text),
        Err(_) => ContentView::Binary {
            base64: STANDARD.encode(bytes),
        },
    }
}
