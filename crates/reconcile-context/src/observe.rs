//! Observe: all that one pass looks at, read once. Writes nothing.

mod live;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kube::ResourceExt as _;
use stagecoach_api::{Approval, Pipeline, PipelineContext};
use stagecoach_core::graph::Problem;
use stagecoach_core::input::{self, PullRequestSeen, StageObservation};
use stagecoach_core::status::{EdgeState, PullRequest, PullRequestState, RunStatus, StageRun, StageState};
use stagecoach_core::{ContextKey, Graph, RunInput};
use stagecoach_delivery::Followed;
use stagecoach_runtime::{Class, Classify, ObjectKey};
use stagecoach_scm::State;

use crate::memory::{Attempt, PipelineMemory};
use crate::{Context, values};

/// Annotation by which a person asks for failed stages to be tried again.
pub(crate) const RETRY: &str = "stagecoach.dev/retry";
/// Annotation by which a person ends a run.
pub(crate) const CANCEL: &str = "stagecoach.dev/cancel";
/// Annotation that says who asked for the run; an admission policy keeps it true.
const REQUESTED_BY: &str = "stagecoach.dev/requested-by";

/// What one pass looks at.
pub(crate) struct Observed {
    pub(crate) key: ObjectKey,
    pub(crate) pipeline: Option<Arc<Pipeline>>,
    pub(crate) graph: Result<Graph, Unusable>,
    /// The contexts that refer to the pipeline; `inputs` has the same order.
    pub(crate) contexts: Vec<Arc<PipelineContext>>,
    pub(crate) inputs: Vec<RunInput>,
    /// Calls that failed while looking, one for each stage that they hold up.
    pub(crate) failures: Vec<Failure>,
    /// When to look again because something is not watched.
    pub(crate) recheck_at: Option<Timestamp>,
}

/// Why a pipeline cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

/// A failed call that holds up one stage of one context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("context {}/{}, stage {stage}: {message}", context.namespace, context.name)]
pub(crate) struct Failure {
    pub(crate) context: ContextKey,
    pub(crate) stage: String,
    pub(crate) class: Class,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

impl Classify for Failure {
    fn class(&self) -> Class {
        self.class
    }

    fn reason(&self) -> &'static str {
        self.reason
    }
}

/// The pipeline that a context refers to.
pub(crate) fn pipeline_of(context: &PipelineContext) -> ObjectKey {
    let own = context.namespace().unwrap_or_default();
    let reference = &context.spec.pipeline_ref;
    ObjectKey::namespaced(reference.namespace_or(&own), reference.name())
}

/// The pipeline that an approval is about: always one of its own namespace.
pub(crate) fn pipeline_of_approval(approval: &Approval) -> ObjectKey {
    ObjectKey::namespaced(
        &approval.namespace().unwrap_or_default(),
        &approval.spec.pipeline_ref.name,
    )
}

/// True when a stage of the pipeline holds that ServiceDeployment.
pub(crate) fn refers_to_service(pipeline: &Pipeline, service: &ObjectKey) -> bool {
    let own = pipeline.namespace().unwrap_or_default();
    pipeline
        .spec
        .stages
        .iter()
        .flat_map(|stage| &stage.services)
        .any(|candidate| {
            let reference = &candidate.service_ref;
            reference.name() == service.name && Some(reference.namespace_or(&own)) == service.namespace.as_deref()
        })
}

/// True when a stage of the pipeline uses that PrAutomation.
pub(crate) fn refers_to_automation(pipeline: &Pipeline, automation: &str) -> bool {
    let criteria = pipeline
        .spec
        .stages
        .iter()
        .flat_map(|stage| &stage.services)
        .filter_map(|s| s.criteria.as_ref());
    criteria
        .filter_map(|c| c.pr_automation_ref.as_ref())
        .any(|reference| reference.name() == automation)
}

/// Looks at a pipeline and at every context that refers to it. `None` when there is neither.
pub(crate) async fn observe(
    context: &Context,
    key: &ObjectKey,
    memory: &mut PipelineMemory,
    now: Timestamp,
) -> Option<Observed> {
    let pipeline = context.caches.pipelines.find(key);
    let mut contexts = context
        .caches
        .contexts
        .filter(|candidate| pipeline_of(candidate) == *key);
    contexts.retain(|candidate| candidate.metadata.deletion_timestamp.is_none());
    if pipeline.is_none() && contexts.is_empty() {
        return None;
    }
    let graph = graph(context, key, pipeline.as_deref());
    let mut observed = Observed {
        key: key.clone(),
        pipeline,
        graph,
        contexts,
        inputs: Vec::new(),
        failures: Vec::new(),
        recheck_at: None,
    };
    let (Ok(graph), Some(pipeline)) = (observed.graph.clone(), observed.pipeline.clone()) else {
        return Some(observed);
    };
    let mut judge = services::Judge::new(context, &pipeline, memory, now);
    for object in &observed.contexts {
        let mut input = input(context, key, &pipeline, object);
        if let Some(run) = input.status.clone() {
            for stage in run.stages.iter().filter(|stage| graph.stage(&stage.name).is_some()) {
                let mut seen = StageObservation::default();
                observed
                    .failures
                    .extend(pull_requests(context, &input.context, stage, &mut seen));
                if needs_proof(&run, stage) {
                    let attempt = attempt(&input.context, &run, stage);
                    seen.services = judge.stage(&graph, object, &attempt, stage).await;
                }
                input.stages.insert(stage.name.clone(), seen);
            }
        }
        observed.inputs.push(input);
    }
    let judged = judge.finish();
    observed.recheck_at = judged.recheck_at;
    observed.failures.extend(judged.failures);
    Some(observed)
}

/// Names one attempt.
pub(crate) fn attempt(context: &ContextKey, run: &RunStatus, stage: &StageRun) -> Attempt {
    Attempt {
        context: context.clone(),
        run: run.number,
        stage: stage.name.clone(),
        attempt: stage.attempt,
    }
}

fn graph(context: &Context, key: &ObjectKey, pipeline: Option<&Pipeline>) -> Result<Graph, Unusable> {
    let Some(pipeline) = pipeline else {
        let message = format!("waits for Pipeline {key}, which does not exist: create it, or correct spec.pipelineRef");
        return Err(Unusable {
            reason: "PipelineNotFound",
            message,
        });
    };
    let input = pipeline.spec.to_core(
        &pipeline.namespace().unwrap_or_default(),
        &pipeline.name_any(),
        context.options.stability,
    );
    Graph::new(input).map_err(|problems| {
        let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let message = format!("waits for Pipeline {key} to be mended: {}", words.join("; "));
        Unusable {
            reason: problems.first().map_or("InvalidPipeline", Problem::reason),
            message,
        }
    })
}

/// What the object itself says.
fn input(context: &Context, key: &ObjectKey, pipeline: &Pipeline, object: &PipelineContext) -> RunInput {
    let own = ContextKey {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        uid: object.uid().unwrap_or_default(),
    };
    let fingerprint = values::fingerprint(key, &object.spec.context);
    let status = object.status.as_ref();
    let run = status.and_then(|status| status.run.clone());
    let wanted = run.as_ref().map_or(1, |run| run.number.saturating_add(1));
    let sequences = pipeline.status.iter().flat_map(|status| &status.sequences);
    let sequence = sequences
        .into_iter()
        .find(|entry| entry.uid == own.uid && entry.run == wanted)
        .map(|e| e.sequence);
    let annotation = |name: &str| object.annotations().get(name).cloned();
    let handled = |name: &str, handled: fn(&stagecoach_api::PipelineContextStatus) -> Option<&String>| {
        annotation(name).is_some_and(|token| Some(&token) != status.and_then(handled))
    };
    RunInput {
        fingerprint,
        values: values::short(&object.spec.context),
        sequence,
        suspend: object.spec.suspend,
        status: run,
        requested_by: annotation(REQUESTED_BY).filter(|user| !user.is_empty()),
        retry: handled(RETRY, |status| status.handled_retry.as_ref()),
        cancel: handled(CANCEL, |status| status.handled_cancel.as_ref()),
        approvals: approvals(context, key, object, &own),
        stages: BTreeMap::new(),
        context: own,
    }
}

/// The approvals that name this context and this pipeline. One without a UID counts only when it is younger than the
/// object, so that an object made anew under an old name does not inherit it.
fn approvals(context: &Context, key: &ObjectKey, object: &PipelineContext, own: &ContextKey) -> Vec<input::Approval> {
    let made = object.creation_timestamp().map(|time| time.0);
    let found = context.caches.approvals.filter(|approval| {
        let reference = &approval.spec.context_ref;
        let namespace = approval.namespace().unwrap_or_default();
        pipeline_of_approval(approval) == *key
            && reference.name == own.name
            && reference.namespace.as_deref().unwrap_or(&namespace) == own.namespace
            && match &reference.uid {
                Some(uid) => *uid == own.uid,
                None => approval.creation_timestamp().map(|time| time.0) >= made,
            }
    });
    found.iter().filter_map(|approval| approval.to_core()).collect()
}

/// What the poller knows of a stage's pull requests.
fn pull_requests(
    context: &Context,
    own: &ContextKey,
    stage: &StageRun,
    seen: &mut StageObservation,
) -> Option<Failure> {
    if stage.state.is_over() {
        return None;
    }
    let mut failure = None;
    for record in stage
        .pull_requests
        .iter()
        .filter(|record| record.state == PullRequestState::Open)
    {
        let Some(followed) = followed(record) else { continue };
        if let Some(found) = context.poller.seen(&followed.key, followed.number) {
            seen.pull_requests
                .insert(record.group.clone(), seen_state(&found.state));
        }
        if let Some(trouble) = context.poller.trouble(&followed.key) {
            failure = Some(Failure {
                context: own.clone(),
                stage: stage.name.clone(),
                class: trouble.class,
                reason: trouble.reason,
                message: trouble.message,
            });
        }
    }
    failure
}

/// A forge's state in the machine's words.
pub(crate) fn seen_state(state: &State) -> PullRequestSeen {
    match state {
        State::Open => PullRequestSeen::Open,
        State::Merged { commit, at } => PullRequestSeen::Merged {
            commit: commit.to_string(),
            at: *at,
        },
        State::Closed => PullRequestSeen::Closed,
    }
}

/// Tells the poller which pull requests this pipeline waits for.
pub(crate) fn follow(context: &Context, key: &ObjectKey, observed: &Observed) {
    let runs = observed.inputs.iter().filter_map(|input| input.status.as_ref());
    let stages = runs.flat_map(|run| &run.stages).filter(|stage| !stage.state.is_over());
    let open = stages
        .flat_map(|stage| &stage.pull_requests)
        .filter(|record| record.state == PullRequestState::Open);
    let wanted: BTreeSet<Followed> = open.filter_map(followed).collect();
    context.poller.follow(key, wanted);
}

fn followed(record: &PullRequest) -> Option<Followed> {
    Followed::recorded(
        &record.connection,
        &record.repository,
        record.number,
        record.commit_date,
    )
}

/// A stage is judged while it is verified, and after that as long as an edge out of it is not open.
fn needs_proof(run: &RunStatus, stage: &StageRun) -> bool {
    match stage.state {
        StageState::Verifying => true,
        StageState::Promoted => {
            !run.phase.is_over()
                && run
                    .edges
                    .iter()
                    .any(|edge| edge.from == stage.name && edge.state == EdgeState::Closed)
        }
        StageState::Waiting
        | StageState::Promoting
        | StageState::AwaitingMerge
        | StageState::Failed
        | StageState::Superseded
        | StageState::Overtaken
        | StageState::Cancelled => false,
    }
}
