//! A manifest that the user names, with the place of everything in it. Reads files and standard input.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use stagecoach_change as change;

use super::{Complaint, RenderError};
use crate::{
    documents::{self, Node},
    schema::{self, Rule, Violation},
};

/// The largest file that is read. Manifests are far smaller.
const LARGEST: u64 = 16 << 20;
/// What standard input is called in messages.
const STANDARD_INPUT: &str = "standard input";

/// A file as it was read.
pub(super) struct File {
    /// As messages name it.
    pub(super) name: String,
    pub(super) text: String,
}

impl File {
    /// Reads what an argument names; `-` is standard input.
    pub(super) fn read(path: &Path, argument: &str) -> Result<Self, RenderError> {
        let mut bytes = Vec::new();
        let (name, done) = if path.as_os_str() == "-" {
            let done = io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
            (STANDARD_INPUT.to_owned(), done)
        } else {
            let done = fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
            (path.display().to_string(), done)
        };
        done.map_err(|error| RenderError::Usage(format!("{argument} {name} cannot be read: {error}")))?;
        if bytes.len() as u64 > LARGEST {
            let message = format!("is larger than {} MiB, the most that is read", LARGEST >> 20);
            return Err(RenderError::bad(name, message));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { name, text }),
            Err(_) => Err(RenderError::bad(name, "is not UTF-8 text")),
        }
    }

    /// The documents of the file; a list is its items.
    pub(super) fn documents(&self) -> Result<Vec<Node>, RenderError> {
        let documents = documents::read(&self.text)
            .map_err(|found| RenderError::bad(format!("{}:{}", self.name, found.spot.line), found.message))?;
        Ok(documents::without_lists(documents))
    }
}

/// A document and the file that it is from.
pub(super) struct Source {
    pub(super) file: File,
    pub(super) document: Node,
}

impl Source {
    /// FILE:LINE of a path in the document.
    pub(super) fn place(&self, path: &str) -> String {
        self.line(self.document.spot_of(path).line)
    }

    /// FILE:LINE of what an error is about.
    pub(super) fn place_of(&self, error: &change::Error) -> String {
        match error {
            change::Error::Template { place, .. }
            | change::Error::Undefined { place, .. }
            | change::Error::Limit { place, .. } => {
                self.line(self.document.line_inside(&place.source, place.line, &self.file.text))
            }
            _ => self.place(error.field()),
        }
    }

    fn line(&self, line: usize) -> String {
        format!("{}:{line}", self.file.name)
    }

    /// The text of a field at the top.
    pub(super) fn text(&self, key: &str) -> &str {
        self.document.get(key).and_then(Node::text).unwrap_or_default()
    }

    /// The document as an object of its kind, and what the schema of the kind does not allow in it.
    pub(super) fn object<K>(
        &self,
        definition: impl FnOnce() -> CustomResourceDefinition,
    ) -> (Result<K, serde_json::Error>, Objections)
    where
        K: DeserializeOwned + Serialize,
    {
        let written = self.document.value();
        let read = K::deserialize(&written);
        // A schema takes longer to make than everything else that is done here, so it is made where there is something
        // to say.
        let is_whole = read.as_ref().is_ok_and(|read| is_whole(&written, read));
        let violations = if is_whole {
            Vec::new()
        } else {
            schema::violations(&definition(), &self.document)
        };
        (read, self.objections(violations))
    }

    fn objections(&self, violations: Vec<Violation>) -> Objections {
        let mut objections = Objections::default();
        for Violation { spot, rule, message } in violations {
            let place = self.line(spot.line);
            if rule == Rule::UnknownField {
                objections.notes.push(format!("{place}: {message}"));
            } else {
                let place = Some(place);
                objections.complaints.push(Complaint { place, message });
            }
        }
        objections
    }
}

/// What an API server would not like.
#[derive(Default)]
pub(super) struct Objections {
    /// What a computation can do without.
    pub(super) notes: Vec<String>,
    /// What it cannot use.
    pub(super) complaints: Vec<Complaint>,
}

/// Whether everything that is written was understood.
fn is_whole(written: &Value, read: &impl Serialize) -> bool {
    serde_json::to_value(read).is_ok_and(|read| is_kept(written, &read))
}

fn is_kept(written: &Value, read: &Value) -> bool {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => written.iter().all(|(key, value)| match read.get(key) {
            Some(read) => is_kept(value, read),
            None => is_nothing(value),
        }),
        (Value::Array(written), Value::Array(read)) => {
            written.len() == read.len() && written.iter().zip(read).all(|(written, read)| is_kept(written, read))
        }
        (written, read) => written == read,
    }
}

/// What is left out when it is written again.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
