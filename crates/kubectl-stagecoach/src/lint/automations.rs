//! PrAutomations: do their templates parse, do their expressions compile, do their paths stay inside. Pure.

use std::collections::HashSet;

use serde_json::json;
use stagecoach_change::{self as change, Automation, Error, Files, Updates, YamlOverlay, validate};
use stagecoach_delivery as delivery;
use stagecoach_runtime::Classify as _;

use super::{
    configuration,
    finding::{Finding, Level},
    object::Object,
    recipes::{Recipe, Recipes},
    templates,
};
use crate::{documents::Spot, schema};

/// How the machine of scripts names one in what it says.
const SCRIPT: &str = "script:";

/// What is wrong with the automations whatever the values. Those with a fault are marked.
pub(super) fn check(recipes: &mut Recipes<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for recipe in recipes.all_mut() {
        findings.extend(faults(recipe));
        if recipe.spec.lacks_templates() {
            let error = delivery::Error::TemplatesUnnamed;
            let finding = recipe
                .object
                .finding("spec", Level::Error, error.reason(), error.to_string());
            findings.push(finding);
        }
    }
    findings
}

fn faults(recipe: &mut Recipe<'_, '_>) -> Vec<Finding> {
    let (object, change) = (recipe.object, &recipe.change);
    let mut errors = validate(change);
    recipe.usable = configuration::usable(&change.configuration, &errors);
    // No default is one of no values.
    let without_values: Vec<String> = errors
        .iter()
        .filter_map(|error| Some(format!("{}.default", error.field().strip_suffix(".values")?)))
        .collect();
    errors.retain(|error| without_values.iter().all(|field| field != error.field()));
    errors.extend(overlays(change));
    for (field, text) in [
        ("spec.title", &change.title),
        ("spec.message", &change.message),
        ("spec.branch", &change.branch),
    ] {
        errors.extend(text.as_deref().and_then(|text| templates::nowhere(field, text)));
    }
    let values = configuration::check(object, &mut recipe.usable);
    recipe.is_sound = errors.is_empty() && values.iter().all(|finding| finding.level != Level::Error);
    let refused = refused(object);
    errors.retain(|error| {
        let value = object.document.find(error.field()).map(|node| node.spot);
        !refused.contains(&object.document.spot_of(error.field())) && !value.is_some_and(|spot| refused.contains(&spot))
    });
    let told = errors.iter().map(|error| told(object, error));
    told.chain(values).collect()
}

/// Where the schema refuses what stands there, which is told with it.
fn refused(object: &Object<'_>) -> HashSet<Spot> {
    let violations = object
        .definition
        .map(|definition| schema::violations(definition, &object.document));
    violations
        .into_iter()
        .flatten()
        .map(|violation| violation.spot)
        .collect()
}

/// Something that is wrong with an automation, at the field that it is about.
pub(super) fn told(object: &Object<'_>, error: &Error) -> Finding {
    object.finding_at(spot(object, error), Level::Error, error.reason(), error.to_string())
}

/// Overlays without a template that cannot be laid over anything, not even over an empty file.
fn overlays(automation: &Automation) -> Vec<Error> {
    const FILE: &str = "file.yaml";
    let overlays = automation.updates.iter().flat_map(|updates| &updates.yaml_overlays);
    let wrong = |(index, overlay): (usize, &YamlOverlay)| {
        let is_template = overlay.yaml.contains("{{") || overlay.yaml.contains("{%");
        if is_template && overlay.templated != Some(false) {
            return None;
        }
        let alone = Automation {
            title: Some("overlay".to_owned()),
            updates: Some(Updates {
                yaml_overlays: vec![YamlOverlay {
                    file: FILE.to_owned(),
                    templated: Some(false),
                    ..overlay.clone()
                }],
                ..Updates::default()
            }),
            ..Automation::default()
        };
        let mut files = Files::new();
        files.insert(FILE, b"{}\n".as_slice());
        match change::compute(&alone, &json!({}), &files) {
            Err(Error::Yaml { message, .. }) => Some(Error::Yaml {
                field: format!("spec.updates.yamlOverlays[{index}].yaml"),
                message,
            }),
            _ => None,
        }
    };
    overlays.enumerate().filter_map(wrong).collect()
}

/// Where in the manifest an error is.
fn spot(object: &Object<'_>, error: &change::Error) -> Spot {
    let inside = |field: &str, line: usize| {
        let at = object.document.spot_of(field);
        let line = object.document.line_inside(field, line, &object.file.text);
        Spot {
            line,
            column: if line == at.line { at.column } else { 1 },
        }
    };
    match error {
        Error::Template { place, .. } | Error::Undefined { place, .. } | Error::Limit { place, .. } => {
            inside(&place.source, place.line)
        }
        Error::Script { message } => match line_of_script(message) {
            Some(line) => inside("spec.lua.script", line),
            None => object.document.spot_of("spec.lua"),
        },
        _ => object.document.spot_of(error.field()),
    }
}

/// The line that the machine of scripts tells: `script:2: ...`. It only moves the place that is shown.
fn line_of_script(message: &str) -> Option<usize> {
    let (line, _) = message.strip_prefix(SCRIPT)?.split_once(':')?;
    line.parse().ok()
}
