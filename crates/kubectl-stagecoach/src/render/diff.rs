//! The changes as a diff that `git apply` takes, in colours where somebody looks. Pure.

use stagecoach_change::diff::{Form, Line, LineKind};

use super::pull_request::FileChange;
use crate::output::Paint;

/// All changes, one file after the other.
pub(super) fn text(changes: &[FileChange], paint: Paint) -> String {
    let lines = changes.iter().flat_map(|change| change.diff().lines(Form::Plain));
    lines.map(|line| painted(&line, paint) + "\n").collect()
}

fn painted(line: &Line<'_>, paint: Paint) -> String {
    match line.kind {
        LineKind::Header => paint.strong(&line.text),
        LineKind::Place => paint.busy(&line.text),
        LineKind::Deleted => paint.bad(&line.text),
        LineKind::Inserted => paint.good(&line.text),
        LineKind::Context | LineKind::NoEnd | LineKind::Binary => line.text.to_string(),
    }
}
