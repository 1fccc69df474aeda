//! The changes as a unified diff that `git apply` takes. Pure.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};
use stagecoach_change::Op;

use super::pull_request::FileChange;
use crate::output::Paint;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;
/// After which a diff is as good as it is: files that have nothing in common are not worth more.
const PATIENCE: Duration = Duration::from_secs(2);
const NOTHING: &str = "/dev/null";

/// All changes, one file after the other.
pub(super) fn text(changes: &[FileChange], paint: Paint) -> String {
    changes.iter().map(|change| file(change, paint)).collect()
}

fn file(change: &FileChange, paint: Paint) -> String {
    let (old, new) = (quoted("a", &change.path), quoted("b", &change.path));
    let mut lines = vec![paint.strong(&format!("diff --git {old} {new}"))];
    match change.op {
        Op::Create => lines.push(paint.strong(&format!("new file mode {}", change.mode()))),
        Op::Delete => lines.push(paint.strong(&format!("deleted file mode {}", change.mode()))),
        Op::Update => {
            let modes = change.mode_before.zip(change.new_mode());
            for (word, mode) in modes
                .map(|(old, new)| [("old", old), ("new", new)])
                .into_iter()
                .flatten()
            {
                lines.push(paint.strong(&format!("{word} mode {}", mode.as_str())));
            }
        }
    }
    let before = change.before.as_deref().unwrap_or_default();
    let after = change.after.as_deref().unwrap_or_default();
    let old = if change.op == Op::Create {
        NOTHING.to_owned()
    } else {
        old
    };
    let new = if change.op == Op::Delete {
        NOTHING.to_owned()
    } else {
        new
    };
    match (str::from_utf8(before), str::from_utf8(after)) {
        (Ok(before), Ok(after)) if before == after => {}
        (Ok(before), Ok(after)) => {
            lines.push(paint.strong(&format!("--- {old}")));
            lines.push(paint.strong(&format!("+++ {new}")));
            hunks(before, after, paint, &mut lines);
        }
        _ => lines.push(format!("Binary files {old} and {new} differ")),
    }
    lines.push(String::new());
    lines.join("\n")
}

fn hunks(before: &str, after: &str, paint: Paint, lines: &mut Vec<String>) {
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let diff = TextDiff::configure().timeout(PATIENCE).diff_slices(&before, &after);
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(paint.busy(&hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let line = change.value();
            let (line, ends) = line.strip_suffix('\n').map_or((line, false), |line| (line, true));
            lines.push(match change.tag() {
                ChangeTag::Equal => format!(" {line}"),
                ChangeTag::Delete => paint.bad(&format!("-{line}")),
                ChangeTag::Insert => paint.good(&format!("+{line}")),
            });
            if !ends {
                lines.push("\\ No newline at end of file".to_owned());
            }
        }
    }
}

/// The path as git writes it: in quotes where it holds what a header cannot.
fn quoted(side: &str, path: &str) -> String {
    let path = format!("{side}/{path}");
    if path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"' || byte == b' ')
    {
        return path;
    }
    let byte = |byte: u8| match byte {
        b'"' => "\\\"".to_owned(),
        0x20..=0x7e => char::from(byte).to_string(),
        other => format!("\\{other:03o}"),
    };
    format!("\"{}\"", path.bytes().map(byte).collect::<String>())
}

#[cfg(test)]
mod tests {
    use stagecoach_change::Mode;

    use super::*;

    fn change(path: &str, op: Op, before: Option<&[u8]>, after: Option<&[u8]>) -> FileChange {
        FileChange {
            path: path.to_owned(),
            op,
            before: before.map(Into::into),
            mode_before: before.map(|_| Mode::Regular),
            after: after.map(<[u8]>::to_vec),
            mode_after: after.map(|_| Mode::Regular),
        }
    }

    #[test]
    fn every_kind_of_change_is_as_git_writes_it() {
        let before = b"1\n2\n3\n4\n5\r\n6\n7\n8\n9";
        let after = b"1\n2\n3\n4\nfive\r\n6\n7\n8\n9\n";
        let changes = [
            change("a.yaml", Op::Update, Some(before), Some(after)),
            change("new \u{fc}.txt", Op::Create, None, Some(b"x\n")),
            change("empty", Op::Create, None, Some(b"")),
            change("old", Op::Delete, Some(b"gone\n"), None),
            change("logo.png", Op::Update, Some(&[0xff]), Some(&[0xfe])),
        ];
        insta::assert_snapshot!(text(&changes, Paint::NONE));
    }
}
