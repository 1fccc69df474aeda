//! The text of a pull request: the automation's message first and untouched, then what Stagecoach adds, for a reader
//! who has never seen the pipeline. Pure.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};
use stagecoach_change::Op;

/// Lines of a file's diff that are shown.
const DIFF_LINES: usize = 40;
/// Files that are listed.
const FILES: usize = 50;

/// What there is to say.
pub(crate) struct Story<'a> {
    pub(crate) message: &'a str,
    /// `namespace/name` of the Pipeline.
    pub(crate) pipeline: String,
    /// Stages in the order of the pipeline.
    pub(crate) stages: Vec<&'a str>,
    pub(crate) stage: &'a str,
    /// `namespace/name` of the PipelineContext.
    pub(crate) context: String,
    pub(crate) run: i64,
    /// Key and value, already fit to be shown.
    pub(crate) values: Vec<(String, String)>,
    pub(crate) services: &'a [String],
    pub(crate) files: Vec<FileChange<'a>>,
    pub(crate) warnings: &'a [String],
    pub(crate) next: Vec<Next<'a>>,
}

/// One changed file; no text on a side where it does not exist, is not text, or was not looked at.
pub(crate) struct FileChange<'a> {
    pub(crate) path: &'a str,
    pub(crate) op: Op,
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

/// One way on from the stage.
pub(crate) struct Next<'a> {
    pub(crate) stage: &'a str,
    pub(crate) gates: Vec<&'a str>,
}

/// Writes the body.
pub(crate) fn body(story: &Story<'_>) -> String {
    let mut text = String::new();
    let message = story.message.trim_end();
    if !message.is_empty() {
        line(&mut text, message);
        line(&mut text, "");
    }
    line(&mut text, "---");
    line(&mut text, "");
    let way: Vec<String> = story
        .stages
        .iter()
        .map(|s| {
            if *s == story.stage {
                format!("**{s}**")
            } else {
                (*s).to_owned()
            }
        })
        .collect();
    line(&mut text, "| | |");
    line(&mut text, "|---|---|");
    line(
        &mut text,
        &format!("| Pipeline | `{}`: {} |", story.pipeline, way.join(" \u{2192} ")),
    );
    line(&mut text, &format!("| Stage | **{}** |", story.stage));
    line(
        &mut text,
        &format!("| Context | `{}`, run {} |", story.context, story.run),
    );
    for (key, value) in &story.values {
        line(&mut text, &format!("| `{}` | `{}` |", cell(key), cell(value)));
    }
    line(&mut text, &format!("| Services | {} |", story.services.join(", ")));
    line(&mut text, "");
    line(&mut text, "### What changes");
    line(&mut text, "");
    for file in story.files.iter().take(FILES) {
        changes(&mut text, file);
    }
    if story.files.len() > FILES {
        line(&mut text, &format!("... and {} more files.", story.files.len() - FILES));
    }
    for warning in story.warnings {
        line(&mut text, &format!("> **Warning:** {warning}"));
    }
    line(&mut text, "### What comes next");
    line(&mut text, "");
    line(&mut text, &after(story));
    text
}

fn after(story: &Story<'_>) -> String {
    let proof = format!(
        "Once this is merged, Stagecoach waits until the merge commit runs in **{}** and is healthy.",
        story.stage
    );
    let closed = "Closing this pull request without a merge ends the promotion.";
    if story.next.is_empty() {
        return format!("{proof} That ends the pipeline. {closed}");
    }
    let ways = story.next.iter().fold(String::new(), |mut ways, next| {
        let separator = if ways.is_empty() { " Then" } else { " and" };
        // Writing to a String cannot fail.
        let _ = if next.gates.is_empty() {
            write!(ways, "{separator} it opens the pull request for **{}**", next.stage)
        } else {
            let gates: Vec<String> = next.gates.iter().map(|gate| format!("`{gate}`")).collect();
            write!(
                ways,
                "{separator} it asks {} before **{}**",
                gates.join(", "),
                next.stage
            )
        };
        ways
    });
    format!("{proof}{ways}. {closed}")
}

fn changes(text: &mut String, file: &FileChange<'_>) {
    let diff = file.before.zip(file.after);
    let what = match (file.op, diff) {
        (Op::Create, _) => "is created",
        (Op::Delete, _) => "is deleted",
        (Op::Update, Some(_)) => "is changed:",
        (Op::Update, None) => "is changed (not text)",
    };
    line(text, &format!("`{}` {what}", file.path));
    line(text, "");
    if let Some((before, after)) = diff {
        let diff = TextDiff::from_lines(before, after);
        let shown: Vec<String> = diff
            .iter_all_changes()
            .filter_map(|change| match change.tag() {
                ChangeTag::Delete => Some(format!("-{}", change.value().trim_end_matches(['\r', '\n']))),
                ChangeTag::Insert => Some(format!("+{}", change.value().trim_end_matches(['\r', '\n']))),
                ChangeTag::Equal => None,
            })
            .collect();
        // A fence longer than any in the text cannot be closed by it.
        let fence = "`".repeat(longest_fence(&shown).max(2) + 1);
        line(text, &format!("{fence}diff"));
        for shown in shown.iter().take(DIFF_LINES) {
            line(text, shown);
        }
        if shown.len() > DIFF_LINES {
            line(text, &format!("... {} more lines", shown.len() - DIFF_LINES));
        }
        line(text, &fence);
        line(text, "");
    }
}

fn longest_fence(lines: &[String]) -> usize {
    let run = |line: &String| line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    lines.iter().map(run).max().unwrap_or(0)
}

/// A value inside a table cell.
fn cell(value: &str) -> String {
    value.replace(['\n', '\r'], " ").replace('|', "\\|").replace('`', "'")
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story() -> Story<'static> {
        Story {
            message: "Updating cd-demo version to 0.1.0 (stage=dev)",
            pipeline: "infra/cd-demo".to_owned(),
            stages: vec!["dev", "prod"],
            stage: "dev",
            context: "infra/cd-demo-context".to_owned(),
            run: 1,
            values: vec![("version".to_owned(), "0.1.0".to_owned())],
            services: &[],
            files: vec![FileChange {
                path: "bootstrap/cd-demo/dev.yaml",
                op: Op::Update,
                before: Some("a: 1\n  tag: latest # VERSION\nb: 2\n"),
                after: Some("a: 1\n  tag: 0.1.0 # VERSION\nb: 2\n"),
            }],
            warnings: &[],
            next: vec![Next {
                stage: "prod",
                gates: vec!["approval-gate"],
            }],
        }
    }

    #[test]
    fn a_body_says_pipeline_stage_context_changes_and_what_comes_next() {
        let services = ["ServiceDeployment infra/cd-demo-dev".to_owned()];
        let story = Story {
            services: &services,
            ..story()
        };
        insta::assert_snapshot!(body(&story));
    }

    #[test]
    fn the_message_comes_first_and_untouched() {
        let message = "First line\n\nPlural Service: mgmt/cd-demo";
        assert!(body(&Story { message, ..story() }).starts_with(&format!("{message}\n\n---\n")));
    }

    #[test]
    fn the_last_stage_says_that_it_is_the_last() {
        assert!(
            body(&Story {
                next: Vec::new(),
                ..story()
            })
            .contains("That ends the pipeline.")
        );
    }

    #[test]
    fn text_cannot_break_out_of_its_block() {
        let after = "```\n# injected\n";
        let files = vec![FileChange {
            path: "a.md",
            op: Op::Update,
            before: Some(""),
            after: Some(after),
        }];
        let text = body(&Story {
            files,
            values: vec![("k".to_owned(), "a|b`c\nd".to_owned())],
            ..story()
        });
        assert!(text.contains("````diff\n+```\n+# injected\n````"), "{text}");
        assert!(text.contains("| `k` | `a\\|b'c d` |"), "{text}");
    }

    #[test]
    fn a_long_diff_is_cut() {
        let after = "line\n".repeat(500);
        let files = vec![FileChange {
            path: "a",
            op: Op::Update,
            before: Some(""),
            after: Some(&after),
        }];
        let text = body(&Story { files, ..story() });
        assert!(text.contains("... 460 more lines"), "{text}");
    }
}
