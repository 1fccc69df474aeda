//! `updates.regexReplacements`: one regular expression, replaced everywhere in one file, each entry after the one before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Report;
use crate::automation::RegexReplacement;
use crate::changeset::Edit;
use crate::error::Error;
use crate::files::{LARGEST_FILE, WorkingCopy, too_large};
use crate::needs::Needs;
use crate::pattern::{Pattern, Replacement};
use crate::prepared::Prepared;

/// The files that the entries name.
pub(crate) fn needs(prepared: &Prepared<'_>, entries: &[RegexReplacement], needs: &mut Needs) -> Result<(), Error> {
    for (index, entry) in entries.iter().enumerate() {
        needs.file(path(prepared, index, entry)?);
    }
    Ok(())
}

/// Replaces the entries in turn.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    entries: &[RegexReplacement],
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    // Automations repeat an expression over many files.
    let mut patterns = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        let path = path(prepared, index, entry)?;
        let pattern: &Pattern = match patterns.entry(regex(prepared, index, entry)?) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let pattern = compile(index, new.key())?;
                new.insert(pattern)
            }
        };
        let with = prepared.render(&field(index, ".replacement"), &entry.replacement)?;
        replace(pattern, &with, &field(index, ""), path, files, report)?;
    }
    Ok(())
}

pub(crate) fn field(index: usize, part: &str) -> String {
    format!("spec.updates.regexReplacements[{index}]{part}")
}

/// Whether the entry's expression is a template.
pub(crate) fn is_templated(entry: &RegexReplacement) -> bool {
    entry.templated.unwrap_or(true)
}

/// Compiles an expression. An empty one matches between all characters, which nobody means: a template that came out empty does
/// it by accident.
pub(crate) fn compile(index: usize, regex: &str) -> Result<Pattern, Error> {
    let field = field(index, ".regex");
    if regex.is_empty() {
        return Err(Error::Regex {
            field,
            pattern: String::new(),
            column: 1,
            message: "it is empty and would match between all characters; write `a^` for never".to_owned(),
        });
    }
    Pattern::compile(&field, regex)
}

fn path(prepared: &Prepared<'_>, index: usize, entry: &RegexReplacement) -> Result<String, Error> {
    prepared.path(&field(index, ".file"), &entry.file)
}

fn regex(prepared: &Prepared<'_>, index: usize, entry: &RegexReplacement) -> Result<String, Error> {
    if is_templated(entry) {
        prepared.render(&field(index, ".regex"), &entry.regex)
    } else {
        Ok(entry.regex.clone())
    }
}

fn replace(
    pattern: &Pattern,
    with: &str,
    field: &str,
    path: String,
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let content = files.read(field, &path)?;
    let with = Replacement::expanded(with, pattern);
    let replaced = pattern
        .replace_all(&content, &with, LARGEST_FILE)
        .map_err(|_| too_large(field, &path, "would become"))?;
    // An expression that matches nothing, such as the `a^` of the branch not taken, has no groups and needs none.
    for name in with.unknown().iter().filter(|_| replaced.matches > 0) {
        report.warn(
            field,
            &format!("the replacement names the group `{name}`, which the expression does not have, so nothing stands there; where letters or digits follow a group, write `${{1}}`"),
        );
    }
    let changed = replaced.bytes != *content;
    if changed {
        files.write(&path, &replaced.bytes);
    }
    if replaced.matches == 0 {
        report.missed(field, pattern, &format!("{path:?}"))?;
    } else {
        report.found();
    }
    report.edits.push(Edit {
        field: field.to_owned(),
        path,
        matches: replaced.matches,
        changed,
    });
    Ok(())
}
