//! Where edits read: a folder of a repository at some ref, or a chart; and what an edit calls it.

use std::collections::BTreeMap;

use stagecoach_change::{Chart, Elsewhere};
use stagecoach_scm::{CommitSha, Content, File, TreeEntry};

use super::Edit;
use crate::Error;
use crate::sources::{Folder, Templates};

/// Something that files are read from beside the base commit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// The same repository at another ref.
    Ref(String),
    /// The repository of templates.
    Templates(Folder),
    /// A chart.
    Chart(Chart),
}

impl Spot {
    /// What an edit means by a place.
    pub(super) fn of(place: &Elsewhere, edit: &Edit) -> Result<Self, Error> {
        match place {
            Elsewhere::Ref(name) => Ok(Self::Ref(name.clone())),
            Elsewhere::Templates => {
                let templates = edit.sources.templates.as_ref();
                let folder = templates.map(|templates| templates.folder.clone());
                folder.map(Self::Templates).ok_or(Error::TemplatesUnnamed)
            }
            Elsewhere::Chart(chart) => Ok(Self::Chart(chart.clone())),
        }
    }

    /// What an edit calls the spot, where it knows it at all.
    pub(super) fn place(&self, edit: &Edit) -> Option<Elsewhere> {
        match self {
            Self::Chart(chart) => Some(Elsewhere::Chart(chart.clone())),
            Self::Ref(name) => Some(Elsewhere::Ref(name.clone())),
            Self::Templates(folder) => {
                let own = edit.sources.templates.as_ref();
                own.is_some_and(|own| own.folder == *folder)
                    .then_some(Elsewhere::Templates)
            }
        }
    }
}

/// A folder of a repository; an empty folder is the root.
#[derive(Clone, Copy)]
pub(super) struct Tree<'t> {
    pub(super) content: &'t dyn Content,
    pub(super) folder: &'t str,
}

impl<'t> Tree<'t> {
    pub(super) fn of(templates: &'t Templates) -> Self {
        Self {
            content: templates.content.as_ref(),
            folder: &templates.folder.path,
        }
    }

    /// The commit behind a branch, tag or commit that a field of the automation names.
    pub(super) async fn resolve(&self, reference: &str, field: &'static str) -> Result<CommitSha, Error> {
        let found = self.content.resolve(reference).await?;
        found.ok_or_else(|| Error::RefMissing {
            repository: self.content.name(),
            reference: reference.to_owned(),
            field,
        })
    }

    /// Everything below the folder, with paths from there.
    pub(super) async fn list(&self, at: &CommitSha) -> Result<BTreeMap<String, TreeEntry>, Error> {
        let listed = self.content.list_files(at).await?;
        let below = |mut entry: TreeEntry| {
            if !self.folder.is_empty() {
                entry.path = entry.path.strip_prefix(self.folder)?.strip_prefix('/')?.to_owned();
            }
            Some((entry.path.clone(), entry))
        };
        Ok(listed.into_iter().filter_map(below).collect())
    }

    /// Files, with paths from the folder on; `None` for those that do not exist.
    pub(super) async fn read(
        &self,
        at: &CommitSha,
        paths: impl IntoIterator<Item = String>,
    ) -> Result<BTreeMap<String, Option<File>>, Error> {
        if self.folder.is_empty() {
            return Ok(self.content.read_files(at, paths.into_iter().collect()).await?);
        }
        let prefix = format!("{}/", self.folder);
        let paths = paths.into_iter().map(|path| format!("{prefix}{path}")).collect();
        let files = self.content.read_files(at, paths).await?;
        let from_folder = |(path, file): (String, _)| Some((path.strip_prefix(&prefix)?.to_owned(), file));
        Ok(files.into_iter().filter_map(from_folder).collect())
    }
}
