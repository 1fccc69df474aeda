//! `deletes`: files by pattern, folders whole. That there is nothing to delete is no error.

use crate::automation::Deletes;
use crate::error::Error;
use crate::files::WorkingCopy;
use crate::glob::Glob;
use crate::needs::Needs;
use crate::prepared::Prepared;

/// The list of all files: patterns and folders are found in it. What goes need not be read.
pub(crate) fn needs(prepared: &Prepared<'_>, deletes: &Deletes, needs: &mut Needs) -> Result<(), Error> {
    if !globs(prepared, deletes)?.is_empty() || !folders(prepared, deletes)?.is_empty() {
        needs.list();
    }
    Ok(())
}

/// Deletes, after everything else: also what this automation made.
pub(crate) fn apply(prepared: &Prepared<'_>, deletes: &Deletes, files: &mut WorkingCopy<'_>) -> Result<(), Error> {
    let globs = globs(prepared, deletes)?;
    let folders = folders(prepared, deletes)?;
    if globs.is_empty() && folders.is_empty() {
        return Ok(());
    }
    let goes = |path: &str| {
        globs.iter().any(|glob| glob.matches(path))
            || folders.iter().any(|folder| {
                path.strip_prefix(folder.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    };
    for path in files.paths("spec.deletes")? {
        if goes(&path) {
            files.delete(path);
        }
    }
    Ok(())
}

/// The field of one pattern.
pub(crate) fn file_field(index: usize) -> String {
    format!("spec.deletes.files[{index}]")
}

/// The field of one folder.
pub(crate) fn folder_field(index: usize) -> String {
    format!("spec.deletes.folders[{index}]")
}

fn globs(prepared: &Prepared<'_>, deletes: &Deletes) -> Result<Vec<Glob>, Error> {
    let glob = |(index, file): (usize, &String)| {
        let field = file_field(index);
        Glob::new(&field, &prepared.path(&field, file)?)
    };
    deletes.files.iter().enumerate().map(glob).collect()
}

fn folders(prepared: &Prepared<'_>, deletes: &Deletes) -> Result<Vec<String>, Error> {
    let folders = deletes.folders.iter().enumerate();
    folders
        .map(|(index, folder)| prepared.path(&folder_field(index), folder))
        .collect()
}
