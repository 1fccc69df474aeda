//! `Cluster`: a cluster that services run on.

mod settings;

pub use settings::{
    AwsCluster, AwsNodePool, AzureCluster, Cloud, ClusterCloudSettings, GcpCluster, NodePool, NodePoolCloudSettings,
    Taint, TaintEffect,
};

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::common::{Bindings, ObjectReference, Reconciliation, Values, any_object, status};
use crate::rules;

/// What is known of the cluster. Stagecoach makes no clusters: what only matters for that is accepted and read back.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "Cluster",
    plural = "clusters",
    namespaced,
    status = "ClusterStatus",
    derive = "PartialEq",
    shortname = "pcl",
    category = "stagecoach",
    doc = "A cluster that services run on. The annotation stagecoach.dev/in-cluster: \"true\" says that it is the one \
           that the operator runs in; any other is reached with the key value of the Secret <name>-kubeconfig beside it.",
    printcolumn(
        name = "Handle",
        type_ = "string",
        json_path = ".spec.handle",
        description = "Short name of the cluster"
    ),
    printcolumn(
        name = "CurrentVersion",
        type_ = "string",
        json_path = ".status.currentVersion",
        description = "The version of Kubernetes that it runs"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether it can be reached"
    ),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        description = "Why it is ready or not",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSpec {
    /// Short name of the cluster; other objects may name it by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Deprecated by the original. Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Deprecated by the original. Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_ref: Option<ObjectReference>,
    /// Deprecated by the original. Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_ref: Option<ObjectReference>,
    /// Deprecated by the original: aws, azure, gcp or byok. Accepted and not used; it cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::fixed("cloud", "make another Cluster for another cloud"))]
    #[schemars(with = "Cloud")]
    pub cloud: Option<Cloud>,
    /// Deprecated by the original. Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protect: Option<bool>,
    /// Deprecated by the original. Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_settings: Option<ClusterCloudSettings>,
    /// Deprecated by the original. Accepted and not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_pools: Vec<NodePool>,
    /// Words to sort clusters by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Anything else worth knowing about the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub metadata: Option<Values>,
    /// Accepted and read back; who may do what is decided by Kubernetes RBAC here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bindings: Option<Bindings>,
    /// Accepted and not used.
    #[serde(rename = "disableAI", default, skip_serializing_if = "Option::is_none")]
    pub disable_ai: Option<bool>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

status! {
    /// Whether the cluster can be reached.
    pub struct ClusterStatus {
        /// The version of Kubernetes that it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub current_version: Option<String>,
        /// Address of its API server.
        #[serde(rename = "kasURL", default, skip_serializing_if = "Option::is_none")]
        pub kas_url: Option<String>,
        /// When it was reached last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub pinged_at: Option<String>,
    }
}
