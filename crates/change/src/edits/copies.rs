//! `updates.copies`: files and folders of the same repository, as they are or as they are at another ref.
//!
//! What the stage before has goes to the next one. Files of the destination that the source does not have stay.

use super::Report;
use crate::automation::FileCopy;
use crate::elsewhere::Elsewhere;
use crate::error::Error;
use crate::files::{LARGEST_FILE, WorkingCopy, too_large};
use crate::needs::Needs;
use crate::path::confine;
use crate::prepared::Prepared;

/// Sources and destinations: each may be a file or a folder, which only the list of files tells.
pub(crate) fn needs(prepared: &Prepared<'_>, copies: &[FileCopy], needs: &mut Needs) -> Result<(), Error> {
    for (index, copy) in copies.iter().enumerate() {
        let copy = Rendered::new(prepared, index, copy)?;
        needs.file(copy.to.clone());
        let source = if let Some(at) = &copy.at {
            needs.folder(&copy.to);
            needs.elsewhere.entry(Elsewhere::Ref(at.clone())).or_default()
        } else {
            needs.mirror(&copy.from, &copy.to);
            &mut *needs
        };
        source.file(copy.from.clone());
        source.folder(&copy.from);
    }
    Ok(())
}

/// Copies in turn.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    copies: &[FileCopy],
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    for (index, copy) in copies.iter().enumerate() {
        let name = field(index, "");
        let copy = Rendered::new(prepared, index, copy)?;
        let there = copy.at.as_ref().map(|at| Elsewhere::Ref(at.clone()));
        let there = there.map(|at| files.elsewhere(&name, &at)).transpose()?;
        let found = there.as_ref().unwrap_or(files).below(&name, &copy.from)?;
        if found.is_empty() {
            return Err(copy.missing(index));
        }
        for (rest, source) in found {
            let sources = there.as_ref().unwrap_or(files);
            let (content, mode) = (sources.read(&name, &source)?.into_owned(), sources.mode(&source));
            let path = format!("{}{rest}", copy.to);
            if content.len() > LARGEST_FILE {
                return Err(too_large(&name, &path, "would become"));
            }
            report.put(files, &name, path, &content, mode);
        }
        report.found();
    }
    Ok(())
}

pub(crate) fn field(index: usize, part: &str) -> String {
    format!("spec.updates.copies[{index}]{part}")
}

/// What is wrong with the name of a ref.
pub(crate) fn check_ref(index: usize, at: &str) -> Result<(), Error> {
    let odd = at.is_empty()
        || at.len() > 255
        || at.starts_with(['-', '/'])
        || at.contains("..")
        || at.contains(|c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c));
    if odd {
        return Err(Error::Path {
            field: field(index, ".ref"),
            path: crate::error::shortened(at, 120),
            message: "is no name of a branch, a tag or a commit".to_owned(),
        });
    }
    Ok(())
}

struct Rendered {
    from: String,
    to: String,
    at: Option<String>,
}

impl Rendered {
    fn new(prepared: &Prepared<'_>, index: usize, copy: &FileCopy) -> Result<Self, Error> {
        let render = |part: &str, text: &str| {
            if copy.templated.unwrap_or(true) {
                prepared.render(&field(index, part), text)
            } else {
                Ok(text.to_owned())
            }
        };
        let path = |part: &str, text: &str| confine(&field(index, part), &render(part, text)?);
        let at = copy.at.as_deref().map(|at| render(".ref", at)).transpose()?;
        if let Some(at) = &at {
            check_ref(index, at)?;
        }
        let (from, to) = (path(".from", &copy.from)?, path(".to", &copy.to)?);
        if at.is_none() && (is_within(&to, &from) || is_within(&from, &to)) {
            return Err(Error::Path {
                field: field(index, ".to"),
                path: to,
                message: "is the source itself, in it or around it; copy to another place, or from another ref"
                    .to_owned(),
            });
        }
        Ok(Self { from, to, at })
    }

    fn missing(&self, index: usize) -> Error {
        let field = field(index, ".from");
        match &self.at {
            None => Error::FileMissing {
                field,
                path: self.from.clone(),
            },
            Some(at) => Error::File {
                field,
                path: self.from.clone(),
                message: format!("does not exist at {at:?}; correct the path, the ref or the context"),
            },
        }
    }
}

/// Whether a path is another one, or in it.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
