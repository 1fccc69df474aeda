//! Settings with which the original makes clusters. Accepted and read back; Stagecoach makes none.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cloud: aws, azure, gcp, or byok for a cluster that somebody else made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
    /// A cluster that somebody else made.
    Byok,
}

/// Settings of a cluster in its cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ClusterCloudSettings {
    /// In Amazon Web Services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsCluster>,
    /// In Microsoft Azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<AzureCluster>,
    /// In Google Cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcp: Option<GcpCluster>,
}

/// A cluster in Amazon Web Services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AwsCluster {
    /// Region.
    pub region: String,
}

/// A cluster in Microsoft Azure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureCluster {
    /// Resource group.
    pub resource_group: String,
    /// Virtual network.
    pub network: String,
    /// Subscription.
    pub subscription_id: String,
    /// Region.
    pub location: String,
}

/// A cluster in Google Cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GcpCluster {
    /// Project.
    pub project: String,
    /// Virtual network.
    pub network: String,
    /// Region.
    pub region: String,
}

/// A group of nodes that are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodePool {
    /// Name of the group.
    pub name: String,
    /// Kind of machine.
    pub instance_type: String,
    /// Least number of nodes.
    #[schemars(range(min = 1))]
    pub min_size: i64,
    /// Greatest number of nodes.
    #[schemars(range(min = 1))]
    pub max_size: i64,
    /// Labels of the nodes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Taints of the nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<Taint>,
    /// Settings of the group in its cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_settings: Option<NodePoolCloudSettings>,
}

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Taint {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
    /// NoSchedule, NoExecute or PreferNoSchedule.
    pub effect: TaintEffect,
}

/// What a taint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// Nothing new is put there.
    NoSchedule,
    /// What is there must go.
    NoExecute,
    /// Other nodes come first.
    PreferNoSchedule,
}

/// Settings of a group of nodes in its cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct NodePoolCloudSettings {
    /// In Amazon Web Services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsNodePool>,
}

/// A group of nodes in Amazon Web Services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsNodePool {
    /// Id of a launch template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_template_id: Option<String>,
}
