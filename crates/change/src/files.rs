//! The files of a repository that a change set is computed from, and the working copy in which the edits happen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::changeset::{Change, Op};
use crate::error::Error;

/// The largest file that is read or written. The editors hold a file in memory.
pub const LARGEST_FILE: usize = 32 << 20;

/// The files of a repository at one commit, as far as [`crate::needs`] asked for them. A file that is not here does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. The path is spelled as in the repository.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Arc<[u8]>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path);
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }
}

impl From<BTreeMap<String, Vec<u8>>> for Files {
    fn from(files: BTreeMap<String, Vec<u8>>) -> Self {
        files.into_iter().collect()
    }
}

impl<P: Into<String>, C: Into<Arc<[u8]>>> FromIterator<(P, C)> for Files {
    fn from_iter<I: IntoIterator<Item = (P, C)>>(files: I) -> Self {
        Self {
            files: files
                .into_iter()
                .map(|(path, content)| (path.into(), content.into()))
                .collect(),
        }
    }
}

/// Files as the edits see them: each edit reads what the one before wrote.
pub(crate) struct WorkingCopy<'f> {
    files: &'f Files,
    /// What became of a file; none: it is gone.
    edited: BTreeMap<String, Option<Vec<u8>>>,
}

impl<'f> WorkingCopy<'f> {
    pub(crate) fn new(files: &'f Files) -> Self {
        Self {
            files,
            edited: BTreeMap::new(),
        }
    }

    /// The content of a file that an edit needs; `field` is the edit.
    pub(crate) fn read(&self, field: &str, path: &str) -> Result<&[u8], Error> {
        let content = match self.edited.get(path) {
            Some(edited) => edited.as_deref(),
            None => self.files.get(path).map(AsRef::as_ref),
        };
        let Some(content) = content else {
            return Err(Error::FileMissing {
                field: field.to_owned(),
                path: path.to_owned(),
            });
        };
        if content.len() > LARGEST_FILE {
            return Err(too_large(field, path, "is"));
        }
        Ok(content)
    }

    pub(crate) fn write(&mut self, path: &str, content: Vec<u8>) {
        self.edited.insert(path.to_owned(), Some(content));
    }

    /// What is different now, by path. A file that was made and went again, or has its bytes back, is no change.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        let files = self.files;
        let change = |(path, edited): (String, Option<Vec<u8>>)| {
            let previous = files.get(&path).cloned();
            let op = match (&previous, &edited) {
                (None, Some(_)) => Op::Create,
                (Some(previous), Some(edited)) if previous.as_ref() != edited.as_slice() => Op::Update,
                (Some(_), None) => Op::Delete,
                (Some(_), Some(_)) | (None, None) => return None,
            };
            Some(Change {
                path,
                op,
                content: edited.unwrap_or_default(),
                previous,
            })
        };
        self.edited.into_iter().filter_map(change).collect()
    }
}

/// The error for a file over [`LARGEST_FILE`].
pub(crate) fn too_large(field: &str, path: &str, verb: &str) -> Error {
    Error::File {
        field: field.to_owned(),
        path: path.to_owned(),
        message: format!("{verb} larger than {} MiB, the most that is edited", LARGEST_FILE >> 20),
    }
}
