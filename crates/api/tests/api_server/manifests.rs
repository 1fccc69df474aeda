//! Manifests of files: split by document, each with the comment that stands above it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// One document of a file.
pub(super) struct Manifest {
    /// The comment above it, without the sign.
    pub(super) title: String,
    /// The object.
    pub(super) object: Value,
}

impl Manifest {
    /// A text at a place in the object, empty where there is none.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Kind and name, for messages.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.text("/kind"), self.text("/metadata/name"))
    }
}

/// The documents of a file.
pub(super) fn of_file(path: &Path) -> Vec<Manifest> {
    let text = fs::read_to_string(path).unwrap();
    text.split("\n---\n")
        .map(|document| Manifest {
            title: document
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("# ")
                .to_owned(),
            object: serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        })
        .collect()
}

/// The YAML files below a folder of this crate's tests, in order.
pub(super) fn files(folder: &str) -> Vec<PathBuf> {
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder))
}

/// The YAML files of the examples, in order.
pub(super) fn examples() -> Vec<PathBuf> {
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"))
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}
