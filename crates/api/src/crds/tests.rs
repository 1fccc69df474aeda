//! What must hold for every CRD.

use std::collections::BTreeSet;

use super::*;

/// Calls `visit` for every part of every schema, with its path and whether it is below a list.
fn parts(mut visit: impl FnMut(&str, &JSONSchemaProps, bool)) {
    for (file, crd) in all() {
        for version in &crd.spec.versions {
            let schema = version
                .schema
                .as_ref()
                .and_then(|schema| schema.open_api_v3_schema.as_ref())
                .unwrap();
            descend(file.trim_end_matches(".yaml"), schema, false, &mut visit);
        }
    }
}

fn descend(path: &str, schema: &JSONSchemaProps, in_list: bool, visit: &mut impl FnMut(&str, &JSONSchemaProps, bool)) {
    visit(path, schema, in_list);
    for (name, part) in schema.properties.iter().flatten() {
        descend(&format!("{path}.{name}"), part, in_list, visit);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
        descend(&format!("{path}[]"), item, true, visit);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(part)) = &schema.additional_properties {
        descend(&format!("{path}{{}}"), part, in_list, visit);
    }
}

#[test]
fn every_crd_is_small_enough_for_plain_apply() {
    for (file, crd) in all().into_iter().chain(optional()) {
        let size = serde_json::to_vec(&crd).unwrap().len();
        assert!(
            size < 200_000,
            "{file} has {size} bytes; plain kubectl apply keeps a copy in an annotation"
        );
    }
}

#[test]
fn no_default_stands_below_a_list() {
    parts(|path, part, in_list| {
        assert!(
            part.default.is_none() || !in_list,
            "{path} has a default below a list: no GitOps diff with it ends"
        );
    });
}

#[test]
fn formats_are_those_that_kubernetes_knows() {
    parts(|path, part, _| {
        let known = [None, Some("int32"), Some("int64"), Some("double"), Some("date-time")];
        assert!(
            known.contains(&part.format.as_deref()),
            "{path} has the format {:?}",
            part.format
        );
    });
}

#[test]
fn null_is_not_a_value() {
    parts(|path, part, _| {
        assert!(part.nullable.is_none(), "{path} may be null");
        assert!(
            part.any_of.is_none() && part.one_of.is_none(),
            "{path} has alternatives"
        );
        let values = part.enum_.iter().flatten();
        assert!(values.into_iter().all(|value| !value.0.is_null()), "{path} lists null");
    });
}

#[test]
fn every_field_is_explained() {
    parts(|path, part, _| {
        let of_kubernetes = path.ends_with(".metadata") || path.ends_with("{}") || path.ends_with("[]");
        let text = part.description.as_deref().unwrap_or_default();
        assert!(of_kubernetes || !text.is_empty(), "{path} is not explained");
        assert!(!text.contains('\n'), "{path} has a line break in its explanation");
    });
}

#[test]
fn every_rule_has_a_message() {
    parts(|path, part, _| {
        for rule in part.x_kubernetes_validations.iter().flatten() {
            assert!(rule.message.is_some(), "{path}: {} has no message", rule.rule);
        }
    });
}

#[test]
fn lists_are_plain_but_for_conditions() {
    parts(|path, part, _| {
        let map = part.x_kubernetes_list_type.as_deref() == Some("map");
        assert_eq!(map, path.ends_with(".status.conditions"), "{path}");
    });
}

#[test]
fn names_scopes_and_columns_are_as_agreed() {
    let mut short_names = BTreeSet::new();
    let mut scopes = Vec::new();
    for (file, crd) in all() {
        let version = &crd.spec.versions[0];
        assert_eq!(crd.spec.versions.len(), 1, "{file}");
        assert!(
            version.served && version.storage && version.name == crate::VERSION,
            "{file}"
        );
        assert!(
            version.subresources.as_ref().unwrap().status.is_some(),
            "{file} has no status subresource"
        );
        assert_eq!(
            crd.spec.names.categories,
            Some(vec![crate::CATEGORY.to_owned()]),
            "{file}"
        );
        let own = crd.spec.names.short_names.unwrap();
        assert!(
            own.iter().all(|name| short_names.insert(name.clone())),
            "{file}: {own:?} is taken"
        );
        let columns = version.additional_printer_columns.as_ref().unwrap();
        assert_eq!(columns.last().unwrap().name, "Age", "{file}");
        scopes.push(format!("{} {}", crd.spec.names.kind, crd.spec.scope));
    }
    assert_eq!(
        scopes,
        [
            "Approval Namespaced",
            "Cluster Namespaced",
            "GitRepository Cluster",
            "HelmRepository Namespaced",
            "Observer Namespaced",
            "PipelineContext Namespaced",
            "Pipeline Namespaced",
            "PrAutomation Cluster",
            "PrAutomationTrigger Namespaced",
            "ScmConnection Cluster",
            "ServiceDeployment Namespaced",
        ]
    );
}
