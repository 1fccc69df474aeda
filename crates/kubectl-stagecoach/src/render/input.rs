//! What the user names: the PrAutomation and the values. Reads files and standard input, and knows the place of
//! everything that it has read.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use kube::CustomResourceExt as _;
use serde::Deserialize as _;
use serde_json::Value;
use stagecoach_api::{GROUP, PrAutomation, VERSION, common::Values};
use stagecoach_change::{self as change, validate};

use super::{Complaint, RenderError};
use crate::{
    documents::{self, Node},
    schema::{self, Rule},
};

/// The largest file that is read. Manifests are far smaller.
const LARGEST: u64 = 16 << 20;
/// What standard input is called in messages.
const STANDARD_INPUT: &str = "standard input";

/// A PrAutomation that can be used.
pub(super) struct Automation {
    pub(super) name: String,
    pub(super) object: PrAutomation,
    pub(super) change: change::Automation,
    /// What an API server would not like and a computation can do without.
    pub(super) notes: Vec<String>,
    source: Source,
}

/// Values.
pub(super) struct Context {
    /// Name of the object that carries them.
    pub(super) name: Option<String>,
    pub(super) values: Values,
    source: Source,
    /// Where in the document the values are.
    at: &'static str,
}

/// A document and the file that it is from.
struct Source {
    file: String,
    text: String,
    document: Node,
}

impl Source {
    /// FILE:LINE of a path in the document.
    fn place(&self, path: &str) -> String {
        format!("{}:{}", self.file, self.document.spot_of(path).line)
    }

    /// FILE:LINE of what an error is about.
    fn place_of(&self, error: &change::Error) -> String {
        match error {
            change::Error::Template { place, .. }
            | change::Error::Undefined { place, .. }
            | change::Error::Limit { place, .. } => {
                let line = self.document.line_inside(&place.source, place.line, &self.text);
                format!("{}:{line}", self.file)
            }
            _ => self.place(error.field()),
        }
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

impl Context {
    /// What is wrong with a value, with its place.
    pub(super) fn complaint(&self, error: &change::Error) -> Complaint {
        let path = format!("{}.{}", self.at, error.field());
        Complaint {
            place: Some(self.source.place(&path)),
            message: error.to_string(),
        }
    }
}

/// Reads the PrAutomation of that name, or the only one, from a file.
pub(super) fn automation(path: &Path, name: Option<&str>) -> Result<Automation, RenderError> {
    let (file, text) = read(path, "--automation")?;
    let documents = documents::read(&text)
        .map_err(|unreadable| RenderError::bad(format!("{file}:{}", unreadable.spot.line), unreadable.message))?;
    let automations: Vec<Node> = documents.into_iter().filter(is_automation).collect();
    let document = pick(automations, name, &file)?;
    let source = Source { file, text, document };
    let name = name_of(&source.document).unwrap_or_default().to_owned();
    let (object, notes) = object(&source)?;
    let change = object.spec.to_change();
    let automation = Automation {
        name,
        object,
        change,
        notes,
        source,
    };
    let problems = validate(&automation.change);
    if problems.is_empty() {
        return Ok(automation);
    }
    let complaints = problems.iter().map(|problem| automation.complaint(problem));
    Err(RenderError::Bad(complaints.collect()))
}

fn is_automation(document: &Node) -> bool {
    let text = |key| document.get(key).and_then(Node::text).unwrap_or_default();
    text("kind") == "PrAutomation" && text("apiVersion") == format!("{GROUP}/{VERSION}")
}

fn name_of(document: &Node) -> Option<&str> {
    document.get("metadata")?.get("name")?.text()
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

/// The object, and what an API server would not like and a computation can do without.
fn object(source: &Source) -> Result<(PrAutomation, Vec<String>), RenderError> {
    let written = source.document.value();
    let read = PrAutomation::deserialize(&written);
    // A schema takes longer to make than everything else that is done here, so it is made where there is something to say.
    if let Ok(object) = &read
        && is_whole(&written, object)
    {
        return Ok((object.clone(), Vec::new()));
    }
    let (wrong, notes) = complaints(source);
    if !wrong.is_empty() {
        return Err(RenderError::Bad(wrong));
    }
    let object = read.map_err(|error| RenderError::bad(source.place("spec"), error.to_string()))?;
    Ok((object, notes))
}

/// Whether everything that is written was understood.
fn is_whole(written: &Value, read: &PrAutomation) -> bool {
    let known = ["apiVersion", "kind", "metadata", "spec", "status"];
    let top = written
        .as_object()
        .is_some_and(|map| map.keys().all(|key| known.contains(&key.as_str())));
    top && serde_json::to_value(&read.spec).is_ok_and(|spec| is_kept(&written["spec"], &spec))
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

/// What the schema does not allow: what cannot be computed with, and what can.
fn complaints(source: &Source) -> (Vec<Complaint>, Vec<String>) {
    let violations = schema::violations(&PrAutomation::crd(), &source.document);
    let (unknown, wrong): (Vec<_>, Vec<_>) = violations
        .into_iter()
        .partition(|violation| violation.rule == Rule::UnknownField);
    let place = |line: usize| format!("{}:{line}", source.file);
    let wrong = wrong.into_iter().map(|violation| Complaint {
        place: Some(place(violation.spot.line)),
        message: violation.message,
    });
    let notes = unknown
        .into_iter()
        .map(|violation| format!("{}: {}", place(violation.spot.line), violation.message));
    (wrong.collect(), notes.collect())
}

/// The values behind `--context`: the JSON itself, or what a file holds.
pub(super) fn context(argument: &str) -> Result<Context, RenderError> {
    let (file, text) = if argument.trim_start().starts_with('{') {
        ("--context".to_owned(), argument.to_owned())
    } else {
        read(Path::new(argument), "--context")?
    };
    let unreadable =
        |found: documents::Unreadable| RenderError::bad(format!("{file}:{}", found.spot.line), found.message);
    let mut documents = documents::read(&text).map_err(unreadable)?;
    if documents.len() != 1 {
        let message = format!("holds {} documents: one with the values is needed", documents.len());
        return Err(RenderError::bad(file, message));
    }
    let source = Source {
        document: documents.remove(0),
        file,
        text,
    };
    let kind = source.document.get("kind").and_then(Node::text);
    let carries = matches!(kind, Some("PipelineContext" | "PrAutomationTrigger"));
    let is_object = carries
        && source
            .document
            .get("apiVersion")
            .and_then(Node::text)
            .is_some_and(|version| version.split('/').next() == Some(GROUP));
    let (at, name, node) = if is_object {
        let node = source.document.get("spec").and_then(|spec| spec.get("context"));
        let name = name_of(&source.document).filter(|_| kind == Some("PipelineContext"));
        ("spec.context", name.map(str::to_owned), node)
    } else {
        ("", None, Some(&source.document))
    };
    match node.map(Node::value) {
        Some(Value::Object(values)) => Ok(Context {
            name,
            values,
            source,
            at,
        }),
        None => Ok(Context {
            name,
            values: Values::new(),
            source,
            at,
        }),
        Some(_) => {
            let message = "the values must be a map of names and values, as in {\"version\": \"1.2.3\"}";
            Err(RenderError::bad(source.place(at), message))
        }
    }
}

/// The name of a file for messages, and its text.
fn read(path: &Path, argument: &str) -> Result<(String, String), RenderError> {
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
        Ok(text) => Ok((name, text)),
        Err(_) => Err(RenderError::bad(name, "is not UTF-8 text")),
    }
}
