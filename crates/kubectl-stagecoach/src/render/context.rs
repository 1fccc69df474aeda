//! The values that the user names: as they are, or in an object that carries them.

use std::path::Path;

use kube::CustomResourceExt as _;
use serde_json::Value;
use stagecoach_api::{GROUP, OWN_GROUP, PipelineContext, PrAutomationTrigger, common::Values};
use stagecoach_change as change;

use super::{
    Complaint, RenderError,
    automation::name_of,
    input::{File, Source},
};
use crate::documents::Node;

/// Values.
pub(super) struct Context {
    /// Name of the object that carries them.
    pub(super) name: Option<String>,
    pub(super) values: Values,
    /// What an API server would not like in that object.
    pub(super) notes: Vec<String>,
    source: Source,
    /// Where in the document the values are.
    at: &'static str,
}

impl Context {
    /// Reads what stands behind `--context`: the JSON itself, or what a file holds.
    pub(super) fn read(argument: &str) -> Result<Self, RenderError> {
        let file = if argument.trim_start().starts_with('{') {
            File {
                name: "--context".to_owned(),
                text: argument.to_owned(),
            }
        } else {
            File::read(Path::new(argument), "--context")?
        };
        let mut documents = file.documents()?;
        if documents.len() != 1 {
            let message = format!("holds {} documents: one with the values is needed", documents.len());
            return Err(RenderError::bad(file.name, message));
        }
        let document = documents.remove(0);
        let source = Source { file, document };
        let Some(kind) = object(&source) else {
            return Self::of(source, "", None, Vec::new());
        };
        let (is_named, notes) = match kind {
            "PipelineContext" => (true, source.object::<PipelineContext>(PipelineContext::crd).1.notes),
            "PrAutomationTrigger" => {
                let (_, objections) = source.object::<PrAutomationTrigger>(PrAutomationTrigger::crd);
                (false, objections.notes)
            }
            other => {
                let message = format!(
                    "{other} carries no values: give a PipelineContext, a PrAutomationTrigger, or a map of names and values, as in \
                     {{\"version\": \"1.2.3\"}}"
                );
                return Err(RenderError::bad(source.place("kind"), message));
            }
        };
        let name = name_of(&source.document).filter(|_| is_named).map(str::to_owned);
        Self::of(source, "spec.context", name, notes)
    }

    fn of(source: Source, at: &'static str, name: Option<String>, notes: Vec<String>) -> Result<Self, RenderError> {
        let values = match source.document.find(at).map(Node::value) {
            Some(Value::Object(values)) => values,
            None => Values::new(),
            Some(_) => {
                let message = "the values must be a map of names and values, as in {\"version\": \"1.2.3\"}";
                return Err(RenderError::bad(source.place(at), message));
            }
        };
        Ok(Self {
            name,
            values,
            notes,
            source,
            at,
        })
    }

    /// What is wrong with a value, with its place.
    pub(super) fn complaint(&self, error: &change::Error) -> Complaint {
        let path = format!("{}.{}", self.at, error.field());
        Complaint {
            place: Some(self.source.place(&path)),
            message: error.to_string(),
        }
    }
}

/// The kind, where it is an object of Stagecoach's and no map of values with such names.
fn object(source: &Source) -> Option<&str> {
    let group = source.text("apiVersion").split('/').next();
    let is_ours = group == Some(GROUP) || group == Some(OWN_GROUP);
    Some(source.text("kind")).filter(|kind| is_ours && !kind.is_empty())
}
