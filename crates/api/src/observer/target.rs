//! Where an observer looks.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{ObjectReference, RegistryAuth, RegistryProvider};
use crate::rules;

/// Where to look; the block that belongs to `type` is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = rules::block("OCI", "oci", "{url: registry.example.com/app}"),
    validation = rules::block("HELM", "helm", "{url: https://charts.example.com, chart: app}"),
    validation = rules::block("GIT", "git", "{gitRepositoryRef: {name: app}, type: TAGS}"),
    validation = rules::block("ADDON", "addon", "{name: cert-manager}"),
    validation = rules::block("EKS_ADDON", "eksAddon", "{name: vpc-cni}")
)]
pub struct ObserverTarget {
    /// OCI: the tags of a repository in a registry. HELM: the versions of a chart. GIT: the tags of a GitRepository.
    /// ADDON, EKS_ADDON: versions of an add-on that fit a version of Kubernetes.
    #[serde(rename = "type")]
    pub type_: TargetType,
    /// How versions are ordered. SEMVER: by semantic version. LATEST: the first in the order of the source. RENOVATE: by
    /// the named groups of `format`.
    pub order: Order,
    /// A regular expression that a version must match; its first group (for RENOVATE its named groups) is what is
    /// ordered. The value that is handed on is the whole text as the source has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// For the order RENOVATE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renovate: Option<Renovate>,
    /// For the type HELM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmTarget>,
    /// For the type OCI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oci: Option<OciTarget>,
    /// For the type GIT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitTarget>,
    /// For the type ADDON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addon: Option<AddOnTarget>,
    /// For the type EKS_ADDON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eks_addon: Option<AddOnTarget>,
}

/// Where an observer looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetType {
    /// The tags of a repository in a registry.
    Oci,
    /// The versions of a chart.
    Helm,
    /// The tags of a GitRepository.
    Git,
    /// Versions of an add-on.
    Addon,
    /// Versions of an add-on of Amazon's.
    EksAddon,
}

/// How versions are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Order {
    /// By semantic version.
    Semver,
    /// The first in the order of the source.
    Latest,
    /// By named groups.
    Renovate,
}

/// For the order RENOVATE.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Renovate {
    /// True leaves out pre-releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_unstable: Option<bool>,
}

/// A chart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct HelmTarget {
    /// Address of the chart repository, `https://` or `oci://`. It cannot be changed.
    #[schemars(length(max = 2048))]
    #[x_kube(
        validation = rules::not_blank("helm.url", "write the address of the chart repository, as in https://charts.example.com"),
        validation = rules::fixed("helm.url", "make another Observer for another repository")
    )]
    pub url: String,
    /// Name of the chart.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("helm.chart", "write the name of the chart"))]
    pub chart: String,
    /// Kind of credentials: BASIC, BEARER, GCP, AZURE or AWS. Absent, or BASIC without `auth`: nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RegistryProvider")]
    pub provider: Option<RegistryProvider>,
    /// The credentials; the block that `provider` names is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<RegistryAuth>,
}

/// A repository in a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct OciTarget {
    /// Registry and repository, as in registry.example.com/app; `oci://` may stand before it. It cannot be changed.
    #[schemars(length(max = 2048))]
    #[x_kube(
        validation = Rule::new(r"self.matches('^[^\\s/:]+(:[0-9]+)?/\\S+$') || self.matches('^(oci|https?)://[^\\s/]+/\\S+$')")
            .message("oci.url is a registry and a repository in it: write host/repository without a tag, as in registry.example.com/app"),
        validation = rules::fixed("oci.url", "make another Observer for another repository")
    )]
    pub url: String,
    /// Kind of credentials: BASIC, BEARER, GCP, AZURE or AWS. Absent, or BASIC without `auth`: nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RegistryProvider")]
    pub provider: Option<RegistryProvider>,
    /// The credentials; the block that `provider` names is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<RegistryAuth>,
}

/// The tags of a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitTarget {
    /// The GitRepository.
    #[x_kube(validation = rules::named("git.gitRepositoryRef", "the GitRepository to look at"))]
    pub git_repository_ref: ObjectReference,
    /// TAGS.
    #[serde(rename = "type")]
    pub type_: GitTargetType,
    /// Which tags count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<GitFilter>,
}

/// What of a repository is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GitTargetType {
    /// Its tags.
    #[default]
    Tags,
}

/// Which tags count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GitFilter {
    /// A regular expression that must be found in the tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
}

/// An add-on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddOnTarget {
    /// Name of the add-on.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("name", "write the name of the add-on"))]
    pub name: String,
    /// The version of Kubernetes that it must fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubernetes_version: Option<String>,
    /// The versions of Kubernetes that it must fit, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kubernetes_versions: Vec<String>,
}
