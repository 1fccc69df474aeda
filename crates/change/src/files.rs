//! The files of a repository that a change set is computed from, and the working copy in which the edits happen.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::changeset::{Change, Content, Mode, Op};
use crate::elsewhere::Elsewhere;
use crate::error::Error;
use crate::path::confine;

/// The largest file that is read or written. The editors hold a file in memory.
pub const LARGEST_FILE: usize = 32 << 20;
/// Bytes that all edits of an automation read, counted again for each edit: what bounds the time of many edits of large files.
const MOST_READ: usize = 2 << 30;

/// The files of a repository at one commit, as far as [`crate::needs`] asked for them. A file that is not here does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    read: BTreeMap<String, Arc<[u8]>>,
    listing: Option<BTreeSet<String>>,
    /// Those that may be run; none: nobody knows.
    executables: Option<BTreeSet<String>>,
    elsewhere: BTreeMap<Elsewhere, Self>,
}

impl Files {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. The path is spelled as in the repository.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Arc<[u8]>>) {
        self.read.insert(path.into(), content.into());
    }

    /// Tells the paths of all files of the repository, where [`crate::Needs::listing`] asks for them.
    pub fn set_listing(&mut self, paths: impl IntoIterator<Item = String>) {
        self.listing = Some(paths.into_iter().collect());
    }

    /// Tells which files may be run: of all others it is known then that they may not. Without it no mode is known, and what
    /// stands at a path keeps its own.
    pub fn set_executables(&mut self, paths: impl IntoIterator<Item = String>) {
        self.executables = Some(paths.into_iter().collect());
    }

    /// Adds a file of a place that [`crate::Needs::elsewhere`] names.
    pub fn insert_at(&mut self, place: Elsewhere, path: impl Into<String>, content: impl Into<Arc<[u8]>>) {
        self.elsewhere.entry(place).or_default().insert(path, content);
    }

    /// Tells the paths of all files of a place that [`crate::Needs::elsewhere`] names.
    pub fn set_listing_at(&mut self, place: Elsewhere, paths: impl IntoIterator<Item = String>) {
        self.elsewhere.entry(place).or_default().set_listing(paths);
    }

    /// Tells which files may be run of a place that [`crate::Needs::elsewhere`] names.
    pub fn set_executables_at(&mut self, place: Elsewhere, paths: impl IntoIterator<Item = String>) {
        self.elsewhere.entry(place).or_default().set_executables(paths);
    }

    /// The files of a place, where some were told.
    pub(crate) fn elsewhere(&self, place: &Elsewhere) -> Option<&Self> {
        self.elsewhere.get(place)
    }

    /// The paths of all files of the repository, where they were told.
    pub(crate) fn listing(&self) -> Option<&BTreeSet<String>> {
        self.listing.as_ref()
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.read.remove(path);
        for known in [&mut self.listing, &mut self.executables].into_iter().flatten() {
            known.remove(path);
        }
    }

    /// The paths of the files that were read.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.read.keys().map(String::as_str)
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.read.get(path)
    }

    /// The mode of a file that exists, where modes were told.
    fn mode(&self, path: &str) -> Option<Mode> {
        let executables = self.executables.as_ref()?;
        self.exists(path).then(|| Mode::of(executables.contains(path)))
    }

    fn exists(&self, path: &str) -> bool {
        self.read.contains_key(path) || self.listing.as_ref().is_some_and(|listing| listing.contains(path))
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
            read: files
                .into_iter()
                .map(|(path, content)| (path.into(), content.into()))
                .collect(),
            ..Self::default()
        }
    }
}

/// Files as the edits see them: each edit reads what the one before wrote.
pub(crate) struct WorkingCopy<'f> {
    files: &'f Files,
    /// What became of a file; none: it is gone.
    edited: BTreeMap<String, Option<Edited>>,
    /// Bytes read so far.
    read: Cell<usize>,
}

/// A file that was written.
struct Edited {
    content: Content,
    /// None where it is not known.
    mode: Option<Mode>,
}

impl<'f> WorkingCopy<'f> {
    pub(crate) fn new(files: &'f Files) -> Self {
        Self {
            files,
            edited: BTreeMap::new(),
            read: Cell::new(0),
        }
    }

    /// The content of a file that an edit needs; `field` is the edit.
    pub(crate) fn read(&self, field: &str, path: &str) -> Result<Cow<'_, [u8]>, Error> {
        let content = match self.edited.get(path) {
            Some(edited) => edited.as_ref().map(|edited| edited.content.bytes()),
            None => self.files.get(path).map(|content| Cow::Borrowed(content.as_ref())),
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
        self.read.set(self.read.get().saturating_add(content.len()));
        if self.read.get() > MOST_READ {
            return Err(Error::File {
                field: field.to_owned(),
                path: path.to_owned(),
                message: format!(
                    "is one too many: the edits read more than {} GiB together",
                    MOST_READ >> 30
                ),
            });
        }
        Ok(content)
    }

    /// The paths of all files as they are now, outside of `.git`; `field` is the edit that asks.
    pub(crate) fn paths(&self, field: &str) -> Result<Vec<String>, Error> {
        let Some(listing) = &self.files.listing else {
            let message = "it needs the list of the repository's files, which was not read".to_owned();
            return Err(Error::Unsupported {
                field: field.to_owned(),
                message,
            });
        };
        let known = listing.iter().chain(self.edited.keys());
        let exists = |path: &&String| self.edited.get(*path).is_none_or(Option::is_some) && is_confined(path);
        Ok(known
            .filter(exists)
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect())
    }

    /// A file, or all files of a folder, as they are now: what follows `source` in their paths, and the paths.
    pub(crate) fn below(&self, field: &str, source: &str) -> Result<Vec<(String, String)>, Error> {
        if self.exists(source) {
            return Ok(vec![(String::new(), source.to_owned())]);
        }
        let below = |path: String| Some((rest(source, &path)?, path));
        Ok(self.paths(field)?.into_iter().filter_map(below).collect())
    }

    /// The mode of a file as it is now, where that is known.
    pub(crate) fn mode(&self, path: &str) -> Option<Mode> {
        match self.edited.get(path) {
            Some(edited) => edited.as_ref()?.mode,
            None => self.files.mode(path),
        }
    }

    /// The files of another place; `field` is the edit that asks.
    pub(crate) fn elsewhere(&self, field: &str, place: &Elsewhere) -> Result<Self, Error> {
        match self.files.elsewhere(place) {
            Some(files) => Ok(Self::new(files)),
            None => Err(Error::Unsupported {
                field: field.to_owned(),
                message: format!("it needs files of {place}, which were not read"),
            }),
        }
    }

    /// Whether there is a file whose content is known.
    pub(crate) fn exists(&self, path: &str) -> bool {
        self.edited
            .get(path)
            .map_or_else(|| self.files.get(path).is_some(), Option::is_some)
    }

    pub(crate) fn delete(&mut self, path: String) {
        self.edited.insert(path, None);
    }

    /// Other content for a file, which keeps its mode.
    pub(crate) fn write(&mut self, path: &str, content: &[u8]) {
        self.put(path, content, None);
    }

    /// A whole file, with the mode of the one that it is made from; where that is not known, it keeps its own.
    pub(crate) fn put(&mut self, path: &str, content: &[u8], mode: Option<Mode>) {
        let edited = Edited {
            content: Content::new(self.files.get(path), content),
            mode: mode.or_else(|| self.mode(path)),
        };
        self.edited.insert(path.to_owned(), Some(edited));
    }

    /// A file that was made, and one that stands where its folder or it would have to be, if there are such.
    pub(crate) fn collision(&self) -> Option<(String, String)> {
        let stands = |path: &str| match self.edited.get(path) {
            Some(edited) => edited.is_some(),
            None => self.files.exists(path),
        };
        let first_in = |folder: &str| {
            let from = folder.to_owned()..;
            let inside = |path: &&String| path.starts_with(folder);
            let listing = self.files.listing.iter();
            let listed = listing.flat_map(|listing| listing.range(from.clone()).take_while(inside));
            let read = self.files.read.range(from.clone()).map(|(path, _)| path);
            let made = self.edited.range(from.clone()).map(|(path, _)| path);
            let mut known = listed.chain(read.take_while(inside)).chain(made.take_while(inside));
            known.find(|path| stands(path))
        };
        let mut made = (self.edited.keys()).filter(|path| stands(path) && !self.files.exists(path));
        made.find_map(|path| {
            let mut above = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
            let above = above.find(|above| stands(above)).map(str::to_owned);
            let other = above.or_else(|| first_in(&format!("{path}/")).cloned())?;
            Some((path.clone(), other))
        })
    }

    /// What is different now, by path. A file that was made and went again, or has its bytes and its mode back, is no change.
    pub(crate) fn into_changes(self) -> Vec<Change> {
        let files = self.files;
        let change = |(path, edited): (String, Option<Edited>)| {
            let previous = files.get(&path).cloned();
            // Only a mode that is known to be another one is a change.
            let mode = |edited: &Edited| {
                edited
                    .mode
                    .filter(|mode| files.mode(&path).is_none_or(|was| was != *mode))
            };
            let is_same = |edited: &Edited| {
                let same = previous.as_ref().is_some_and(|previous| edited.content.is(previous));
                same && (files.mode(&path).is_none() || mode(edited).is_none())
            };
            let (op, mode) = match (files.exists(&path), &edited) {
                (false, Some(edited)) => (Op::Create, Some(edited.mode.unwrap_or_default())),
                (true, Some(edited)) if !is_same(edited) => (Op::Update, mode(edited)),
                (true, None) => (Op::Delete, None),
                (true, Some(_)) | (false, None) => return None,
            };
            Some(Change {
                path,
                op,
                content: edited.map(|edited| edited.content).unwrap_or_default(),
                previous,
                mode,
            })
        };
        self.edited.into_iter().filter_map(change).collect()
    }
}

/// What follows a folder in a path that is in it, with the slash.
fn rest(folder: &str, path: &str) -> Option<String> {
    let rest = path.strip_prefix(folder)?;
    rest.starts_with('/').then(|| rest.to_owned())
}

/// The error for a file over [`LARGEST_FILE`].
pub(crate) fn too_large(field: &str, path: &str, verb: &str) -> Error {
    Error::File {
        field: field.to_owned(),
        path: path.to_owned(),
        message: format!("{verb} larger than {} MiB, the most that is edited", LARGEST_FILE >> 20),
    }
}

/// What a listing holds and no edit may touch is left out.
fn is_confined(path: &str) -> bool {
    confine("", path).is_ok_and(|confined| confined == path)
}
