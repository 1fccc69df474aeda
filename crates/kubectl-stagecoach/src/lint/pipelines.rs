//! Pipelines: stages, edges, gates and services, as the promotion machine sees them. Pure.

use std::time::Duration;

use stagecoach_api::{
    Pipeline,
    common::ObjectReference,
    pipeline::{GateType, PipelineEdge, PipelineGate},
};
use stagecoach_core::graph::{Criterion, Graph, PipelineInput, Problem};
use stagecoach_delivery as delivery;
use stagecoach_runtime::Classify as _;

use super::{
    automations,
    finding::{Finding, Level},
    object::{Object, Objects},
    recipes::Recipes,
    templates,
};
use crate::documents::Node;

/// Namespace of a pipeline whose namespace is not known. It only stands in names that are not shown.
const NAMESPACE: &str = "default";
/// Cycles of one pipeline that are told.
const MOST_CYCLES: usize = 20;

/// What is wrong with the pipelines.
pub(super) fn check(objects: &Objects<'_>, recipes: &Recipes<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in objects.of_kind("Pipeline") {
        let Some(pipeline) = object.read::<Pipeline>() else {
            continue;
        };
        let namespace = object.namespace.as_deref().unwrap_or(NAMESPACE);
        // Times do not matter for validity.
        let input = pipeline.spec.to_core(namespace, &object.name, Duration::ZERO);
        findings.extend(criteria(object, &input));
        for problem in problems(input) {
            let path = path_of(object, &problem);
            findings.push(object.finding(&path, Level::Error, problem.reason(), problem.to_string()));
        }
        findings.extend(kinds(object, &pipeline));
        findings.extend(expectations(object, &pipeline));
        findings.extend(patches(recipes, object, &pipeline));
        for (index, edge) in pipeline.spec.edges.iter().enumerate() {
            for (place, gate) in edge.gates.iter().enumerate() {
                findings.extend(gates(
                    object,
                    edge,
                    gate,
                    &format!("spec.edges[{index}].gates[{place}]"),
                ));
            }
        }
    }
    findings
}

/// What is wrong with the graph, every cycle of it: behind each that is found, the edge that closes it is taken out.
fn problems(mut input: PipelineInput) -> Vec<Problem> {
    let mut problems = Graph::new(input.clone()).err().unwrap_or_default();
    problems.retain(|problem| !matches!(problem, Problem::Service { .. }));
    let cycle = |problem: &Problem| match problem {
        Problem::Cycle(path) => Some(path.clone()),
        _ => None,
    };
    let mut last = problems.iter().find_map(cycle);
    for _ in 0..MOST_CYCLES {
        let Some([.., from, to]) = last.as_deref() else { break };
        input.edges.retain(|edge| (&edge.from, &edge.to) != (from, to));
        last = Graph::new(input.clone()).err().iter().flatten().find_map(cycle);
        problems.extend(last.clone().map(Problem::Cycle));
    }
    problems
}

/// Criteria that are not served, at the field that asks for them.
fn criteria(object: &Object<'_>, input: &PipelineInput) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, stage) in input.stages.iter().enumerate() {
        for (place, service) in stage.services.iter().enumerate() {
            let Criterion::Unsupported(message) = &service.criterion else {
                continue;
            };
            let criteria = format!("spec.stages[{index}].services[{place}].criteria");
            let fields = ["serviceRef", "ai"].map(|field| format!("{criteria}.{field}"));
            let path = fields.iter().find(|path| object.document.find(path).is_some());
            let problem = Problem::Service {
                stage: stage.name.clone(),
                message: message.clone(),
            };
            let path = path.unwrap_or(&criteria);
            findings.push(object.finding(path, Level::Error, problem.reason(), problem.to_string()));
        }
    }
    findings
}

/// Templates of what must run.
fn expectations(object: &Object<'_>, pipeline: &Pipeline) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, stage) in pipeline.spec.stages.iter().enumerate() {
        for (place, service) in stage.services.iter().enumerate() {
            let Some(expect) = &service.expect else { continue };
            for (field, template) in [("version", &expect.version), ("image", &expect.image)] {
                let path = format!("spec.stages[{index}].services[{place}].expect.{field}");
                let errors = template.iter().flat_map(|template| templates::faults(&path, template));
                findings.extend(errors.map(|error| automations::told(object, &error)));
            }
        }
    }
    findings
}

/// Services that no reader can judge.
fn kinds(object: &Object<'_>, pipeline: &Pipeline) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, stage) in pipeline.spec.stages.iter().enumerate() {
        for (place, service) in stage.services.iter().enumerate() {
            let kind = service.service_ref.kind_or("ServiceDeployment");
            if stagecoach_workload::supports(kind) {
                continue;
            }
            let message = format!(
                "stage {}: services of kind {kind} cannot be judged by this version, so the stage would never be promoted; use \
                 ServiceDeployment, Application, Deployment, StatefulSet or DaemonSet",
                stage.name
            );
            let path = format!("spec.stages[{index}].services[{place}].serviceRef.kind");
            findings.push(object.finding(&path, Level::Error, "UnsupportedKind", message));
        }
    }
    findings
}

/// Automations that open nothing, so that nothing would ever be merged.
fn patches(recipes: &Recipes<'_, '_>, object: &Object<'_>, pipeline: &Pipeline) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, stage) in pipeline.spec.stages.iter().enumerate() {
        for (place, service) in stage.services.iter().enumerate() {
            let named = service
                .criteria
                .as_ref()
                .and_then(|criteria| criteria.pr_automation_ref.as_ref());
            let patches = |name: &&str| recipes.get(name).is_some_and(|recipe| recipe.change.patch);
            if let Some(name) = named.map(ObjectReference::name).filter(patches) {
                let error = delivery::Error::PatchOnly(name.to_owned());
                let path = format!("spec.stages[{index}].services[{place}].criteria.prAutomationRef");
                findings.push(object.finding(&path, Level::Error, error.reason(), error.to_string()));
            }
        }
    }
    findings
}

/// A gate without what it needs, or of a type that never opens.
fn gates(object: &Object<'_>, edge: &PipelineEdge, gate: &PipelineGate, path: &str) -> Option<Finding> {
    let (from, to) = (
        edge.from.as_deref().unwrap_or_default(),
        edge.to.as_deref().unwrap_or_default(),
    );
    let name = format!("gate {} on edge {from} -> {to}", gate.name);
    let job = gate.spec.as_ref().and_then(|spec| spec.job.as_ref());
    let runs = job.is_some_and(|job| job.raw.is_some() || !job.containers.is_empty());
    match gate.type_ {
        GateType::Approval => None,
        GateType::Job if !runs => {
            let message = format!(
                "{name} is of type JOB and has nothing to run: write spec: {{job: {{namespace: example, containers: [{{image: \
                 example.com/test:1.0}}]}}}}"
            );
            Some(object.finding(path, Level::Error, "GateWithoutConfiguration", message))
        }
        _ => {
            let kind = object.document.find(&format!("{path}.type")).and_then(Node::text);
            let message = format!(
                "{name} is of type {}, which this version does not support: it keeps its edge shut; take it out, or use APPROVAL",
                kind.unwrap_or_default()
            );
            Some(object.finding(&format!("{path}.type"), Level::Warning, "UnsupportedGate", message))
        }
    }
}

/// What a problem is about. Of things with one name, the second is the one too many.
fn path_of(object: &Object<'_>, problem: &Problem) -> String {
    let document = &object.document;
    let stages = || items(document, "spec.stages", |stage| text(stage, "name"));
    let edges = || {
        items(document, "spec.edges", |edge| {
            Some((end(edge, "from")?, end(edge, "to")?))
        })
    };
    let edge = |from: &str, to: &str, last: bool| {
        let same = |(_, ends): &(usize, (&str, &str))| *ends == (from, to);
        let found = if last {
            edges().into_iter().rfind(same)
        } else {
            edges().into_iter().find(same)
        };
        found.map_or_else(|| "spec.edges".to_owned(), |(index, _)| format!("spec.edges[{index}]"))
    };
    match problem {
        Problem::DuplicateStage(name) => {
            let last = stages().into_iter().rfind(|(_, own)| own == name);
            last.map_or_else(
                || "spec.stages".to_owned(),
                |(index, _)| format!("spec.stages[{index}].name"),
            )
        }
        Problem::UnknownStage { from, to, missing } => {
            let side = if missing == from { "from" } else { "to" };
            format!("{}.{side}", edge(from, to, false))
        }
        Problem::DuplicateEdge(from, to) => edge(from, to, true),
        Problem::DuplicateGate { from, to, gate } => {
            let edge = edge(from, to, false);
            let gates = items(document, &format!("{edge}.gates"), |gate| text(gate, "name"));
            let last = gates.into_iter().rfind(|(_, own)| own == gate);
            last.map_or_else(|| edge.clone(), |(index, _)| format!("{edge}.gates[{index}].name"))
        }
        Problem::Cycle(path) => match path.as_slice() {
            [.., from, to] => edge(from, to, false),
            _ => "spec.edges".to_owned(),
        },
        Problem::Service { .. } => "spec.stages".to_owned(),
    }
}

/// The items of a list with their positions, as far as `of` makes something of them.
fn items<'n, T>(document: &'n Node, path: &str, of: impl Fn(&'n Node) -> Option<T>) -> Vec<(usize, T)> {
    let items = document.find(path).map(Node::items).unwrap_or_default();
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, of(item)?)))
        .collect()
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key)?.text()
}

/// An end of an edge, by name or by id.
fn end<'n>(edge: &'n Node, key: &str) -> Option<&'n str> {
    text(edge, key).or_else(|| text(edge, &format!("{key}Id")))
}
