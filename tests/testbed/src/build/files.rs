//! Files of Go modules that programs read at run time, copied into the cache, so that Go's module cache may be emptied.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{error::BuildError, go::Go};
use crate::parts::Part;

/// Whether every folder of files is there. Each appears by one rename, so that it is there whole or not at all.
pub(super) fn all_there(part: Part, folder: &Path) -> bool {
    part.recipe().files.iter().all(|files| folder.join(files.into).is_dir())
}

/// Copies what is missing.
pub(super) fn copy(part: Part, folder: &Path, go: &Go) -> Result<(), BuildError> {
    for files in part.recipe().files {
        let target = folder.join(files.into);
        if target.is_dir() {
            continue;
        }
        let module = go.module_folder(part, files.module)?;
        let half_done = folder.join(format!("{}.new", files.into));
        let failed = |source| BuildError::io("copy files to", &target, source);
        if half_done.exists() {
            fs::remove_dir_all(&half_done).map_err(failed)?;
        }
        fs::create_dir_all(&half_done).map_err(failed)?;
        for path in files.paths {
            let name = Path::new(path)
                .file_name()
                .map_or_else(|| half_done.clone(), |name| half_done.join(name));
            copy_tree(&module.join(path), &name).map_err(failed)?;
        }
        fs::rename(&half_done, &target).map_err(failed)?;
    }
    Ok(())
}

/// Copies a file or a folder. What comes from a module cache is read-only; the copy is not, so that it can be removed.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    let mut left: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = left.pop() {
        if from.is_dir() {
            fs::create_dir_all(&to)?;
            for entry in fs::read_dir(&from)? {
                let entry = entry?;
                left.push((entry.path(), to.join(entry.file_name())));
            }
        } else {
            fs::write(&to, fs::read(&from)?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_copied_tree_has_the_same_bytes_and_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("module");
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::write(from.join("a/b/c.txt"), "text").unwrap();
        fs::set_permissions(from.join("a/b/c.txt"), fs::Permissions::from_mode(0o444)).unwrap();
        let to = folder.path().join("copy");
        copy_tree(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("a/b/c.txt")).unwrap(), "text");
        assert_ne!(
            fs::metadata(to.join("a/b/c.txt")).unwrap().permissions().mode() & 0o200,
            0,
            "writable"
        );
    }
}
