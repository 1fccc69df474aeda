//! Documents taken for what they are: objects of Stagecoach, objects of others, which are known by name, or none. Pure.

use stagecoach_api::{GROUP, OWN_GROUP, VERSION};

use super::{
    files::File,
    finding::{Finding, Level},
};
use crate::documents::{self, Content, Node, Spot};

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
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    /// As written; or the one that everything without one is applied to, where that is known.
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
        serde_json::from_value(self.document.value()).ok()
    }
}

/// All objects, in the order of the files.
pub(super) struct Objects<'f>(Vec<Object<'f>>);

impl<'f> Objects<'f> {
    /// Takes the documents of files. What is no YAML is a finding; what is no manifest is skipped.
    pub(super) fn of(files: &'f [File], namespace: Option<&str>, skipped: &mut Vec<String>) -> (Self, Vec<Finding>) {
        let (mut objects, mut findings) = (Vec::new(), Vec::new());
        for file in files {
            match documents::read(&file.text) {
                Err(unreadable) => findings.push(Finding {
                    file: file.name.clone(),
                    spot: unreadable.spot,
                    level: Level::Error,
                    rule: "InvalidYaml",
                    object: None,
                    message: unreadable.message,
                }),
                Ok(documents) => {
                    let several = documents.len() > 1;
                    for document in documents {
                        let line = document.spot.line;
                        let place = if several {
                            format!("{}:{line}", file.name)
                        } else {
                            file.name.clone()
                        };
                        if !take(file, document, namespace, &mut objects) {
                            skipped.push(format!("{place} is no manifest (no apiVersion and kind)"));
                        }
                    }
                }
            }
        }
        (Self(objects), findings)
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

/// Takes a document, or the items of a list. False where it is no manifest.
fn take<'f>(file: &'f File, document: Node, namespace: Option<&str>, objects: &mut Vec<Object<'f>>) -> bool {
    let text = |path: &str| document.find(path).and_then(Node::text).map(str::to_owned);
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else {
        return false;
    };
    if api_version == "v1" && kind == "List" {
        let Content::Map(entries) = document.content else {
            return true;
        };
        for entry in entries.into_iter().filter(|entry| entry.key == "items") {
            if let Content::List(items) = entry.node.content {
                for item in items {
                    take(file, item, namespace, objects);
                }
            }
        }
        return true;
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    objects.push(Object {
        file,
        group: group.to_owned(),
        version: version.to_owned(),
        kind,
        namespace: text("metadata.namespace").or_else(|| namespace.map(str::to_owned)),
        name: text("metadata.name").unwrap_or_default(),
        document,
    });
    true
}
