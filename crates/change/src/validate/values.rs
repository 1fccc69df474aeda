//! What is wrong with copies and with edits of values, whatever the context.

use super::{path, template};
use crate::automation::{FileCopy, KustomizeImage, Updates};
use crate::edits::patches::{Patch, parsed, texts};
use crate::edits::{copies, kustomize_images, patches};
use crate::error::Error;
use crate::template::is_plain;

pub(super) fn problems(updates: &Updates) -> Vec<Error> {
    let copies = updates
        .copies
        .iter()
        .enumerate()
        .flat_map(|(index, copy)| self::copy(index, copy));
    let images = updates.kustomize_images.iter().enumerate();
    let images = images.flat_map(|(index, image)| self::image(index, image));
    let before = patches::before_images(updates);
    let behind = patches::behind_images(updates);
    copies
        .chain(before.iter().flat_map(patch))
        .chain(images)
        .chain(behind.iter().flat_map(patch))
        .collect()
}

fn patch(patch: &Patch<'_>) -> Vec<Error> {
    let mut problems = path(&format!("{}.file", patch.field), patch.file);
    problems.extend(patch.incomplete());
    let mut found = Vec::new();
    if patch.templated {
        found.push((patch.path_field.as_str(), patch.path));
        let mut inside = Vec::new();
        patch.value.into_iter().for_each(|value| texts(value, &mut inside));
        found.extend(inside.into_iter().map(|text| (patch.value_field.as_str(), text)));
    }
    problems.extend(found.into_iter().flat_map(|(field, text)| template(field, text)));
    if !patch.templated || is_plain(patch.path) {
        problems.extend(parsed(&patch.path_field, patch.path).err());
    }
    problems
}

fn image(index: usize, image: &KustomizeImage) -> Vec<Error> {
    let field = |part: &str| kustomize_images::field(index, part);
    let mut problems = path(&field(".file"), &image.file);
    problems.extend(kustomize_images::incomplete(index, image));
    if image.templated.unwrap_or(true) {
        for (part, text) in kustomize_images::texts(image) {
            problems.extend(text.into_iter().flat_map(|text| template(&field(part), text)));
        }
    }
    problems
}

fn copy(index: usize, copy: &FileCopy) -> Vec<Error> {
    let field = |part: &str| copies::field(index, part);
    let mut problems = Vec::new();
    for (part, text) in [(".from", &copy.from), (".to", &copy.to)] {
        if copy.templated.unwrap_or(true) {
            problems.extend(path(&field(part), text));
        } else {
            problems.extend(crate::path::confine(&field(part), text).err());
        }
    }
    if let Some(at) = &copy.at {
        let is_template = copy.templated.unwrap_or(true) && !is_plain(at);
        if is_template {
            problems.extend(template(&field(".ref"), at));
        } else {
            problems.extend(copies::check_ref(index, at).err());
        }
    }
    problems
}
