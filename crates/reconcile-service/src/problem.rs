//! What keeps a service from being deployed, in words that say what to do about it. Decided here, shown as the reason
//! of the condition, of the event and of the metric.

use stagecoach_runtime::{Class, Classify};

/// Why a service is not handed to an engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    #[error(
        "no deploy engine: the API server serves neither Applications (argoproj.io) nor Flux's kinds. Install Argo CD, \
         Stagecoach goes on by itself once its kinds are served"
    )]
    NoDeployEngine,
    #[error(
        "the cluster has both Argo CD and Flux: choose with the operator's flag --engine or with the annotation \
         stagecoach.dev/engine: argocd on the ServiceDeployment"
    )]
    AmbiguousDeployEngine,
    #[error(
        "deploying with Flux follows in a later version of Stagecoach: install Argo CD beside it, and set the annotation stagecoach.dev/engine: argocd"
    )]
    FluxNotSupportedYet,
    #[error("the annotation stagecoach.dev/engine says {engine:?}: write argocd or flux")]
    UnknownEngine { engine: String },
    #[error("{engine} was chosen as deploy engine, and the API server does not serve its kinds: install it")]
    EngineMissing { engine: &'static str },
    #[error("Argo CD cannot do spec.{field}: {advice}")]
    UnsupportedByEngine { field: &'static str, advice: &'static str },
    #[error("spec.{field} {fault}")]
    InvalidSpec { field: &'static str, fault: &'static str },
    #[error(
        "spec names nothing to deploy: write git (folder and ref) with a repositoryRef, or helm with url, chart and version"
    )]
    NothingToDeploy,
    #[error("waiting for the GitRepository {name}, which spec.{field} names: there is none yet")]
    GitRepositoryMissing { field: &'static str, name: String },
    #[error("waiting for the Cluster {name}: there is none yet")]
    ClusterMissing { name: String },
    #[error(
        "the Cluster {name} is not the one that Stagecoach runs in, and other clusters follow in a later version. If it \
         is the same one, say so with the annotation stagecoach.dev/in-cluster: \"true\" on the Cluster"
    )]
    UnsupportedCluster { name: String },
    #[error("waiting for the service {name}, which spec.dependencies names: {state}")]
    DependencyNotReady { name: String, state: &'static str },
    #[error(
        "the Application {name} is there already and was not made for this service: delete or rename it, or rename the \
         ServiceDeployment"
    )]
    ApplicationTaken { name: String },
    #[error(
        "the namespace {namespace} for Applications does not exist: install Argo CD there, or name its namespace with the operator's flag --argocd-namespace"
    )]
    EngineNamespaceMissing { namespace: String },
}

impl Problem {
    /// Something that comes by itself, often together with the service, is waited for.
    pub(crate) fn is_wait(&self) -> bool {
        matches!(
            self,
            Self::GitRepositoryMissing { .. } | Self::ClusterMissing { .. } | Self::DependencyNotReady { .. }
        )
    }
}

impl Classify for Problem {
    /// All of them go away when an object changes, which wakes the service; nothing is gained by trying sooner.
    fn class(&self) -> Class {
        Class::Stalled
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoDeployEngine => "NoDeployEngine",
            Self::AmbiguousDeployEngine => "AmbiguousDeployEngine",
            Self::FluxNotSupportedYet => "FluxNotSupportedYet",
            Self::UnknownEngine { .. } => "UnknownEngine",
            Self::EngineMissing { .. } => "EngineMissing",
            Self::UnsupportedByEngine { .. } => "UnsupportedByEngine",
            Self::InvalidSpec { .. } => "InvalidSpec",
            Self::NothingToDeploy => "NothingToDeploy",
            Self::GitRepositoryMissing { .. } => "GitRepositoryMissing",
            Self::ClusterMissing { .. } => "ClusterMissing",
            Self::UnsupportedCluster { .. } => "UnsupportedCluster",
            Self::DependencyNotReady { .. } => "DependencyNotReady",
            Self::ApplicationTaken { .. } => "ApplicationTaken",
            Self::EngineNamespaceMissing { .. } => "EngineNamespaceMissing",
        }
    }
}
