//! Observe: the candidates that a target offers now. Reads only.

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt as _;
use stagecoach_api::Observer;
use stagecoach_api::observer::{ActionType, TargetType};
use stagecoach_delivery::{RegistryError, registry_credentials};
use stagecoach_runtime::{Class, Classify, KubeError};
use stagecoach_versions as versions;
use stagecoach_versions::oci::Reference;

use crate::Context;

/// Why a poll came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry, or the rules for its candidates.
    #[error("{0}")]
    Versions(#[from] versions::Error),
    /// The registry asks for patience.
    #[error("{source}; it is asked again at {until}")]
    Later {
        /// When it may be asked again.
        until: Timestamp,
        /// What it said.
        source: versions::Error,
    },
    /// Credentials cannot be read.
    #[error("spec.target: {0}")]
    Registry(#[from] RegistryError),
    /// The block of the target's type is missing.
    #[error("spec.target is of type {0} and has no block for it: write {0} in lower case with its fields")]
    TargetIncomplete(&'static str),
    /// A type of target that this version cannot poll.
    #[error("targets of type {0} are not supported by this version; OCI and HELM are")]
    UnsupportedTarget(&'static str),
    /// A type of action that this version cannot carry out.
    #[error("actions of type {} are not supported by this version; PIPELINE is", serde_json::json!(.0).as_str().unwrap_or_default())]
    UnsupportedAction(ActionType),
    /// There is nothing to do.
    #[error("spec.actions is empty: write what to do about a newer version")]
    NoActions,
    /// The pipeline of an action does not exist.
    #[error("Pipeline {0} does not exist: create it, or correct the pipelineRef of the action")]
    PipelineMissing(String),
    /// The API server did not take what an action makes.
    #[error("{0}")]
    Kube(#[from] KubeError),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Versions(error) => match error.kind() {
                versions::Kind::Retry | versions::Kind::Wait(_) => Class::Retry,
                versions::Kind::Stalled => Class::Stalled,
            },
            Self::Later { until, .. } => Class::Wait(*until),
            Self::Kube(error) => error.class(),
            Self::Registry(error) => error.class(),
            Self::TargetIncomplete(_)
            | Self::UnsupportedTarget(_)
            | Self::UnsupportedAction(_)
            | Self::NoActions
            | Self::PipelineMissing(_) => Class::Stalled,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Versions(error) | Self::Later { source: error, .. } => error.reason(),
            Self::Kube(error) => error.reason(),
            Self::Registry(error) => error.reason(),
            Self::TargetIncomplete(_) => "TargetIncomplete",
            Self::UnsupportedTarget(_) => "UnsupportedTarget",
            Self::UnsupportedAction(_) => "UnsupportedAction",
            Self::NoActions => "NoActions",
            Self::PipelineMissing(_) => "PipelineMissing",
        }
    }
}

/// Every version that the target has.
pub(crate) async fn observe(context: &Context, observer: &Observer, now: Timestamp) -> Result<Vec<String>, Error> {
    candidates(context, observer).await.map_err(|error| match error {
        Error::Versions(source) => match source.kind() {
            versions::Kind::Wait(pause) => match SignedDuration::try_from(pause).map(|pause| now.checked_add(pause)) {
                Ok(Ok(until)) => Error::Later { until, source },
                Ok(Err(_)) | Err(_) => Error::Versions(source),
            },
            versions::Kind::Retry | versions::Kind::Stalled => Error::Versions(source),
        },
        other => other,
    })
}

async fn candidates(context: &Context, observer: &Observer) -> Result<Vec<String>, Error> {
    let target = &observer.spec.target;
    let own = observer.namespace().unwrap_or_default();
    let credentials = |provider, auth| registry_credentials(&context.secrets, &own, provider, auth);
    match target.type_ {
        TargetType::Oci => {
            let oci = target.oci.as_ref().ok_or(Error::TargetIncomplete("OCI"))?;
            let credentials = credentials(oci.provider, oci.auth.as_ref())?;
            Ok(versions::oci::tags(&context.registries, &Reference::parse(&oci.url)?, &credentials).await?)
        }
        TargetType::Helm => {
            let helm = target.helm.as_ref().ok_or(Error::TargetIncomplete("HELM"))?;
            let credentials = credentials(helm.provider, helm.auth.as_ref())?;
            Ok(versions::helm::versions(&context.registries, &helm.url, &helm.chart, &credentials).await?)
        }
        TargetType::Git => Err(Error::UnsupportedTarget("GIT")),
        TargetType::Addon => Err(Error::UnsupportedTarget("ADDON")),
        TargetType::EksAddon => Err(Error::UnsupportedTarget("EKS_ADDON")),
    }
}
