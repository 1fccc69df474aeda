//! The CRDs of all kinds, as they are written to `config/crds/` and installed. `cargo xtask codegen` and the tests call
//! this; the operator itself never installs a CRD.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;

use crate::{
    Approval, Cluster, GitRepository, HelmRepository, Observer, Pipeline, PipelineContext, PrAutomation,
    PrAutomationTrigger, ScmConnection, ServiceDeployment, inert,
};

/// Every kind that Stagecoach serves, with the name of its file.
pub fn all() -> Vec<(String, CustomResourceDefinition)> {
    named(vec![
        Approval::crd(),
        Cluster::crd(),
        GitRepository::crd(),
        HelmRepository::crd(),
        Observer::crd(),
        PipelineContext::crd(),
        Pipeline::crd(),
        PrAutomation::crd(),
        PrAutomationTrigger::crd(),
        ScmConnection::crd(),
        ServiceDeployment::crd(),
    ])
}

/// Kinds of the original that do nothing here, with the names of their files.
pub fn optional() -> Vec<(String, CustomResourceDefinition)> {
    named(inert::crds())
}

fn named(crds: Vec<CustomResourceDefinition>) -> Vec<(String, CustomResourceDefinition)> {
    crds.into_iter()
        .map(|crd| {
            (
                format!("{}.yaml", crd.metadata.name.as_deref().unwrap_or_default()),
                tidy(crd),
            )
        })
        .collect()
}

/// Takes out what the derives write and the contract does not have: `null` as a legal value of every optional field
/// (a rule that asks `has()` would see it as present), titles, and the line breaks of doc comments, which `kubectl
/// explain` would show.
fn tidy(mut crd: CustomResourceDefinition) -> CustomResourceDefinition {
    for version in &mut crd.spec.versions {
        if let Some(schema) = version
            .schema
            .as_mut()
            .and_then(|schema| schema.open_api_v3_schema.as_mut())
        {
            walk(schema, &mut |part| {
                part.nullable = None;
                part.title = None;
                part.description = part.description.take().map(|text| text.replace('\n', " "));
            });
        }
    }
    crd
}

/// Calls `visit` for a schema and for every schema in it.
pub(crate) fn walk(schema: &mut JSONSchemaProps, visit: &mut impl FnMut(&mut JSONSchemaProps)) {
    visit(schema);
    for part in schema
        .properties
        .iter_mut()
        .flat_map(|properties| properties.values_mut())
    {
        walk(part, visit);
    }
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(item)) => walk(item, visit),
        Some(JSONSchemaPropsOrArray::Schemas(items)) => items.iter_mut().for_each(|item| walk(item, visit)),
        None => {}
    }
    if let Some(JSONSchemaPropsOrBool::Schema(part)) = &mut schema.additional_properties {
        walk(part, visit);
    }
}

#[cfg(test)]
mod tests;
