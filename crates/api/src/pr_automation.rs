//! `PrAutomation`: a recipe that turns a set of values into a pull request. Cluster-scoped.

mod configuration;
mod files;
mod patches;
mod updates;

pub use configuration::{
    ConditionOperation, ConfigurationCondition, ConfigurationField, ConfigurationType, ConfigurationValidation,
    UniqueBy, UniqueScope,
};
pub use files::{Creates, Deletes, HelmVendor, Lua, Template, Vendor};
pub use patches::{DataPatch, FileCopy, HelmValues, KustomizeImage, PatchOp, YamlPatch};
pub use updates::{MatchStrategy, NoMatch, OverlayLists, RegexReplacement, Updates, YamlOverlay};

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::common::{Binding, GitRef, HttpProxy, ObjectReference, Reconciliation, status};
use crate::rules;

/// A recipe for pull requests.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "deployments.plural.sh",
    version = "v1alpha1",
    kind = "PrAutomation",
    plural = "prautomations",
    status = "PrAutomationStatus",
    derive = "PartialEq",
    shortname = "pra",
    category = "stagecoach",
    doc = "A recipe that turns a set of values into a pull request: which repository, which files, what to change in \
           them, and what to write above it. Pipelines, observers and PrAutomationTriggers use it by name.",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#,
        description = "Whether the recipe can be used"
    ),
    printcolumn(
        name = "Connection",
        type_ = "string",
        json_path = ".spec.scmConnectionRef.name",
        description = "The forge connection that it uses"
    ),
    printcolumn(
        name = "Repository",
        type_ = "string",
        json_path = ".spec.identifier",
        description = "The repository that it changes"
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
#[x_kube(validation = rules::present("scmConnectionRef", "the ScmConnection of the forge that holds the repository"))]
pub struct PrAutomationSpec {
    /// Name to show. Default: the name of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub name: Option<String>,
    /// What the recipe is for, as a console sorts it. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Role")]
    pub role: Option<Role>,
    /// Name of an add-on that the recipe belongs to. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addon: Option<String>,
    /// Base branch of the pull requests; a template. Default: the repository's default branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Beginning of the names of head branches, in place of `stagecoach/<pipeline>`: letters, digits, `-`, `_` and `/`, of which
    /// the first 40 count. A trigger names its branch whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch_prefix: Option<String>,
    /// The repository: `owner/name` as the forge writes it, its full address, or `mgmt` for the operator's management
    /// repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub identifier: Option<String>,
    /// Title of the pull requests; a template. A name that is not among the values is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Message of the commit and beginning of the pull request's text; a template. A name that is not among the values
    /// is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What the recipe does, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Address of an icon. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// Address of an icon for dark backgrounds. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dark_icon: Option<String>,
    /// True makes a patch in place of a pull request: a PrAutomationTrigger gets it into `status.patch`, as `git
    /// format-patch` writes it, and nothing is opened. It may have 256 KiB, and the value of a PASSWORD field must not
    /// stand in it. Pipelines refuse such a recipe, because nothing would ever be merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<bool>,
    /// Labels of the pull requests, as they are written here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Cluster that the recipe is about. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster_ref: Option<ObjectReference>,
    /// Handle of the cluster that the recipe is about. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Connection to the forge that holds the repository.
    #[serde(default, skip_serializing_if = "ObjectReference::is_unset")]
    #[x_kube(validation = rules::named("scmConnectionRef", "the ScmConnection of the forge that holds the repository"))]
    pub scm_connection_ref: ObjectReference,
    /// GitRepository with templates and scripts that are not in the changed repository itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_ref: Option<ObjectReference>,
    /// Where in that GitRepository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<GitRef>,
    /// Service that the recipe is about. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_ref: Option<ObjectReference>,
    /// Accepted and read back; projects exist only in a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_ref: Option<ObjectReference>,
    /// Accepted and read back; catalogs exist only in a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_ref: Option<ObjectReference>,
    /// Accepted and read back; who may do what is decided by Kubernetes RBAC here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bindings: Option<CreateBindings>,
    /// The values that the recipe needs. Contexts are checked against them before anything is opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    pub configuration: Vec<ConfigurationField>,
    /// A Secret that a console's wizard fills. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<SecretWizard>,
    /// What a console's wizard asks before it begins. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// Files to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creates: Option<Creates>,
    /// Files to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
    /// Files to take away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletes: Option<Deletes>,
    /// A change written by a language model. Accepted and reported as unsupported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ai: Option<AiChange>,
    /// A script that adds to this recipe before the rest of it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lua: Option<Lua>,
    /// Charts to copy into the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Vendor>,
    /// Proxy on the way to templates and charts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<HttpProxy>,
    /// Accepted and not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
}

/// What a recipe is for: CLUSTER, SERVICE, PIPELINE, UPDATE, UPGRADE or COST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Clusters.
    Cluster,
    /// Services.
    Service,
    /// Pipelines.
    Pipeline,
    /// Updates.
    Update,
    /// Upgrades.
    Upgrade,
    /// Costs.
    Cost,
}

/// Users and groups of a console.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreateBindings {
    /// Who may open pull requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub create: Vec<Binding>,
    /// Who may change the recipe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<Binding>,
}

/// A Secret that a console's wizard fills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretWizard {
    /// Handle of the cluster that the Secret is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Namespace of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name of the Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<SecretEntry>,
}

/// A key of a Secret that a console's wizard fills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretEntry {
    /// The key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What belongs there, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// True when the console makes up the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autogenerate: Option<bool>,
}

/// What a console's wizard asks before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Confirmation {
    /// Text in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Points to tick.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<ChecklistItem>,
}

/// A point to tick.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChecklistItem {
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A change written by a language model. Accepted and reported as unsupported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AiChange {
    /// Whether it is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// What to ask for.
    pub prompt: String,
}

status! {
    /// Whether the recipe can be used.
    pub struct PrAutomationStatus {}
}
