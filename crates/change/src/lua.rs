//! `spec.lua`: a script that makes more of an automation before anything else is done.
//!
//! The script sees `context` and an empty `prAutomation`. What it leaves in `prAutomation` (`updates`, `creates`, `deletes`,
//! `vendor`) is laid over the automation, lists appended; what it changes in `context` is laid over the context. It runs without
//! clock, randomness, network and environment, so the same input gives the same bytes; files are read through `fs`, and one that
//! is not known yet is asked for instead of being guessed. Called by `compute` and `needs` only.

mod convert;
mod merge;
mod modules;
mod sandbox;
mod schema;
mod work;

#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::Value;

use crate::automation::{Automation, Lua};
use crate::elsewhere::Elsewhere;
use crate::error::Error;
use crate::files::Files;
use crate::needs::Needs;

pub(crate) use sandbox::check;

/// What the script came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// What to go on with.
    Done(Box<Done>),
    /// What it asks for is not known yet: to be read, and the script run again.
    Wants(Box<Needs>),
}

/// What a script made.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) automation: Automation,
    pub(crate) context: Value,
    /// What of it is left out.
    pub(crate) warnings: Vec<String>,
}

/// Runs the automation's script for a context whose defaults are filled in.
pub(crate) fn run(automation: &Automation, lua: &Lua, context: &Value, files: &Files) -> Result<Outcome, Error> {
    let parts = match parts(lua, files)? {
        Ok(parts) => parts,
        Err(wants) => return Ok(Outcome::Wants(Box::new(wants))),
    };
    let texts: Vec<&str> = parts.iter().map(|part| part.text).collect();
    let made = match sandbox::run(&texts.join("\n"), context, files).map_err(|error| placed(error, &parts))? {
        sandbox::Run::Done(made) => made,
        sandbox::Run::Wants(files) => {
            // With no file named it is the list of them, which a script always has the right to.
            let mut needs = Needs::of_list();
            needs.files = files;
            return Ok(Outcome::Wants(Box::new(needs)));
        }
    };
    if !made.context.is_object() {
        let message = "context is no table with names in it any more".to_owned();
        return Err(Error::Script { message });
    }
    let context = merge::changed(context, &made.context_before, &made.context);
    let (automation, warnings) = merge::automation(automation, &made.automation)?;
    Ok(Outcome::Done(Box::new(Done {
        automation,
        context,
        warnings,
    })))
}

/// A part of the script.
struct Part<'l> {
    /// The file; none: it stands in the automation.
    path: Option<&'l str>,
    text: &'l str,
}

/// An error with the file in which its line is, and the line's number there.
fn placed(error: Error, parts: &[Part<'_>]) -> Error {
    let Error::Script { message } = &error else {
        return error;
    };
    let place = message.strip_prefix("script:").and_then(|rest| rest.split_once(':'));
    let Some((Ok(mut line), rest)) = place.map(|(line, rest)| (line.parse::<usize>(), rest)) else {
        return error;
    };
    for Part { path, text } in parts {
        let lines = text.matches('\n').count() + 1;
        if line <= lines {
            let message = format!("{}:{line}:{rest}", path.unwrap_or("script"));
            return Error::Script { message };
        }
        line -= lines;
    }
    error
}

/// One script: the folder's in the order of their paths, then the inline one. Or the files that are to be read first.
fn parts<'l>(lua: &'l Lua, files: &'l Files) -> Result<Result<Vec<Part<'l>>, Needs>, Error> {
    let mut parts = Vec::new();
    if let Some(folder) = lua.folder.as_deref() {
        const FIELD: &str = "spec.lua.folder";
        let folder = crate::path::confine(FIELD, folder)?;
        let place = lua.external.then_some(Elsewhere::Templates);
        let files = match &place {
            Some(place) => files.elsewhere(place),
            None => Some(files),
        };
        let Some((files, listing)) = files.and_then(|files| Some((files, files.listing()?))) else {
            return Ok(Err(wanted(place, Needs::of_list())));
        };
        let scripts: Vec<&String> = listing.iter().filter(|path| is_script(path, &folder)).collect();
        if scripts.is_empty() {
            let place = match place {
                Some(_) => "the repository of the templates",
                None => "the base branch",
            };
            return Err(Error::Path {
                field: FIELD.to_owned(),
                path: folder,
                message: format!("has no script (*.lua) in it, or does not exist in {place}"),
            });
        }
        let unread = scripts.iter().filter(|path| files.get(path).is_none());
        let unread: Vec<String> = unread.map(|path| (*path).clone()).collect();
        if !unread.is_empty() {
            let mut needs = Needs::of_list();
            needs.files.extend(unread);
            return Ok(Err(wanted(place, needs)));
        }
        for path in scripts {
            let bytes = files.get(path).map(AsRef::as_ref).unwrap_or_default();
            let text = std::str::from_utf8(bytes).map_err(|_| Error::File {
                field: FIELD.to_owned(),
                path: path.clone(),
                message: "is not UTF-8 text".to_owned(),
            })?;
            let path = Some(path.as_str());
            parts.push(Part { path, text });
        }
    }
    parts.extend(lua.script.as_deref().map(|text| Part { path: None, text }));
    Ok(Ok(parts))
}

/// What is needed of a place; without one, of the repository itself.
fn wanted(place: Option<Elsewhere>, needs: Needs) -> Needs {
    let Some(place) = place else {
        return needs;
    };
    let mut outer = Needs::default();
    outer.elsewhere.insert(place, needs);
    outer
}

fn is_script(path: &str, folder: &str) -> bool {
    let inside = path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    inside && Path::new(path).extension().is_some_and(|extension| extension == "lua")
}
