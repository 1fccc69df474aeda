//! `creates`: files made from templates that stand in the same repository or in one of templates, one by one or a folder at a time.
//!
//! What a template lays over the context stays for the templates behind it, as in the original; the other edits do not see it.

use serde_json::{Map, Value};

use super::Report;
use crate::automation::{CreateTemplate, Creates, ListMerge};
use crate::bexpr;
use crate::elsewhere::Elsewhere;
use crate::error::Error;
use crate::files::WorkingCopy;
use crate::needs::Needs;
use crate::path::confine;
use crate::prepared::Prepared;
use crate::template::{self, Bindings, Mode};
use crate::yaml::merged;

/// The sources and destinations: each may be a file or a folder, which only the list of files tells.
pub(crate) fn needs(prepared: &Prepared<'_>, creates: &Creates, needs: &mut Needs) -> Result<(), Error> {
    for step in steps(prepared, creates)? {
        if !step.destination.is_empty() {
            needs.file(step.destination.clone());
        }
        let sources = if step.external {
            // What a folder there overwrites here is known once it is listed: only whether it exists is needed.
            needs.list();
            needs.elsewhere.entry(Elsewhere::Templates).or_default()
        } else {
            // What is there already is read too: the same bytes are no change.
            needs.mirror(&step.source, &step.destination);
            &mut *needs
        };
        sources.folder(&step.source);
        if !step.source.is_empty() {
            sources.file(step.source);
        }
    }
    Ok(())
}

/// Makes the files.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    creates: &Creates,
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    for step in steps(prepared, creates)? {
        let name = field(step.index, "");
        let elsewhere = step.external.then(|| files.elsewhere(&name, &Elsewhere::Templates));
        let elsewhere = elsewhere.transpose()?;
        for (source, destination) in step.pairs(&name, elsewhere.as_ref().unwrap_or(files))? {
            let sources = elsewhere.as_ref().unwrap_or(files);
            let made = rendered(&source, &sources.read(&name, &source)?, &step.bindings)?;
            let mode = sources.mode(&source);
            report.put(files, &name, destination, &made, mode);
        }
        report.found();
    }
    Ok(())
}

pub(crate) fn field(index: usize, part: &str) -> String {
    format!("spec.creates.templates[{index}]{part}")
}

/// A template whose condition holds.
struct Step {
    index: usize,
    /// Whether the source is in the repository of the templates.
    external: bool,
    /// The source; empty: all of the repository of the templates.
    source: String,
    /// The destination; empty: the root of the repository, for a folder.
    destination: String,
    bindings: Bindings,
}

fn steps(prepared: &Prepared<'_>, creates: &Creates) -> Result<Vec<Step>, Error> {
    let mut context = prepared.context().clone();
    let mut steps = Vec::new();
    for (index, template) in creates.templates.iter().enumerate() {
        let condition = template.condition.as_deref().unwrap_or_default();
        if bexpr::holds(&field(index, ".condition"), condition, &context)? {
            context = merged(&context, &laid_over(template), ListMerge::Overwrite);
            steps.push(Step::new(index, template, &context)?);
        }
    }
    Ok(steps)
}

fn laid_over(template: &CreateTemplate) -> Value {
    Value::Object(
        template
            .context
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Map<_, _>>(),
    )
}

impl Step {
    fn new(index: usize, template: &CreateTemplate, context: &Value) -> Result<Self, Error> {
        let bindings = Bindings::new(context)?;
        let render = |part: &str, source: &str| template::render(&field(index, part), source, &bindings, Mode::Lenient);
        let source = match render(".source", &template.source)?.as_str() {
            "" | "." | "./" if template.external => String::new(),
            path => confine(&field(index, ".source"), path)?,
        };
        let destination = render(".destination", &template.destination)?;
        let destination = match destination.as_str() {
            "." | "./" => String::new(),
            path => confine(&field(index, ".destination"), path)?,
        };
        Ok(Self {
            index,
            external: template.external,
            source,
            destination,
            bindings,
        })
    }

    /// What is made from what.
    fn pairs(&self, name: &str, files: &WorkingCopy<'_>) -> Result<Vec<(String, String)>, Error> {
        if !self.source.is_empty() && files.exists(&self.source) {
            if self.destination.is_empty() {
                return Err(Error::Path {
                    field: field(self.index, ".destination"),
                    path: ".".to_owned(),
                    message: "is the root of the repository, and the source is one file: name the file to make"
                        .to_owned(),
                });
            }
            return Ok(vec![(self.source.clone(), self.destination.clone())]);
        }
        let as_folder = |path: &str| match path {
            "" => String::new(),
            path => format!("{path}/"),
        };
        let (folder, prefix) = (as_folder(&self.source), as_folder(&self.destination));
        let pairs: Vec<_> = files
            .paths(name)?
            .into_iter()
            .filter_map(|path| Some((path.clone(), format!("{prefix}{}", path.strip_prefix(&folder)?))))
            .collect();
        if pairs.is_empty() {
            return Err(self.missing());
        }
        Ok(pairs)
    }

    fn missing(&self) -> Error {
        let (field, path) = (field(self.index, ".source"), self.source.clone());
        if self.external {
            let message = "does not exist in the repository of the templates; correct the path, or the folder or ref of spec.creates.git or spec.git";
            return Error::File {
                field,
                path,
                message: message.to_owned(),
            };
        }
        Error::FileMissing { field, path }
    }
}

/// Renders a template file. One that is no text has no template in it and is copied.
fn rendered(path: &str, content: &[u8], bindings: &Bindings) -> Result<Vec<u8>, Error> {
    match std::str::from_utf8(content) {
        Ok(text) => Ok(template::render(path, text, bindings, Mode::Lenient)?.into_bytes()),
        Err(_) => Ok(content.to_vec()),
    }
}
