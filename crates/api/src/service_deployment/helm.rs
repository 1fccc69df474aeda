//! What a service is made from besides plain manifests: charts, kustomizations, several sources.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{
    ConfigMapKeySelector, GitRef, NamespacedName, ObjectReference, SecretReference, Values, any_object,
};
use crate::rules;

/// A chart to render.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmSpec {
    /// Address of the chart repository, `https://` or `oci://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Name of the chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Version of the chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Name of the release. Default: the name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// HelmRepository of Flux that holds the chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<NamespacedName>,
    /// GitRepository that holds the chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_ref: Option<ObjectReference>,
    /// Where the chart is in that GitRepository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitRef>,
    /// Values for the chart; they are laid over all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub values: Option<Values>,
    /// Files with values, beside the chart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<String>,
    /// Secret whose keys hold values as YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values_from: Option<SecretReference>,
    /// Key of a ConfigMap that holds values as YAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values_config_map_ref: Option<ConfigMapKeySelector>,
    /// True leaves out the chart's hooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_hooks: Option<bool>,
    /// True leaves out the chart's CRDs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_crds: Option<bool>,
    /// A script in Lua that makes values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lua_script: Option<String>,
    /// File with a script in Lua that makes values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lua_file: Option<String>,
    /// Folder with scripts in Lua that make values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lua_folder: Option<String>,
    /// Folder with a kustomization that is put over the rendered chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kustomize_postrender: Option<String>,
}

/// A kustomization to build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct KustomizeSpec {
    /// Folder of the kustomization.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_blank("kustomize.path", "write the folder of the kustomization, as in ./overlays/dev"))]
    pub path: String,
    /// True lets the kustomization render charts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_helm: Option<bool>,
    /// True replaces `${NAME}` in the result by the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envsubst: Option<bool>,
}

/// A place to take files from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Folder that the files are put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// GitRepository with the files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_ref: Option<ObjectReference>,
    /// Where they are in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitRef>,
}

/// How a folder becomes manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renderer {
    /// The folder.
    pub path: String,
    /// AUTO, RAW, HELM or KUSTOMIZE.
    #[serde(rename = "type")]
    pub type_: RendererType,
    /// Settings for HELM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmMinimal>,
}

/// What makes manifests of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RendererType {
    /// Whatever the folder looks like.
    Auto,
    /// Nothing: the files are manifests.
    Raw,
    /// Helm.
    Helm,
    /// Kustomize.
    Kustomize,
}

/// Settings of a chart in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HelmMinimal {
    /// Values for the chart, as YAML in a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// Files with values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values_files: Vec<String>,
    /// Name of the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// True leaves out the chart's hooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_hooks: Option<bool>,
}
