//! One thing that is to be said about a manifest.

use super::files;
use crate::documents::Spot;

/// How much a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// It will not work.
    Error,
    /// It will probably not do what is meant, or waits for something that is not here.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// The word for people and programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) file: String,
    pub(super) spot: Spot,
    pub(super) level: Level,
    /// One word for programs.
    pub(super) rule: &'static str,
    /// The object that it is about, such as `Pipeline infra/shop`; none: the file.
    pub(super) object: Option<String>,
    pub(super) message: String,
}

impl Finding {
    /// A file that is not read.
    pub(super) fn too_large(file: String) -> Self {
        Self {
            file,
            spot: Spot::START,
            level: Level::Warning,
            rule: "TooLarge",
            object: None,
            message: files::too_large(),
        }
    }

    /// By place; what counts more first.
    pub(super) fn order(&self) -> impl Ord + '_ {
        (&self.file, self.spot, self.level, self.rule, &self.message)
    }
}
