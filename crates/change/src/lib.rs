//! Change sets: (automation, context, files) to file changes.
//!
//! Pure: files come in, changes go out. Nothing here knows Kubernetes, a forge, the clock or the environment, and the same input
//! gives the same bytes, so that work repeated after a crash gives the same commit.
//!
//! 1. [`validate`] says whether an automation is usable at all.
//! 2. [`check_values`] holds a context against what the automation asks for, and fills in defaults.
//! 3. [`texts`] renders title, message and base branch: what decides who shares a pull request.
//! 4. [`needs`] names the files to read; the caller reads them at the base commit. Edits that search ask for the list of all files
//!    too: [`Needs::listing`], [`Needs::select`], [`Files::set_listing`]. Files of other places (another ref, the repository of the
//!    templates, a chart) are in [`Needs::elsewhere`]. Where [`Needs::is_scripted`], a script decides what more is
//!    read: the caller asks again with what it has, [`needs_of_script`], until no new file is named.
//! 5. [`compute`] gives the [`ChangeSet`].
//!
//! Called by `delivery` and the reconcilers, and by `kubectl stagecoach render`; the api crate converts a `PrAutomation` into an
//! [`Automation`].

mod address;
mod automation;
mod bexpr;
mod changeset;
mod compute;
mod configuration;
pub mod diff;
mod edits;
mod elsewhere;
mod error;
mod files;
mod glob;
mod hcl;
mod json;
mod lua;
mod needs;
mod path;
mod pattern;
mod prepared;
mod secrets;
mod template;
mod toml;
mod validate;
mod validation;
mod yaml;

#[cfg(test)]
mod tests;

pub use automation::{
    Automation, Condition, ConfigurationEntry, CreateTemplate, Creates, DataPatch, Deletes, FileCopy, HelmValues,
    KustomizeImage, ListMerge, Lua, MatchStrategy, NoMatch, Operation, PatchOp, RegexReplacement, Updates, Validation,
    ValueKind, Vendor, VendorHelm, YamlOverlay, YamlPatch,
};
pub use changeset::{Change, ChangeSet, Content, Edit, Mode, Op, Texts};
pub use compute::{compute, texts};
pub use configuration::{check_values, complete};
pub use elsewhere::{Chart, Elsewhere};
pub use error::{Error, Place};
pub use files::{Files, LARGEST_FILE};
pub use needs::{Needs, needs, needs_of_script};
pub use secrets::Secrets;
pub use validate::validate;

/// Renders a strict template with a context: for texts beside the edits, such as the version that a service is expected to run.
/// `name` is the field that holds the template, for the error.
pub fn render_strict(name: &str, template: &str, context: &serde_json::Value) -> Result<String, Error> {
    template::render(
        name,
        template,
        &template::Bindings::new(context)?,
        template::Mode::Strict,
    )
}
