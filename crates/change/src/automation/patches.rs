//! Edits of values: by address in YAML, JSON, TOML and HCL, of Helm values and of Kustomize images; and copies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is done at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PatchOp {
    /// The value is put there; mappings that lack a key get it.
    #[default]
    Set,
    /// What is there goes, with its key or its place in the list.
    Delete,
    /// The value is put at the end of the list that is there, unless it is in it.
    Append,
}

/// An edit of one value of a YAML file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct YamlPatch {
    /// The file; a template.
    pub file: String,
    /// The address, as `a.b[0].c` or `containers[name=app].image`; a template unless `templated` is false.
    pub path: String,
    /// What is done there.
    pub op: PatchOp,
    /// The value; texts in it are templates unless `templated` is false.
    pub value: Option<Value>,
    /// Which document, counted from 0. Absent: the first.
    pub document: Option<usize>,
    /// Whether path and value are templates. Absent: yes.
    pub templated: Option<bool>,
}

/// An edit of one value of a JSON, TOML or HCL file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataPatch {
    /// The file; a template.
    pub file: String,
    /// The address, as for YAML.
    pub path: String,
    /// What is done there.
    pub op: PatchOp,
    /// The value; texts in it are templates unless `templated` is false.
    pub value: Option<Value>,
    /// Whether path and value are templates. Absent: yes.
    pub templated: Option<bool>,
}

/// Values of a Helm values file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HelmValues {
    /// The file; a template.
    pub file: String,
    /// Values by address. A mapping is laid over the one that stands there.
    pub values: BTreeMap<String, Value>,
    /// Whether addresses and values are templates. Absent: yes.
    pub templated: Option<bool>,
}

/// An image of a kustomization.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KustomizeImage {
    /// The kustomization; a template.
    pub file: String,
    /// The image as the manifests name it.
    pub name: String,
    /// What it is called instead.
    pub new_name: Option<String>,
    /// Its tag; a digest that stands there goes.
    pub new_tag: Option<String>,
    /// Its digest; a tag that stands there goes.
    pub digest: Option<String>,
    /// Whether the texts are templates. Absent: yes.
    pub templated: Option<bool>,
}

/// A file or folder that is copied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FileCopy {
    /// The file or folder; a template.
    pub from: String,
    /// Where it goes; a template.
    pub to: String,
    /// Branch, tag or commit that it is taken from. Absent: the commit that the change is based on.
    #[serde(rename = "ref")]
    pub at: Option<String>,
    /// Whether the texts are templates. Absent: yes.
    pub templated: Option<bool>,
}
