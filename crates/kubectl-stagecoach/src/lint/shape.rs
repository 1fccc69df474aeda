//! Each object for itself: is the kind known, does it have a name, does its schema allow what it says. Pure.

use std::collections::HashMap;

use kube::Resource as _;
use stagecoach_api::{
    Approval, DeploymentSettings, GROUP, Observer, Pipeline, PipelineContext, PrAutomation, PrAutomationTrigger,
    ScmConnection, ServiceDeployment, VERSION,
};

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
};
use crate::{
    documents::Node,
    schema::{self, Schemas},
};

/// How near the name of a kind must be to be offered in place of another one.
const NEAR: f32 = 0.7;
/// Longest name of an object.
const LONGEST_NAME: usize = 253;
/// Longest name of a namespace.
const LONGEST_LABEL: usize = 63;

/// Kinds of the group that Stagecoach has no definition of, and no use for. They may stand in the same folders.
const NEIGHBOURS: [&str; 26] = [
    "AgentRuntime",
    "BootstrapToken",
    "CloudConnection",
    "ClusterRestore",
    "ClusterRestoreTrigger",
    "ClusterSync",
    "ComplianceReportGenerator",
    "Component",
    "ConfigurationOverlay",
    "CustomStackRun",
    "FederatedCredential",
    "GeneratedSecret",
    "Group",
    "KubecostExtractor",
    "MCPServer",
    "OIDCProvider",
    "ObservabilityProvider",
    "ObservabilityWebhook",
    "Persona",
    "PreviewEnvironmentTemplate",
    "Provider",
    "ServiceAccount",
    "StackDefinition",
    "UpgradeInsights",
    "UpgradePlanCallout",
    "VirtualCluster",
];

/// A value of `type` and the block that it needs.
struct Block {
    of: &'static str,
    /// What has the field `type`.
    path: &'static str,
    kind: &'static str,
    needs: &'static str,
}

const fn block(of: &'static str, path: &'static str, kind: &'static str, needs: &'static str) -> Block {
    Block { of, path, kind, needs }
}

const BLOCKS: &[Block] = &[
    block("Observer", "spec.target", "OCI", "oci"),
    block("Observer", "spec.target", "HELM", "helm"),
    block("Observer", "spec.target", "GIT", "git"),
    block("Observer", "spec.target", "ADDON", "addon"),
    block("Observer", "spec.target", "EKS_ADDON", "eksAddon"),
    block("Observer", "spec.actions[]", "PIPELINE", "configuration.pipeline"),
    block("Observer", "spec.actions[]", "PR", "configuration.pr"),
    block("Observer", "spec.actions[]", "AGENT", "configuration.agent"),
];

/// Types without the block that says what they mean.
fn blocks(object: &Object<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for block in BLOCKS.iter().filter(|block| object.is(block.of)) {
        for place in object.document.places(block.path) {
            let Some(node) = place.node else { continue };
            let is = node.get("type").and_then(Node::text) == Some(block.kind);
            if is && node.find(block.needs).is_none_or(Node::is_null) {
                let message = format!(
                    "{} is of type {} and needs the block {}: write it",
                    place.path, block.kind, block.needs
                );
                findings.push(object.finding(&format!("{}.type", place.path), Level::Error, "MissingField", message));
            }
        }
    }
    findings
}

/// What the schema takes and the operator cannot read, such as a number beyond all bounds.
fn unreadable(object: &Object<'_>) -> Option<Finding> {
    let error = match object.kind.as_str() {
        "Approval" => object.try_read::<Approval>().err(),
        "Observer" => object.try_read::<Observer>().err(),
        "Pipeline" => object.try_read::<Pipeline>().err(),
        "PipelineContext" => object.try_read::<PipelineContext>().err(),
        "PrAutomation" => object.try_read::<PrAutomation>().err(),
        "PrAutomationTrigger" => object.try_read::<PrAutomationTrigger>().err(),
        "ScmConnection" => object.try_read::<ScmConnection>().err(),
        "ServiceDeployment" => object.try_read::<ServiceDeployment>().err(),
        _ => None,
    }?;
    let message = format!("the operator cannot read it: {error}");
    Some(object.finding("spec", Level::Error, "InvalidValue", message))
}

/// Forges that are somewhere else for everybody.
fn address(object: &Object<'_>) -> Option<Finding> {
    let kind = object.document.find("spec.type").and_then(Node::text)?;
    let is_written = |path: &str| object.document.find(path).is_some_and(|node| !node.is_null());
    let needs = object.is("ScmConnection") && matches!(kind, "GITEA" | "FORGEJO");
    if !needs || is_written("spec.baseUrl") || is_written("spec.apiUrl") {
        return None;
    }
    let message =
        format!("spec is of type {kind} and needs the address of the server: write baseUrl: https://git.example.com");
    Some(object.finding("spec.type", Level::Error, "MissingField", message))
}

/// What is wrong with one object.
pub(super) fn check(object: &Object<'_>, schemas: &Schemas) -> Vec<Finding> {
    if !object.is_ours() {
        return foreign(object, schemas).into_iter().collect();
    }
    let Some(definition) = object.definition else {
        return vec![unknown(object, schemas)];
    };
    if object.version != VERSION {
        let message = format!(
            "apiVersion must be {}/{VERSION}: {} is not served",
            object.group, object.version
        );
        return vec![object.finding("apiVersion", Level::Error, "UnknownVersion", message)];
    }
    let mut findings: Vec<Finding> = name(object).into_iter().chain(namespace(object)).collect();
    findings.extend(
        schema::violations(definition, &object.document)
            .into_iter()
            .map(|violation| object.finding_at(violation.spot, Level::Error, violation.rule.name(), violation.message)),
    );
    findings.extend(blocks(object));
    findings.extend(address(object));
    if findings.is_empty() {
        findings.extend(unreadable(object));
    }
    findings
}

/// Objects that are listed twice. Those of others may be: a folder of kustomize has each again as a patch.
pub(super) fn twice(objects: &Objects<'_>) -> Vec<Finding> {
    let mut first: HashMap<_, &Object<'_>> = HashMap::new();
    let mut findings = Vec::new();
    for object in objects
        .all()
        .iter()
        .filter(|object| object.is_ours() && !object.name.is_empty())
    {
        let key = (&object.group, &object.kind, &object.namespace, &object.name);
        if let Some(other) = first.get(&key) {
            let message = format!(
                "{} is also in {}:{}: the later one takes the place of the earlier one; take one of them out",
                object.label(),
                other.file.name,
                other.document.spot.line
            );
            findings.push(object.finding("metadata.name", Level::Error, "DuplicateObject", message));
        } else {
            first.insert(key, object);
        }
    }
    findings
}

fn name(object: &Object<'_>) -> Option<Finding> {
    let name = object.name.as_str();
    let add = |path: &str, message: String| Some(object.finding(path, Level::Error, "InvalidName", message));
    if name.is_empty() {
        if object.document.find("metadata.generateName").is_some() {
            return None;
        }
        return add(
            "metadata",
            "metadata.name is missing: give the object a name".to_owned(),
        );
    }
    if name.len() <= LONGEST_NAME && name.split('.').all(is_label) {
        return None;
    }
    let message = format!("metadata.name is {name:?}: write lower-case letters, digits, `-` and `.`, as in shop-dev");
    add("metadata.name", message)
}

/// A namespace that no API server has.
fn namespace(object: &Object<'_>) -> Option<Finding> {
    let namespace = object.document.find("metadata.namespace").and_then(Node::text)?;
    if namespace.is_empty() || namespace.len() <= LONGEST_LABEL && is_label(namespace) {
        return None;
    }
    let message = format!("metadata.namespace is {namespace:?}: write lower-case letters, digits and `-`, as in infra");
    Some(object.finding("metadata.namespace", Level::Error, "InvalidName", message))
}

fn is_label(part: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !part.is_empty() && part.chars().all(inside) && !part.starts_with('-') && !part.ends_with('-')
}

/// A kind of Stagecoach's groups that Stagecoach does not serve.
fn unknown(object: &Object<'_>, schemas: &Schemas) -> Finding {
    let kind = object.kind.as_str();
    if schemas.inert(&object.group, kind).is_some() {
        let does = if kind == DeploymentSettings::kind(&()) {
            format!("of a {kind} only spec.managementRepo counts here")
        } else {
            format!("{kind} does nothing here")
        };
        let message =
            format!("{does}: the API server takes it when the optional kinds are installed (config/crds/optional)");
        return object.finding("kind", Level::Note, "InertKind", message);
    }
    if object.group == GROUP && NEIGHBOURS.contains(&kind) {
        let message =
            format!("{kind} does nothing here: the API server takes it where its own definition is installed");
        return object.finding("kind", Level::Note, "InertKind", message);
    }
    let known = schemas.kinds();
    let near = similar::get_close_matches(kind, &known, 1, NEAR);
    let advice = match near.first() {
        Some(near) => format!("is {near} meant?"),
        None => format!("Stagecoach has {}", known.join(", ")),
    };
    let message = format!("{} has no kind {kind}: {advice}", object.group);
    object.finding("kind", Level::Error, "UnknownKind", message)
}

/// A kind of Stagecoach's under another group is probably a slip.
fn foreign(object: &Object<'_>, schemas: &Schemas) -> Option<Finding> {
    let own = [
        "Pipeline",
        "PipelineContext",
        "PrAutomation",
        "PrAutomationTrigger",
        "ScmConnection",
        "ServiceDeployment",
    ];
    let definition = schemas
        .of_kind(&object.kind)
        .filter(|_| own.contains(&object.kind.as_str()))?;
    let message = format!(
        "{} of the group {} is not looked at: is {}/{VERSION} meant?",
        object.kind, object.group, definition.spec.group
    );
    // Tekton and others have pipelines too.
    let level = if object.group.contains("plural") {
        Level::Error
    } else {
        Level::Note
    };
    Some(object.finding("apiVersion", level, "OtherGroup", message))
}
