//! What must be read before a change set can be computed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::automation::Automation;
use crate::compute::refuse_unsupported;
use crate::edits::{creates, deletes, regex_replacements, regexes, yaml_overlays};
use crate::error::Error;
use crate::pattern::Pattern;
use crate::prepared::Prepared;

/// What a computation needs of the repository, at the commit that it is to be based on.
///
/// Sources in other repositories get a field of their own here, when templates can come from there.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Files to read whole, each once, in the order of their paths. That one of them is missing is for the computation to judge.
    pub files: BTreeSet<String>,
    /// Whether the paths of all files are needed too: for [`Needs::select`], and for [`crate::Files::set_listing`].
    pub listing: bool,
    patterns: Vec<Pattern>,
}

impl Needs {
    /// Of all files, those that are to be read beside [`Needs::files`].
    pub fn select<'l>(&self, listing: impl IntoIterator<Item = &'l str>) -> Vec<&'l str> {
        let wanted = |path: &&str| self.patterns.iter().any(|pattern| pattern.is_match(path));
        listing.into_iter().filter(wanted).collect()
    }

    pub(crate) fn file(&mut self, path: String) {
        self.files.insert(path);
    }

    pub(crate) fn list(&mut self) {
        self.listing = true;
    }

    pub(crate) fn matching(&mut self, patterns: Vec<Pattern>) {
        self.list();
        self.patterns.extend(patterns);
    }
}

/// What the computation for this context needs to read. Fails where the computation would fail whatever the files.
pub fn needs(automation: &Automation, context: &Value) -> Result<Needs, Error> {
    refuse_unsupported(automation)?;
    let prepared = Prepared::new(automation, context)?;
    needed(automation, &prepared).map_err(|error| prepared.hide(error))
}

fn needed(automation: &Automation, prepared: &Prepared<'_>) -> Result<Needs, Error> {
    let mut needs = Needs::default();
    if let Some(creates) = &automation.creates {
        creates::needs(prepared, creates, &mut needs)?;
    }
    if let Some(updates) = &automation.updates {
        regex_replacements::needs(prepared, &updates.regex_replacements, &mut needs)?;
        yaml_overlays::needs(prepared, &updates.yaml_overlays, &mut needs)?;
        regexes::needs(prepared, updates, &mut needs)?;
    }
    if let Some(deletes) = &automation.deletes {
        deletes::needs(prepared, deletes, &mut needs)?;
    }
    Ok(needs)
}
