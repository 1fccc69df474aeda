//! The operation of an Application: what Argo CD is applying, or applied last.

use jiff::Timestamp;
use serde_json::Value;

use super::Asked;
use crate::read;

/// How every sentence about a sync that fails begins.
const FAILING: &str = "applying it failed, Argo CD tries again";

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

    /// It is requested or under way.
    pub(super) fn is_open(&self) -> bool {
        self.requested || matches!(self.text("/phase"), Some("Running" | "Terminating"))
    }

    /// It is under way and failed before.
    fn is_retry(&self) -> bool {
        let retries = self
            .state
            .and_then(|state| read::number(state, "/retryCount"))
            .unwrap_or(0);
        self.text("/phase") == Some("Running") && retries > 0
    }

    /// What is in the way of what is asked, where that failed before and is tried again. While the next attempt runs
    /// nothing is known but that.
    pub(super) fn failing(&self, asked: &Asked) -> Option<String> {
        if !self.is_retry() || !self.is_for(asked) {
            return None;
        }
        let between = self.finished().and_then(|_| self.text("/message"));
        Some(match between {
            Some(message) => format!("{FAILING}: {}", steady(message)),
            None => FAILING.to_owned(),
        })
    }

    /// It ended after the last comparison, so what that said is not known to hold any more. Both are whole seconds: what
    /// was `earned` by looking at what was applied counts in the same second, a difference may be from before.
    pub(super) fn is_newer_than_comparison(&self, application: &Value, earned: bool) -> bool {
        let Some(finished) = self.finished() else { return false };
        let Some(compared) = read::time(application, "/status/reconciledAt") else {
            return true;
        };
        compared < finished || (compared == finished && !earned)
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

    fn is_for(&self, asked: &Asked) -> bool {
        self.source().is_some_and(|source| source.same_source(asked))
    }

    /// See [`super::is_outdated_retry`].
    pub(super) fn is_outdated_retry(&self, application: &Value, asked: &Asked) -> bool {
        if !self.is_retry() {
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

/// The message without what is another at every attempt: when it comes again, and names of temporary files.
fn steady(message: &str) -> String {
    let message = message.split(" Retrying attempt #").next().unwrap_or(message);
    let mut parts = message.split('"').peekable();
    let mut steady = parts.next().unwrap_or_default().to_owned();
    while let Some(quoted) = parts.next() {
        // A quote that is never closed is no quote.
        let closed = parts.peek().is_some();
        let path = closed && quoted.starts_with('/');
        steady.push_str(if path { "the manifest" } else { "\"" });
        if !path {
            steady.push_str(quoted);
        }
        if let Some(after) = parts.next() {
            if !path {
                steady.push('"');
            }
            steady.push_str(after);
        }
    }
    steady
}

#[cfg(test)]
mod tests {
    use super::steady;

    #[test]
    fn a_message_is_the_same_at_every_attempt() {
        for (message, expected) in [
            (
                r#"one or more objects failed to apply, reason: error when patching "/dev/shm/3018653924": Deployment.apps "web" is invalid: -1. Retrying attempt #2 at 12:03PM."#,
                r#"one or more objects failed to apply, reason: error when patching the manifest: Deployment.apps "web" is invalid: -1."#,
            ),
            ("plain", "plain"),
            (r#"a "b" c "d""#, r#"a "b" c "d""#),
            (r#"open "quote"#, r#"open "quote"#),
            (r#"open "/path"#, r#"open "/path"#),
            (r#""/a" and "/b" x"#, "the manifest and the manifest x"),
        ] {
            assert_eq!(steady(message), expected);
        }
    }
}
