//! An automation as plain data: what a `PrAutomation` says about the edits it makes.
//!
//! The api crate converts the Kubernetes object into this; the names in JSON are those of the object. Absent `templated` means
//! true everywhere. Nothing here decides anything.

mod patches;

use std::collections::BTreeMap;

pub use patches::{DataPatch, FileCopy, HelmValues, KustomizeImage, PatchOp, YamlPatch};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The edits of a `PrAutomation`, and the texts of the pull request that carries them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Automation {
    /// The title of the pull request; a strict template. Without it the first line of the message is taken.
    pub title: Option<String>,
    /// Commit message and beginning of the body; a strict template. Without it the title is taken.
    pub message: Option<String>,
    /// The base branch; a strict template. Without it the repository's default branch is meant.
    pub branch: Option<String>,
    /// The values that a context must carry.
    pub configuration: Vec<ConfigurationEntry>,
    /// Edits of files that exist.
    pub updates: Option<Updates>,
    /// Files made from templates.
    pub creates: Option<Creates>,
    /// Files and folders that go.
    pub deletes: Option<Deletes>,
    /// A script that makes more of the automation.
    pub lua: Option<Lua>,
    /// A chart that is copied into the repository.
    pub vendor: Option<Vendor>,
    /// A patch is to be made, and no pull request. Whoever opens pull requests looks at it.
    pub patch: bool,
}

/// One value that a context may or must carry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigurationEntry {
    /// The key in the context.
    pub name: String,
    /// What the value must be.
    #[serde(rename = "type")]
    pub kind: ValueKind,
    /// The value when the context has none, as text; read as JSON for INT, BOOL and JSON.
    pub default: Option<String>,
    /// Whether the value may be absent, null or empty.
    pub optional: bool,
    /// What an ENUM may be.
    pub values: Vec<String>,
    /// The entry counts only where this holds.
    pub condition: Option<Condition>,
    /// More that the value must fulfil.
    pub validation: Option<Validation>,
}

/// The types of configuration values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ValueKind {
    /// Text that is not empty.
    #[default]
    String,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// Any JSON value, or its text.
    Json,
    /// Text that is never shown.
    Password,
    /// One of `values`.
    Enum,
    /// The name of a cluster.
    Cluster,
    /// The name of a project.
    Project,
    /// The name of a group.
    Group,
    /// The name of a user.
    User,
    /// The name of a flow.
    Flow,
}

impl ValueKind {
    /// The name as it stands in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Int => "INT",
            Self::Bool => "BOOL",
            Self::Json => "JSON",
            Self::Password => "PASSWORD",
            Self::Enum => "ENUM",
            Self::Cluster => "CLUSTER",
            Self::Project => "PROJECT",
            Self::Group => "GROUP",
            Self::User => "USER",
            Self::Flow => "FLOW",
        }
    }
}

/// When a configuration entry counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// The key of the context that is looked at.
    pub field: String,
    /// How it is compared.
    pub operation: Operation,
    /// With what; `NOT` needs none.
    pub value: Option<String>,
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// The field is absent, null, false, 0 or empty.
    Not,
    /// A greater number.
    Gt,
    /// A smaller number.
    Lt,
    /// The same text.
    #[default]
    Eq,
    /// A number that is not smaller.
    Gte,
    /// A number that is not greater.
    Lte,
    /// The text begins so.
    Prefix,
    /// The text ends so.
    Suffix,
}

/// More that a STRING must fulfil.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Validation {
    /// A regular expression that must match somewhere in the value.
    pub regex: Option<String>,
    /// Whether the value must be JSON.
    pub json: bool,
}

/// Edits of files that exist.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Updates {
    /// One regular expression in one file each.
    pub regex_replacements: Vec<RegexReplacement>,
    /// YAML that is merged into one file each.
    pub yaml_overlays: Vec<YamlOverlay>,
    /// The older form: these expressions, in every file that `files` matches.
    pub regexes: Vec<String>,
    /// The older form: regular expressions over paths.
    pub files: Vec<String>,
    /// The older form: what a match becomes.
    pub replace_template: Option<String>,
    /// The older form: how `regexes` work together.
    pub match_strategy: Option<MatchStrategy>,
    /// Files and folders that are copied.
    pub copies: Vec<FileCopy>,
    /// Values of YAML files.
    pub yaml_patches: Vec<YamlPatch>,
    /// Values of Helm values files.
    pub helm_values: Vec<HelmValues>,
    /// Images of kustomizations.
    pub kustomize_images: Vec<KustomizeImage>,
    /// Values of JSON files.
    pub json_patches: Vec<DataPatch>,
    /// Values of TOML files.
    pub toml_patches: Vec<DataPatch>,
    /// Values of HCL files.
    pub hcl_patches: Vec<DataPatch>,
    /// Accepted by the contract and without effect there.
    pub yq: Option<String>,
    /// What a regular expression that matches nothing means.
    pub no_match: NoMatch,
}

/// What it means when a regular expression matches nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoMatch {
    /// An error.
    Fail,
    /// A warning; an error where not one expression of the automation matches.
    #[default]
    Warn,
    /// Nothing.
    Ignore,
}

/// One regular expression, replaced everywhere in one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RegexReplacement {
    /// The expression; a template unless `templated` is false.
    pub regex: String,
    /// The file; a template.
    pub file: String,
    /// What a match becomes; a template, after which `$1`, `${name}` and `$$` are expanded.
    pub replacement: String,
    /// Whether `regex` is a template. Absent: yes.
    pub templated: Option<bool>,
}

/// YAML that is merged into a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct YamlOverlay {
    /// The file; a template.
    pub file: String,
    /// The YAML; a template unless `templated` is false.
    pub yaml: String,
    /// Whether `yaml` is a template. Absent: yes.
    pub templated: Option<bool>,
    /// What happens to lists.
    pub list_merge: ListMerge,
}

/// What an overlay does to lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ListMerge {
    /// The overlay's list takes the place of the file's.
    #[default]
    Overwrite,
    /// The overlay's items follow the file's.
    Append,
}

/// How the expressions of the older form work together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MatchStrategy {
    /// Each expression in turn, on the whole file.
    Any,
    /// As ANY, but only in files that every expression matches.
    All,
    /// Each expression inside the matches of the one before; the innermost match is replaced, literally.
    Recursive,
}

/// Files made from templates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Creates {
    /// The templates, in order.
    pub templates: Vec<CreateTemplate>,
}

/// One template, or a folder of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateTemplate {
    /// The template's path, or a folder's; itself a template.
    pub source: String,
    /// Where the result goes; a template.
    pub destination: String,
    /// Whether `source` is in the external repository.
    pub external: bool,
    /// Values that are laid over the context from here on.
    pub context: BTreeMap<String, Value>,
    /// An expression; where it is false the template is skipped.
    pub condition: Option<String>,
}

/// Files and folders that go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deletes {
    /// Patterns with `*`, `?` and `[...]`; templates.
    pub files: Vec<String>,
    /// Folders; templates.
    pub folders: Vec<String>,
}

/// A script that makes more of the automation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lua {
    /// The script's text.
    pub script: Option<String>,
    /// A folder of scripts.
    pub folder: Option<String>,
    /// Whether the folder is in the external repository.
    pub external: bool,
}

/// What is copied into the repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Vendor {
    /// A Helm chart.
    pub helm: Option<VendorHelm>,
}

/// A Helm chart that is unpacked into the repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VendorHelm {
    /// The repository of charts.
    pub url: String,
    /// The chart's name; a template.
    pub chart: String,
    /// The chart's version; a template.
    pub version: String,
    /// The folder; a template.
    pub destination: String,
}
