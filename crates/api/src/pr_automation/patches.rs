//! How a recipe changes single values: by their path in YAML, JSON, TOML and HCL files, Helm values, Kustomize images; and
//! how it copies files.

use kube::KubeSchema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::common::{Values, any_object};
use crate::rules;

/// The schema of any JSON value, kept as it is.
fn any_value(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
}

/// What is done at a path: Set, Delete or Append.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PatchOp {
    /// The value is put there. A key that a mapping lacks is added, with the mappings that lead to it.
    #[default]
    Set,
    /// What is there goes, with its key or its place in the list.
    Delete,
    /// The value is put at the end of the list that is there, unless the list has it.
    Append,
}

/// One value of a YAML file. Comments, order, quotes, indentation and other documents of the file stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct YamlPatch {
    /// Path of the file in the repository; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("yamlPatches[].file", "write the path of the file in the repository"))]
    pub file: String,
    /// Where the value is, as in `a.b[0].c`; keys with dots in quotes, as in `a."b.c"`; items of lists also by what they
    /// hold, as in `containers[name=app].image`. A template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("yamlPatches[].path", "write where the value is, as in image.tag or containers[name=app].image"))]
    pub path: String,
    /// What is done there. Default: Set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PatchOp")]
    pub op: Option<PatchOp>,
    /// The value, any YAML; texts in it are templates, and stay texts whatever comes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_value")]
    pub value: Option<Value>,
    /// Which document of the file, counted from 0. Default: the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000))]
    pub document: Option<i64>,
    /// Whether `path` and `value` are templates. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
}

/// One value of a JSON, TOML or HCL file. Everything else in the file stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct DataPatch {
    /// Path of the file in the repository; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("file", "write the path of the file in the repository"))]
    pub file: String,
    /// Where the value is, as in `a.b[0].c`; keys with dots in quotes, as in `a."b.c"`; items of lists also by what they
    /// hold, as in `plugins[name=x].version`. A template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("path", "write where the value is, as in image.tag or plugins[name=x].version"))]
    pub path: String,
    /// What is done there. Default: Set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PatchOp")]
    pub op: Option<PatchOp>,
    /// The value; texts in it are templates, and stay texts whatever comes out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_value")]
    pub value: Option<Value>,
    /// Whether `path` and `value` are templates. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
}

/// Values of a Helm values file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct HelmValues {
    /// Path of the values file in the repository; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("helmValues[].file", "write the path of the values file in the repository"))]
    pub file: String,
    /// The values, by their paths, as in `image.tag: 1.2.3`; paths and texts are templates.
    #[schemars(schema_with = "any_object")]
    pub values: Values,
    /// Whether paths and values are templates. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
}

/// An image of a kustomization. One that the kustomization does not have is added to its `images`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.newName) || has(self.newTag) || has(self.digest)")
        .message("an image needs something that changes: write newTag:, digest: or newName:")
        .reason(Reason::FieldValueRequired)
)]
pub struct KustomizeImage {
    /// Path of the kustomization in the repository; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("kustomizeImages[].file", "write the path of the kustomization, as in overlays/dev/kustomization.yaml"))]
    pub file: String,
    /// The image as the manifests name it; a template.
    #[schemars(length(max = 512))]
    #[x_kube(validation = rules::not_empty("kustomizeImages[].name", "write the image as the manifests name it"))]
    pub name: String,
    /// What it is called instead; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    /// Its tag; a template. A digest that stands there goes, unless `digest` is set too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_tag: Option<String>,
    /// Its digest; a template. A tag that stands there goes, unless `newTag` is set too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Whether `name`, `newName`, `newTag` and `digest` are templates. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
}

/// A file or folder to copy within the repository: what the stage before has goes to this one. Files of the destination
/// that the source does not have stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct FileCopy {
    /// Path of the file or folder; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("copies[].from", "write the path of the file or folder to copy"))]
    pub from: String,
    /// Path to copy it to; a template. Files keep their modes, as far as the forge can set them.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("copies[].to", "write the path to copy it to"))]
    pub to: String,
    /// Branch, tag or commit of the same repository to take it from; a template. Default: what the change starts from.
    #[serde(default, rename = "ref", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub ref_: Option<String>,
    /// Whether `from`, `to` and `ref` are templates. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
}
