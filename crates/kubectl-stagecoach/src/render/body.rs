//! The text of the pull request, as far as it is known without a cluster. Pure.

use stagecoach_api::pr_automation::ConfigurationType;
use stagecoach_change::Secrets;
use stagecoach_delivery::{Body, FileText, shown};

use super::{Job, RUN, pull_request::FileChange};

/// Writes the body.
pub(super) fn body(job: &Job<'_>, message: &str, changes: &[FileChange], warnings: &[String]) -> String {
    let mut body = Body::new(message);
    about(job, &mut body);
    let files: Vec<FileText<'_>> = changes.iter().map(text).collect();
    let secrets = Secrets::of(&job.automation.change.configuration, &job.values);
    body.changes(&files, warnings, &secrets);
    if let Some(stage) = &job.arguments.stage {
        let next = format!(
            "Once this is merged, Stagecoach waits until the merge commit runs in **{stage}** and is healthy. \
             Closing this pull request without a merge ends the promotion."
        );
        body.section("What comes next", &next);
    }
    body.finish()
}

/// Where the change belongs, and the values.
fn about(job: &Job<'_>, body: &mut Body) {
    let arguments = job.arguments;
    if job.pipeline.is_none() && arguments.stage.is_none() {
        body.row("PrAutomation", &format!("`{}`", job.automation.name));
    }
    if let Some(pipeline) = &job.pipeline {
        let stage = arguments.stage.as_ref().map(|stage| format!(": **{stage}**"));
        body.row("Pipeline", &format!("`{pipeline}`{}", stage.unwrap_or_default()));
    }
    if let Some(stage) = &arguments.stage {
        body.row("Stage", &format!("**{stage}**"));
        body.row("Context", &format!("run {RUN}"));
    }
    let entries = job.automation.object.spec.configuration.iter();
    let hidden = entries.filter(|entry| entry.type_ == ConfigurationType::Password);
    let hidden: Vec<&str> = hidden.map(|entry| entry.name.as_str()).collect();
    body.values(&shown(job.given, &hidden));
    if let Some(service) = &arguments.service {
        body.row("Services", &service.to_string());
    }
}

fn text(change: &FileChange) -> FileText<'_> {
    let text = |bytes| str::from_utf8(bytes).ok();
    FileText {
        path: &change.path,
        op: change.op,
        before: change.before.as_deref().and_then(text),
        after: change.after.as_deref().and_then(text),
        mode: change.new_mode(),
    }
}
