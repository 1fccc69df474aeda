//! `spec.lua`: a script that makes more of an automation before anything else is done.
//!
//! The script sees `context` and an empty `prAutomation`. What it leaves in `prAutomation` (`updates`, `creates`, `deletes`,
//! `vendor`) is laid over the automation, lists appended; what it changes in `context` is laid over the context. It runs without
//! clock, randomness, network and environment, so the same input gives the same bytes; files are read through `fs`, and one that
//! is not known yet is asked for instead of being guessed. Called by `compute` and `needs` only.

mod merge;
mod modules;
mod sandbox;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::automation::{Automation, Lua};
use crate::error::Error;
use crate::files::Files;

pub(crate) use sandbox::check;

/// What the script came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The automation and the context to go on with.
    Done(Box<Automation>, Value),
    /// Files that it reads and that are not known yet: to be read, and the script run again. With none named, the list of the
    /// repository's files is what is missing.
    Wants(BTreeSet<String>),
}

/// Runs the automation's script for a context whose defaults are filled in.
pub(crate) fn run(automation: &Automation, lua: &Lua, context: &Value, files: &Files) -> Result<Outcome, Error> {
    if lua.external {
        return Err(Error::Unsupported {
            field: "spec.lua.external".to_owned(),
            message: "put the scripts into the repository that is changed, or into spec.lua.script".to_owned(),
        });
    }
    let source = match source(lua, files)? {
        Ok(source) => source,
        Err(wants) => return Ok(Outcome::Wants(wants)),
    };
    let made = match sandbox::run(&source, context, files)? {
        sandbox::Run::Done(made) => made,
        sandbox::Run::Wants(wants) => return Ok(Outcome::Wants(wants)),
    };
    let context = merge::changed(context, &made.context_before, &made.context);
    let automation = merge::automation(automation, &made.automation)?;
    Ok(Outcome::Done(Box::new(automation), context))
}

/// One script: the folder's in the order of their paths, then the inline one. Or the files that are to be read first.
fn source(lua: &Lua, files: &Files) -> Result<Result<String, BTreeSet<String>>, Error> {
    let mut parts = Vec::new();
    if let Some(folder) = lua.folder.as_deref() {
        const FIELD: &str = "spec.lua.folder";
        let folder = crate::path::confine(FIELD, folder)?;
        let Some(listing) = files.listing() else {
            return Ok(Err(BTreeSet::new()));
        };
        let scripts: Vec<&String> = listing.iter().filter(|path| is_script(path, &folder)).collect();
        if scripts.is_empty() {
            return Err(Error::FileMissing {
                field: FIELD.to_owned(),
                path: format!("{folder}/*.lua"),
            });
        }
        let unread = scripts.iter().filter(|path| files.get(path).is_none());
        let unread: BTreeSet<String> = unread.map(|path| (*path).clone()).collect();
        if !unread.is_empty() {
            return Ok(Err(unread));
        }
        for path in scripts {
            let bytes = files.get(path).map(AsRef::as_ref).unwrap_or_default();
            let text = std::str::from_utf8(bytes).map_err(|_| Error::File {
                field: FIELD.to_owned(),
                path: path.clone(),
                message: "is not UTF-8 text".to_owned(),
            })?;
            parts.push(text.to_owned());
        }
    }
    parts.extend(lua.script.clone());
    Ok(Ok(parts.join("\n")))
}

fn is_script(path: &str, folder: &str) -> bool {
    let inside = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    inside && Path::new(path).extension().is_some_and(|extension| extension == "lua")
}
