//! `updates.yamlPatches`, `helmValues`, `jsonPatches`, `tomlPatches` and `hclPatches`: a value at an address.
//!
//! All five come to the same [`Patch`]; a [`Format`] edits the text. Each patch edits what the one before has left.

use std::path::Path;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::Report;
use crate::address::{self, Malformed, Step};
use crate::automation::{DataPatch, HelmValues, PatchOp, Updates, YamlPatch};
use crate::changeset::Edit;
use crate::error::Error;
use crate::files::{LARGEST_FILE, WorkingCopy, too_large};
use crate::needs::Needs;
use crate::prepared::Prepared;
use crate::yaml::Edited;
use crate::{hcl, json, toml, yaml};

/// One value of one file.
pub(crate) struct Patch<'u> {
    format: Format,
    /// The entry of the automation.
    pub(crate) field: String,
    /// The field that holds the address.
    pub(crate) path_field: String,
    /// The field that holds the value.
    pub(crate) value_field: String,
    pub(crate) file: &'u str,
    pub(crate) path: &'u str,
    pub(crate) op: PatchOp,
    pub(crate) value: Option<&'u Value>,
    document: usize,
    pub(crate) templated: bool,
}

/// The languages whose values have addresses.
#[derive(Clone, Copy)]
enum Format {
    Yaml,
    /// YAML whose mappings are laid over those of the file.
    HelmValues,
    Json,
    Toml,
    Hcl,
}

impl Format {
    fn edit(self, text: &str, document: usize, steps: &[Step], op: PatchOp, value: &Value) -> Result<Edited, String> {
        match self {
            Self::Yaml => yaml::patched(text, document, steps, op, value),
            Self::HelmValues => yaml::laid(text, steps, value),
            Self::Json => json::patched(text, steps, op, value),
            Self::Toml => toml::patched(text, steps, op, value),
            Self::Hcl => hcl::patched(text, steps, op, value),
        }
    }
}

/// The patches of Helm values and of YAML files come before the images of kustomizations, the others behind them.
pub(crate) fn before_images(updates: &Updates) -> Vec<Patch<'_>> {
    let yaml = updates
        .yaml_patches
        .iter()
        .enumerate()
        .map(|(index, patch)| of_yaml(index, patch));
    let helm = updates
        .helm_values
        .iter()
        .enumerate()
        .flat_map(|(index, values)| of_helm(index, values));
    yaml.chain(helm).collect()
}

/// See [`before_images`].
pub(crate) fn behind_images(updates: &Updates) -> Vec<Patch<'_>> {
    let of = |format: Format, name: &'static str, patches| of_data(format, name, patches);
    of(Format::Json, "jsonPatches", &updates.json_patches)
        .chain(of(Format::Toml, "tomlPatches", &updates.toml_patches))
        .chain(of(Format::Hcl, "hclPatches", &updates.hcl_patches))
        .collect()
}

fn of_yaml(index: usize, patch: &YamlPatch) -> Patch<'_> {
    let field = format!("spec.updates.yamlPatches[{index}]");
    Patch {
        format: Format::Yaml,
        path_field: format!("{field}.path"),
        value_field: format!("{field}.value"),
        field,
        file: &patch.file,
        path: &patch.path,
        op: patch.op,
        value: patch.value.as_ref(),
        document: patch.document.unwrap_or(0),
        templated: patch.templated.unwrap_or(true),
    }
}

fn of_helm(index: usize, values: &HelmValues) -> impl Iterator<Item = Patch<'_>> {
    values.values.iter().map(move |(path, value)| {
        let field = format!("spec.updates.helmValues[{index}]");
        Patch {
            format: Format::HelmValues,
            path_field: format!("{field}.values"),
            value_field: format!("{field}.values"),
            field,
            file: &values.file,
            path,
            op: PatchOp::Set,
            value: Some(value),
            document: 0,
            templated: values.templated.unwrap_or(true),
        }
    })
}

fn of_data<'u>(format: Format, name: &'static str, patches: &'u [DataPatch]) -> impl Iterator<Item = Patch<'u>> {
    patches.iter().enumerate().map(move |(index, patch)| {
        let field = format!("spec.updates.{name}[{index}]");
        Patch {
            format,
            path_field: format!("{field}.path"),
            value_field: format!("{field}.value"),
            field,
            file: &patch.file,
            path: &patch.path,
            op: patch.op,
            value: patch.value.as_ref(),
            document: 0,
            templated: patch.templated.unwrap_or(true),
        }
    })
}

/// The files that the patches name.
pub(crate) fn needs(prepared: &Prepared<'_>, patches: &[Patch<'_>], needs: &mut Needs) -> Result<(), Error> {
    for patch in patches {
        needs.file(patch.file(prepared)?);
    }
    Ok(())
}

/// Makes the patches in turn.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    patches: &[Patch<'_>],
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    for patch in patches {
        let path = patch.file(prepared)?;
        let (address, steps) = patch.steps(prepared)?;
        let value = patch.value(prepared)?;
        let content = files.read(&patch.field, &path)?;
        let text = text(&content, &patch.field, &path)?;
        let edited = patch.format.edit(text, patch.document, &steps, patch.op, &value);
        let edited = edited.and_then(|edited| match patch.format {
            Format::Yaml | Format::HelmValues => still_json(&path, text, edited),
            Format::Json | Format::Toml | Format::Hcl => Ok(edited),
        });
        let edited = edited.map_err(|message| unfit(&patch.field, &path, message))?;
        if let Edited::Nothing(what) = &edited {
            report.nothing_there(&patch.field, &address, &path, what, patch.op)?;
        }
        put(files, report, &patch.field, path, edited)?;
    }
    Ok(())
}

/// The text of a file.
pub(super) fn text<'c>(content: &'c [u8], field: &str, path: &str) -> Result<&'c str, Error> {
    std::str::from_utf8(content).map_err(|_| unfit(field, path, "is not UTF-8 text".to_owned()))
}

/// What an edit of YAML came to, where it leaves no YAML in a file of JSON.
pub(super) fn still_json(path: &str, before: &str, edited: Edited) -> Result<Edited, String> {
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let is_named_so = Path::new(path).extension().is_some_and(|extension| extension == "json");
    match edited {
        Edited::Text(after) if is_named_so && !is_json(&after) && is_json(before) => {
            Err("is JSON, and would be YAML afterwards; use spec.updates.jsonPatches".to_owned())
        }
        edited => Ok(edited),
    }
}

/// Writes what an edit came to, and reports it.
pub(super) fn put(
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
    field: &str,
    path: String,
    edited: Edited,
) -> Result<(), Error> {
    let (matches, text) = match edited {
        Edited::Nothing(_) => (0, None),
        Edited::Same => (1, None),
        Edited::Text(text) => (1, Some(text)),
    };
    if matches > 0 {
        report.found();
    }
    if let Some(text) = &text {
        if text.len() > LARGEST_FILE {
            return Err(too_large(field, &path, "would become"));
        }
        files.write(&path, text.as_bytes());
    }
    report.edits.push(Edit {
        field: field.to_owned(),
        path,
        matches,
        changed: text.is_some(),
    });
    Ok(())
}

pub(super) fn unfit(field: &str, path: &str, message: String) -> Error {
    Error::File {
        field: field.to_owned(),
        path: path.to_owned(),
        message,
    }
}

impl Patch<'_> {
    fn file(&self, prepared: &Prepared<'_>) -> Result<String, Error> {
        prepared.path(&format!("{}.file", self.field), self.file)
    }

    fn steps(&self, prepared: &Prepared<'_>) -> Result<(String, Vec<Step>), Error> {
        let address = if self.templated {
            prepared.render(&self.path_field, self.path)?
        } else {
            self.path.to_owned()
        };
        let steps = parsed(&self.path_field, &address)?;
        Ok((address, steps))
    }

    fn value(&self, prepared: &Prepared<'_>) -> Result<Value, Error> {
        match self.value {
            Some(value) if self.templated => rendered(prepared, &self.value_field, value),
            value => Ok(value.cloned().unwrap_or_default()),
        }
    }

    /// What is wrong whatever the context: an operation without what it needs.
    pub(crate) fn incomplete(&self) -> Option<Error> {
        let message = match (self.op, self.value) {
            (PatchOp::Set | PatchOp::Append, None) => "say what is to stand there, or write `op: Delete`",
            (PatchOp::Delete, Some(_)) => return Some(self.superfluous()),
            _ => return None,
        };
        Some(Error::Incomplete {
            field: self.value_field.clone(),
            message: message.to_owned(),
        })
    }

    fn superfluous(&self) -> Error {
        Error::Unsupported {
            field: self.value_field.clone(),
            message: "op Delete takes what is at the path, whatever its value; take the value out".to_owned(),
        }
    }
}

/// Reads an address.
pub(crate) fn parsed(field: &str, address: &str) -> Result<Vec<Step>, Error> {
    address::parse(address).map_err(|Malformed { column, message }| Error::Address {
        field: field.to_owned(),
        address: crate::error::shortened(address, 120),
        column,
        message: message.to_owned(),
    })
}

/// A value whose texts are rendered. A text stays a text, whatever comes out.
fn rendered(prepared: &Prepared<'_>, field: &str, value: &Value) -> Result<Value, Error> {
    Ok(match value {
        Value::String(text) => Value::String(prepared.render(field, text)?),
        Value::Array(items) => {
            let items = items.iter().map(|item| rendered(prepared, field, item));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let entry = |(name, value): (&String, &Value)| Ok((name.clone(), rendered(prepared, field, value)?));
            Value::Object(map.iter().map(entry).collect::<Result<_, Error>>()?)
        }
        other => other.clone(),
    })
}

/// The texts in a value.
pub(crate) fn texts<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}
