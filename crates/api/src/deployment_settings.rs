//! `DeploymentSettings`: settings of a console, of which one field counts. Its CRD is one of the [`crate::inert`] ones.

use kube::CustomResource;
use serde::{Deserialize, Serialize};

/// What counts of it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "DeploymentSettings",
    plural = "deploymentsettings",
    namespaced,
    schema = "disabled"
)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSettingsSpec {
    /// The repository that `identifier: mgmt` of a PrAutomation means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management_repo: Option<String>,
}
