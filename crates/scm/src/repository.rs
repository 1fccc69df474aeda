//! Repositories and files as a forge reports them. Pure data.

use std::sync::Arc;

use crate::{commit::FileMode, id::RepositoryId};

/// What is known about a repository. It changes seldom: the caller keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its name as the forge spells it now.
    pub id: RepositoryId,
    /// The branch that pull requests go to when nothing else is said.
    pub default_branch: String,
    /// Where a person looks at it.
    pub html_url: String,
    /// Where git clones it over HTTP.
    pub clone_url: String,
    /// An archived repository takes no commit.
    pub archived: bool,
}

/// A file at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// All bytes of it, shared by everybody who looks at them.
    pub bytes: Arc<[u8]>,
    /// Git's id of these bytes; an update or a delete names it, so that nothing unseen is overwritten.
    pub blob: String,
}

/// One path of a repository's tree at one commit. Folders have no entry of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The path inside the repository, without a leading slash.
    pub path: String,
    /// What stands there.
    pub kind: EntryKind,
    /// Git's id of the content; for a submodule its commit.
    pub blob: String,
    /// Bytes of the content, zero for a submodule; none where only a download would tell.
    pub size: Option<u64>,
}

/// What may stand at a path. Only files are ever edited: a link would lead elsewhere, and a submodule is a repository of
/// its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A file that may be run.
    Executable,
    /// A symbolic link.
    Symlink,
    /// A submodule.
    Submodule,
}

impl EntryKind {
    /// By the mode that git keeps of it; none for a folder, and for what git has no word for.
    pub(crate) fn of_mode(mode: &str) -> Option<Self> {
        match mode {
            "100644" | "100664" => Some(Self::File),
            "100755" => Some(Self::Executable),
            "120000" => Some(Self::Symlink),
            "160000" => Some(Self::Submodule),
            _ => None,
        }
    }

    /// Whether it has content that can be read and edited.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }

    /// The mode of a file.
    pub fn mode(self) -> Option<FileMode> {
        match self {
            Self::File => Some(FileMode::Regular),
            Self::Executable => Some(FileMode::Executable),
            Self::Symlink | Self::Submodule => None,
        }
    }

    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Executable => "executable file",
            Self::Symlink => "symbolic link",
            Self::Submodule => "submodule",
        }
    }
}
