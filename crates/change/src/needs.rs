//! What must be read before a change set can be computed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::automation::Automation;
use crate::compute::{helm, refuse_unsupported};
use crate::edits::{
    copies, creates, deletes, kustomize_images, patches, regex_replacements, regexes, vendor, yaml_overlays,
};
use crate::elsewhere::Elsewhere;
use crate::error::Error;
use crate::files::Files;
use crate::lua::{self, Outcome};
use crate::pattern::Pattern;
use crate::prepared::Prepared;
use crate::secrets::Secrets;

/// What a computation needs of the repository, at the commit that it is to be based on.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Files to read whole, each once, in the order of their paths. That one of them is missing is for the computation to judge.
    pub files: BTreeSet<String>,
    /// Whether the paths of all files are needed too: for [`Needs::select`], and for [`crate::Files::set_listing`].
    pub listing: bool,
    /// What is needed of other places; goes into [`crate::Files::insert_at`] and [`crate::Files::set_listing_at`].
    pub elsewhere: BTreeMap<Elsewhere, Self>,
    /// Whether a script decides what more is read, once these are known: see [`needs_of_script`].
    pub is_scripted: bool,
    patterns: Vec<Pattern>,
    /// Folders of which everything is read; an empty one is the root.
    folders: BTreeSet<String>,
    /// Folders whose files go elsewhere, and where: a folder with its slash, or nothing.
    mirrors: BTreeSet<(String, String)>,
}

impl Needs {
    /// Of all files, those that are to be read beside [`Needs::files`].
    pub fn select<'l>(&self, listing: impl IntoIterator<Item = &'l str>) -> Vec<&'l str> {
        let listing: Vec<&str> = listing.into_iter().collect();
        let mut overwritten = BTreeSet::new();
        for (from, to) in &self.mirrors {
            let below = |path: &&'l str| path.strip_prefix(from.as_str())?.strip_prefix('/');
            let inside = listing.iter().filter_map(below);
            overwritten.extend(inside.map(|rest| format!("{to}{rest}")));
        }
        let wanted = |path: &&'l str| {
            self.patterns.iter().any(|pattern| pattern.is_match(path))
                || self.folders.contains("")
                || path
                    .match_indices('/')
                    .any(|(slash, _)| self.folders.contains(&path[..slash]))
                || overwritten.contains(*path)
        };
        listing.iter().copied().filter(wanted).collect()
    }

    /// The list of all files.
    pub(crate) fn of_list() -> Self {
        Self {
            listing: true,
            ..Self::default()
        }
    }

    pub(crate) fn file(&mut self, path: String) {
        self.files.insert(path);
    }

    pub(crate) fn list(&mut self) {
        self.listing = true;
    }

    /// Everything in a folder, if the path is one; the empty path is the root.
    pub(crate) fn folder(&mut self, path: &str) {
        self.list();
        self.folders.insert(path.to_owned());
    }

    /// What a folder's files overwrite when they go to another folder, or to the root where that is empty.
    pub(crate) fn mirror(&mut self, from: &str, to: &str) {
        self.list();
        let to = if to.is_empty() { String::new() } else { format!("{to}/") };
        self.mirrors.insert((from.to_owned(), to));
    }

    pub(crate) fn matching(&mut self, patterns: Vec<Pattern>) {
        self.list();
        self.patterns.extend(patterns);
    }
}

/// What the computation for this context needs to read. Fails where the computation would fail whatever the files.
pub fn needs(automation: &Automation, context: &Value) -> Result<Needs, Error> {
    if automation.lua.is_some() {
        return Ok(Needs {
            is_scripted: true,
            ..Needs::of_list()
        });
    }
    let prepared = refuse_unsupported(automation).and_then(|()| Prepared::new(automation, context));
    let needs = prepared.and_then(|prepared| needed(automation, &prepared));
    Secrets::of(&automation.configuration, context).of_outcome(needs)
}

/// What an automation with a script needs beside `files`, which are those it named so far, with the list of all files. Call it
/// until it names no file that was not asked for before; [`compute`](crate::compute) can go on from there.
pub fn needs_of_script(automation: &Automation, context: &Value, files: &Files) -> Result<Needs, Error> {
    let Some(lua) = &automation.lua else {
        return needs(automation, context);
    };
    let outcome = Prepared::new(automation, context)
        .and_then(|given| lua::run(automation, lua, given.context(), files))
        .and_then(|outcome| match outcome {
            Outcome::Done(done) => needs(&done.automation, &done.context),
            Outcome::Wants(needs) => Ok(*needs),
        });
    let needs = Secrets::of(&automation.configuration, context).of_outcome(outcome)?;
    Ok(Needs {
        listing: true,
        is_scripted: true,
        ..needs
    })
}

fn needed(automation: &Automation, prepared: &Prepared<'_>) -> Result<Needs, Error> {
    let mut needs = Needs::default();
    if let Some(helm) = helm(automation) {
        vendor::needs(prepared, helm, &mut needs)?;
    }
    if let Some(creates) = &automation.creates {
        creates::needs(prepared, creates, &mut needs)?;
    }
    if let Some(updates) = &automation.updates {
        regex_replacements::needs(prepared, &updates.regex_replacements, &mut needs)?;
        yaml_overlays::needs(prepared, &updates.yaml_overlays, &mut needs)?;
        regexes::needs(prepared, updates, &mut needs)?;
        copies::needs(prepared, &updates.copies, &mut needs)?;
        patches::needs(prepared, &patches::before_images(updates), &mut needs)?;
        kustomize_images::needs(prepared, &updates.kustomize_images, &mut needs)?;
        patches::needs(prepared, &patches::behind_images(updates), &mut needs)?;
    }
    if let Some(deletes) = &automation.deletes {
        deletes::needs(prepared, deletes, &mut needs)?;
    }
    Ok(needs)
}
