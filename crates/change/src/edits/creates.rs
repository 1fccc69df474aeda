//! `creates`: files made from templates that stand in the same repository, one by one or a folder at a time.
//!
//! What a template lays over the context stays for the templates behind it, as in the original; the other edits do not see it.

use serde_json::{Map, Value};

use super::Report;
use crate::automation::{CreateTemplate, Creates, ListMerge};
use crate::bexpr;
use crate::changeset::Edit;
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
        needs.folder(&step.source);
        // What is there already is read too: the same bytes are no change.
        needs.mirror(&step.source, &step.destination);
        if !step.destination.is_empty() {
            needs.file(step.destination);
        }
        needs.file(step.source);
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
        for (source, destination) in step.pairs(&name, files)? {
            let content = files.read(&name, &source)?;
            let made = rendered(&source, &content, &step.bindings)?;
            let changed = files.read(&name, &destination).ok().as_deref() != Some(made.as_slice());
            if changed {
                files.write(&destination, &made);
            }
            report.edits.push(Edit {
                field: name.clone(),
                path: destination,
                matches: 1,
                changed,
            });
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
        let source = confine(&field(index, ".source"), &render(".source", &template.source)?)?;
        let destination = render(".destination", &template.destination)?;
        let destination = match destination.as_str() {
            "." | "./" => String::new(),
            path => confine(&field(index, ".destination"), path)?,
        };
        Ok(Self {
            index,
            source,
            destination,
            bindings,
        })
    }

    /// What is made from what.
    fn pairs(&self, name: &str, files: &WorkingCopy<'_>) -> Result<Vec<(String, String)>, Error> {
        if files.exists(&self.source) && !self.destination.is_empty() {
            return Ok(vec![(self.source.clone(), self.destination.clone())]);
        }
        let folder = format!("{}/", self.source);
        let prefix = if self.destination.is_empty() {
            String::new()
        } else {
            format!("{}/", self.destination)
        };
        let pairs: Vec<_> = files
            .paths(name)?
            .into_iter()
            .filter_map(|path| Some((path.clone(), format!("{prefix}{}", path.strip_prefix(&folder)?))))
            .collect();
        if pairs.is_empty() {
            return Err(Error::FileMissing {
                field: field(self.index, ".source"),
                path: self.source.clone(),
            });
        }
        Ok(pairs)
    }
}

/// Renders a template file. One that is no text has no template in it and is copied.
fn rendered(path: &str, content: &[u8], bindings: &Bindings) -> Result<Vec<u8>, Error> {
    match std::str::from_utf8(content) {
        Ok(text) => Ok(template::render(path, text, bindings, Mode::Lenient)?.into_bytes()),
        Err(_) => Ok(content.to_vec()),
    }
}
