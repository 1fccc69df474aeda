//! Pipelines: stages, edges, gates and services, as the promotion machine sees them. Pure.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::ResourceExt as _;
use stagecoach_api::{
    Pipeline, PrAutomation,
    common::ObjectReference,
    pipeline::{GateType, PipelineEdge, PipelineGate},
};
use stagecoach_core::graph::{Graph, Problem};
use stagecoach_delivery as delivery;
use stagecoach_runtime::Classify as _;

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
};
use crate::documents::Node;

/// Namespace of a pipeline whose namespace is not known. It only stands in names that are not shown.
const NAMESPACE: &str = "default";

/// What is wrong with the pipelines.
pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let patching = patching(objects);
    for object in objects.of_kind("Pipeline") {
        let Some(pipeline) = object.read::<Pipeline>() else {
            continue;
        };
        let namespace = object.namespace.as_deref().unwrap_or(NAMESPACE);
        // Times do not matter for validity.
        let input = pipeline.spec.to_core(namespace, &object.name, Duration::ZERO);
        for problem in Graph::new(input).err().unwrap_or_default() {
            let path = path_of(object, &problem);
            findings.push(object.finding(&path, Level::Error, problem.reason(), problem.to_string()));
        }
        findings.extend(kinds(object, &pipeline));
        findings.extend(patches(&patching, object, &pipeline));
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

/// The automations that make patches.
fn patching(objects: &Objects<'_>) -> BTreeSet<String> {
    let automations = objects.of_kind("PrAutomation").filter_map(Object::read::<PrAutomation>);
    automations
        .filter(|automation| automation.spec.patch == Some(true))
        .map(|automation| automation.name_any())
        .collect()
}

/// Automations that open nothing, so that nothing would ever be merged.
fn patches(patching: &BTreeSet<String>, object: &Object<'_>, pipeline: &Pipeline) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, stage) in pipeline.spec.stages.iter().enumerate() {
        for (place, service) in stage.services.iter().enumerate() {
            let named = service
                .criteria
                .as_ref()
                .and_then(|criteria| criteria.pr_automation_ref.as_ref());
            if let Some(name) = named.map(ObjectReference::name).filter(|name| patching.contains(*name)) {
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
        Problem::Service { stage, .. } => {
            let found = stages().into_iter().find(|(_, own)| own == stage);
            found.map_or_else(
                || "spec.stages".to_owned(),
                |(index, _)| format!("spec.stages[{index}]"),
            )
        }
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
