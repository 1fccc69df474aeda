//! `render`: the pull request of a PrAutomation, computed from files on disk, so that a team tests its automations in its
//! own checks. Asks no cluster and no forge.
//!
//! `automation` and `context` read what the user names, `repository` and `elsewhere` read the files that the computation
//! needs, `pull_request` puts the parts together, and one file each writes a form of output.

mod automation;
mod body;
mod context;
mod diff;
mod elsewhere;
mod error;
mod files;
mod input;
mod json;
mod original;
mod pull_request;
mod repository;

use stagecoach_api::template_values::{self, Place};
use stagecoach_change::check_values;
use stagecoach_delivery as delivery;

pub(crate) use self::error::RenderError;
use self::{
    automation::{Automation, Manifest},
    context::Context,
    error::Complaint,
    pull_request::PullRequest,
    repository::Repository,
};
use crate::{
    arguments::{ChangeFormat, Render},
    error::Error,
    output::Output,
};

/// Namespace of a pipeline that is named without one.
const NAMESPACE: &str = "default";
/// There is no run; the names are those of the first one.
const RUN: i64 = 1;

/// What is rendered, and where it is to be used.
struct Job<'j> {
    automation: &'j Automation,
    values: serde_json::Value,
    /// Values as they were given, without defaults and without the key that is ours.
    given: &'j stagecoach_api::common::Values,
    arguments: &'j Render,
    /// `namespace/name` of the pipeline.
    pipeline: Option<String>,
}

pub(crate) fn run(arguments: &Render, namespace: Option<&str>, output: &mut Output) -> Result<(), Error> {
    check(arguments)?;
    let manifest = Manifest::read(&arguments.automation, arguments.name.as_deref())?;
    for note in manifest.notes() {
        output.note(note);
    }
    let automation = manifest.automation()?;
    refuse_patch_in_pipeline(&automation, arguments)?;
    if automation.change.patch {
        output.note("spec.patch is true: a PrAutomationTrigger gets this as a patch into its status, and no pull request is opened");
    }
    let context = Context::read(&arguments.context)?;
    for note in &context.notes {
        output.note(note);
    }
    let job = job(&automation, &context, arguments, namespace);
    if let Err(errors) = check_values(&automation.change.configuration, &job.values) {
        let complaints = errors.iter().map(|error| context.complaint(error));
        return Err(RenderError::Bad(complaints.collect()).into());
    }
    let repository = Repository::open("--repo", &arguments.repo)?;
    let pull_request = PullRequest::of(&job, &repository)?;
    match arguments.output {
        ChangeFormat::Json => output.json(&json::view(&pull_request))?,
        ChangeFormat::Diff => {
            told(&pull_request, output);
            let text = diff::text(&pull_request.changes, output.paint());
            output.raw(text.as_bytes())?;
        }
        ChangeFormat::Files => {
            told(&pull_request, output);
            match &arguments.into {
                Some(folder) => {
                    for line in files::write(&pull_request.changes, folder)? {
                        output.result(&line)?;
                    }
                }
                None => output.raw(&files::text(&pull_request.changes))?,
            }
        }
    }
    Ok(())
}

/// As a pipeline does: nothing would ever be merged.
fn refuse_patch_in_pipeline(automation: &Automation, arguments: &Render) -> Result<(), RenderError> {
    let placed = arguments.pipeline.is_some() || arguments.stage.is_some() || arguments.service.is_some();
    if automation.change.patch && placed {
        let error = delivery::Error::PatchOnly(automation.name.clone());
        return Err(RenderError::bad(automation.place("spec.patch"), error.to_string()));
    }
    Ok(())
}

fn check(arguments: &Render) -> Result<(), RenderError> {
    if arguments.into.is_some() && arguments.output != ChangeFormat::Files {
        let message = "--into takes files: write -o files with it, or leave it out";
        return Err(RenderError::Usage(message.to_owned()));
    }
    if arguments.automation.as_os_str() == "-" && arguments.context == "-" {
        let message = "--automation and --context cannot both be standard input: write one of them to a file";
        return Err(RenderError::Usage(message.to_owned()));
    }
    Ok(())
}

fn job<'j>(
    automation: &'j Automation,
    context: &'j Context,
    arguments: &'j Render,
    namespace: Option<&str>,
) -> Job<'j> {
    let Render {
        pipeline,
        stage,
        service,
        ..
    } = arguments;
    let own = service.as_ref().map(|service| service.namespace.as_str());
    let own = namespace.or(own).unwrap_or(NAMESPACE);
    let namespace = pipeline
        .as_ref()
        .map(|pipeline| pipeline.namespace.as_deref().unwrap_or(own));
    let place = Place {
        pipeline: pipeline.as_ref().map(|pipeline| pipeline.name.as_str()),
        namespace,
        context: context.name.as_deref(),
        stage: stage.as_deref(),
        service: service.as_ref(),
        run: RUN,
        ..Place::default()
    };
    let placed = pipeline.is_some() || stage.is_some() || service.is_some();
    // Outside of a pipeline, as those of a PrAutomationTrigger, values come as they are.
    let values = if placed {
        template_values::for_templates(context.values.clone(), &place)
    } else {
        serde_json::Value::Object(context.values.clone())
    };
    Job {
        automation,
        values,
        given: &context.values,
        arguments,
        pipeline: place
            .pipeline
            .zip(namespace)
            .map(|(name, namespace)| format!("{namespace}/{name}")),
    }
}

/// What a person should know beside the changes.
fn told(pull_request: &PullRequest, output: &mut Output) {
    for warning in &pull_request.warnings {
        output.warning(warning);
    }
    if pull_request.changes.is_empty() {
        output.note("everything is at its target already: there would be no pull request");
    }
}
