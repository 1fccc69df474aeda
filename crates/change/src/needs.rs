//! What must be read before a change set can be computed.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::automation::Automation;
use crate::compute::refuse_unsupported;
use crate::edits::regex_replacements;
use crate::error::Error;
use crate::prepared::Prepared;

/// What a computation needs of the repository, at the commit that it is to be based on.
///
/// Files that are named exactly, so far. Edits that search (patterns, folders) and sources in other repositories get fields of
/// their own here, so that callers which do not know them do not compile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Files to read whole, each once, in the order of their paths. That one of them is missing is for the computation to judge.
    pub files: BTreeSet<String>,
}

impl Needs {
    pub(crate) fn file(&mut self, path: String) {
        self.files.insert(path);
    }
}

/// What the computation for this context needs to read. Fails where the computation would fail whatever the files.
pub fn needs(automation: &Automation, context: &Value) -> Result<Needs, Error> {
    refuse_unsupported(automation)?;
    let prepared = Prepared::new(automation, context)?;
    let mut needs = Needs::default();
    if let Some(updates) = &automation.updates {
        regex_replacements::needs(&prepared, &updates.regex_replacements, &mut needs)
            .map_err(|error| prepared.hide(error))?;
    }
    Ok(needs)
}
