//! Why the pull request of a trigger is not made.

use stagecoach_change as change;
use stagecoach_delivery as delivery;
use stagecoach_runtime::{Class, Classify};
use stagecoach_scm as scm;

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The forge, the recipe, or the change.
    #[error("{0}")]
    Delivery(#[from] delivery::Error),
    /// Values that the recipe does not take.
    #[error("PrAutomation {automation} refuses the values of spec.context: {problems}")]
    InvalidValues {
        /// The recipe.
        automation: String,
        /// All that is wrong with them.
        problems: String,
    },
    /// Somebody else is on the branch.
    #[error(
        "{repository}: branch {branch} exists with other commits: delete it, or write another name into spec.branch"
    )]
    BranchTaken {
        /// The repository.
        repository: String,
        /// The branch.
        branch: String,
    },
}

impl From<scm::Error> for Error {
    fn from(error: scm::Error) -> Self {
        match error {
            scm::Error::BranchTaken { repository, branch, .. } => Self::BranchTaken {
                repository: repository.to_string(),
                branch,
            },
            other => Self::Delivery(other.into()),
        }
    }
}

impl From<change::Error> for Error {
    fn from(error: change::Error) -> Self {
        Self::Delivery(error.into())
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Delivery(error) => error.class(),
            Self::InvalidValues { .. } | Self::BranchTaken { .. } => Class::Stalled,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Delivery(error) => error.reason(),
            Self::InvalidValues { .. } => "InvalidValues",
            Self::BranchTaken { .. } => "BranchTaken",
        }
    }
}
