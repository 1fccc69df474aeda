//! `updates.regexes`, the older form: expressions over every file whose path matches `updates.files`.

use super::Report;
use crate::automation::{MatchStrategy, Updates};
use crate::changeset::Edit;
use crate::error::Error;
use crate::files::{LARGEST_FILE, WorkingCopy, too_large};
use crate::needs::Needs;
use crate::pattern::{Pattern, Replaced, Replacement, TooLarge};
use crate::prepared::Prepared;

const REGEXES: &str = "spec.updates.regexes";
const FILES: &str = "spec.updates.files";
/// Where the expressions are searched for, in the words of a message.
const SEARCHED: &str = "the files that spec.updates.files names";
const PATHS: &str = "the paths of the repository";

/// The files that the patterns match.
pub(crate) fn needs(prepared: &Prepared<'_>, updates: &Updates, needs: &mut Needs) -> Result<(), Error> {
    if let Some(search) = Search::new(prepared, updates)? {
        needs.matching(search.files);
    }
    Ok(())
}

/// Replaces in every file that the patterns match.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    updates: &Updates,
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let Some(search) = Search::new(prepared, updates)? else {
        return Ok(());
    };
    let paths: Vec<String> = files
        .paths(FILES)?
        .into_iter()
        .filter(|path| search.wants(path))
        .collect();
    let mut matches = vec![0; search.regexes.len()];
    for path in &paths {
        let content = files.read(FILES, path)?;
        let replaced = search
            .replace(&content, &mut matches)
            .map_err(|_| too_large(REGEXES, path, "would become"))?;
        let changed = replaced.bytes != *content;
        if replaced.matches > 0 {
            let edit = Edit {
                field: REGEXES.to_owned(),
                path: path.clone(),
                matches: replaced.matches,
                changed,
            };
            report.edits.push(edit);
        }
        if changed {
            files.write(path, &replaced.bytes);
        }
    }
    if paths.is_empty() {
        return search
            .files
            .iter()
            .try_for_each(|pattern| report.missed(FILES, pattern, PATHS));
    }
    for (index, (pattern, matches)) in search.regexes.iter().zip(matches).enumerate() {
        if matches == 0 {
            report.missed(&format!("{REGEXES}[{index}]"), pattern, SEARCHED)?;
        } else {
            report.found();
        }
    }
    Ok(())
}

/// What is wrong with the fields whatever the context: all of them are needed together.
pub(crate) fn incomplete(updates: &Updates) -> Option<Error> {
    if updates.regexes.is_empty() && updates.files.is_empty() {
        return None;
    }
    let (field, message) = if updates.regexes.is_empty() {
        (REGEXES, "say what to replace in the files of spec.updates.files")
    } else if updates.files.is_empty() {
        (FILES, "say in which files spec.updates.regexes are replaced")
    } else if updates.match_strategy.is_none() {
        (
            "spec.updates.matchStrategy",
            "say ANY, ALL or RECURSIVE; without it nothing would be replaced",
        )
    } else {
        return None;
    };
    Some(Error::Incomplete {
        field: field.to_owned(),
        message: message.to_owned(),
    })
}

/// The field of one expression over paths.
pub(crate) fn file_field(index: usize) -> String {
    format!("{FILES}[{index}]")
}

/// Compiles the expressions, which are no templates.
pub(crate) fn compile(updates: &Updates) -> impl Iterator<Item = Result<Pattern, Error>> + '_ {
    let regexes = updates.regexes.iter().enumerate();
    regexes.map(|(index, regex)| Pattern::compile(&format!("{REGEXES}[{index}]"), regex))
}

/// The fields of the older form, ready for work.
struct Search {
    files: Vec<Pattern>,
    regexes: Vec<Pattern>,
    strategy: MatchStrategy,
    replacement: String,
}

impl Search {
    fn new(prepared: &Prepared<'_>, updates: &Updates) -> Result<Option<Self>, Error> {
        if let Some(error) = incomplete(updates) {
            return Err(error);
        }
        let Some(strategy) = updates.match_strategy.filter(|_| !updates.regexes.is_empty()) else {
            return Ok(None);
        };
        let mut files = Vec::new();
        for (index, file) in updates.files.iter().enumerate() {
            let field = file_field(index);
            files.push(Pattern::compile(&field, &prepared.render(&field, file)?)?);
        }
        let template = updates.replace_template.as_deref().unwrap_or_default();
        Ok(Some(Self {
            files,
            regexes: compile(updates).collect::<Result<_, _>>()?,
            strategy,
            replacement: prepared.render("spec.updates.replaceTemplate", template)?,
        }))
    }

    fn wants(&self, path: &str) -> bool {
        self.files.iter().any(|pattern| pattern.is_match(path))
    }

    /// Replaces in one file, and adds to the count of each expression.
    fn replace(&self, content: &[u8], matches: &mut [usize]) -> Result<Replaced, TooLarge> {
        match self.strategy {
            MatchStrategy::Any => self.each(content, matches),
            MatchStrategy::All if self.regexes.iter().all(|regex| regex.is_match_in(content)) => {
                self.each(content, matches)
            }
            MatchStrategy::All => Ok(Replaced {
                bytes: content.to_vec(),
                matches: 0,
            }),
            MatchStrategy::Recursive => recursive(content, &self.regexes, self.replacement.as_bytes(), matches),
        }
    }

    /// Every expression in turn, on what the one before left.
    fn each(&self, content: &[u8], matches: &mut [usize]) -> Result<Replaced, TooLarge> {
        let mut result = Replaced {
            bytes: content.to_vec(),
            matches: 0,
        };
        for (regex, matches) in self.regexes.iter().zip(matches) {
            let with = Replacement::expanded(&self.replacement, regex);
            let replaced = regex.replace_all(&result.bytes, &with, LARGEST_FILE)?;
            *matches += replaced.matches;
            result = Replaced {
                bytes: replaced.bytes,
                matches: result.matches + replaced.matches,
            };
        }
        Ok(result)
    }
}

/// Each expression inside the matches of the one before. What the last one matches is replaced, `$` and all.
fn recursive(content: &[u8], regexes: &[Pattern], with: &[u8], matches: &mut [usize]) -> Result<Replaced, TooLarge> {
    let (Some((regex, inner)), Some((count, inner_counts))) = (regexes.split_first(), matches.split_first_mut()) else {
        return Ok(Replaced {
            bytes: with.to_vec(),
            matches: 1,
        });
    };
    let mut replacements = 0;
    let replaced = regex.replace_each(content, LARGEST_FILE, |found| {
        let replaced = recursive(found, inner, with, inner_counts)?;
        replacements += replaced.matches;
        Ok(replaced.bytes)
    })?;
    *count += replaced.matches;
    Ok(Replaced {
        bytes: replaced.bytes,
        matches: replacements,
    })
}
