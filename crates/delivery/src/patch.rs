//! A proposal as the mail that `git format-patch` would write of its commit and `git am` takes. Pure.
//!
//! <https://git-scm.com/docs/git-format-patch> and <https://git-scm.com/docs/git-mailinfo> say what both ends make of it.

mod header;

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::Value;
use stagecoach_change::diff::{FileDiff, Form, Line, LineKind, Side};

use crate::propose::{Before, Proposal};
use crate::shown::plain;
use crate::{Error, author};

/// The largest patch, in bytes: a status is a small object.
pub const LARGEST_PATCH: usize = 256 << 10;
/// What stands for the commit, of which nobody knows the id.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";
/// Not a date: what tells the mail from others in a mailbox.
const MAGIC: &str = "Mon Sep 17 00:00:00 2001";

/// The patch of a proposal whose files were all read; none where nothing changes. `values` are those of the automation, and
/// `hidden` names the ones that nobody is to see.
///
/// # Errors
/// [`Error::SecretInPatch`], [`Error::PatchTooLarge`].
pub fn patch(
    proposal: &Proposal,
    message: &str,
    date: Timestamp,
    values: &Value,
    hidden: &[String],
) -> Result<Option<String>, Error> {
    if proposal.changes.is_empty() {
        return Ok(None);
    }
    let afters: Vec<Option<Cow<'_, [u8]>>> = proposal
        .changes
        .values()
        .map(|sides| sides.after.as_ref().map(|content| content.bytes()))
        .collect();
    let files: Vec<FileDiff<'_>> = (proposal.changes.iter().zip(&afters))
        .map(|((path, sides), after)| FileDiff {
            path,
            before: match &sides.before {
                Before::Read(file) => Some(&*file.bytes),
                Before::Absent | Before::Listed { .. } => None,
            }
            .map(|bytes| Side {
                bytes,
                mode: sides.mode_before,
            }),
            after: after.as_deref().map(|bytes| Side {
                bytes,
                mode: sides.mode.or(sides.mode_before),
            }),
        })
        .collect();
    let secrets = hidden.iter().filter_map(|name| Some((name, plain(values.get(name)?))));
    for (name, secret) in secrets.filter(|(_, secret)| !secret.is_empty()) {
        let is_shown = |form: &String| message.contains(form) || files.iter().any(|file| shows(file, form));
        if forms(&secret).iter().any(is_shown) {
            return Err(Error::SecretInPatch(name.clone()));
        }
    }
    let text = mail(date, message, &files);
    if text.len() > LARGEST_PATCH {
        return Err(Error::PatchTooLarge {
            bytes: text.len() as u64,
            limit: LARGEST_PATCH,
        });
    }
    Ok(Some(text))
}

/// The mail of a commit with these changes, by the author of all our commits. The first paragraph of the message is its subject.
pub fn mail(date: Timestamp, message: &str, files: &[FileDiff<'_>]) -> String {
    let message = message.trim().replace("\r\n", "\n");
    let (subject, body) = message.split_once("\n\n").unwrap_or((&message, ""));
    let mut text = format!("From {NO_COMMIT} {MAGIC}\n");
    text.push_str(&header::from(&author()));
    text.push_str(&header::date(date));
    text.push_str(&header::subject(subject));
    if !message.is_ascii() {
        text.push_str("MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n");
    }
    text.push('\n');
    let body = body.trim_start_matches('\n');
    for (index, line) in body.lines().enumerate() {
        text.push_str(if is_taken_for_more(line, index == 0) { " " } else { "" });
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("---\n");
    for line in files.iter().flat_map(|file| file.lines(Form::Mail)) {
        text.push_str(&line.text);
        text.push('\n');
    }
    text.push_str(concat!("-- \nstagecoach ", env!("CARGO_PKG_VERSION"), "\n\n"));
    text
}

/// Whether `git am` would take a line of the message for the begin of the patch, of another mail or, at the top, for a header.
/// A value that somebody chose may stand in it, and is to change no file.
fn is_taken_for_more(line: &str, is_first: bool) -> bool {
    let begins = |word: &str| {
        line.get(..word.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(word))
    };
    let header = ["From:", "Subject:", "Date:", ">From"];
    ["---", "diff -", "Index: ", "From "]
        .iter()
        .any(|word| line.starts_with(word))
        || is_first && header.into_iter().any(begins)
}

/// What a value looks like in a file: as it is, in base64 as in a Secret, and inside of quotes.
fn forms(secret: &str) -> [String; 3] {
    let quoted = Value::from(secret).to_string();
    let inside = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(secret);
    [secret.to_owned(), BASE64_STANDARD.encode(secret), inside.to_owned()]
}

/// Whether a text stands in what the patch shows of a file, on either side.
fn shows(file: &FileDiff<'_>, text: &str) -> bool {
    let lines = file.lines(Form::Mail);
    if file.path.contains(text) {
        return true;
    }
    if lines.iter().any(|line| line.kind == LineKind::Binary) {
        let sides = [file.before, file.after].into_iter().flatten();
        return sides.map(|side| side.bytes).any(|bytes| holds(bytes, text.as_bytes()));
    }
    let side = |hidden: LineKind| {
        let of = |line: &Line<'_>| match line.kind {
            // What is behind a place does not follow on what is before it.
            LineKind::Place => Some("\0".to_owned()),
            LineKind::Context | LineKind::Deleted | LineKind::Inserted if line.kind != hidden => {
                Some(line.text.get(1..).unwrap_or_default().to_owned() + "\n")
            }
            _ => None,
        };
        lines.iter().filter_map(of).collect::<String>()
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    side(LineKind::Deleted).contains(text) || side(LineKind::Inserted).contains(text)
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests;
