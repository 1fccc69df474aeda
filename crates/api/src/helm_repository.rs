//! `HelmRepository`: a chart repository and how to get into it.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::common::{Reconciliation, RegistryAuth, RegistryProvider, status};
use crate::rules;

/// Where the chart repository is.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "HelmRepository",
    plural = "helmrepositories",
    namespaced,
    status = "HelmRepositoryStatus",
    derive = "PartialEq",
    shortname = "phelm",
    category = "stagecoach",
    doc = "A repository of Helm charts and how to get into it.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether it can be read"
    ),
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.url", description = "Where it is"),
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
pub struct HelmRepositorySpec {
    /// Address of the chart repository, `https://` or `oci://`. It cannot be changed.
    #[schemars(length(max = 2048))]
    #[x_kube(
        validation = Rule::new(r"self.matches('^(https?|oci)://[^\\s/]+')")
            .message("url is the address of a chart repository: begin with https:// or oci://, as in https://charts.example.com"),
        validation = rules::fixed("url", "make another HelmRepository, with a name of its own, for another address")
    )]
    pub url: String,
    /// Kind of credentials: BASIC, BEARER, GCP, AZURE or AWS. Absent, or BASIC without `auth`: nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RegistryProvider")]
    pub provider: Option<RegistryProvider>,
    /// The credentials; the block that `provider` names is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<RegistryAuth>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

status! {
    /// Whether the chart repository can be read.
    pub struct HelmRepositoryStatus {}
}
