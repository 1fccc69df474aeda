//! The operation of an Application: what Argo CD is applying, or applied last.

use jiff::Timestamp;
use serde_json::Value;

use super::Asked;
use crate::read;

/// What `operation` and `status.operationState` say.
pub(super) struct Operation<'a> {
    /// Requested and not finished.
    requested: bool,
    /// The state of the last one; `None` when there never was one, or when the next is about to begin.
    state: Option<&'a Value>,
}

impl<'a> Operation<'a> {
    pub(super) fn of(application: &'a Value) -> Self {
        Self {
            requested: application
                .get("operation")
                .is_some_and(|operation| !operation.is_null()),
            state: application.pointer("/status/operationState"),
        }
    }

    fn text(&self, pointer: &str) -> Option<&'a str> {
        read::text(self.state?, pointer)
    }

    fn finished(&self) -> Option<Timestamp> {
        read::time(self.state?, "/finishedAt")
    }

    /// When it succeeded, where it did.
    pub(super) fn succeeded(&self) -> Option<Timestamp> {
        self.finished().filter(|_| self.text("/phase") == Some("Succeeded"))
    }

    fn is_open(&self) -> bool {
        self.requested || matches!(self.text("/phase"), Some("Running" | "Terminating"))
    }

    /// It is under way and failed before.
    pub(super) fn is_failing(&self) -> bool {
        let retries = self
            .state
            .and_then(|state| read::number(state, "/retryCount"))
            .unwrap_or(0);
        self.is_open() && retries > 0
    }

    /// What it does, in words; `None` when none is under way.
    pub(super) fn running(&self) -> Option<String> {
        if !self.is_open() {
            return None;
        }
        let said = self.text("/message");
        Some(match said {
            Some(message) if self.is_failing() => format!("applying it failed, Argo CD tries again: {message}"),
            _ => "Argo CD is applying it".to_owned(),
        })
    }

    /// It ended after the last comparison, so what that said is not known to hold any more. Both are whole seconds.
    pub(super) fn is_newer_than_comparison(&self, application: &Value) -> bool {
        let Some(finished) = self.finished() else { return false };
        read::time(application, "/status/reconciledAt").is_none_or(|compared| compared < finished)
    }

    /// Why it failed, when it was for what is asked and for the revision that is compared.
    pub(super) fn failed(&self, application: &Value, asked: &Asked) -> Option<String> {
        let failed = matches!(self.text("/phase"), Some("Failed" | "Error"));
        let for_this = self.source().is_some_and(|source| source.same_source(asked));
        if !failed || !for_this || self.has_other_revision(application) {
            return None;
        }
        Some(format!(
            "Argo CD could not apply it: {}",
            self.text("/message").unwrap_or("no reason is given")
        ))
    }

    /// The source that it applies.
    fn source(&self) -> Option<Asked> {
        Some(Asked::at(self.state?.pointer("/operation/sync")?))
    }

    /// See [`super::is_outdated_retry`].
    pub(super) fn is_outdated_retry(&self, application: &Value, asked: &Asked) -> bool {
        if !self.is_failing() || self.text("/phase") != Some("Running") {
            return false;
        }
        let other_source = self.source().is_some_and(|source| !source.same_source(asked));
        other_source || self.has_other_revision(application)
    }

    /// It applies another revision than the one that was compared last.
    fn has_other_revision(&self, application: &Value) -> bool {
        let differs = |own: &str, compared: &str| {
            let own = self
                .state
                .and_then(|state| state.pointer(own))
                .filter(|own| !own.is_null());
            let compared = application.pointer(compared).filter(|compared| !compared.is_null());
            own.zip(compared).is_some_and(|(own, compared)| own != compared)
        };
        differs("/operation/sync/revision", "/status/sync/revision")
            || differs("/operation/sync/revisions", "/status/sync/revisions")
    }
}
