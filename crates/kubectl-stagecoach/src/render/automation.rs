//! The PrAutomation that the user names.

use std::path::Path;

use kube::CustomResourceExt as _;
use stagecoach_api::{GROUP, PrAutomation, VERSION};
use stagecoach_change::{self as change, validate};

use super::{
    Complaint, RenderError,
    input::{File, Objections, Source},
};
use crate::documents::Node;

/// A manifest of a PrAutomation. What is to be said of it is known; whether it can be used is not.
pub(super) struct Manifest {
    source: Source,
    read: Result<PrAutomation, serde_json::Error>,
    objections: Objections,
}

/// A PrAutomation that can be used.
pub(super) struct Automation {
    pub(super) name: String,
    pub(super) object: PrAutomation,
    pub(super) change: change::Automation,
    source: Source,
}

impl Manifest {
    /// Reads that of a name, or the only one, from a file.
    pub(super) fn read(path: &Path, name: Option<&str>) -> Result<Self, RenderError> {
        let file = File::read(path, "--automation")?;
        let automations: Vec<Node> = file.documents()?.into_iter().filter(is_automation).collect();
        let document = pick(automations, name, &file.name)?;
        let source = Source { file, document };
        let (read, objections) = source.object(PrAutomation::crd);
        Ok(Self {
            source,
            read,
            objections,
        })
    }

    /// What an API server would not like and a computation can do without. It often is why the rest is not complete.
    pub(super) fn notes(&self) -> &[String] {
        &self.objections.notes
    }

    /// The PrAutomation, where it can be used.
    pub(super) fn automation(self) -> Result<Automation, RenderError> {
        let Self {
            source,
            read,
            objections,
        } = self;
        let mut complaints: Vec<Complaint> = nameless(&source).into_iter().collect();
        complaints.extend(objections.complaints);
        if !complaints.is_empty() {
            return Err(RenderError::Bad(complaints));
        }
        let object = read.map_err(|error| unread(&source, &error))?;
        let automation = Automation {
            name: name_of(&source.document).unwrap_or_default().to_owned(),
            change: object.spec.to_change(),
            object,
            source,
        };
        let problems = validate(&automation.change);
        if problems.is_empty() {
            return Ok(automation);
        }
        // Where nothing else is asked for, this is why there are no edits.
        let unsupported = automation.object.spec.unsupported();
        let problems = unsupported.iter().chain(&problems);
        let complaints = problems.map(|problem| automation.complaint(problem));
        Err(RenderError::Bad(complaints.collect()))
    }
}

impl Automation {
    /// FILE:LINE of a field.
    pub(super) fn place(&self, path: &str) -> String {
        self.source.place(path)
    }

    /// An error of the computation, with its place where that is in the automation.
    pub(super) fn complaint(&self, error: &change::Error) -> Complaint {
        // Other errors are about files of the repository and name them.
        let own = error.field().starts_with("spec.");
        let place = own.then(|| self.source.place_of(error));
        Complaint {
            place,
            message: error.to_string(),
        }
    }
}

fn is_automation(document: &Node) -> bool {
    let text = |key| document.get(key).and_then(Node::text).unwrap_or_default();
    text("kind") == "PrAutomation" && text("apiVersion") == format!("{GROUP}/{VERSION}")
}

/// The name of an object, where it has one.
pub(super) fn name_of(document: &Node) -> Option<&str> {
    let name = document.get("metadata")?.get("name")?.text()?;
    Some(name).filter(|name| !name.is_empty())
}

/// Branch and body are made of the name. One that is no text is told with the other types.
fn nameless(source: &Source) -> Option<Complaint> {
    let document = &source.document;
    let written = document.find("metadata.name").filter(|name| !name.is_null());
    if name_of(document).is_some() || written.is_some_and(|name| name.text().is_none()) {
        return None;
    }
    let message = if document.find("metadata.generateName").is_some() {
        "metadata.name is missing: write one beside generateName, which only an API server makes a name of"
    } else {
        "metadata.name is missing: give the PrAutomation a name"
    };
    Some(Complaint {
        place: Some(source.place("metadata.name")),
        message: message.to_owned(),
    })
}

/// What the schema knows nothing of and the kind's own reading does.
fn unread(source: &Source, error: &serde_json::Error) -> RenderError {
    let mut rest = source.document.value();
    if let Some(rest) = rest.as_object_mut() {
        rest.remove("metadata");
        rest.remove("status");
    }
    let spec = &rest["spec"];
    let is_spec = serde_json::from_value::<stagecoach_api::PrAutomationSpec>(spec.clone()).is_err();
    let field = if is_spec { "spec" } else { "metadata" };
    RenderError::bad(source.place(field), format!("{field} cannot be read: {error}"))
}

fn pick(mut automations: Vec<Node>, name: Option<&str>, file: &str) -> Result<Node, RenderError> {
    let names: Vec<String> = automations
        .iter()
        .map(|found| name_of(found).unwrap_or("(no name)").to_owned())
        .collect();
    if automations.is_empty() {
        let message = format!("holds no PrAutomation of {GROUP}/{VERSION}");
        return Err(RenderError::bad(file.to_owned(), message));
    }
    let position = match name {
        Some(name) => automations.iter().position(|found| name_of(found) == Some(name)),
        None if automations.len() == 1 => Some(0),
        None => {
            let message = format!(
                "{file} holds {} PrAutomations: write --name with one of {}",
                names.len(),
                names.join(", ")
            );
            return Err(RenderError::Usage(message));
        }
    };
    position
        .map(|position| automations.swap_remove(position))
        .ok_or_else(|| {
            let message = format!(
                "{file} holds no PrAutomation {}: it holds {}",
                name.unwrap_or_default(),
                names.join(", ")
            );
            RenderError::Usage(message)
        })
}
