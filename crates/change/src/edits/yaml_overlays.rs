//! `updates.yamlOverlays`: YAML that is laid over a file, whose comments, order and quotes stay.

use super::Report;
use super::patches::{put, still_json};
use crate::automation::YamlOverlay;
use crate::error::Error;
use crate::files::WorkingCopy;
use crate::needs::Needs;
use crate::prepared::Prepared;
use crate::yaml::{Edited, Trouble, overlaid};

/// The files that the overlays name.
pub(crate) fn needs(prepared: &Prepared<'_>, overlays: &[YamlOverlay], needs: &mut Needs) -> Result<(), Error> {
    for (index, overlay) in overlays.iter().enumerate() {
        needs.file(path(prepared, index, overlay)?);
    }
    Ok(())
}

/// Lays the overlays over their files in turn.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    overlays: &[YamlOverlay],
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    for (index, overlay) in overlays.iter().enumerate() {
        let field = field(index, "");
        let path = path(prepared, index, overlay)?;
        let yaml = if is_templated(overlay) {
            prepared.render(&self::field(index, ".yaml"), &overlay.yaml)?
        } else {
            overlay.yaml.clone()
        };
        let trouble = |trouble: Trouble| match trouble {
            Trouble::Overlay(message) => Error::Yaml {
                field: self::field(index, ".yaml"),
                message,
            },
            Trouble::File(message) => Error::File {
                field: field.clone(),
                path: path.clone(),
                message,
            },
        };
        let bytes = files.read(&field, &path)?;
        let content =
            std::str::from_utf8(&bytes).map_err(|_| trouble(Trouble::File("is not UTF-8 text".to_owned())))?;
        let edited = overlaid(content, &yaml, overlay.list_merge).map_err(trouble)?;
        let edited = still_json(&path, content, edited.map_or(Edited::Same, Edited::Text));
        let edited = edited.map_err(|message| trouble(Trouble::File(message)))?;
        put(files, report, &field, path, edited)?;
    }
    Ok(())
}

pub(crate) fn field(index: usize, part: &str) -> String {
    format!("spec.updates.yamlOverlays[{index}]{part}")
}

/// Whether the overlay's YAML is a template.
pub(crate) fn is_templated(overlay: &YamlOverlay) -> bool {
    overlay.templated.unwrap_or(true)
}

fn path(prepared: &Prepared<'_>, index: usize, overlay: &YamlOverlay) -> Result<String, Error> {
    prepared.path(&field(index, ".file"), &overlay.file)
}
