//! `ScmConnection`: a forge and how to get into it. Cluster-scoped; secrets are only pointed to.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{HttpProxy, Reconciliation, SecretKeySelector, SecretReference, status};
use crate::rules;

/// Which forge, and whose name to use there.
#[derive(CustomResource, Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "ScmConnection",
    plural = "scmconnections",
    status = "ScmConnectionStatus",
    derive = "PartialEq",
    shortname = "scm",
    category = "stagecoach",
    doc = "A forge, that is a host of repositories and pull requests, and how to get into it. A name and a type are \
           enough: without tokenSecretRef the token is read from the key token of the Secret scm-<name> in the \
           operator's namespace.",
    printcolumn(
        name = "Type",
        type_ = "string",
        json_path = ".spec.type",
        description = "The kind of forge"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether the forge lets us in"
    ),
    printcolumn(
        name = "Login",
        type_ = "string",
        json_path = ".status.login",
        description = "Whose name is used there"
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
#[x_kube(
    validation = Rule::new("!(self.type in ['GITEA', 'FORGEJO']) || has(self.baseUrl) || has(self.apiUrl)")
        .message("a connection of type GITEA or FORGEJO needs the address of the host: write baseUrl: https://git.example.com")
        .reason(Reason::FieldValueRequired)
        .field_path(".baseUrl")
)]
pub struct ScmConnectionSpec {
    /// Name of the connection.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("name", "write the name of the connection, as in name: github"))]
    pub name: String,
    /// Kind of forge: GITHUB, GITLAB, GITEA, FORGEJO, BITBUCKET, BITBUCKET_DATACENTER or AZURE_DEVOPS.
    #[serde(rename = "type")]
    pub type_: ScmType,
    /// Secret whose key `token` holds the token. Default: the Secret `scm-<name>` in the operator's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_secret_ref: Option<SecretReference>,
    /// User that the token belongs to, where the forge wants to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Address of the host, for one that is not the public one of its kind: `https://git.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    #[x_kube(validation = rules::web_address("baseUrl", "https://git.example.com"))]
    pub base_url: Option<String>,
    /// Address of the host's API, where it does not follow from `baseUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    #[x_kube(validation = rules::web_address("apiUrl", "https://git.example.com/api/v1"))]
    pub api_url: Option<String>,
    /// A GitHub App, in place of a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<GithubApp>,
    /// What Azure DevOps wants to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<AzureDevops>,
    /// What Bitbucket Data Center wants to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitbucket_datacenter: Option<BitbucketDatacenter>,
    /// Proxy on the way to the forge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<HttpProxy>,
    /// True makes this the connection to use where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

/// The kind of a forge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScmType {
    /// GitHub, or GitHub Enterprise with `baseUrl`.
    Github,
    /// GitLab.
    Gitlab,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Azure DevOps.
    AzureDevops,
    /// Bitbucket Data Center.
    BitbucketDatacenter,
    /// Gitea.
    Gitea,
    /// Forgejo.
    Forgejo,
}

/// A GitHub App.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GithubApp {
    /// Id of the app.
    pub app_id: String,
    /// Id of the app's installation.
    pub installation_id: String,
    /// Key of a Secret in the operator's namespace that holds the app's private key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_ref: Option<SecretKeySelector>,
}

/// What Azure DevOps wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AzureDevops {
    /// User that the token belongs to.
    pub username: String,
    /// Organization.
    pub organization: String,
    /// Project.
    pub project: String,
}

/// What Bitbucket Data Center wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BitbucketDatacenter {
    /// Short name of the user that the token belongs to.
    pub user_slug: String,
}

status! {
    /// Whether the forge lets us in.
    pub struct ScmConnectionStatus {
        /// Whose name is used on the forge.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub login: Option<String>,
        /// Version of the forge, where it tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub forge_version: Option<String>,
    }
}
