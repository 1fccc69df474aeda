//! How a service stands, and what was promoted into it by copying.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::status;

status! {
    /// How the service stands.
    pub struct ServiceDeploymentStatus {
        /// The deployer that carries the service: ArgoCD or Flux.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Engine")]
        pub engine: Option<Engine>,
        /// The revision that runs: a commit, or the version of a chart.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub revision: Option<String>,
        /// The images that run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub images: Vec<String>,
        /// How it stands, in one sentence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message: Option<String>,
        /// The objects that the service consists of.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub components: Vec<ServiceComponent>,
        /// What is wrong.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub errors: Vec<ServiceError>,
        /// What a pipeline copied into the service. It is laid over `spec` until a person changes one of these fields
        /// there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub promoted: Option<Promoted>,
    }
}

/// A deployer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Engine {
    /// Argo CD.
    #[serde(rename = "ArgoCD")]
    ArgoCd,
    /// Flux.
    Flux,
}

/// An object that a service consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceComponent {
    /// Identifies the object: group/kind/namespace/name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Whether it is as the manifests say.
    pub synced: bool,
    /// Group of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Its namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Version of its kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// RUNNING, PENDING or FAILED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "ComponentState")]
    pub state: Option<ComponentState>,
    /// How it stands, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ComponentState {
    /// It is healthy.
    Running,
    /// It is on its way.
    Pending,
    /// It failed.
    Failed,
}

/// Something that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceError {
    /// Where it comes from.
    pub source: String,
    /// What it is.
    pub message: String,
}

/// What a pipeline copied into a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Promoted {
    /// The service it was copied from, `namespace/name`.
    pub source: String,
    /// The pipeline that copied it, `namespace/name`.
    pub pipeline: String,
    /// The run that copied it: its place among all runs of the pipeline.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// Place in git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<PromotedGit>,
    /// Chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<PromotedHelm>,
    /// Configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configuration: BTreeMap<String, String>,
    /// Fingerprint of the fields in `spec` that it lies over, as they were then. When they are others, `spec` counts.
    pub over: String,
}

/// A place in git that was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotedGit {
    /// Branch, tag or commit.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Folder.
    pub folder: String,
}

/// A chart that was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotedHelm {
    /// Name of the chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Version of the chart.
    pub version: String,
}
