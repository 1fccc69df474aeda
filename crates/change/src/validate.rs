//! Whether an automation is usable at all, before anyone uses it: templates parse, expressions compile, paths stay inside.

use crate::automation::{Automation, RegexReplacement};
use crate::compute::{refuse_unsupported, unsupported};
use crate::configuration;
use crate::edits::regex_replacements::{compile, field, is_templated};
use crate::error::Error;
use crate::path::confine;
use crate::template::{Template, is_plain};

/// Everything that is wrong with an automation whatever the context. An automation without a finding may still fail for a
/// context: templates and the expressions in them come out differently each time.
pub fn validate(automation: &Automation) -> Vec<Error> {
    let mut problems = unsupported(automation);
    if problems.is_empty()
        && let Err(error) = refuse_unsupported(automation)
    {
        problems.push(error);
    }
    if [&automation.title, &automation.message]
        .into_iter()
        .flatten()
        .all(|text| text.trim().is_empty())
    {
        let message = "a pull request needs a title".to_owned();
        problems.push(Error::Incomplete {
            field: "spec.title".to_owned(),
            message,
        });
    }
    for (field, source) in [
        ("spec.title", &automation.title),
        ("spec.message", &automation.message),
        ("spec.branch", &automation.branch),
    ] {
        problems.extend(
            source
                .as_deref()
                .map(|source| template(field, source))
                .unwrap_or_default(),
        );
    }
    problems.extend(configuration::problems(&automation.configuration));
    let replacements = automation
        .updates
        .iter()
        .flat_map(|updates| &updates.regex_replacements);
    for (index, entry) in replacements.enumerate() {
        problems.extend(regex_replacement(index, entry));
    }
    problems
}

fn regex_replacement(index: usize, entry: &RegexReplacement) -> Vec<Error> {
    let file = field(index, ".file");
    let mut problems = template(&file, &entry.file);
    if is_plain(&entry.file) {
        problems.extend(confine(&file, &entry.file).err());
    }
    if is_templated(entry) {
        problems.extend(template(&field(index, ".regex"), &entry.regex));
    }
    if !is_templated(entry) || is_plain(&entry.regex) {
        problems.extend(compile(index, &entry.regex).err());
    }
    problems.extend(template(&field(index, ".replacement"), &entry.replacement));
    problems
}

/// A template must parse, and name only filters that exist.
fn template(field: &str, source: &str) -> Vec<Error> {
    match Template::parse(field, source) {
        Ok(template) => template.unknown_filters(),
        Err(error) => vec![error],
    }
}
