//! What several kinds share: references, values, access bindings, places in git, registry credentials and the fields
//! that every status has.

mod condition;
mod registry;
mod span;

pub(crate) use condition::status;
pub use condition::{Conditioned, conditions_schema};
pub use registry::{AwsAuth, AzureAuth, BasicAuth, BearerAuth, GcpAuth, RegistryAuth, RegistryProvider};
pub use span::Span;

use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::rules;

/// Free-form values, as a person writes them in YAML.
pub type Values = serde_json::Map<String, serde_json::Value>;

/// The schema of [`Values`]: any object, kept as it is.
pub fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// Points to another object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ObjectReference {
    /// Group and version of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 320))]
    pub api_version: Option<String>,
    /// Kind of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub kind: Option<String>,
    /// Name of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// Namespace of the object; absent means the namespace of the object that refers. Ignored for kinds without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub namespace: Option<String>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub field_path: Option<String>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub resource_version: Option<String>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub uid: Option<String>,
}

impl ObjectReference {
    /// A reference to `name` in `namespace`.
    pub fn to(namespace: &str, name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            ..Self::default()
        }
    }

    /// True when nothing is written at all.
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }

    /// The name, empty when there is none (the API server refuses that wherever a name is needed).
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The namespace, or `own` (the one of the object that refers) where none is written.
    pub fn namespace_or<'a>(&'a self, own: &'a str) -> &'a str {
        self.namespace
            .as_deref()
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or(own)
    }

    /// The kind, or `default` where none is written.
    pub fn kind_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(default)
    }
}

/// Points to a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretReference {
    /// Name of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// Namespace of the Secret; absent means the namespace of the object that refers, and the operator's own namespace
    /// for kinds without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub namespace: Option<String>,
}

/// Points to one key of a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct SecretKeySelector {
    /// Name of the Secret, in the namespace of the object that refers (the operator's own for kinds without one).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// Key whose value counts.
    #[schemars(length(max = 253))]
    pub key: String,
    /// True when it is no error that the Secret or the key is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
}

/// Points to one key of a ConfigMap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct ConfigMapKeySelector {
    /// Name of the ConfigMap, in the namespace of the object that refers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub name: Option<String>,
    /// Key whose value counts.
    #[schemars(length(max = 253))]
    pub key: String,
    /// True when it is no error that the ConfigMap or the key is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
}

/// Names an object together with its namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamespacedName {
    /// Name of the object.
    pub name: String,
    /// Namespace of the object.
    pub namespace: String,
}

/// How often the original compares an object with its console. Accepted so that manifests apply unchanged; Stagecoach
/// watches the cluster and needs no such interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// Accepted and not used.
    #[serde(default = "yes")]
    pub drift_detection: bool,
    /// Accepted and not used.
    #[serde(default = "half_an_hour")]
    pub interval: String,
}

fn yes() -> bool {
    true
}

fn half_an_hour() -> String {
    "30m".to_owned()
}

/// Users and groups of a console. Accepted and read back; who may do what is decided by Kubernetes RBAC here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bindings {
    /// Who may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<Binding>,
    /// Who may write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<Binding>,
}

/// One user or group of a console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Binding {
    /// Deprecated by the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Id of a user.
    #[serde(rename = "UserID", default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// E-mail address of a user.
    #[serde(rename = "userEmail", default, skip_serializing_if = "Option::is_none")]
    pub user_email: Option<String>,
    /// Id of a group.
    #[serde(rename = "groupID", default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Name of a group.
    #[serde(rename = "groupName", default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
}

/// A proxy for HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct HttpProxy {
    /// Address of the proxy.
    #[schemars(length(max = 2048))]
    #[x_kube(validation = rules::not_blank("proxy.url", "write the address of the proxy, as in http://proxy.example.com:3128"))]
    pub url: String,
    /// Hosts that are reached without the proxy, separated by commas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noproxy: Option<String>,
}

/// A place in a git repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct GitRef {
    /// Folder in the repository; `.` or `/` is its root.
    #[schemars(length(max = 4096))]
    pub folder: String,
    /// Branch, tag or commit.
    #[schemars(length(max = 1024))]
    #[x_kube(validation = rules::not_empty("git.ref", "write a branch, tag or commit, as in main"))]
    #[serde(rename = "ref")]
    pub reference: String,
    /// Files to take in addition to the folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Address of a repository; it stands in for a `repositoryRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
