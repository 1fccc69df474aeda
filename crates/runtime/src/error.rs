//! The three classes of error, and what went wrong with a call to the API server.
//!
//! An error says its class and its reason itself; the queue acts on the class and nothing else decides when a
//! reconcile comes again.

use std::{error::Error, fmt};

use jiff::Timestamp;

use crate::client::DeadlineExceeded;

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It may go away by itself: try again with growing pauses.
    Retry,
    /// It goes away at a time that is known, such as the reset of a rate limit.
    Wait(Timestamp),
    /// A person must change something. Tried again when an object changes, and every ten minutes.
    Stalled,
}

/// An error that knows its class and its reason.
pub trait Classify: Error {
    /// What to do about it.
    fn class(&self) -> Class;

    /// CamelCase; at once the reason of the condition, the reason of the event and the label of the metric.
    fn reason(&self) -> &'static str;

    /// Somebody else wrote the object since it was read: no fault, the watch brings what they wrote.
    fn is_conflict(&self) -> bool {
        false
    }
}

/// A call to the API server that did not succeed.
///
/// The message of the source is part of the text, so that `source()` is left empty and no printer repeats it.
#[derive(Debug)]
pub struct KubeError {
    /// What was tried, for a sentence: `read`, `apply the status of`.
    pub verb: &'static str,
    /// The object that it was tried on: `Pipeline default/shop`.
    pub what: String,
    /// What the client returned.
    pub source: Box<kube::Error>,
}

impl KubeError {
    /// Wraps what the client returned.
    pub fn new(verb: &'static str, what: impl Into<String>, source: kube::Error) -> Self {
        Self {
            verb,
            what: what.into(),
            source: Box::new(source),
        }
    }

    /// For `map_err`: `api.get(name).await.map_err(KubeError::on("read", what))`.
    pub fn on(verb: &'static str, what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        move |source| Self::new(verb, what, source)
    }

    /// The object is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.source.as_ref(), kube::Error::Api(status) if status.is_not_found())
    }

    fn kind(&self) -> Kind {
        match self.source.as_ref() {
            kube::Error::Api(status) if status.is_already_exists() => Kind::AlreadyExists,
            kube::Error::Api(status) if status.is_conflict() => Kind::Conflict,
            kube::Error::Api(status) if status.is_forbidden() => Kind::Forbidden,
            kube::Error::Api(status) if status.is_invalid() => Kind::Invalid,
            kube::Error::Api(status) if status.is_not_found() => Kind::NotFound,
            kube::Error::Api(status) if status.code == 401 => Kind::Unauthorized,
            kube::Error::Api(status) if status.code == 413 => Kind::TooLarge,
            kube::Error::Api(status) if status.message.contains(UNDECLARED) => Kind::OldDefinition,
            kube::Error::Service(source) if source.downcast_ref::<DeadlineExceeded>().is_some() => Kind::Deadline,
            kube::Error::Api(_) | kube::Error::Service(_) | kube::Error::HyperError(_) => Kind::Unavailable,
            _ => Kind::Unreadable,
        }
    }
}

/// What server-side apply answers, with a bare 500, about a field that the served schema does not have.
const UNDECLARED: &str = "field not declared in schema";

/// Which of the answers it was; private, because callers act on class and reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AlreadyExists,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    TooLarge,
    OldDefinition,
    Deadline,
    Unavailable,
    Unreadable,
}

impl Classify for KubeError {
    fn class(&self) -> Class {
        match self.kind() {
            Kind::Forbidden | Kind::Invalid | Kind::TooLarge | Kind::OldDefinition => Class::Stalled,
            Kind::AlreadyExists
            | Kind::Conflict
            | Kind::NotFound
            | Kind::Unauthorized
            | Kind::Deadline
            | Kind::Unavailable
            | Kind::Unreadable => Class::Retry,
        }
    }

    fn reason(&self) -> &'static str {
        match self.kind() {
            Kind::AlreadyExists => "AlreadyExists",
            Kind::Conflict => "Conflict",
            Kind::Forbidden => "Forbidden",
            Kind::Invalid => "Refused",
            Kind::NotFound => "NotFound",
            Kind::Unauthorized => "Unauthorized",
            Kind::TooLarge => "TooLarge",
            Kind::OldDefinition => "OutdatedDefinition",
            Kind::Deadline => "ApiServerTimeout",
            Kind::Unavailable => "ApiServerUnavailable",
            Kind::Unreadable => "ApiServerUnreadable",
        }
    }

    fn is_conflict(&self) -> bool {
        matches!(self.kind(), Kind::Conflict)
    }
}

impl fmt::Display for KubeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "cannot {} {}: {}", self.verb, self.what, said(&self.source))?;
        if self.kind() == Kind::OldDefinition {
            formatter.write_str(
                "; the CustomResourceDefinition is older than the operator: apply config/crds of this release",
            )?;
        }
        Ok(())
    }
}

impl Error for KubeError {}

/// What the server or the transport said, without the client's own decoration.
pub(crate) fn said(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if status.message.is_empty() => {
            format!("the API server answered {} {}", status.code, status.reason)
                .trim_end()
                .to_owned()
        }
        kube::Error::Api(status) => status.message.clone(),
        kube::Error::Service(source) => innermost(source.as_ref()),
        other => innermost(other),
    }
}

/// The last error of a chain is the one that says what happened ("connection refused").
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests;
