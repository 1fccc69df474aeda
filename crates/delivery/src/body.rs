//! The text of a pull request: the automation's message first and untouched, then what Stagecoach adds. The parts that every pull
//! request has; who opens one puts them together. Pure.

use stagecoach_change::diff::{LineKind, text_lines};
use stagecoach_change::{Mode, Op, Secrets};

use crate::Proposal;

/// Lines of a file's diff that are shown.
const DIFF_LINES: usize = 40;
/// Files that are listed.
const FILES: usize = 50;

/// One changed file; no text on a side where it does not exist, is not text, or was not looked at.
#[derive(Clone, Debug)]
pub struct FileText<'a> {
    /// The path in the repository.
    pub path: &'a str,
    /// What happens to it.
    pub op: Op,
    /// As it is.
    pub before: Option<&'a str>,
    /// As it is to be.
    pub after: Option<&'a str>,
    /// The mode that it is to have; none where it keeps its own.
    pub mode: Option<Mode>,
}

/// A body in Markdown, as far as it is written.
#[derive(Clone, Debug)]
pub struct Body(String);

impl Body {
    /// Begins with the message, verbatim, a line under it, and a table without a row.
    pub fn new(message: &str) -> Self {
        let mut body = Self(String::new());
        let message = message.trim_end();
        if !message.is_empty() {
            body.line(message);
            body.line("");
        }
        for line in ["---", "", "| | |", "|---|---|"] {
            body.line(line);
        }
        body
    }

    /// A row of the table, in Markdown.
    pub fn row(&mut self, name: &str, text: &str) {
        self.line(&format!("| {name} | {text} |"));
    }

    /// Keys and values, already fit to be shown, as rows of the table.
    pub fn values(&mut self, values: &[(String, String)]) {
        for (key, value) in values {
            self.row(&format!("`{}`", cell(key)), &format!("`{}`", cell(value)));
        }
    }

    /// A paragraph of its own under a heading.
    pub fn section(&mut self, heading: &str, text: &str) {
        for line in [&format!("### {heading}"), "", text] {
            self.line(line);
        }
    }

    /// What changes, without the secrets in it, and what the edits warn of.
    pub fn changes(&mut self, files: &[FileText<'_>], warnings: &[String], secrets: &Secrets) {
        if files.is_empty() && warnings.is_empty() {
            return;
        }
        for line in ["", "### What changes", ""] {
            self.line(line);
        }
        for file in files.iter().take(FILES) {
            self.file(file, secrets);
        }
        if files.len() > FILES {
            self.line(&format!("... and {} more files.", files.len() - FILES));
        }
        for warning in warnings {
            self.line(&format!("> **Warning:** {warning}"));
        }
    }

    /// As [`Body::changes`], for a proposal.
    pub fn proposal(&mut self, proposal: &Proposal, warnings: &[String]) {
        let changes = proposal.changes.iter();
        let sides: Vec<_> = changes.map(|(path, sides)| (path, sides, sides.text_after())).collect();
        let files = sides.iter().map(|(path, sides, after)| FileText {
            path,
            op: sides.op(),
            before: sides.before.text(),
            after: after.as_deref(),
            mode: sides.mode,
        });
        self.changes(&files.collect::<Vec<_>>(), warnings, &proposal.secrets);
    }

    /// A line as it is.
    pub fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// The text.
    pub fn finish(self) -> String {
        self.0
    }

    fn file(&mut self, file: &FileText<'_>, secrets: &Secrets) {
        let both = file.before.zip(file.after).filter(|(before, after)| before != after);
        let is_same = file.before.is_some() && file.before == file.after;
        let what = match (file.op, file.mode, both) {
            (Op::Create, Some(Mode::Executable), _) => "is created, executable",
            (Op::Create, Some(Mode::Regular) | None, _) => "is created",
            (Op::Delete, ..) => "is deleted",
            (Op::Update, Some(Mode::Executable), _) if is_same => "becomes executable",
            (Op::Update, Some(Mode::Regular), _) if is_same => "is no longer executable",
            (Op::Update, Some(Mode::Executable), Some(_)) => "becomes executable, and is changed:",
            (Op::Update, Some(Mode::Regular), Some(_)) => "is no longer executable, and is changed:",
            (Op::Update, None, Some(_)) => "is changed:",
            (Op::Update, _, None) => "is changed (not text)",
        };
        self.line(&format!("`{}` {what}", file.path));
        self.line("");
        if let Some((before, after)) = both {
            self.diff(before, after, secrets);
        }
    }

    /// The lines that go and come.
    fn diff(&mut self, before: &str, after: &str, secrets: &Secrets) {
        let changes = text_lines(before, after).into_iter();
        let lines = changes.filter(|line| matches!(line.kind, LineKind::Deleted | LineKind::Inserted));
        let shown = |line: &str| secrets.hide(line.trim_end_matches('\r').to_owned());
        let lines: Vec<String> = lines.map(|line| shown(&line.text)).collect();
        // A fence longer than any in the text cannot be closed by it.
        let ticks = lines.iter().flat_map(|line| line.split(|c| c != '`'));
        let fence = "`".repeat(ticks.map(str::len).max().unwrap_or(0).max(2) + 1);
        self.line(&format!("{fence}diff"));
        for line in lines.iter().take(DIFF_LINES) {
            self.line(line);
        }
        if lines.len() > DIFF_LINES {
            self.line(&format!("... {} more lines", lines.len() - DIFF_LINES));
        }
        self.line(&fence);
        self.line("");
    }
}

/// A value inside a table cell.
fn cell(value: &str) -> String {
    value.replace(['\n', '\r'], " ").replace('|', "\\|").replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(after: &str) -> String {
        let mut body = Body::new("m");
        let file = FileText {
            path: "a.md",
            op: Op::Update,
            before: Some(""),
            after: Some(after),
            mode: None,
        };
        body.values(&[("k".to_owned(), "a|b`c\nd".to_owned())]);
        body.changes(&[file], &["look".to_owned()], &Secrets::default());
        body.finish()
    }

    #[test]
    fn text_cannot_break_out_of_its_block() {
        let text = changed("```\n# injected\n");
        assert!(text.contains("````diff\n+```\n+# injected\n````"), "{text}");
        assert!(text.contains("| `k` | `a\\|b'c d` |"), "{text}");
        assert!(text.ends_with("> **Warning:** look\n"), "{text}");
    }

    #[test]
    fn modes_are_told() {
        let file = |op, before, mode| FileText {
            path: "run.sh",
            op,
            before,
            after: Some("new"),
            mode: Some(mode),
        };
        for (file, words) in [
            (file(Op::Create, None, Mode::Executable), "is created, executable\n"),
            (file(Op::Update, Some("new"), Mode::Executable), "becomes executable\n"),
            (
                file(Op::Update, Some("old"), Mode::Regular),
                "is no longer executable, and is changed:\n\n```diff\n",
            ),
        ] {
            let mut body = Body::new("");
            body.changes(&[file], &[], &Secrets::default());
            let text = body.finish();
            assert!(text.contains(&format!("`run.sh` {words}")), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let entry = serde_json::json!([{"name": "token", "type": "PASSWORD"}]);
        let entry: Vec<_> = serde_json::from_value(entry).unwrap();
        let secrets = Secrets::of(&entry, &serde_json::json!({"token": "s3cret"}));
        let file = FileText {
            path: "a.yaml",
            op: Op::Update,
            before: Some("token: old\n"),
            after: Some("token: s3cret\n"),
            mode: None,
        };
        let mut body = Body::new("m");
        body.changes(&[file], &[], &secrets);
        let text = body.finish();
        assert!(text.contains("-token: old\n+token: <hidden>\n"), "{text}");
        let mut body = Body::new("m");
        body.changes(&[], &[], &secrets);
        assert!(!body.finish().contains("What changes"));
    }

    #[test]
    fn a_long_diff_is_cut() {
        let text = changed(&"line\n".repeat(500));
        assert!(text.contains("... 460 more lines"), "{text}");
    }

    #[test]
    fn many_files_are_counted() {
        let file = FileText {
            path: "a",
            op: Op::Create,
            before: None,
            after: Some("x"),
            mode: Some(Mode::Regular),
        };
        let mut body = Body::new("");
        body.changes(&vec![file; 60], &[], &Secrets::default());
        let text = body.finish();
        assert_eq!(text.matches("`a` is created").count(), 50);
        assert!(text.contains("... and 10 more files."), "{text}");
        assert!(text.starts_with("---\n"), "{text}");
    }
}
