//! The kinds of edit, one file each, and what they report.
//!
//! Every kind has two halves: what it needs to read, and how it changes the working copy. They run in the order of the
//! contract; `compute` and `needs` are that order.

pub(crate) mod copies;
pub(crate) mod creates;
pub(crate) mod deletes;
pub(crate) mod kustomize_images;
pub(crate) mod patches;
pub(crate) mod regex_replacements;
pub(crate) mod regexes;
pub(crate) mod vendor;
pub(crate) mod yaml_overlays;

use crate::automation::{NoMatch, PatchOp};
use crate::changeset::{Edit, Mode};
use crate::error::{Error, shortened};
use crate::files::WorkingCopy;
use crate::pattern::Pattern;

/// How much of an expression is shown where several are listed.
const SHOWN: usize = 60;
/// How many missed expressions an error lists.
const LISTED: usize = 3;

/// What the edits of one automation found.
pub(crate) struct Report {
    no_match: NoMatch,
    pub(crate) edits: Vec<Edit>,
    pub(crate) warnings: Vec<String>,
    /// Expressions that were meant to match and did not.
    missed: Vec<String>,
    /// Whether an address is among them.
    addressed: bool,
    /// Whether any edit found its place.
    matched: bool,
}

impl Report {
    pub(crate) fn new(no_match: NoMatch) -> Self {
        Self {
            no_match,
            edits: Vec::new(),
            warnings: Vec::new(),
            missed: Vec::new(),
            addressed: false,
            matched: false,
        }
    }

    /// The error for a file that was made where a folder has to be, or the other way round.
    pub(crate) fn collision(&self, path: &str, other: &str) -> Error {
        let edit = self.edits.iter().rev().find(|edit| edit.path == path);
        Error::Path {
            field: edit.map_or_else(|| "spec".to_owned(), |edit| edit.field.clone()),
            path: path.to_owned(),
            message: format!(
                "cannot be made beside {other:?}: a path is a file or a folder; correct one, or delete it"
            ),
        }
    }

    /// An edit found its place.
    pub(crate) fn found(&mut self) {
        self.matched = true;
    }

    /// An expression that was meant to match did not match in `place`.
    pub(crate) fn missed(&mut self, field: &str, pattern: &Pattern, place: &str) -> Result<(), Error> {
        if pattern.is_never() {
            return Ok(());
        }
        match self.no_match {
            NoMatch::Ignore => return Ok(()),
            NoMatch::Fail => {
                return Err(Error::NoMatch {
                    field: field.to_owned(),
                    pattern: shortened(pattern.source(), 200),
                    place: place.to_owned(),
                });
            }
            NoMatch::Warn => {}
        }
        let missed = format!("`{}` in {place}", shortened(pattern.source(), SHOWN));
        self.warn(
            field,
            &format!("the regular expression {missed} matches nothing, so nothing changes there"),
        );
        self.missed.push(missed);
        Ok(())
    }

    /// There is nothing at an address. What was to go and is not there is no reason to fail, as it has gone.
    pub(crate) fn nothing_there(
        &mut self,
        field: &str,
        address: &str,
        path: &str,
        what: &str,
        op: PatchOp,
    ) -> Result<(), Error> {
        match self.no_match {
            NoMatch::Ignore => return Ok(()),
            NoMatch::Fail => {
                return Err(Error::NothingThere {
                    field: field.to_owned(),
                    address: shortened(address, 200),
                    path: path.to_owned(),
                    message: what.to_owned(),
                });
            }
            NoMatch::Warn => {}
        }
        let missed = format!("`{}` in {path:?}", shortened(address, SHOWN));
        self.warn(
            field,
            &format!("there is nothing at {missed} ({what}), so nothing changes there"),
        );
        if op != PatchOp::Delete {
            self.missed.push(missed);
            self.addressed = true;
        }
        Ok(())
    }

    /// Puts a whole file into the working copy, with the mode of its source. The same bytes and the same mode are no change.
    pub(crate) fn put(
        &mut self,
        files: &mut WorkingCopy<'_>,
        field: &str,
        path: String,
        content: &[u8],
        mode: Option<Mode>,
    ) {
        let other_mode = mode.is_some_and(|mode| files.mode(&path).is_some_and(|now| now != mode));
        let changed = other_mode || files.read(field, &path).ok().as_deref() != Some(content);
        if changed {
            files.put(&path, content, mode);
        }
        self.edits.push(Edit {
            field: field.to_owned(),
            path,
            matches: 1,
            changed,
        });
    }

    pub(crate) fn warn(&mut self, field: &str, message: &str) {
        self.warnings.push(format!("{field}: {message}"));
    }

    /// Nothing matched although something was meant to: "promoted" would be untrue.
    pub(crate) fn verdict(&self) -> Result<(), Error> {
        if self.matched || self.missed.is_empty() {
            return Ok(());
        }
        let mut edits: Vec<String> = self.missed.iter().take(LISTED).cloned().collect();
        if self.missed.len() > LISTED {
            edits.push(format!("and {} more", self.missed.len() - LISTED));
        }
        Err(Error::NothingMatched {
            what: if self.addressed {
                "edits finds its place"
            } else {
                "regular expressions matches anything"
            },
            edits: edits.join(", "),
        })
    }
}
