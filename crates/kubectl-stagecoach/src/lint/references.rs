//! What objects say of other objects: is it there, among these manifests. Pure.

use super::{
    finding::{Finding, Level},
    object::{Object, Objects},
};
use crate::documents::Node;

/// How near a name must be to be offered in place of another one.
const NEAR: f32 = 0.75;

/// A field that names another object.
struct Reference {
    /// The kind that has the field.
    of: &'static str,
    /// The field; `[]` stands for every item.
    path: &'static str,
    /// The kind that is named.
    to: Target,
    /// Whether the field must be there.
    needed: bool,
}

enum Target {
    /// This kind, which has a namespace.
    Namespaced(&'static str),
    /// This kind, which has none.
    Cluster(&'static str),
    /// The kind that is written there, or a ServiceDeployment.
    Service,
}

const fn reference(of: &'static str, path: &'static str, to: Target, needed: bool) -> Reference {
    Reference { of, path, to, needed }
}

/// Kinds that stand beside what names them. Connections, repositories, clusters and workloads are commonly made elsewhere.
const BESIDE: [&str; 4] = ["Pipeline", "PipelineContext", "PrAutomation", "ServiceDeployment"];

const PIPELINE: Target = Target::Namespaced("Pipeline");
const CONTEXT: Target = Target::Namespaced("PipelineContext");
const AUTOMATION: Target = Target::Cluster("PrAutomation");
const CONNECTION: Target = Target::Cluster("ScmConnection");
const REPOSITORY: Target = Target::Cluster("GitRepository");
const CLUSTER: Target = Target::Namespaced("Cluster");

const REFERENCES: &[Reference] = &[
    reference("Pipeline", "spec.stages[].services[].serviceRef", Target::Service, true),
    reference(
        "Pipeline",
        "spec.stages[].services[].criteria.prAutomationRef",
        AUTOMATION,
        false,
    ),
    reference(
        "Pipeline",
        "spec.stages[].services[].criteria.serviceRef",
        Target::Service,
        false,
    ),
    reference(
        "Pipeline",
        "spec.stages[].services[].criteria.connectionRef",
        CONNECTION,
        false,
    ),
    reference("Pipeline", "spec.edges[].gates[].clusterRef", CLUSTER, false),
    reference("PipelineContext", "spec.pipelineRef", PIPELINE, true),
    reference("PrAutomation", "spec.scmConnectionRef", CONNECTION, true),
    reference("PrAutomation", "spec.repositoryRef", REPOSITORY, false),
    reference("PrAutomationTrigger", "spec.prAutomationRef", AUTOMATION, true),
    reference("Observer", "spec.target.git.gitRepositoryRef", REPOSITORY, false),
    reference(
        "Observer",
        "spec.actions[].configuration.pipeline.pipelineRef",
        PIPELINE,
        true,
    ),
    reference(
        "Observer",
        "spec.actions[].configuration.pr.prAutomationRef",
        AUTOMATION,
        false,
    ),
    reference("ServiceDeployment", "spec.repositoryRef", REPOSITORY, false),
    reference("ServiceDeployment", "spec.clusterRef", CLUSTER, false),
    reference("ServiceDeployment", "spec.helm.repositoryRef", REPOSITORY, false),
    reference("ServiceDeployment", "spec.sources[].repositoryRef", REPOSITORY, false),
    reference("GitRepository", "spec.connectionRef", CONNECTION, false),
    reference("Approval", "spec.pipelineRef", PIPELINE, true),
    reference("Approval", "spec.contextRef", CONTEXT, true),
];

/// What is wrong with the references of one object.
pub(super) fn check(object: &Object<'_>, objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for reference in REFERENCES.iter().filter(|reference| object.is(reference.of)) {
        for place in object.document.places(reference.path) {
            match place.node {
                Some(node) => findings.extend(named(object, objects, reference, &place.path, node)),
                None if reference.needed => {
                    let message = format!(
                        "{} is missing: write the name of {}, as in {}: {{name: example}}",
                        place.path,
                        a(reference.to.kind(None)),
                        reference.path.rsplit('.').next().unwrap_or_default()
                    );
                    findings.push(object.finding(&place.path, Level::Error, "MissingReference", message));
                }
                None => {}
            }
        }
    }
    findings
}

impl Target {
    fn kind<'k>(&'k self, written: Option<&'k str>) -> &'k str {
        match self {
            Self::Namespaced(kind) | Self::Cluster(kind) => kind,
            Self::Service => written.filter(|kind| !kind.is_empty()).unwrap_or("ServiceDeployment"),
        }
    }
}

fn a(kind: &str) -> String {
    let vowel = kind.starts_with(['A', 'E', 'I', 'O']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

/// A reference that is written.
fn named(
    object: &Object<'_>,
    objects: &Objects<'_>,
    reference: &Reference,
    path: &str,
    node: &Node,
) -> Option<Finding> {
    let text = |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    let kind = reference.to.kind(text("kind"));
    let Some(name) = text("name") else {
        // Some manifests write `{}` where nothing is meant.
        let message = format!("{path} needs a name: write the name of {}", a(kind));
        return reference
            .needed
            .then(|| object.finding(path, Level::Error, "MissingReference", message));
    };
    let namespace = match reference.to {
        Target::Cluster(_) => None,
        Target::Namespaced(_) | Target::Service => text("namespace").or(object.namespace.as_deref()),
    };
    if objects.find(kind, namespace, name).is_some() {
        return None;
    }
    let label = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
    let near = near(objects, kind, name);
    let (hint, level) = match near {
        Some(near) => (format!("is {} meant?", near.label()), Level::Warning),
        None if BESIDE.contains(&kind) => {
            let hint = "add it, or see that it is in the cluster already (--warnings-ok, where only a part is checked)";
            (hint.to_owned(), Level::Warning)
        }
        None => ("it must be in the cluster already".to_owned(), Level::Note),
    };
    let message = format!("{path} names {kind} {label}, which is not among these manifests: {hint}");
    Some(object.finding(path, level, "UnresolvedReference", message))
}

/// An object that may be meant: of that name elsewhere, or of a name that is nearly that.
fn near<'o, 'f>(objects: &'o Objects<'f>, kind: &str, name: &str) -> Option<&'o Object<'f>> {
    let of_kind: Vec<&Object<'_>> = objects.called(kind).collect();
    let names: Vec<&str> = of_kind.iter().map(|object| object.name.as_str()).collect();
    let near = *similar::get_close_matches(name, &names, 1, NEAR).first()?;
    of_kind.into_iter().find(|object| object.name == near)
}
