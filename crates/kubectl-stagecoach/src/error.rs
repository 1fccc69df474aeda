//! What can go wrong, in sentences a person can act on, and the exit code of each.

use std::io;

use stagecoach_core::status::RunPhase;
use stagecoach_runtime::{KubeError, client::ConnectError};

use crate::{decide::PickError, lint::LintError, render::RenderError, values::ValueError};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Which cluster is not known.
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(String),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// An admission policy refused; the sentence is the policy's own.
    #[error("{0}")]
    Denied(String),
    #[error(transparent)]
    Kube(KubeError),
    #[error("there is no {what}: {hint}")]
    Missing { what: String, hint: String },
    /// Values that a person wrote.
    #[error(transparent)]
    Values(#[from] ValueError),
    /// Which gate is meant.
    #[error(transparent)]
    Pick(#[from] PickError),
    /// A pull request that cannot be computed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Manifests that cannot be read.
    #[error(transparent)]
    Lint(#[from] LintError),
    /// A command that would do nothing.
    #[error("nothing to {verb}: {why}")]
    Nothing { verb: &'static str, why: String },
    /// The API server left out what it always says.
    #[error("the API server did not say {0}")]
    Incomplete(&'static str),
    /// A run that was waited for did not succeed.
    #[error("run {run} of PipelineContext {context} ended as {phase:?}: {message}")]
    Ended {
        context: String,
        run: i64,
        phase: RunPhase,
        message: String,
    },
    #[error("PipelineContext {0} was deleted while it was waited for")]
    Deleted(String),
    #[error("PipelineContext {context} is not over yet: {message}")]
    TimedOut { context: String, message: String },
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {0}")]
    Start(#[source] io::Error),
    #[error("cannot write it as JSON or YAML: {0}")]
    Format(String),
}

/// What stands before a policy's own sentence.
const DENIED: &str = "denied request: ";

impl Error {
    /// For `map_err`, as `KubeError::on`; what an admission policy said is shown alone.
    pub(crate) fn on(verb: &'static str, what: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        move |source| match denied(&source) {
            Some(sentence) => Self::Denied(sentence),
            None => Self::Kube(KubeError::new(verb, what, source)),
        }
    }

    /// 2 where another command line helps, 1 where it does not.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Render(error) => error.exit_code(),
            Self::Values(_) | Self::Lint(_) | Self::Pick(PickError::Several { .. } | PickError::Unknown { .. }) => 2,
            Self::Kubeconfig(_)
            | Self::Connect(_)
            | Self::Denied(_)
            | Self::Kube(_)
            | Self::Missing { .. }
            | Self::Pick(PickError::NoneWaits { .. } | PickError::Requester { .. })
            | Self::Nothing { .. }
            | Self::Incomplete(_)
            | Self::Ended { .. }
            | Self::Deleted(_)
            | Self::TimedOut { .. }
            | Self::Output(_)
            | Self::Start(_)
            | Self::Format(_) => 1,
        }
    }

    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Kube(error) if matches!(error.source.as_ref(), kube::Error::Api(status) if status.is_forbidden()))
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn denied(error: &kube::Error) -> Option<String> {
    let kube::Error::Api(status) = error else { return None };
    if !status.is_forbidden() && !status.is_invalid() {
        return None;
    }
    let (_, sentence) = status.message.split_once(DENIED)?;
    Some(sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn refused(code: u16, reason: &str, message: &str) -> kube::Error {
        kube::Error::Api(Box::new(Status::failure(message, reason).with_code(code)))
    }

    #[test]
    fn a_policys_sentence_stands_alone() {
        let message = "approvals.stagecoach.dev \"x\" is forbidden: ValidatingAdmissionPolicy 'stagecoach-approvals' \
                       with binding 'stagecoach-approvals' denied request: bob may not approve";
        let error = Error::on("create", "Approval infra/x")(refused(403, "Forbidden", message));
        assert_eq!(error.to_string(), "bob may not approve");
        assert_eq!(error.exit_code(), 1);
    }

    #[test]
    fn other_refusals_say_what_was_tried() {
        let message = "approvals.stagecoach.dev is forbidden: User \"bob\" cannot create resource \"approvals\"";
        let error = Error::on("create", "Approval infra/x")(refused(403, "Forbidden", message));
        assert_eq!(error.to_string(), format!("cannot create Approval infra/x: {message}"));
    }

    #[test]
    fn a_closed_pipe_is_known() {
        assert!(Error::Output(io::ErrorKind::BrokenPipe.into()).is_broken_pipe());
        assert!(!Error::Output(io::ErrorKind::StorageFull.into()).is_broken_pipe());
    }
}
