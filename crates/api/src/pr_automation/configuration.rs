//! The values that a recipe needs.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// A value that the recipe needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.type != 'ENUM' || (has(self.values) && size(self.values) > 0)")
        .message("a field of type ENUM needs its values: write values: with the allowed ones, as in values: [dev, prod]")
        .reason(Reason::FieldValueRequired)
        .field_path(".values")
)]
pub struct ConfigurationField {
    /// Name of the value, as templates read it.
    #[schemars(length(max = 253))]
    #[x_kube(validation = rules::not_blank("configuration[].name", "write the name of the value, as templates read it"))]
    pub name: String,
    /// What the value must be. STRING, INT and BOOL are what they say; ENUM is one of `values`; JSON is any JSON;
    /// CLUSTER and PROJECT name an object; PASSWORD, GROUP, USER and FLOW are text here.
    #[serde(rename = "type")]
    pub type_: ConfigurationType,
    /// When the value is asked for at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<ConfigurationCondition>,
    /// What the value is where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What the value means, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// What the value means, at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longform: Option<String>,
    /// Name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// True when the value may be missing or empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
    /// Page of a console's wizard. Accepted and read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// Text shown in an empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// The allowed values of an ENUM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub values: Vec<String>,
    /// What else must hold for the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ConfigurationValidation>,
}

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConfigurationType {
    /// Text.
    String,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// Any JSON.
    Json,
    /// Text that is not shown.
    Password,
    /// One of a list.
    Enum,
    /// Name of a cluster.
    Cluster,
    /// Name of a project.
    Project,
    /// Name of a group.
    Group,
    /// Name of a user.
    User,
    /// Name of a flow.
    Flow,
}

/// Makes a value depend on another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigurationCondition {
    /// Name of the other value.
    pub field: String,
    /// How it is compared: NOT, GT, LT, EQ, GTE, LTE, PREFIX or SUFFIX.
    pub operation: ConditionOperation,
    /// What it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConditionOperation {
    /// Is false or absent.
    Not,
    /// Is greater.
    Gt,
    /// Is less.
    Lt,
    /// Is equal.
    Eq,
    /// Is greater or equal.
    Gte,
    /// Is less or equal.
    Lte,
    /// Begins with.
    Prefix,
    /// Ends with.
    Suffix,
}

/// What else must hold for a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationValidation {
    /// A regular expression that must be found in the text; write `^` and `$` to ask for all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// True when the text must be JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<bool>,
    /// Where a console asks for a name that is not taken yet. Accepted and not checked: a run that goes on after its cluster was
    /// made would find the name taken, by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniq_by: Option<UniqueBy>,
}

/// Where a name must not be taken yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UniqueBy {
    /// PROJECT or CLUSTER.
    pub scope: UniqueScope,
}

/// Among what a name must not be taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UniqueScope {
    /// Projects.
    Project,
    /// Clusters.
    Cluster,
}
