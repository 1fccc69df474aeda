//! The fields that every status begins with, and the schema of conditions.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::{Schema, SchemaGenerator, json_schema};

/// A status that carries conditions.
pub trait Conditioned {
    /// The conditions.
    fn conditions(&self) -> &[Condition];
    /// The conditions, to be changed.
    fn conditions_mut(&mut self) -> &mut Vec<Condition>;
    /// The generation of `spec` that the status speaks of.
    fn set_observed_generation(&mut self, generation: Option<i64>);

    /// True when the condition `Ready` is true.
    fn is_ready(&self) -> bool {
        self.conditions()
            .iter()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True")
    }
}

/// The schema of a list of conditions, keyed by type so that several writers can own one each.
pub fn conditions_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["lastTransitionTime", "message", "reason", "status", "type"],
            "properties": {
                "type": { "type": "string", "maxLength": 316, "description": "What the condition speaks of, such as Ready." },
                "status": { "type": "string", "enum": ["True", "False", "Unknown"], "description": "Whether it holds." },
                "reason": { "type": "string", "maxLength": 1024, "minLength": 1, "description": "Why, in one word." },
                "message": { "type": "string", "maxLength": 32768, "description": "Why, in one sentence, and what to do." },
                "lastTransitionTime": { "type": "string", "format": "date-time", "description": "Since when it holds or not." },
                "observedGeneration": {
                    "type": "integer", "format": "int64", "minimum": 0,
                    "description": "The generation of spec that was looked at."
                }
            }
        }
    })
}

/// Defines a status: what every status has comes first, the fields of the kind follow.
macro_rules! status {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// Id of the object in a console. Kept for manifests and tools of the original; Stagecoach sets none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub id: Option<String>,
            /// Fingerprint of the spec that was last put to work.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub sha: Option<String>,
            /// True when the object only points to something that is managed elsewhere.
            #[serde(default)]
            pub readonly: bool,
            /// The generation of spec that this status speaks of.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub observed_generation: Option<i64>,
            /// How it stands: Ready always, Reconciling and Stalled only while they are true.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            #[schemars(schema_with = "crate::common::conditions_schema")]
            pub conditions: Vec<::k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition>,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::common::Conditioned for $name {
            fn conditions(&self) -> &[::k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition] {
                &self.conditions
            }

            fn conditions_mut(&mut self) -> &mut Vec<::k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition> {
                &mut self.conditions
            }

            fn set_observed_generation(&mut self, generation: Option<i64>) {
                self.observed_generation = generation;
            }
        }
    };
}

pub(crate) use status;
