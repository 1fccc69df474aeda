//! The computation, in the contract's order: Lua, vendor, creates, regex replacements, overlays, files and regexes; then what is
//! ours: copies, YAML patches, Helm values, Kustomize images, patches of JSON, TOML and HCL; deletes last.

use serde_json::Value;

use crate::automation::{Automation, VendorHelm};
use crate::changeset::{ChangeSet, Texts};
use crate::edits::{
    Report, copies, creates, deletes, kustomize_images, patches, regex_replacements, regexes, vendor, yaml_overlays,
};
use crate::error::Error;
use crate::files::{Files, WorkingCopy};
use crate::lua::{self, Outcome};
use crate::path::confine;
use crate::prepared::Prepared;
use crate::secrets::Secrets;

/// Computes the change set of an automation for a context. The context holds the key `pipeline` already; `files` are those that
/// [`crate::needs`] names. The same input gives the same bytes.
pub fn compute(automation: &Automation, context: &Value, files: &Files) -> Result<ChangeSet, Error> {
    Secrets::of(&automation.configuration, context).of_change(with_script(automation, context, files))
}

fn with_script(automation: &Automation, context: &Value, files: &Files) -> Result<ChangeSet, Error> {
    let given = Prepared::new(automation, context)?;
    // The texts are of the values that came in, whatever a script makes of them: they are shown before any file is read.
    let texts = given.texts()?;
    let Some(lua) = &automation.lua else {
        return computed(automation, &given, files, texts);
    };
    match lua::run(automation, lua, given.context(), files)? {
        Outcome::Done(done) => {
            let lua::Done {
                automation,
                context,
                mut warnings,
            } = *done;
            let secrets = Secrets::of(&automation.configuration, &context);
            let made = Prepared::new(&automation, &context);
            let set = made.and_then(|made| computed(&automation, &made, files, texts));
            secrets.of_change(set.map(|mut set| {
                warnings.append(&mut set.warnings);
                ChangeSet { warnings, ..set }
            }))
        }
        Outcome::Wants(needs) => Err(Error::Script {
            message: match (needs.elsewhere.first_key_value(), needs.files.first()) {
                (Some((place, _)), _) => format!("it needs files of {place}, which were not read"),
                (None, Some(path)) => format!("the file {path:?} was not read for it"),
                (None, None) => "it needs the list of the repository's files, which was not read".to_owned(),
            },
        }),
    }
}

/// The texts of the pull request alone: they say which services of a stage share one, before any file is read.
pub fn texts(automation: &Automation, context: &Value) -> Result<Texts, Error> {
    let texts = Prepared::new(automation, context).and_then(|prepared| prepared.texts());
    Secrets::of(&automation.configuration, context).of_outcome(texts)
}

fn computed(automation: &Automation, prepared: &Prepared<'_>, files: &Files, texts: Texts) -> Result<ChangeSet, Error> {
    refuse_unsupported(automation)?;
    let Texts { title, message, branch } = texts;
    let mut working_copy = WorkingCopy::new(files);
    let mut report = Report::new(
        automation
            .updates
            .as_ref()
            .map(|updates| updates.no_match)
            .unwrap_or_default(),
    );
    if let Some(helm) = helm(automation) {
        vendor::apply(prepared, helm, &mut working_copy, &mut report)?;
    }
    if let Some(creates) = &automation.creates {
        creates::apply(prepared, creates, &mut working_copy, &mut report)?;
    }
    if let Some(updates) = &automation.updates {
        regex_replacements::apply(prepared, &updates.regex_replacements, &mut working_copy, &mut report)?;
        yaml_overlays::apply(prepared, &updates.yaml_overlays, &mut working_copy, &mut report)?;
        regexes::apply(prepared, updates, &mut working_copy, &mut report)?;
        copies::apply(prepared, &updates.copies, &mut working_copy, &mut report)?;
        let patched = patches::before_images(updates);
        patches::apply(prepared, &patched, &mut working_copy, &mut report)?;
        kustomize_images::apply(prepared, &updates.kustomize_images, &mut working_copy, &mut report)?;
        let patched = patches::behind_images(updates);
        patches::apply(prepared, &patched, &mut working_copy, &mut report)?;
    }
    if let Some(deletes) = &automation.deletes {
        deletes::apply(prepared, deletes, &mut working_copy)?;
    }
    report.verdict()?;
    if let Some((path, other)) = working_copy.collision() {
        return Err(report.collision(&path, &other));
    }
    let changes = working_copy.into_changes();
    // What was put together from several paths may be longer than each.
    for change in &changes {
        confine("spec", &change.path)?;
    }
    Ok(ChangeSet {
        title,
        message,
        branch,
        changes,
        edits: report.edits,
        warnings: report.warnings,
    })
}

/// What an automation uses and this version cannot do is refused: to skip it would promote something else.
pub(crate) fn refuse_unsupported(automation: &Automation) -> Result<(), Error> {
    match unsupported(automation).into_iter().next() {
        Some(error) => Err(error),
        None if has_edits(automation) => Ok(()),
        None => {
            let message = "the automation changes no file; give it spec.updates.regexReplacements".to_owned();
            Err(Error::Incomplete {
                field: "spec.updates".to_owned(),
                message,
            })
        }
    }
}

fn has_edits(automation: &Automation) -> bool {
    if automation.lua.is_some() || helm(automation).is_some() {
        return true;
    }
    let updates = automation.updates.as_ref().is_some_and(|updates| {
        !updates.regex_replacements.is_empty()
            || !updates.yaml_overlays.is_empty()
            || !updates.regexes.is_empty()
            || !updates.files.is_empty()
            || !updates.copies.is_empty()
            || !updates.yaml_patches.is_empty()
            || !updates.helm_values.is_empty()
            || !updates.kustomize_images.is_empty()
            || !updates.json_patches.is_empty()
            || !updates.toml_patches.is_empty()
            || !updates.hcl_patches.is_empty()
    });
    let deletes = automation
        .deletes
        .as_ref()
        .is_some_and(|deletes| !deletes.files.is_empty() || !deletes.folders.is_empty());
    let creates = automation
        .creates
        .as_ref()
        .is_some_and(|creates| !creates.templates.is_empty());
    creates || updates || deletes
}

/// The chart that the automation unpacks.
pub(crate) fn helm(automation: &Automation) -> Option<&VendorHelm> {
    automation.vendor.as_ref()?.helm.as_ref()
}

/// Every field that this version cannot do.
pub(crate) fn unsupported(automation: &Automation) -> Vec<Error> {
    let updates = automation.updates.as_ref();
    let fields = [(
        "spec.updates.yq",
        updates.is_some_and(|updates| updates.yq.as_ref().is_some_and(|yq| !yq.is_empty())),
        "the original ignores it; write the edit as spec.updates.yamlPatches, or take the field out",
    )];
    let used = fields.into_iter().filter(|(_, used, _)| *used);
    used.map(|(field, _, message)| Error::Unsupported {
        field: field.to_owned(),
        message: message.to_owned(),
    })
    .collect()
}
