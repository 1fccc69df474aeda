//! `overview`: what is where over all pipelines. Reads, then hands over to the pure parts: `model` says what is shown,
//! `table` how.

mod model;
mod table;

pub(crate) use self::model::activity;

use kube::{Api, core::DeserializeGuard};
use stagecoach_api::{Pipeline, PipelineContext};

use crate::{
    arguments::{Format, Overview},
    cluster::{self, Cluster},
    error::Error,
    output::Output,
};

pub(crate) async fn run(cluster: &Cluster, arguments: &Overview, output: &mut Output) -> Result<(), Error> {
    let everywhere = arguments.all_namespaces;
    let pipelines: Api<DeserializeGuard<Pipeline>> = if everywhere {
        cluster.all()
    } else {
        cluster.namespaced(&cluster.namespace)
    };
    let pipelines = cluster::list(pipelines).await?;
    let contexts = contexts(cluster, everywhere, output).await?;
    for name in pipelines.unreadable {
        output.note(format_args!(
            "Pipeline {name} is of a form that this version cannot read"
        ));
    }
    let places = model::build(&pipelines.items, &contexts);
    match arguments.output {
        Format::Json => output.json(&places),
        Format::Yaml => output.yaml(&places),
        Format::Table if places.is_empty() && everywhere => {
            output.note("there are no pipelines in this cluster");
            Ok(())
        }
        Format::Table if places.is_empty() => {
            output.note(format_args!(
                "there are no pipelines in namespace {}; -A looks in all of them",
                cluster.namespace
            ));
            Ok(())
        }
        Format::Table => {
            let text = table::render(&places, everywhere, (cluster.clock)());
            output.result(&text)
        }
    }
}

/// The contexts that may be on their way: of all namespaces, since a context need not stand beside its pipeline, or of
/// this one where the user may not see more.
pub(crate) async fn contexts(
    cluster: &Cluster,
    everywhere: bool,
    output: &mut Output,
) -> Result<Vec<PipelineContext>, Error> {
    let all: Api<DeserializeGuard<PipelineContext>> = cluster.all();
    let listed = match cluster::list(all).await {
        Err(error) if error.is_forbidden() && !everywhere => {
            cluster::list(cluster.namespaced(&cluster.namespace)).await?
        }
        other => other?,
    };
    for name in listed.unreadable {
        output.note(format_args!(
            "PipelineContext {name} is of a form that this version cannot read"
        ));
    }
    Ok(listed.items)
}
