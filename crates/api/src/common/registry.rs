//! How to get into a registry or chart repository: shared by Observer and HelmRepository. Secrets are only pointed to.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HttpProxy, SecretKeySelector, SecretReference};

/// The kind of credentials a registry asks for: BASIC (user and password; without `auth` anonymous), BEARER (a token),
/// or those of a cloud: GCP, AZURE, AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RegistryProvider {
    /// User and password, or nobody in particular.
    Basic,
    /// A token.
    Bearer,
    /// Google Artifact Registry.
    Gcp,
    /// Azure Container Registry.
    Azure,
    /// Amazon Elastic Container Registry.
    Aws,
}

/// Credentials for a registry; the block that `provider` names is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegistryAuth {
    /// Proxy on the way to the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<HttpProxy>,
    /// For BASIC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<BasicAuth>,
    /// For BEARER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<BearerAuth>,
    /// For AWS; without it the identity that the operator runs with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsAuth>,
    /// For AZURE; without it the identity that the operator runs with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<AzureAuth>,
    /// For GCP; without it the identity that the operator runs with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcp: Option<GcpAuth>,
}

/// User and password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct BasicAuth {
    /// Name of the user.
    pub username: String,
    /// Secret whose key `password` holds the password. Deprecated: `passwordSecretKeyRef` names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_secret_ref: Option<SecretReference>,
    /// Key of a Secret that holds the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_secret_key_ref: Option<SecretKeySelector>,
}

/// A token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BearerAuth {
    /// Secret whose key `token` holds the token. Deprecated: `tokenSecretKeyRef` names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_secret_ref: Option<SecretReference>,
    /// Key of a Secret that holds the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_secret_key_ref: Option<SecretKeySelector>,
}

/// An identity in AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwsAuth {
    /// Id of the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// Secret whose key `secretAccessKey` holds the secret part of the access key. Deprecated:
    /// `secretAccessKeySecretKeyRef` names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key_secret_ref: Option<SecretReference>,
    /// Key of a Secret that holds the secret part of the access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_access_key_secret_key_ref: Option<SecretKeySelector>,
    /// Role to take on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_arn: Option<String>,
}

/// A service principal in Azure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AzureAuth {
    /// Client id of the service principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Secret whose key `clientSecret` holds the client secret. Deprecated: `clientSecretSecretKeyRef` names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_secret_ref: Option<SecretReference>,
    /// Key of a Secret that holds the client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_secret_key_ref: Option<SecretKeySelector>,
    /// Tenant of the service principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Subscription that the registry belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
}

/// A service account in Google Cloud.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GcpAuth {
    /// Secret whose key `applicationCredentials` holds the service account as JSON. Deprecated:
    /// `applicationCredentialsSecretKeyRef` names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_credentials_secret_ref: Option<SecretReference>,
    /// Key of a Secret that holds the service account as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_credentials_secret_key_ref: Option<SecretKeySelector>,
}
