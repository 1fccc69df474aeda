//! The head branch, as the operator names it. What it knows of a run is not known here, so the digits at the end are others;
//! they differ where pull requests would. Pure.

use sha2::{Digest as _, Sha256};

use super::{Job, RUN};

/// What makes up one pull request of a stage.
pub(super) struct Group<'g> {
    pub(super) connection: &'g str,
    pub(super) repository: &'g str,
    pub(super) base: &'g str,
    pub(super) title: &'g str,
    pub(super) message: &'g str,
}

/// Characters of names that stand in a branch.
const PIPELINE: usize = 30;
const STAGE: usize = 24;
const PREFIX: usize = 40;

/// `stagecoach/<pipeline>/<stage>/run-1-<digits>`; the automation takes the place of a pipeline that is not named.
pub(super) fn head(job: &Job<'_>, group: &Group<'_>) -> String {
    let arguments = job.arguments;
    let stage = arguments.stage.as_deref().unwrap_or_default();
    let pipeline = arguments.pipeline.as_ref().map(|pipeline| pipeline.name.as_str());
    let prefix = job.automation.object.spec.branch_prefix.as_deref();
    let prefix = prefix
        .map(|prefix| slug(prefix, PREFIX))
        .filter(|prefix| !prefix.is_empty());
    let first = prefix.unwrap_or_else(|| {
        let name = pipeline.unwrap_or(&job.automation.name);
        format!("stagecoach/{}", slug(name, PIPELINE))
    });
    let digits = digest(&[
        job.pipeline.as_deref().unwrap_or_default(),
        stage,
        group.connection,
        group.repository,
        group.base,
        group.title,
        group.message,
    ]);
    let stage = slug(stage, STAGE);
    let parts = [first, stage, format!("run-{RUN}-{digits}")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// Eight hexadecimal digits of a hash over parts that cannot run into one another.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..4])
}

/// What git accepts as part of a branch's name.
fn slug(text: &str, most: usize) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let slug: String = text.chars().map(|c| if kept(c) { c } else { '-' }).take(most).collect();
    slug.trim_matches('-').to_owned()
}
