//! Logs: one line an event, for machines or for people.
//!
//! The binary calls this once, first. Never logged, anywhere: tokens, the content of Secrets, bodies of pull requests,
//! URLs with credentials.

use std::{fmt, io::IsTerminal};

use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// Colours and columns, for a terminal.
    Pretty,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        })
    }
}

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter does not parse.
    #[error("the log filter {filter:?} is not valid, write for example info,stagecoach_scm=debug: {message}")]
    Filter {
        /// What was given.
        filter: String,
        /// Where it is wrong.
        message: String,
    },
    /// Logging was set up before.
    #[error("logging was already set up")]
    Twice,
}

/// The client and its watches log what failed, and so does whoever asked, once and with what it was about.
const QUIET: &str = "kube_client::client::builder=off,kube_runtime::watcher=off";

/// Sends all logs of the process to standard error. `filter` is a list such as `info,stagecoach_scm=debug`.
pub fn init(format: Format, filter: &str) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(format!("{QUIET},{filter}")).map_err(|error| LogError::Filter {
        filter: filter.to_owned(),
        message: error.to_string(),
    })?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        Format::Json => registry.with(lines.json().flatten_event(true)).try_init(),
        Format::Pretty => registry.with(lines.compact()).try_init(),
    }
    .map_err(|_| LogError::Twice)
}
