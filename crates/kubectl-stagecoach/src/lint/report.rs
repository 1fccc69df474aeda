//! Findings for people, and for programs. Pure.

use serde::Serialize;

use super::{
    finding::{Finding, Level},
    object::Objects,
};
use crate::output::Paint;

/// FILE:LINE:COLUMN: level: sentence.
pub(super) fn line(finding: &Finding, paint: Paint) -> String {
    let level = match finding.level {
        Level::Error => paint.bad(finding.level.name()),
        Level::Warning => paint.waiting(finding.level.name()),
        Level::Note => paint.faint(finding.level.name()),
    };
    let Finding {
        file,
        spot,
        message,
        object,
        ..
    } = finding;
    let object = object.as_ref().map(|object| format!("{object}: ")).unwrap_or_default();
    format!("{file}:{}:{}: {level}: {object}{message}", spot.line, spot.column)
}

/// How much was looked at, and how much was found.
pub(super) fn summary(objects: &Objects<'_>, files: usize, findings: &[Finding]) -> String {
    let ours = objects.all().iter().filter(|object| object.is_ours()).count();
    let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    format!(
        "{} in {}: {}, {}, {}",
        several(ours, "object"),
        several(files, "file"),
        several(count(Level::Error), "error"),
        several(count(Level::Warning), "warning"),
        several(count(Level::Note), "note")
    )
}

fn several(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The findings as they are written.
#[derive(Serialize)]
pub(super) struct View<'v> {
    findings: Vec<FindingView<'v>>,
    skipped: &'v [String],
}

#[derive(Serialize)]
struct FindingView<'v> {
    file: &'v str,
    line: usize,
    column: usize,
    level: &'static str,
    rule: &'static str,
    object: Option<&'v str>,
    message: &'v str,
}

pub(super) fn view<'v>(findings: &'v [Finding], skipped: &'v [String]) -> View<'v> {
    let finding = |finding: &'v Finding| FindingView {
        file: &finding.file,
        line: finding.spot.line,
        column: finding.spot.column,
        level: finding.level.name(),
        rule: finding.rule,
        object: finding.object.as_deref(),
        message: &finding.message,
    };
    View {
        findings: findings.iter().map(finding).collect(),
        skipped,
    }
}
