//! `retry`, `cancel`, `poll`: what people ask of the operator, as annotations `stagecoach.dev/<verb>: <token>`. A token
//! that the operator has not carried out yet is an order; the time is a token that was never used before.

use kube::{
    Api, Resource,
    api::{Patch, PatchParams},
};
use serde::de::DeserializeOwned;
use serde_json::json;
use stagecoach_api::{Observer, PipelineContext};
use stagecoach_core::status::{RunStatus, StageState};
use stagecoach_runtime::ObjectKey;

use crate::{
    cluster::{self, Cluster, MANAGER},
    error::Error,
    output::Output,
    shape,
};

/// Asks for the failed stages of a run to be tried again.
pub(crate) async fn retry(cluster: &Cluster, name: &str, output: &mut Output) -> Result<(), Error> {
    let context = cluster.context(name).await?;
    let key = ObjectKey::of(&context);
    let failed = failed_stages(&key, current(&context, "retry", &key)?)?;
    order(
        cluster,
        &cluster.namespaced::<PipelineContext>(&cluster.namespace),
        &key,
        "retry",
    )
    .await?;
    output.result(&format!(
        "PipelineContext {key}: stage {failed} is tried again\n{}",
        follow(&context)
    ))
}

/// Ends a run.
pub(crate) async fn cancel(cluster: &Cluster, name: &str, output: &mut Output) -> Result<(), Error> {
    let context = cluster.context(name).await?;
    let key = ObjectKey::of(&context);
    let run = current(&context, "cancel", &key)?;
    if run.phase.is_over() {
        let why = format!("run {} of PipelineContext {key} is over: {:?}", run.number, run.phase);
        return Err(Error::Nothing { verb: "cancel", why });
    }
    order(
        cluster,
        &cluster.namespaced::<PipelineContext>(&cluster.namespace),
        &key,
        "cancel",
    )
    .await?;
    output.result(&format!(
        "PipelineContext {key}: run {} is ended; its pull requests stay as they are\n{}",
        run.number,
        follow(&context)
    ))
}

/// Lets an observer look now.
pub(crate) async fn poll(cluster: &Cluster, name: &str, output: &mut Output) -> Result<(), Error> {
    let key = ObjectKey::namespaced(&cluster.namespace, name);
    let api: Api<Observer> = cluster.namespaced(&cluster.namespace);
    cluster::get(&api, &key, "`kubectl get observers -A` shows those that there are").await?;
    order(cluster, &api, &key, "poll").await?;
    output.result(&format!(
        "Observer {key} looks now\nfollow it: kubectl get observer {name} -n {} -w",
        cluster.namespace
    ))
}

fn current<'a>(context: &'a PipelineContext, verb: &'static str, key: &ObjectKey) -> Result<&'a RunStatus, Error> {
    let run = context.status.as_ref().and_then(|status| status.run.as_ref());
    run.ok_or_else(|| Error::Nothing {
        verb,
        why: format!("PipelineContext {key} has no run yet"),
    })
}

/// The names of the failed stages; an error when there are none.
fn failed_stages(key: &ObjectKey, run: &RunStatus) -> Result<String, Error> {
    let failed = run.stages.iter().filter(|stage| stage.state == StageState::Failed);
    let names: Vec<&str> = failed.map(|stage| stage.name.as_str()).collect();
    if names.is_empty() {
        let why = format!(
            "no stage of run {} of PipelineContext {key} has failed; the run is {:?}: {}",
            run.number, run.phase, run.message
        );
        return Err(Error::Nothing { verb: "retry", why });
    }
    Ok(names.join(" and "))
}

/// Writes the annotation and nothing else. The object is not made anew when it is gone by now.
async fn order<K>(cluster: &Cluster, api: &Api<K>, key: &ObjectKey, verb: &'static str) -> Result<(), Error>
where
    K: Resource<DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let token = (cluster.clock)().to_string();
    let patch = json!({"metadata": {"annotations": {format!("stagecoach.dev/{verb}"): token}}});
    let parameters = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let what = format!("{} {key}", K::kind(&()));
    let written = api.patch(&key.name, &parameters, &Patch::Merge(patch)).await;
    written.map(drop).map_err(Error::on("annotate", what))
}

fn follow(context: &PipelineContext) -> String {
    let pipeline = shape::pipeline_of(context);
    format!(
        "follow it: kubectl stagecoach tree {} -n {}",
        pipeline.name,
        pipeline.namespace.unwrap_or_default()
    )
}
