//! The key of a part: a hash over all that decides what its programs are. Same key, same bytes.

use std::{fs, path::Path};

use sha2::{Digest as _, Sha256};

use super::{error::BuildError, go::Go};
use crate::parts::{Part, Recipe};

/// 16 hexadecimal digits over `go.mod`, `go.sum`, our own `main.go`, the flags and the Go version.
pub(super) fn of(part: Part, go: &Go) -> Result<String, BuildError> {
    let version = go.version(part)?;
    of_folder(&part.pin(), part.recipe(), &version)
}

fn of_folder(pin: &Path, recipe: &Recipe, go_version: &str) -> Result<String, BuildError> {
    let mut names = vec!["go.mod", "go.sum"];
    if recipe.programs.iter().any(|(_, package)| *package == ".") {
        names.push("main.go");
    }
    let mut hash = Sha256::new();
    for name in names {
        let path = pin.join(name);
        let bytes = fs::read(&path).map_err(|source| BuildError::io("read", &path, source))?;
        // The length in front keeps two files from running into one another.
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(&bytes);
    }
    hash.update(format!("{recipe:?}\n{go_version}\n"));
    let digest = hex::encode(hash.finalize());
    Ok(digest.chars().take(16).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(go_mod: &str, main: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("go.mod"), go_mod).unwrap();
        fs::write(folder.path().join("go.sum"), "sums").unwrap();
        fs::write(folder.path().join("main.go"), main).unwrap();
        folder
    }

    fn key(part: Part, go_mod: &str, main: &str, go: &str) -> String {
        of_folder(pin(go_mod, main).path(), part.recipe(), go).unwrap()
    }

    #[test]
    fn everything_that_decides_the_program_decides_the_key() {
        let base = key(Part::Redis, "module a", "main", "go1");
        assert_eq!(base.len(), 16);
        assert_eq!(
            base,
            key(Part::Redis, "module a", "main", "go1"),
            "the same input gives the same key"
        );
        assert_ne!(base, key(Part::Redis, "module b", "main", "go1"), "another pin");
        assert_ne!(base, key(Part::Redis, "module a", "other", "go1"), "another main.go");
        assert_ne!(base, key(Part::Redis, "module a", "main", "go2"), "another Go");
        assert_ne!(base, key(Part::Helm, "module a", "main", "go1"), "other flags");
    }

    #[test]
    fn a_program_of_a_module_does_not_depend_on_files_beside_the_pin() {
        assert_eq!(
            key(Part::Helm, "module a", "one", "go1"),
            key(Part::Helm, "module a", "two", "go1")
        );
    }
}
