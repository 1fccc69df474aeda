//! One pass over a pipeline: observe, decide, act, status; again until nothing is left to do now.

use jiff::Timestamp;
use stagecoach_core::status::StageState;
use stagecoach_core::{Decision, decide, settle};
use stagecoach_runtime::{Class, KubeError, Next, ObjectKey};

use crate::memory::{Attempt, PipelineMemory};
use crate::observe::Failure;
use crate::{Context, act, events, observe, status};

/// Rounds in one go. A promotion needs three at a time; more means that two of our own rules disagree, and a pause
/// keeps that from becoming a busy loop.
const ROUNDS: usize = 12;

/// Brings every run of the pipeline as far as it goes now.
pub(crate) async fn reconcile(context: &Context, key: &ObjectKey) -> Next {
    let mut memory = context.memory.take(key);
    let next = rounds(context, key, &mut memory).await;
    context.memory.put(key, memory);
    next
}

async fn rounds(context: &Context, key: &ObjectKey, memory: &mut PipelineMemory) -> Next {
    for _ in 0..ROUNDS {
        match round(context, key, memory).await {
            Ok(Round::Again) => {}
            Ok(Round::Rest(next)) => return next,
            Err(error) => return context.runtime.failed("PipelineContext", key, &error),
        }
    }
    Next::After(std::time::Duration::from_secs(1))
}

enum Round {
    /// Something was written; what it allows can be done at once.
    Again,
    /// Nothing is left to do before this.
    Rest(Next),
}

async fn round(context: &Context, key: &ObjectKey, memory: &mut PipelineMemory) -> Result<Round, KubeError> {
    let now = context.runtime.now();
    let Some(observed) = observe::observe(context, key, memory, now).await else {
        return Ok(Round::Rest(Next::Done));
    };
    let graph = match &observed.graph {
        Ok(graph) => graph,
        Err(problem) => {
            let written = status::write_unusable(context, &observed, problem, now).await?;
            events::unusable(context, &observed, problem, &written).await;
            return Ok(Round::Rest(Next::Done));
        }
    };
    let mut decision = decide(graph, &observed.inputs, now);
    // Nothing else in this round: what begins with a number is known only when the number is written.
    if act::sequences(context, &observed, graph, &decision.actions, now).await? {
        return Ok(Round::Again);
    }
    let scene = act::Scene {
        context,
        observed: &observed,
        graph,
        runs: &decision.runs,
        now,
    };
    let acted = act::act(&scene, &decision.actions, memory).await;
    settle(graph, &observed.inputs, &mut decision, &acted.outcomes, now);
    memory.keep_prepared(|attempt| is_promoting(&decision, attempt));
    let written = status::write(context, &observed, graph, &decision, &acted.failures, now).await?;
    events::publish(context, &observed, &decision, &acted.failures, &written.contexts).await;
    if !written.is_empty() {
        return Ok(Round::Again);
    }
    observe::follow(context, key, &observed);
    let failures = observed.failures.iter().chain(&acted.failures);
    Ok(Round::Rest(
        match (failures.reduce(sooner), decision.recheck_at, observed.recheck_at) {
            (Some(failure), ..) => context.runtime.failed("PipelineContext", key, failure),
            (None, Some(a), Some(b)) => Next::At(a.min(b)),
            (None, Some(at), None) | (None, None, Some(at)) => Next::At(at),
            (None, None, None) => Next::Done,
        },
    ))
}

/// Change sets are kept between intent and effect, no longer.
fn is_promoting(decision: &Decision, attempt: &Attempt) -> bool {
    let stages = decision
        .runs
        .get(&attempt.context)
        .map(|run| run.stages.as_slice())
        .unwrap_or_default();
    stages
        .iter()
        .any(|stage| stage.name == attempt.stage && stage.state == StageState::Promoting)
}

/// Of two failures the one that is worth trying again first.
fn sooner<'a>(a: &'a Failure, b: &'a Failure) -> &'a Failure {
    let rank = |class| match class {
        Class::Retry => (0, Timestamp::MIN),
        Class::Wait(at) => (1, at),
        Class::Stalled => (2, Timestamp::MIN),
    };
    if rank(b.class) < rank(a.class) { b } else { a }
}
