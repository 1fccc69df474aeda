//! `ServiceDeployment`: what should run where, handed to the deployer that the cluster has.

mod helm;
mod service_status;
mod sync;

pub use helm::{HelmMinimal, HelmSpec, KustomizeSpec, Renderer, RendererType, Source};
pub use service_status::{
    ComponentState, Engine, Promoted, PromotedGit, PromotedHelm, ServiceComponent, ServiceDeploymentStatus,
    ServiceError,
};
pub use sync::{Dependency, DiffNormalizer, StackImport, SyncConfig};

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::common::{Bindings, GitRef, ObjectReference, Reconciliation, SecretReference};

/// What should run where.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "ServiceDeployment",
    plural = "servicedeployments",
    namespaced,
    status = "ServiceDeploymentStatus",
    derive = "PartialEq",
    shortname = "svcd",
    category = "stagecoach",
    doc = "What should run where: a folder of manifests, a chart or a kustomization, and the cluster for it. Stagecoach \
           does not deploy it by itself: it makes an Argo CD Application or the objects of Flux for it, and copies back \
           how it stands.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether it runs as it should and is healthy"
    ),
    printcolumn(
        name = "Image",
        type_ = "string",
        json_path = ".status.images[0]",
        description = "The first image that runs"
    ),
    printcolumn(
        name = "Engine",
        type_ = "string",
        json_path = ".status.engine",
        description = "The deployer that carries it"
    ),
    printcolumn(
        name = "Revision",
        type_ = "string",
        json_path = ".status.revision",
        description = "The revision that runs",
        priority = 1
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.message",
        description = "How it stands, in one sentence",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDeploymentSpec {
    /// Name of the service. Default: the name of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Namespace that it runs in. Default: the namespace of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Folder with documentation. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs_path: Option<String>,
    /// Version of the service, for people. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Protection against deletion in a console. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protect: Option<bool>,
    /// True leaves everything running when the object is deleted. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detach: Option<bool>,
    /// Whether manifests are templates. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
    /// Session of a console's agent. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Where the manifests are in the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitRef>,
    /// GitRepository with the manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_ref: Option<ObjectReference>,
    /// Cluster to run on. Default: the cluster that the operator runs in. To move a service, delete it and make it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_ref: Option<ObjectReference>,
    /// Handle of the cluster to run on, in place of `clusterRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Secret with configuration for the manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_ref: Option<SecretReference>,
    /// Configuration for the manifests; nothing secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configuration: BTreeMap<String, String>,
    /// Names of service contexts. Accepted and read back; they exist only in a console.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<String>,
    /// Accepted and read back; flows exist only in a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_ref: Option<ObjectReference>,
    /// Accepted and read back; who may do what is decided by Kubernetes RBAC here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bindings: Option<Bindings>,
    /// Services that must run before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub dependencies: Vec<Dependency>,
    /// Stacks whose outputs a console hands in. Accepted and read back; it cannot be changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(validation = crate::rules::fixed("imports", "make another ServiceDeployment for other stacks"))]
    pub imports: Vec<StackImport>,
    /// More places to take files from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub sources: Vec<Source>,
    /// How the folders of `sources` become manifests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub renderers: Vec<Renderer>,
    /// A kustomization to build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<KustomizeSpec>,
    /// How the manifests are applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_config: Option<SyncConfig>,
    /// A chart to render.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmSpec>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}
