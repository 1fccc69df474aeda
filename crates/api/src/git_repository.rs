//! `GitRepository`: a repository that manifests, charts and templates are taken from. Cluster-scoped.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{ObjectReference, Reconciliation, SecretReference, status};
use crate::rules;

/// Where the repository is.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "GitRepository",
    plural = "gitrepositories",
    status = "GitRepositoryStatus",
    derive = "PartialEq",
    shortname = "pgit",
    category = "stagecoach",
    doc = "A git repository that manifests, charts and templates are taken from.",
    printcolumn(
        name = "Health",
        type_ = "string",
        json_path = ".status.health",
        description = "Whether it can be read"
    ),
    printcolumn(name = "URL", type_ = "string", json_path = ".spec.url", description = "Where it is"),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = ".status.message",
        description = "Why it can be read or not",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct GitRepositorySpec {
    /// Address of the repository, by https or ssh. It cannot be changed.
    #[schemars(length(max = 2048))]
    #[x_kube(
        validation = Rule::new(r"self.matches('^(https?|ssh|git)://[^\\s/]+/\\S+$') || self.matches('^[^@:/\\s]+@[^:/\\s]+:\\S+$')")
            .message("url is the address of a git repository: write https://host/owner/name.git, ssh://git@host/owner/name.git or git@host:owner/name.git"),
        validation = rules::fixed("url", "make another GitRepository, with a name of its own, for another address")
    )]
    pub url: String,
    /// ScmConnection of the forge that it is on, which is asked with its credentials. Without one, templates are read by git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = rules::named("connectionRef", "the ScmConnection whose credentials are used"))]
    pub connection_ref: Option<ObjectReference>,
    /// Secret for git with the keys `username` and `password`, or `privateKey`, `passphrase` and `known_hosts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_ref: Option<SecretReference>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

/// Whether a repository can be read: PULLABLE or FAILED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GitHealth {
    /// It can.
    Pullable,
    /// It cannot; the message says why.
    Failed,
}

status! {
    /// Whether the repository can be read.
    pub struct GitRepositoryStatus {
        /// PULLABLE when it can be read, FAILED when not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "GitHealth")]
        pub health: Option<GitHealth>,
        /// Why, in one sentence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message: Option<String>,
    }
}
