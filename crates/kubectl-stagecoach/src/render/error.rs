//! Why a pull request cannot be rendered. A person gets a line for each thing that is wrong, with its place.

use std::fmt;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    /// The command line must be another one.
    #[error("{0}")]
    Usage(String),
    /// The automation or the values must be others.
    #[error("{}", lines(.0))]
    Bad(Vec<Complaint>),
    /// Something about the folder of the repository.
    #[error("{path} {message}")]
    Repository { path: String, message: String },
}

impl RenderError {
    /// One complaint.
    pub(crate) fn bad(place: String, message: impl Into<String>) -> Self {
        Self::Bad(vec![Complaint {
            place: Some(place),
            message: message.into(),
        }])
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Bad(_) | Self::Repository { .. } => 1,
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// FILE:LINE.
    pub(crate) place: Option<String>,
    pub(crate) message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Each begins like an error of its own, because each is one.
fn lines(complaints: &[Complaint]) -> String {
    let lines: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    lines.join("\nerror: ")
}
