//! `approve` and `reject`: makes an `Approval` in the user's own name for the gate that the run stands before. Whether
//! the user may is decided by the API server.

mod pick;

use std::collections::BTreeMap;

use kube::{ResourceExt as _, api::PostParams, core::ObjectMeta};
use stagecoach_api::{
    Approval, ApprovalSpec,
    approval::{ContextReference, EdgeReference, LocalPipeline},
};
use stagecoach_core::status::Verdict;
use stagecoach_runtime::ObjectKey;

pub(crate) use self::pick::{PickError, waiting};
use crate::{
    arguments::Decide,
    cluster::{Cluster, MANAGER},
    error::Error,
    output::Output,
    run_view::RunView,
    shape,
};

/// Says yes.
pub(crate) async fn approve(cluster: &Cluster, arguments: &Decide, output: &mut Output) -> Result<(), Error> {
    decide(cluster, arguments, Verdict::Approve, output).await
}

/// Says no.
pub(crate) async fn reject(cluster: &Cluster, arguments: &Decide, output: &mut Output) -> Result<(), Error> {
    decide(cluster, arguments, Verdict::Reject, output).await
}

async fn decide(cluster: &Cluster, arguments: &Decide, decision: Verdict, output: &mut Output) -> Result<(), Error> {
    let context = cluster.context(&arguments.context).await?;
    let key = shape::pipeline_of(&context);
    let pipeline = cluster.pipeline(&key).await?;
    // The context was found by this pipeline's name, so that its run is shown in it.
    let run = RunView::of(&context, &key).ok_or(Error::Incomplete("which pipeline the context belongs to"))?;
    let gate = pick::pick(
        &run,
        waiting(&pipeline, &run),
        arguments.gate.as_deref(),
        arguments.edge.as_ref(),
    )?;
    let user = cluster.whoami().await?;
    pick::admits(&gate, &context, &user, decision)?;
    let approval = Approval {
        metadata: ObjectMeta {
            generate_name: Some(format!("{}-", context.name_any())),
            namespace: key.namespace.clone(),
            ..ObjectMeta::default()
        },
        spec: ApprovalSpec {
            pipeline_ref: LocalPipeline { name: key.name.clone() },
            context_ref: ContextReference {
                name: context.name_any(),
                namespace: context.namespace(),
                uid: context.uid(),
            },
            run: run.run,
            edge: EdgeReference {
                from: gate.from.clone(),
                to: gate.to.clone(),
            },
            gate: gate.gate.clone(),
            user: user.clone(),
            decision,
            comment: arguments.comment.clone(),
            inputs: BTreeMap::new(),
        },
        status: None,
    };
    let made = create(cluster, &key, &approval).await?;
    let said = said(&gate, &key, &run, &made);
    output.made(arguments.output, &made, &said)
}

async fn create(cluster: &Cluster, pipeline: &ObjectKey, approval: &Approval) -> Result<Approval, Error> {
    let namespace = pipeline.namespace.as_deref().unwrap_or(&cluster.namespace);
    let parameters = PostParams {
        field_manager: Some(MANAGER.to_owned()),
        ..PostParams::default()
    };
    let made = cluster.namespaced(namespace).create(&parameters, approval).await;
    made.map_err(Error::on("create", format!("an Approval in namespace {namespace}")))
}

/// What was decided, in one sentence, and how to see what comes of it.
fn said(gate: &pick::Waiting, pipeline: &ObjectKey, run: &RunView, made: &Approval) -> String {
    let verb = match made.spec.decision {
        Verdict::Approve => "approved",
        Verdict::Reject => "rejected",
    };
    format!(
        "{} {verb} gate {} ({} -> {}) for {} in run {} of PipelineContext {}/{}\nfollow it: kubectl stagecoach tree {} -n {}",
        made.spec.user,
        gate.gate,
        gate.from,
        gate.to,
        run.values,
        run.run.unwrap_or_default(),
        run.namespace,
        run.context,
        pipeline.name,
        pipeline.namespace.as_deref().unwrap_or_default(),
    )
}
