//! Regular expressions from pieces that are hard for translators, replaced by a change set and by Go.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use stagecoach_change::{Automation, Files, compute};

/// Pieces of expressions: classes, groups, flags, repeats, escapes, and what is no expression.
const PIECES: &[&str] = &[
    "a",
    "b",
    "c",
    "é",
    "x",
    "1",
    " ",
    "-",
    "\\d",
    "\\w",
    "\\s",
    "\\D",
    "\\W",
    "\\S",
    ".",
    "^",
    "$",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "[a-c]",
    "[^a]",
    "[\\d_]",
    "[^\\W]",
    "[[:alpha:]]",
    "[[:^digit:]x]",
    "[]a]",
    "[a-",
    "[",
    "]",
    "\\pL",
    "\\pN",
    "\\p{Greek}",
    "\\P{Lu}",
    "(",
    ")",
    ")",
    "(?:",
    "(?P<n>",
    "(?<m>",
    "(?i)",
    "(?m)",
    "(?s)",
    "(?U)",
    "(?i:",
    "(?-s)",
    "|",
    "*",
    "+",
    "?",
    "*?",
    "{2}",
    "{1,3}",
    "{,2}",
    "{0}",
    "{3,}",
    "{1000}",
    "{1001}",
    "{",
    "}",
    "\\Q",
    "\\E",
    "\\.",
    "\\x41",
    "\\101",
    "\\0",
    "\\1",
    "\\a",
    "\\C",
    "\n",
    "K",
    "k",
];
const TEXTS: &[&str] = &[
    "",
    "a",
    "abc",
    "aé é b",
    "A1 b_2\nc3\r\n",
    "αβγ abc",
    "aaa bbb",
    "\n\n",
    "K k \u{212a}",
    "x{2}[a]",
    "tag: a # V\n",
    "\ta b",
    "1.2.3",
    "ab\u{b}cd",
];
const REPLACEMENTS: &[&str] = &["X", "$1", "[$0]", "${n}", "$n1", "$$", "$", "${1}x", "$1x", "-"];
/// The most pieces of one expression.
const LONGEST: usize = 7;
const FILE: &str = "file";

#[derive(Debug, Serialize)]
struct Question {
    regex: String,
    text: &'static str,
    replacement: &'static str,
}

#[derive(Debug, Deserialize)]
struct Answer {
    text: Option<String>,
    error: Option<String>,
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) same: usize,
    pub(super) refused: usize,
    pub(super) differences: Vec<String>,
}

/// Makes the cases of a seed and asks both.
///
/// # Errors
/// When Go is missing or its program ends early.
pub(super) fn compare(cases: u32, seed: u64) -> Result<Seen> {
    let mut random = Rng::with_seed(seed);
    let questions: Vec<Question> = (0..cases).map(|_| question(&mut random)).collect();
    let answers = ask_go(&questions)?;
    ensure!(
        answers.len() == questions.len(),
        "Go answered {} of {cases} cases",
        answers.len()
    );
    let mut seen = Seen::default();
    for (question, go) in questions.iter().zip(&answers) {
        match (&ours(question)?, &go.text) {
            (Ok(ours), Some(text)) if ours == text => seen.same += 1,
            (Err(_), None) => seen.refused += 1,
            (Err(ours), Some(_)) if is_deliberate(ours) => seen.refused += 1,
            (ours, text) => seen.differences.push(format!(
                "{}: Go says {:?}, we say {ours:?}",
                json!(question),
                text.as_ref().or(go.error.as_ref())
            )),
        }
    }
    Ok(seen)
}

/// Where we refuse and Go does not: both bound the size of what they compile, not in the same units; and a repeat behind flags,
/// as in `a(?i)+`, repeats what stands before the flags there, which nobody means.
fn is_deliberate(refusal: &str) -> bool {
    refusal.contains("too large") || refusal.contains("nothing stands before")
}

fn question(random: &mut Rng) -> Question {
    let pieces = random.usize(1..=LONGEST);
    let regex = (0..pieces).map(|_| one_of(random, PIECES)).collect();
    Question {
        regex,
        text: one_of(random, TEXTS),
        replacement: one_of(random, REPLACEMENTS),
    }
}

fn one_of(random: &mut Rng, all: &[&'static str]) -> &'static str {
    all.get(random.usize(..all.len())).copied().unwrap_or_default()
}

/// What a change set makes of the case, or why it refuses.
fn ours(question: &Question) -> Result<Result<String, String>> {
    let automation: Automation = serde_json::from_value(json!({
        "title": "case",
        "updates": {"noMatch": "Ignore", "regexReplacements": [{
            "file": FILE, "regex": question.regex, "replacement": question.replacement, "templated": false,
        }]},
    }))?;
    let files: Files = [(FILE, question.text.as_bytes())].into_iter().collect();
    let set = match compute(&automation, &json!({}), &files) {
        Ok(set) => set,
        Err(error) if error.reason() == "InvalidRegex" => return Ok(Err(error.to_string())),
        Err(error) => bail!("{}: {error}", json!(question)),
    };
    let text = match set.changes.first() {
        Some(change) => String::from_utf8_lossy(&change.content.bytes()).into_owned(),
        None => question.text.to_owned(),
    };
    Ok(Ok(text))
}

fn ask_go(questions: &[Question]) -> Result<Vec<Answer>> {
    let mut input = tempfile::tempfile().context("no temporary file for the cases")?;
    for question in questions {
        writeln!(input, "{}", json!(question))?;
    }
    input.rewind()?;
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential/regexp");
    let output = Command::new("go")
        .args(["run", "."])
        .current_dir(program)
        .stdin(input)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start Go; on Debian: sudo apt-get install -y golang-go")?;
    ensure!(
        output.status.success(),
        "Go's side of the comparison ended with {}",
        output.status
    );
    let lines = std::str::from_utf8(&output.stdout).context("Go answers with something else than text")?;
    lines
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("Go answers {line}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_thousand_cases_agree_with_go() {
        let seen = compare(2_000, 1).unwrap();
        assert!(seen.differences.is_empty(), "{:#?}", seen.differences);
        assert!(seen.same > 500 && seen.refused > 500, "{} {}", seen.same, seen.refused);
    }
}
