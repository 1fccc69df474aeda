//! Places that files come from beside the repository at its base commit.

use std::fmt;

/// A place outside of the base commit. Its files are read only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elsewhere {
    /// The same repository at another branch, tag or commit, by its name.
    Ref(String),
    /// The repository of the automation's templates and scripts; paths begin at the folder that the automation names.
    Templates,
    /// A Helm chart; paths are those of its archive, which begin with the chart's name.
    Chart(Chart),
}

/// A Helm chart of a repository of charts, with the values of the context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chart {
    /// The repository of charts: an address with `https://`, `http://` or `oci://`.
    pub url: String,
    /// The chart's name.
    pub name: String,
    /// Its version, as it is written in the automation.
    pub version: String,
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(name) => write!(f, "the ref {name:?}"),
            Self::Templates => f.write_str("the repository of the templates"),
            Self::Chart(Chart { url, name, version }) => write!(f, "the chart {name} {version} of {url}"),
        }
    }
}
