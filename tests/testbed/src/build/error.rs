//! What can go wrong while parts are built, in sentences that say what to do.

use std::{io, path::Path};

/// Why a part could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A tool of the machine is missing. The message carries Debian's install line.
    #[error("{tool} is missing: {why}; on Debian: {install}")]
    MissingTool {
        /// The program that was looked for on `PATH`.
        tool: String,
        /// What it is needed for.
        why: &'static str,
        /// How Debian installs it.
        install: &'static str,
    },
    /// Go is there, but cannot fetch the toolchain that the pins ask for.
    #[error(
        "Go {found} is too old: the testbed needs 1.21 or newer, which fetches the toolchain that a part asks for; on Debian 12: sudo apt-get install -y -t bookworm-backports golang-go"
    )]
    OldGo {
        /// What `go env GOVERSION` said.
        found: String,
    },
    /// `go` ended with an error.
    #[error("go {what} failed for {part}:\n{output}")]
    Go {
        /// The part that was built.
        part: &'static str,
        /// The subcommand and what it was for.
        what: String,
        /// The last lines that it printed.
        output: String,
    },
    /// A file or folder of the cache could not be used.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A pin does not say what the table of parts expects of it.
    #[error("{part}/go.mod does not name {module}: the pins and the table of parts have drifted apart")]
    Pin {
        /// The part.
        part: &'static str,
        /// The module that is missing.
        module: &'static str,
    },
    /// A handle was asked for something that was not built.
    #[error("{what} was not built: add its part to what the testbed is asked for")]
    NotAskedFor {
        /// The program or part.
        what: String,
    },
}

impl BuildError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.display().to_string(),
            source,
        }
    }

    /// A word for the kind of error.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::MissingTool { .. } => "MissingTool",
            Self::OldGo { .. } => "OldGo",
            Self::Go { .. } => "GoFailed",
            Self::Io { .. } => "CacheUnusable",
            Self::Pin { .. } => "PinsDrifted",
            Self::NotAskedFor { .. } => "NotAskedFor",
        }
    }
}
