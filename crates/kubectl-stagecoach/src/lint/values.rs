//! Values of contexts, triggers and observers against the PrAutomations that they will meet, as far as these are among the
//! manifests. Pure.

use serde_json::Value;
use stagecoach_api::{
    Observer, Pipeline, PipelineContext, PrAutomationTrigger,
    common::Values,
    template_values::{self, PIPELINE, Place},
};
use stagecoach_change::{Error, check_values};
use stagecoach_core::graph::ServiceReference;

use super::{
    faults::{Faults, Meeting},
    finding::{Finding, Level},
    object::{Object, Objects},
    recipes::Recipes,
};

/// What is wrong with the values.
pub(super) fn check(objects: &Objects<'_>, recipes: &Recipes<'_, '_>) -> Vec<Finding> {
    let mut faults = Faults::default();
    let mut findings = Vec::new();
    for object in objects.of_kind("PipelineContext") {
        if let Some(context) = object.read::<PipelineContext>() {
            of_context(object, &context, objects, recipes, &mut faults);
        }
    }
    for object in objects.of_kind("PrAutomationTrigger") {
        if let Some(trigger) = object.read::<PrAutomationTrigger>()
            && let Some(recipe) = recipes.get(trigger.spec.pr_automation_ref.name())
        {
            let meeting = Meeting {
                object,
                recipe,
                stage: None,
            };
            faults.meet(&meeting, &Value::Object(trigger.spec.context));
        }
    }
    for object in objects.of_kind("Observer") {
        if let Some(observer) = object.read::<Observer>() {
            findings.extend(of_observer(object, &observer, objects, recipes));
        }
    }
    findings.extend(faults.told());
    findings
}

/// The PrAutomations of a pipeline, with stage and service.
fn steps(pipeline: &Pipeline, namespace: &str) -> Vec<(String, ServiceReference, String)> {
    let services = pipeline
        .spec
        .stages
        .iter()
        .flat_map(|stage| stage.services.iter().map(move |service| (stage, service)));
    let step = |(stage, service): (
        &stagecoach_api::pipeline::PipelineStage,
        &stagecoach_api::pipeline::StageService,
    )| {
        let automation = service.criteria.as_ref()?.pr_automation_ref.as_ref()?.name().to_owned();
        let reference = ServiceReference {
            kind: service.service_ref.kind_or("ServiceDeployment").to_owned(),
            namespace: service.service_ref.namespace_or(namespace).to_owned(),
            name: service.service_ref.name().to_owned(),
        };
        Some((stage.name.clone(), reference, automation))
    };
    services.filter_map(step).collect()
}

/// The values of a context, in every stage that they will come to.
fn of_context<'o, 'f>(
    object: &'o Object<'f>,
    context: &PipelineContext,
    objects: &Objects<'_>,
    recipes: &'o Recipes<'o, 'f>,
    faults: &mut Faults<'o, 'f>,
) {
    let reference = &context.spec.pipeline_ref;
    let namespace = reference.namespace.as_deref().or(object.namespace.as_deref());
    let found = objects
        .find("Pipeline", namespace, reference.name())
        .filter(|found| found.is("Pipeline"));
    let Some(pipeline) = found.and_then(Object::read::<Pipeline>) else {
        return;
    };
    let namespace = namespace.unwrap_or("default");
    for (stage, service, name) in steps(&pipeline, namespace) {
        let Some(recipe) = recipes.get(&name) else {
            continue;
        };
        let place = Place {
            pipeline: Some(reference.name()),
            namespace: Some(namespace),
            context: Some(&object.name),
            stage: Some(&stage),
            service: Some(&service),
            run: 1,
            ..Place::default()
        };
        let values = template_values::for_templates(context.spec.context.clone(), &place);
        let stage = Some(stage.clone());
        faults.meet(&Meeting { object, recipe, stage }, &values);
    }
}

/// An observer's values are known when it fires, but which there are is known now.
fn of_observer(
    object: &Object<'_>,
    observer: &Observer,
    objects: &Objects<'_>,
    recipes: &Recipes<'_, '_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let own = object.namespace.as_deref();
    for (index, action) in observer.spec.actions.iter().enumerate() {
        let mut meets: Vec<(String, Values, String)> = Vec::new();
        let at = |kind: &str| format!("spec.actions[{index}].configuration.{kind}.context");
        if let Some(action) = &action.configuration.pipeline {
            let namespace = action.pipeline_ref.namespace.as_deref().or(own);
            let found = objects
                .find("Pipeline", namespace, action.pipeline_ref.name())
                .filter(|found| found.is("Pipeline"));
            if let Some(pipeline) = found.and_then(Object::read::<Pipeline>) {
                let names = steps(&pipeline, "default").into_iter().map(|(_, _, name)| name);
                meets.extend(names.map(|name| (name, action.context.clone().unwrap_or_default(), at("pipeline"))));
            }
        }
        if let Some(action) = &action.configuration.pr
            && let Some(reference) = &action.pr_automation_ref
        {
            meets.push((
                reference.name().to_owned(),
                action.context.clone().unwrap_or_default(),
                at("pr"),
            ));
        }
        for (name, mut values, at) in meets {
            let Some(recipe) = recipes.get(&name) else {
                continue;
            };
            values.insert(PIPELINE.to_owned(), Value::Object(Values::new()));
            let errors = check_values(&recipe.usable, &Value::Object(values));
            for error in errors.err().unwrap_or_default() {
                if matches!(error, Error::MissingValue { .. }) {
                    let message = format!("PrAutomation {name}: {error}");
                    findings.push(object.finding(&at, Level::Error, error.reason(), message));
                }
            }
        }
    }
    findings
}
