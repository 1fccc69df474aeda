//! From a PrAutomation to what `change` computes with. What only a console can serve does not come along.

mod patches;

use stagecoach_change as change;

use crate::PrAutomationSpec;
use crate::common::GitRef;
use crate::pr_automation::{
    ConditionOperation, ConfigurationCondition, ConfigurationField, ConfigurationType, ConfigurationValidation,
    Creates, DataPatch, Deletes, FileCopy, HelmValues, KustomizeImage, Lua, MatchStrategy, NoMatch, OverlayLists,
    RegexReplacement, Template, Updates, Vendor, YamlOverlay, YamlPatch,
};

impl PrAutomationSpec {
    /// The edits, the texts and the values that this automation speaks of.
    pub fn to_change(&self) -> change::Automation {
        change::Automation {
            title: self.title.clone(),
            message: self.message.clone(),
            branch: self.branch.clone(),
            configuration: self.configuration.iter().map(ConfigurationField::to_change).collect(),
            updates: self.updates.as_ref().map(Updates::to_change),
            creates: self.creates.as_ref().map(Creates::to_change),
            deletes: self.deletes.as_ref().map(Deletes::to_change),
            lua: self.lua.as_ref().map(Lua::to_change),
            vendor: self.vendor.as_ref().map(Vendor::to_change),
            patch: self.patch.unwrap_or(false),
        }
    }
}

impl PrAutomationSpec {
    /// What is asked for and cannot be done here: a change by a language model does not come along to `change`, and none
    /// is made.
    pub fn unsupported(&self) -> Option<change::Error> {
        let ai = self.ai.as_ref()?;
        let error = || change::Error::Unsupported {
            field: "spec.ai".to_owned(),
            message: "write the edit as spec.updates, or take the field out".to_owned(),
        };
        (ai.enabled == Some(true)).then(error)
    }

    /// Where the external templates and scripts are, where the automation uses some or a script may.
    pub fn templates_git(&self) -> Option<&GitRef> {
        let creates = self.creates.as_ref();
        let git = creates.and_then(|creates| creates.git.as_ref()).or(self.git.as_ref());
        git.filter(|_| self.lua.is_some() || self.uses_templates())
    }

    /// Whether external templates or scripts are used, and nothing says where they are.
    pub fn lacks_templates(&self) -> bool {
        let place = self.templates_git();
        let is_named = place.is_some_and(|git| self.repository_ref.is_some() || git.url.is_some());
        self.uses_templates() && !is_named
    }

    fn uses_templates(&self) -> bool {
        let mut templates = self.creates.iter().flat_map(|creates| &creates.templates);
        let is_scripted = self
            .lua
            .as_ref()
            .is_some_and(|lua| lua.folder.is_some() && lua.external == Some(true));
        is_scripted || templates.any(|template| template.external == Some(true))
    }
}

impl ConfigurationField {
    fn to_change(&self) -> change::ConfigurationEntry {
        change::ConfigurationEntry {
            name: self.name.clone(),
            kind: self.type_.to_change(),
            default: self.default.clone(),
            optional: self.optional.unwrap_or(false),
            values: self.values.clone(),
            condition: self.condition.as_ref().map(ConfigurationCondition::to_change),
            validation: self.validation.as_ref().map(ConfigurationValidation::to_change),
        }
    }
}

impl ConfigurationType {
    fn to_change(self) -> change::ValueKind {
        match self {
            Self::String => change::ValueKind::String,
            Self::Int => change::ValueKind::Int,
            Self::Bool => change::ValueKind::Bool,
            Self::Json => change::ValueKind::Json,
            Self::Password => change::ValueKind::Password,
            Self::Enum => change::ValueKind::Enum,
            Self::Cluster => change::ValueKind::Cluster,
            Self::Project => change::ValueKind::Project,
            Self::Group => change::ValueKind::Group,
            Self::User => change::ValueKind::User,
            Self::Flow => change::ValueKind::Flow,
        }
    }
}

impl ConfigurationCondition {
    fn to_change(&self) -> change::Condition {
        change::Condition {
            field: self.field.clone(),
            operation: match self.operation {
                ConditionOperation::Not => change::Operation::Not,
                ConditionOperation::Gt => change::Operation::Gt,
                ConditionOperation::Lt => change::Operation::Lt,
                ConditionOperation::Eq => change::Operation::Eq,
                ConditionOperation::Gte => change::Operation::Gte,
                ConditionOperation::Lte => change::Operation::Lte,
                ConditionOperation::Prefix => change::Operation::Prefix,
                ConditionOperation::Suffix => change::Operation::Suffix,
            },
            value: self.value.clone(),
        }
    }
}

impl ConfigurationValidation {
    /// `uniqBy` asks a console which names are taken; there is none to ask.
    fn to_change(&self) -> change::Validation {
        change::Validation {
            regex: self.regex.clone(),
            json: self.json.unwrap_or(false),
        }
    }
}

impl Updates {
    fn to_change(&self) -> change::Updates {
        change::Updates {
            regex_replacements: self
                .regex_replacements
                .iter()
                .map(RegexReplacement::to_change)
                .collect(),
            yaml_overlays: self.yaml_overlays.iter().map(YamlOverlay::to_change).collect(),
            regexes: self.regexes.clone(),
            files: self.files.clone(),
            replace_template: self.replace_template.clone(),
            match_strategy: self.match_strategy.map(|strategy| match strategy {
                MatchStrategy::Any => change::MatchStrategy::Any,
                MatchStrategy::All => change::MatchStrategy::All,
                MatchStrategy::Recursive => change::MatchStrategy::Recursive,
            }),
            copies: self.copies.iter().map(FileCopy::to_change).collect(),
            yaml_patches: self.yaml_patches.iter().map(YamlPatch::to_change).collect(),
            helm_values: self.helm_values.iter().map(HelmValues::to_change).collect(),
            kustomize_images: self.kustomize_images.iter().map(KustomizeImage::to_change).collect(),
            json_patches: self.json_patches.iter().map(DataPatch::to_change).collect(),
            toml_patches: self.toml_patches.iter().map(DataPatch::to_change).collect(),
            hcl_patches: self.hcl_patches.iter().map(DataPatch::to_change).collect(),
            yq: self.yq.clone(),
            no_match: match self.no_match.unwrap_or_default() {
                NoMatch::Fail => change::NoMatch::Fail,
                NoMatch::Warn => change::NoMatch::Warn,
                NoMatch::Ignore => change::NoMatch::Ignore,
            },
        }
    }
}

impl RegexReplacement {
    fn to_change(&self) -> change::RegexReplacement {
        change::RegexReplacement {
            regex: self.regex.clone(),
            file: self.file.clone(),
            replacement: self.replacement.clone(),
            templated: self.templated,
        }
    }
}

impl YamlOverlay {
    fn to_change(&self) -> change::YamlOverlay {
        change::YamlOverlay {
            file: self.file.clone(),
            yaml: self.yaml.clone(),
            templated: self.templated,
            list_merge: match self.list_merge.unwrap_or_default() {
                OverlayLists::Overwrite => change::ListMerge::Overwrite,
                OverlayLists::Append => change::ListMerge::Append,
            },
        }
    }
}

impl Creates {
    fn to_change(&self) -> change::Creates {
        change::Creates {
            templates: self.templates.iter().map(Template::to_change).collect(),
        }
    }
}

impl Template {
    fn to_change(&self) -> change::CreateTemplate {
        change::CreateTemplate {
            source: self.source.clone().unwrap_or_default(),
            destination: self.destination.clone(),
            external: self.external.unwrap_or(false),
            context: self.context.clone().unwrap_or_default().into_iter().collect(),
            condition: self.condition.clone(),
        }
    }
}

impl Deletes {
    fn to_change(&self) -> change::Deletes {
        change::Deletes {
            files: self.files.clone(),
            folders: self.folders.clone(),
        }
    }
}

impl Lua {
    fn to_change(&self) -> change::Lua {
        change::Lua {
            script: self.script.clone(),
            folder: self.folder.clone(),
            external: self.external.unwrap_or(false),
        }
    }
}

impl Vendor {
    fn to_change(&self) -> change::Vendor {
        change::Vendor {
            helm: self.helm.as_ref().map(|helm| change::VendorHelm {
                url: helm.url.clone(),
                chart: helm.chart.clone(),
                version: helm.version.clone(),
                destination: helm.destination.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `change` names its fields as the manifest does, so the same JSON must come to the same automation.
    #[test]
    fn an_automation_with_everything_comes_along_whole() {
        let spec = json!({
            "scmConnectionRef": {"name": "github"},
            "title": "t", "message": "m", "branch": "b", "patch": true,
            "configuration": [{
                "name": "tier", "type": "ENUM", "default": "dev", "optional": true, "values": ["dev", "prod"],
                "condition": {"field": "a", "operation": "GTE", "value": "1"},
                "validation": {"regex": "^v", "json": true},
            }],
            "updates": {
                "regexReplacements": [{"regex": "r", "file": "f", "replacement": "p", "templated": false}],
                "yamlOverlays": [{"file": "f", "yaml": "a: b", "templated": true, "listMerge": "APPEND"}],
                "regexes": ["r"], "files": ["f"], "replaceTemplate": "t", "matchStrategy": "RECURSIVE", "yq": ".a",
                "noMatch": "Fail",
                "copies": [{"from": "a", "to": "b", "ref": "r", "templated": false}],
                "yamlPatches": [{"file": "f", "path": "a.b", "op": "Append", "value": {"c": [1]}, "document": 2, "templated": false}],
                "helmValues": [{"file": "f", "values": {"a.b": 1, "c": null}, "templated": false}],
                "kustomizeImages": [
                    {"file": "f", "name": "n", "newName": "m", "newTag": "t", "digest": "d", "templated": false},
                ],
                "jsonPatches": [{"file": "f", "path": "a", "op": "Delete", "templated": true}],
                "tomlPatches": [{"file": "f", "path": "a", "op": "Set", "value": "b"}],
                "hclPatches": [{"file": "f", "path": "a", "op": "Set", "value": 1.5}],
            },
            "creates": {"templates": [
                {"source": "s", "destination": "d", "external": true, "context": {"a": {"b": 1}}, "condition": "c"},
            ]},
            "deletes": {"files": ["f"], "folders": ["g"]},
            "lua": {"script": "s", "folder": "f", "external": true},
            "vendor": {"helm": {"url": "u", "chart": "c", "version": "v", "destination": "d"}},
        });
        let mut wanted = spec.clone();
        wanted.as_object_mut().unwrap().remove("scmConnectionRef");
        let wanted: change::Automation = serde_json::from_value(wanted).unwrap();

        let spec: PrAutomationSpec = serde_json::from_value(spec).unwrap();

        assert_eq!(spec.to_change(), wanted);
    }

    #[test]
    fn what_an_automation_does_not_say_is_as_documented() {
        let spec = PrAutomationSpec {
            updates: Some(Updates {
                yaml_overlays: vec![YamlOverlay::default()],
                ..Updates::default()
            }),
            ..PrAutomationSpec::default()
        };
        let updates = spec.to_change().updates.unwrap();
        assert_eq!(updates.no_match, change::NoMatch::Warn);
        assert_eq!(updates.yaml_overlays[0].list_merge, change::ListMerge::Overwrite);
        assert_eq!(updates.yaml_overlays[0].templated, None);
    }
}
