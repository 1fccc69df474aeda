//! The custom resources: every kind that Stagecoach serves, as types that make their own CRDs, and the conversions of
//! their specs into what `core` and `change` take in.
//!
//! Nothing here talks to a cluster or decides anything. Everything that reads or writes one of these objects uses these
//! types; the field contract of `deployments.plural.sh/v1alpha1` is kept to the letter, fields of our own stand beside.

#![expect(unreachable_pub, reason = "KubeSchema repeats each public struct inside a function")]
#![expect(
    clippy::duplicated_attributes,
    reason = "every printcolumn has a name and a type; the lint takes them for one list"
)]

pub mod approval;
pub mod cluster;
pub mod common;
pub mod crds;
pub mod deployment_settings;
pub mod git_repository;
pub mod helm_repository;
pub mod inert;
pub mod observer;
pub mod pipeline;
pub mod pipeline_context;
pub mod pr_automation;
pub mod pr_automation_trigger;
pub(crate) mod rules;
pub mod scm_connection;
pub mod service_deployment;
pub mod template_values;
mod to_change;
mod to_core;

pub use approval::{Approval, ApprovalSpec, ApprovalStatus};
pub use cluster::{Cluster, ClusterSpec, ClusterStatus};
pub use deployment_settings::{DeploymentSettings, DeploymentSettingsSpec};
pub use git_repository::{GitRepository, GitRepositorySpec, GitRepositoryStatus};
pub use helm_repository::{HelmRepository, HelmRepositorySpec, HelmRepositoryStatus};
pub use observer::{Observer, ObserverSpec, ObserverStatus};
pub use pipeline::{Pipeline, PipelineSpec, PipelineStatus};
pub use pipeline_context::{PipelineContext, PipelineContextSpec, PipelineContextStatus};
pub use pr_automation::{PrAutomation, PrAutomationSpec, PrAutomationStatus};
pub use pr_automation_trigger::{PrAutomationTrigger, PrAutomationTriggerSpec, PrAutomationTriggerStatus};
pub use scm_connection::{ScmConnection, ScmConnectionSpec, ScmConnectionStatus};
pub use service_deployment::{ServiceDeployment, ServiceDeploymentSpec, ServiceDeploymentStatus};

/// The API group of the kinds that come from the field contract.
pub const GROUP: &str = "deployments.plural.sh";
/// The API group of the kinds that are ours alone.
pub const OWN_GROUP: &str = "stagecoach.dev";
/// The version of every kind.
pub const VERSION: &str = "v1alpha1";
/// The category that lists all of them: `kubectl get stagecoach`.
pub const CATEGORY: &str = "stagecoach";
