//! How a service's manifests are applied, and what it depends on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::ObjectReference;

/// How manifests are applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncConfig {
    /// Whether the namespace is made when it is missing. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_namespace: Option<bool>,
    /// Whether the namespace is deleted with the service. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_namespace: Option<bool>,
    /// Whether everything is put into the service's namespace. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_namespace: Option<bool>,
    /// Whether objects that belong to somebody else are left alone. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_ownership: Option<bool>,
    /// Labels of the namespace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the namespace.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Differences that do not count as drift.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff_normalizers: Vec<DiffNormalizer>,
}

/// Differences that do not count as drift.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiffNormalizer {
    /// Name of the object; absent means every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Kind of the object; absent means every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Namespace of the object; absent means every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// True keeps the values that are live, false leaves the fields out of the comparison.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<bool>,
    /// The fields, as JSON pointers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json_pointers: Vec<String>,
}

/// A service that must run before this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    /// Name of the service.
    pub name: String,
}

/// A stack whose outputs a console hands in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackImport {
    /// The stack.
    pub stack_ref: ObjectReference,
}
