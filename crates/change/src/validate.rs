//! Whether an automation is usable at all, before anyone uses it: templates parse, expressions compile, paths stay inside.

mod values;

use crate::automation::{Automation, CreateTemplate, RegexReplacement, Updates, VendorHelm};
use crate::bexpr;
use crate::compute::{helm, refuse_unsupported, unsupported};
use crate::configuration;
use crate::edits::regex_replacements::{compile, field, is_templated};
use crate::edits::{creates, deletes, regexes, yaml_overlays};
use crate::error::Error;
use crate::glob::Glob;
use crate::lua;
use crate::path::confine;
use crate::pattern::Pattern;
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
    if let Some(script) = automation.lua.as_ref().and_then(|lua| lua.script.as_deref()) {
        problems.extend(lua::check(script).err());
    }
    problems.extend(configuration::problems(&automation.configuration));
    if let Some(helm) = helm(automation) {
        problems.extend(vendored(helm));
    }
    if let Some(updates) = &automation.updates {
        for (index, entry) in updates.regex_replacements.iter().enumerate() {
            problems.extend(regex_replacement(index, entry));
        }
        for (index, overlay) in updates.yaml_overlays.iter().enumerate() {
            problems.extend(path(&yaml_overlays::field(index, ".file"), &overlay.file));
            if yaml_overlays::is_templated(overlay) {
                problems.extend(template(&yaml_overlays::field(index, ".yaml"), &overlay.yaml));
            }
        }
        problems.extend(older_form(updates));
        problems.extend(values::problems(updates));
    }
    for (index, template) in automation
        .creates
        .iter()
        .flat_map(|creates| &creates.templates)
        .enumerate()
    {
        problems.extend(create(index, template));
    }
    if let Some(deletes) = &automation.deletes {
        for (index, file) in deletes.files.iter().enumerate() {
            let field = deletes::file_field(index);
            let found = path(&field, file);
            if found.is_empty() && is_plain(file) {
                problems.extend(Glob::new(&field, file).err());
            }
            problems.extend(found);
        }
        for (index, folder) in deletes.folders.iter().enumerate() {
            problems.extend(path(&deletes::folder_field(index), folder));
        }
    }
    problems
}

fn vendored(helm: &VendorHelm) -> Vec<Error> {
    let mut problems = template("spec.vendor.helm.chart", &helm.chart);
    problems.extend(template("spec.vendor.helm.version", &helm.version));
    problems.extend(template("spec.vendor.helm.destination", &helm.destination));
    if !["https://", "http://", "oci://"]
        .iter()
        .any(|scheme| helm.url.starts_with(scheme))
    {
        problems.push(Error::Incomplete {
            field: "spec.vendor.helm.url".to_owned(),
            message: "write the address of the chart repository, https://... or oci://...".to_owned(),
        });
    }
    problems
}

fn create(index: usize, template: &CreateTemplate) -> Vec<Error> {
    let mut problems = if template.external {
        self::template(&creates::field(index, ".source"), &template.source)
    } else {
        path(&creates::field(index, ".source"), &template.source)
    };
    problems.extend(self::template(
        &creates::field(index, ".destination"),
        &template.destination,
    ));
    let condition = template
        .condition
        .as_deref()
        .filter(|condition| !condition.trim().is_empty());
    problems
        .extend(condition.and_then(|condition| bexpr::check(&creates::field(index, ".condition"), condition).err()));
    problems
}

fn older_form(updates: &Updates) -> Vec<Error> {
    let mut problems: Vec<Error> = regexes::incomplete(updates).into_iter().collect();
    for (index, file) in updates.files.iter().enumerate() {
        let field = regexes::file_field(index);
        problems.extend(template(&field, file));
        if is_plain(file) {
            problems.extend(Pattern::compile(&field, file).err());
        }
    }
    problems.extend(regexes::compile(updates).filter_map(Result::err));
    let replacement = updates.replace_template.as_deref().unwrap_or_default();
    problems.extend(template("spec.updates.replaceTemplate", replacement));
    problems
}

/// A path is a template; one without template parts must stay inside.
fn path(field: &str, source: &str) -> Vec<Error> {
    let mut problems = template(field, source);
    if is_plain(source) {
        problems.extend(confine(field, source).err());
    }
    problems
}

fn regex_replacement(index: usize, entry: &RegexReplacement) -> Vec<Error> {
    let mut problems = path(&field(index, ".file"), &entry.file);
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
