//! How a recipe changes files that exist.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patches::{DataPatch, FileCopy, HelmValues, KustomizeImage, YamlPatch};
use crate::rules;

/// Files to change, in this order: `regexReplacements`, `yamlOverlays`, `files` with `regexes`, `copies`, `yamlPatches`,
/// `helmValues`, `kustomizeImages`, `jsonPatches`, `tomlPatches`, `hclPatches`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Updates {
    /// Regular expressions, each for one file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub regex_replacements: Vec<RegexReplacement>,
    /// Pieces of YAML that are laid over a file, each for one file. Comments, order and quoting of the file stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub yaml_overlays: Vec<YamlOverlay>,
    /// Regular expressions for `files`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regexes: Vec<String>,
    /// Regular expressions for paths: the files that `regexes` are applied to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What replaces a match of `regexes`; a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_template: Option<String>,
    /// How `regexes` work together. ANY: each is replaced wherever it matches. ALL: as ANY, but only in files that all
    /// of them match. RECURSIVE: each searches what the one before has matched. Absent: nothing is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "MatchStrategy")]
    pub match_strategy: Option<MatchStrategy>,
    /// Files and folders of the repository to copy, also from another ref.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub copies: Vec<FileCopy>,
    /// Values of YAML files, by their paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub yaml_patches: Vec<YamlPatch>,
    /// Values of Helm values files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub helm_values: Vec<HelmValues>,
    /// Images of kustomizations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub kustomize_images: Vec<KustomizeImage>,
    /// Values of JSON files, by their paths; comments and trailing commas may be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub json_patches: Vec<DataPatch>,
    /// Values of TOML files, by their paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub toml_patches: Vec<DataPatch>,
    /// Values of HCL files (Terraform), by their paths; blocks are named by their type and labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub hcl_patches: Vec<DataPatch>,
    /// Accepted and not used, as in the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yq: Option<String>,
    /// What a regular expression that matches nothing does, or a path at which there is nothing. Fail: the change fails.
    /// Warn: it is a warning in status and pull request, and a change in which nothing matched at all fails; a value to
    /// delete that is not there is no more than a warning. Ignore: nothing. Default: Warn. The original ignores it;
    /// `noMatch: Ignore` restores that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "NoMatch")]
    pub no_match: Option<NoMatch>,
}

/// A regular expression for one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct RegexReplacement {
    /// Regular expression in Go's syntax, searched in the whole file as one text; `(?m)` lets `^` and `$` match at each
    /// line. A template.
    #[schemars(length(max = 65536))]
    #[x_kube(validation = rules::not_empty("regexReplacements[].regex", "write the text to look for, as in 'tag: (.*) # VERSION'"))]
    pub regex: String,
    /// Path of the file in the repository; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("regexReplacements[].file", "write the path of the file in the repository"))]
    pub file: String,
    /// What stands in place of each match; `$1`, `${1}` and `${name}` are what the groups have matched. A template.
    pub replacement: String,
    /// Whether `regex` is a template. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
}

/// A piece of YAML for one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct YamlOverlay {
    /// Path of the file in the repository; a template.
    #[schemars(length(max = 4096))]
    #[x_kube(validation = rules::not_empty("yamlOverlays[].file", "write the path of the file in the repository"))]
    pub file: String,
    /// The YAML to lay over the file: maps are merged, everything else is replaced. A template.
    #[schemars(length(max = 262_144))]
    #[x_kube(validation = rules::not_empty("yamlOverlays[].yaml", "write the YAML to lay over the file, as in 'image: {tag: 1.2.3}'"))]
    pub yaml: String,
    /// Whether `yaml` is a template. Default: true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub templated: Option<bool>,
    /// What happens to a list that both have: OVERWRITE takes the one of the overlay, APPEND puts it behind the other,
    /// unless the other ends with it already. Default: OVERWRITE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OverlayLists")]
    pub list_merge: Option<OverlayLists>,
}

/// What happens to a list that file and overlay both have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OverlayLists {
    /// The overlay's list is taken.
    #[default]
    Overwrite,
    /// The overlay's list is put behind the other.
    Append,
}

/// How several regular expressions work together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MatchStrategy {
    /// Each is replaced wherever it matches.
    Any,
    /// As `Any`, but only in files that all of them match.
    All,
    /// Each searches what the one before has matched.
    Recursive,
}

/// What a regular expression that matches nothing does: Fail, Warn or Ignore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum NoMatch {
    /// The change fails.
    Fail,
    /// It is a warning; a change in which nothing matched at all fails.
    #[default]
    Warn,
    /// Nothing.
    Ignore,
}
