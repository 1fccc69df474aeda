//! `promote`: checks the values against every PrAutomation of the pipeline, and makes a `PipelineContext` in the user's
//! own name.

use std::collections::BTreeMap;

use kube::{api::PostParams, core::ObjectMeta};
use serde_json::{Map, Value};
use stagecoach_api::{Pipeline, PipelineContext, PipelineContextSpec, PrAutomation, common::ObjectReference};
use stagecoach_runtime::ObjectKey;

use crate::{
    arguments::Promote,
    cluster::{Cluster, MANAGER},
    error::Error,
    follow,
    output::Output,
    run_view,
    shape::{self, REQUESTED_BY},
    values::{self, ValueError},
};

pub(crate) async fn run(cluster: &Cluster, arguments: Promote, output: &mut Output) -> Result<(), Error> {
    let given = arguments.values.as_deref().map(text_of).transpose()?;
    let given = given.map_or_else(|| Ok(Map::new()), |text| values::object(&text))?;
    let key = ObjectKey::namespaced(&cluster.namespace, &arguments.pipeline);
    let pipeline = cluster.pipeline(&key).await?;
    let automations = automations(cluster, &pipeline, output).await?;
    let values = values::merge(given, &arguments.pairs, &automations)?;
    values::check(&values, &automations)?;
    let user = cluster.whoami().await?;
    let context = context(&key, arguments.name, values, user);
    let made = create(cluster, &context).await?;
    if let Some(held_up) = held_up(&pipeline) {
        output.note(held_up);
    }
    output.made(arguments.output, &made, &said(&key, &made))?;
    if arguments.wait {
        let made_key = ObjectKey::of(&made);
        let api = cluster.namespaced(&cluster.namespace);
        follow::until_over(api, &made_key, arguments.timeout, output).await?;
    }
    Ok(())
}

/// What `--values` holds: the text itself, or that of a file.
fn text_of(argument: &str) -> Result<String, ValueError> {
    let Some(path) = argument.strip_prefix('@') else {
        return Ok(argument.to_owned());
    };
    std::fs::read_to_string(path)
        .map_err(|error| ValueError::NoObject(format!("names {path}, which cannot be read ({error})")))
}

/// The PrAutomations that the run will meet. One that the user may not read is left to the operator, which checks too.
async fn automations(cluster: &Cluster, pipeline: &Pipeline, output: &mut Output) -> Result<Vec<PrAutomation>, Error> {
    let mut found = Vec::new();
    let api = cluster.all::<PrAutomation>();
    for (name, stages) in shape::automations(&pipeline.spec) {
        match api.get_opt(name).await {
            Ok(Some(automation)) => found.push(automation),
            Ok(None) => {
                return Err(Error::Missing {
                    what: format!("PrAutomation {name}"),
                    hint: format!(
                        "Pipeline {} names it in stage {}; apply it first, or correct the name there",
                        ObjectKey::of(pipeline),
                        stages.join(" and ")
                    ),
                });
            }
            Err(kube::Error::Api(status)) if status.is_forbidden() => {
                output.note(format_args!(
                    "you may not read PrAutomation {name}, so the values are not checked against it here"
                ));
            }
            Err(error) => return Err(Error::on("read", format!("PrAutomation {name}"))(error)),
        }
    }
    Ok(found)
}

fn context(pipeline: &ObjectKey, name: Option<String>, values: Map<String, Value>, user: String) -> PipelineContext {
    let namespace = pipeline.namespace.clone().unwrap_or_default();
    PipelineContext {
        metadata: ObjectMeta {
            generate_name: name.is_none().then(|| format!("{}-", pipeline.name)),
            name,
            namespace: pipeline.namespace.clone(),
            annotations: Some(BTreeMap::from([(REQUESTED_BY.to_owned(), user)])),
            ..ObjectMeta::default()
        },
        spec: PipelineContextSpec {
            pipeline_ref: ObjectReference::to(&namespace, &pipeline.name),
            context: values,
            ..PipelineContextSpec::default()
        },
        status: None,
    }
}

async fn create(cluster: &Cluster, context: &PipelineContext) -> Result<PipelineContext, Error> {
    let parameters = PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    };
    let made = cluster
        .namespaced(&cluster.namespace)
        .create(&parameters, context)
        .await;
    let what = match &context.metadata.name {
        Some(name) => format!("PipelineContext {}/{name}", cluster.namespace),
        None => format!("a PipelineContext in namespace {}", cluster.namespace),
    };
    made.map_err(Error::on("create", what))
}

/// Why the run will not begin at once, where the pipeline says so.
fn held_up(pipeline: &Pipeline) -> Option<String> {
    let key = ObjectKey::of(pipeline);
    if pipeline.spec.suspend {
        return Some(format!(
            "Pipeline {key} is suspended: the run begins once spec.suspend is false"
        ));
    }
    let conditions = pipeline
        .status
        .as_ref()
        .map(|status| status.conditions.as_slice())
        .unwrap_or_default();
    let stalled = conditions
        .iter()
        .find(|condition| condition.type_ == "Stalled" && condition.status == "True")?;
    Some(format!(
        "Pipeline {key} cannot be used, so that the run waits: {}",
        stalled.message
    ))
}

/// What was made, in one sentence, and how to see what comes of it.
fn said(pipeline: &ObjectKey, made: &PipelineContext) -> String {
    format!(
        "PipelineContext {} sends {} through Pipeline {pipeline}\nfollow it: kubectl stagecoach tree {} -n {}",
        ObjectKey::of(made),
        run_view::short(&made.spec.context),
        pipeline.name,
        pipeline.namespace.as_deref().unwrap_or_default(),
    )
}
