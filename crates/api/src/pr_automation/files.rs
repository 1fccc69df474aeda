//! How a recipe makes files, takes files away, brings in charts and runs a script.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{GitRef, Values, any_object};
use crate::rules;

/// Files to make.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct Creates {
    /// Where external templates are, in the repository of `repositoryRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitRef>,
    /// The templates, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub templates: Vec<Template>,
}

/// A file or folder of templates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct Template {
    /// Path to write to; a template. A folder is mirrored below it. A file has the mode of its template: where the forge
    /// cannot set it (Gitea, Forgejo), a warning names the file and the command that mends it.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("templates[].destination", "write the path to write to"))]
    pub destination: String,
    /// True when the source is in the repository of `repositoryRef`, false when it is in the changed repository.
    /// Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<bool>,
    /// Path of the template or of a folder of templates; itself a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Values that are laid over those of the run, for this template and the ones after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub context: Option<Values>,
    /// When to use this template, in go-bexpr's syntax. Empty or absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Files to take away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deletes {
    /// Patterns of paths, with `*` and `?` within one folder; templates. What matches nothing is no error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Folders, with all that is in them; templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<String>,
}

/// A script in Lua that adds to the recipe. It runs before everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("has(self.script) || has(self.folder)")
        .message("lua needs something to run: write script: with the script itself, or folder: with a folder of .lua files")
        .reason(Reason::FieldValueRequired)
)]
pub struct Lua {
    /// True when `folder` is in the repository of `repositoryRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<bool>,
    /// The script itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Folder whose `.lua` files come before `script`, in the order of their paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
}

/// What to copy into the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Vendor {
    /// A Helm chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmVendor>,
}

/// A Helm chart to copy into the repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HelmVendor {
    /// Address of the chart repository, `https://` or `oci://`. A HelmRepository of the same address says who asks.
    pub url: String,
    /// Name of the chart; a template.
    pub chart: String,
    /// Version of the chart; a template.
    pub version: String,
    /// Folder to copy it to; a template. Files that the chart does not have stay.
    pub destination: String,
}
