//! Documents taken for what they are: objects of Stagecoach, objects of others, which are known by name, or none. Pure.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::{Value, json};
use stagecoach_api::{GROUP, OWN_GROUP, VERSION};

use super::{
    files::File,
    finding::{Finding, Level},
};
use crate::{
    documents::{self, Content, Node, Spot, Unreadable},
    schema::{self, Schemas},
};

/// Kinds of Stagecoach that references name.
const OWN_KINDS: [&str; 6] = [
    "Cluster",
    "GitRepository",
    "Pipeline",
    "PrAutomation",
    "ScmConnection",
    "ServiceDeployment",
];

/// An object with its place.
pub(super) struct Object<'f> {
    pub(super) file: &'f File,
    pub(super) document: Node,
    /// Where it is of a kind that Stagecoach serves.
    pub(super) definition: Option<&'f CustomResourceDefinition>,
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    /// As written; or the one that everything without one is applied to, where that is known. None where the kind has none.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl Object<'_> {
    /// Whether it is of one of Stagecoach's groups.
    pub(super) fn is_ours(&self) -> bool {
        self.group == GROUP || self.group == OWN_GROUP
    }

    /// Whether it is of that kind, and can be read as such.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.is_ours() && self.kind == kind && self.version == VERSION
    }

    /// How messages name it.
    pub(super) fn label(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }

    /// Something to be said about what a path of the object names.
    pub(super) fn finding(&self, path: &str, level: Level, rule: &'static str, message: String) -> Finding {
        self.finding_at(self.document.spot_of(path), level, rule, message)
    }

    pub(super) fn finding_at(&self, spot: Spot, level: Level, rule: &'static str, message: String) -> Finding {
        Finding {
            file: self.file.name.clone(),
            spot,
            level,
            rule,
            object: Some(self.label()),
            message,
        }
    }

    /// The object as its type. None where it is no such object; what is wrong with it is said elsewhere.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        self.definition?;
        self.try_read().ok()
    }

    /// The object as its type, or why it cannot be read.
    pub(super) fn try_read<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        let taken = self
            .definition
            .map(|definition| schema::taken(definition, &self.document));
        let mut value = taken.unwrap_or_else(|| self.document.value());
        // What is wrong with its metadata is told as such.
        if let Value::Object(fields) = &mut value {
            let metadata = json!({ "name": self.name, "namespace": self.namespace });
            fields.insert("metadata".to_owned(), metadata);
        }
        serde_json::from_value(value)
    }
}

/// All objects, in the order of the files.
pub(super) struct Objects<'f>(Vec<Object<'f>>);

/// What becomes of documents.
struct Taken<'f, 's> {
    schemas: &'f Schemas,
    /// The namespace of what names none.
    namespace: Option<&'s str>,
    objects: Vec<Object<'f>>,
    findings: Vec<Finding>,
}

impl<'f> Objects<'f> {
    /// Takes the documents of files. What is no YAML is a finding; what is no manifest is skipped.
    pub(super) fn of(
        files: &'f [File],
        schemas: &'f Schemas,
        namespace: Option<&str>,
        skipped: &mut Vec<String>,
    ) -> (Self, Vec<Finding>) {
        let mut taken = Taken {
            schemas,
            namespace,
            objects: Vec::new(),
            findings: Vec::new(),
        };
        for file in files {
            let documents = documents::each(&file.text);
            let several = documents.len() > 1;
            for document in documents {
                match document {
                    Err(Unreadable { spot, message }) => taken.found(file, spot, "InvalidYaml", message),
                    Ok(document) => {
                        let line = document.spot.line;
                        if !taken.take(file, document) {
                            let place = if several { format!(":{line}") } else { String::new() };
                            skipped.push(format!("{}{place} is no manifest (no apiVersion and kind)", file.name));
                        }
                    }
                }
            }
        }
        (Self(taken.objects), taken.findings)
    }

    pub(super) fn all(&self) -> &[Object<'f>] {
        &self.0
    }

    /// Those of one of Stagecoach's kinds.
    pub(super) fn of_kind<'o>(&'o self, kind: &'o str) -> impl Iterator<Item = &'o Object<'f>> {
        self.0.iter().filter(move |object| object.is(kind))
    }

    /// The one of that name. An object without a namespace may be applied to any.
    pub(super) fn find(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<&Object<'f>> {
        let mut named = self.called(kind).filter(|object| object.name == name);
        named.find(move |object| match (object.namespace.as_deref(), namespace) {
            (Some(own), Some(wanted)) => own == wanted,
            _ => true,
        })
    }

    /// Those of a kind that references name. Others have kinds of the same names: Flux its repositories, Tekton its pipelines.
    pub(super) fn called<'o, 'k>(&'o self, kind: &'k str) -> impl Iterator<Item = &'o Object<'f>> + use<'o, 'k, 'f> {
        let foreign = !OWN_KINDS.contains(&kind);
        self.0
            .iter()
            .filter(move |object| object.kind == kind && (foreign || object.is_ours()))
    }
}

/// The name as written; a number is told elsewhere, and a name for people all the same.
fn name(document: &Node) -> String {
    match document.find("metadata.name").map(|node| &node.content) {
        Some(Content::Scalar(Value::String(text))) => text.clone(),
        Some(Content::Scalar(value)) if !value.is_null() => value.to_string(),
        _ => String::new(),
    }
}

impl<'f> Taken<'f, '_> {
    fn found(&mut self, file: &File, spot: Spot, rule: &'static str, message: String) {
        self.findings.push(Finding {
            file: file.name.clone(),
            spot,
            level: Level::Error,
            rule,
            object: None,
            message,
        });
    }

    /// Takes a document, or the items of a list. False where it is no manifest.
    fn take(&mut self, file: &'f File, document: Node) -> bool {
        let text = |path: &str| document.find(path).and_then(Node::text).map(str::to_owned);
        let (api_version, kind) = match (text("apiVersion"), text("kind")) {
            (Some(api_version), Some(kind)) => (api_version, kind),
            (Some(api_version), None) => return self.without_kind(file, &document, &api_version),
            (None, Some(kind)) => match self.schemas.of_kind(&kind) {
                Some(definition) if document.find("spec").is_some() => {
                    let api_version = format!("{}/{VERSION}", definition.spec.group);
                    let message =
                        format!("apiVersion is missing: write apiVersion: {api_version}, if this is a {kind} of it");
                    self.found(file, document.spot, "MissingField", message);
                    (api_version, kind)
                }
                _ => return false,
            },
            (None, None) => return false,
        };
        if api_version == "v1" && kind == "List" {
            for item in documents::without_lists(vec![document]) {
                self.take(file, item);
            }
            return true;
        }
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let definition = self.schemas.get(group, &kind);
        let scope = definition.or_else(|| self.schemas.inert(group, &kind));
        let namespace = || text("metadata.namespace").or_else(|| self.namespace.map(str::to_owned));
        let has_none = scope.is_some_and(|definition| definition.spec.scope == "Cluster");
        self.objects.push(Object {
            file,
            definition,
            group: group.to_owned(),
            version: version.to_owned(),
            kind,
            namespace: if has_none { None } else { namespace() },
            name: name(&document),
            document,
        });
        true
    }

    /// A document of one of our groups that does not say what it is.
    fn without_kind(&mut self, file: &File, document: &Node, api_version: &str) -> bool {
        let group = api_version.split_once('/').map(|(group, _)| group);
        let ours = group.is_some_and(|group| group == GROUP || group == OWN_GROUP);
        if ours {
            let message = "kind is missing: write what this is, as in kind: Pipeline".to_owned();
            self.found(file, document.spot_of("kind"), "MissingField", message);
        }
        ours
    }
}
