//! `updates.kustomizeImages`: name, tag and digest of an image in a kustomization.

use serde_json::{Map, Value};

use super::Report;
use super::patches::{put, still_json, text, unfit};
use crate::address::Step;
use crate::automation::{KustomizeImage, PatchOp};
use crate::error::Error;
use crate::files::WorkingCopy;
use crate::needs::Needs;
use crate::prepared::Prepared;
use crate::yaml::{Edited, patched};

/// The kustomizations that the images name.
pub(crate) fn needs(prepared: &Prepared<'_>, images: &[KustomizeImage], needs: &mut Needs) -> Result<(), Error> {
    for (index, image) in images.iter().enumerate() {
        needs.file(prepared.path(&field(index, ".file"), &image.file)?);
    }
    Ok(())
}

/// Sets the images in turn. One that the kustomization does not have is added.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    images: &[KustomizeImage],
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    for (index, image) in images.iter().enumerate() {
        let name = field(index, "");
        let path = prepared.path(&field(index, ".file"), &image.file)?;
        let wanted = Wanted::new(prepared, index, image)?;
        let before = files.read(&name, &path)?;
        let before = text(&before, &name, &path)?;
        let after = wanted
            .put_into(before.to_owned())
            .map_err(|message| unfit(&name, &path, message))?;
        let edited = if after == before {
            Edited::Same
        } else {
            Edited::Text(after)
        };
        let edited = still_json(&path, before, edited).map_err(|message| unfit(&name, &path, message))?;
        put(files, report, &name, path, edited)?;
    }
    Ok(())
}

pub(crate) fn field(index: usize, part: &str) -> String {
    format!("spec.updates.kustomizeImages[{index}]{part}")
}

/// The texts of an image, with their fields.
pub(crate) fn texts(image: &KustomizeImage) -> [(&'static str, Option<&String>); 4] {
    [
        (".name", Some(&image.name)),
        (".newName", image.new_name.as_ref()),
        (".newTag", image.new_tag.as_ref()),
        (".digest", image.digest.as_ref()),
    ]
}

/// What is wrong with an image whatever the context.
pub(crate) fn incomplete(index: usize, image: &KustomizeImage) -> Option<Error> {
    let missing = |field: String, message: &str| {
        Some(Error::Incomplete {
            field,
            message: message.to_owned(),
        })
    };
    if image.name.is_empty() {
        return missing(field(index, ".name"), "write the image's name as the manifests have it");
    }
    if image.new_name.is_none() && image.new_tag.is_none() && image.digest.is_none() {
        return missing(field(index, ".newTag"), "say what changes: newTag, digest or newName");
    }
    None
}

/// An image with its texts rendered.
struct Wanted {
    name: String,
    /// Keys of the entry, and what they become; none: they go.
    keys: Vec<(&'static str, Option<String>)>,
}

impl Wanted {
    fn new(prepared: &Prepared<'_>, index: usize, image: &KustomizeImage) -> Result<Self, Error> {
        if let Some(error) = incomplete(index, image) {
            return Err(error);
        }
        let mut rendered = Vec::new();
        for (part, text) in texts(image) {
            let text = match text {
                Some(text) if image.templated.unwrap_or(true) => Some(prepared.render(&field(index, part), text)?),
                text => text.cloned(),
            };
            if text.as_ref().is_some_and(String::is_empty) {
                let message = "came out empty; does the context have every value that its template names?".to_owned();
                return Err(Error::Incomplete {
                    field: field(index, part),
                    message,
                });
            }
            rendered.push((part.trim_start_matches('.'), text));
        }
        let has = |key: &str| rendered.iter().any(|(name, text)| *name == key && text.is_some());
        // A tag takes the place of a digest and the other way round: kustomize would put both.
        let replaced = [("digest", has("newTag")), ("newTag", has("digest"))];
        let goes = |key: &str| replaced.iter().any(|(name, replaced)| *name == key && *replaced);
        let keys = rendered
            .iter()
            .skip(1)
            .filter(|(key, text)| text.is_some() || goes(key))
            .cloned()
            .collect();
        let name = rendered
            .into_iter()
            .next()
            .and_then(|(_, name)| name)
            .unwrap_or_default();
        Ok(Self { name, keys })
    }

    fn put_into(&self, mut text: String) -> Result<String, String> {
        let images = Step::Key("images".to_owned());
        let entry = [images.clone(), Step::Select("name".to_owned(), self.name.clone())];
        for (key, value) in &self.keys {
            let steps = [entry.as_slice(), &[Step::Key((*key).to_owned())]].concat();
            let (op, value) = match value {
                Some(value) => (PatchOp::Set, Value::from(value.as_str())),
                None => (PatchOp::Delete, Value::Null),
            };
            match patched(&text, 0, &steps, op, &value)? {
                Edited::Text(edited) => text = edited,
                Edited::Nothing(_) if op == PatchOp::Set => return self.added(&text, images),
                Edited::Same | Edited::Nothing(_) => {}
            }
        }
        Ok(text)
    }

    /// The kustomization with the image as a new entry.
    fn added(&self, text: &str, images: Step) -> Result<String, String> {
        let keys = self.keys.iter().filter_map(|(key, value)| Some((*key, value.clone()?)));
        let entry = std::iter::once(("name", self.name.clone())).chain(keys);
        let entry: Map<String, Value> = entry.map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
        match patched(text, 0, &[images], PatchOp::Append, &Value::Object(entry))? {
            Edited::Text(text) => Ok(text),
            Edited::Same => Ok(text.to_owned()),
            Edited::Nothing(what) => Err(format!("has no list of images: {what}")),
        }
    }
}
