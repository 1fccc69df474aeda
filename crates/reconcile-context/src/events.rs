//! Events: one for each transition that was written, in plain words. Publishes only; `transitions` is pure.

use kube::Resource as _;
use stagecoach_api::PipelineContext;
use stagecoach_core::Decision;
use stagecoach_core::status::{GateState, PullRequestState, RunPhase, RunStatus, StageRun, StageState};

use crate::Context;
use crate::observe::{Failure, Observed, Unusable};

/// An event to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) warning: bool,
    pub(crate) reason: &'static str,
    pub(crate) text: String,
}

impl Note {
    fn normal(reason: &'static str, text: String) -> Self {
        Self {
            warning: false,
            reason,
            text,
        }
    }

    fn warning(reason: &'static str, text: String) -> Self {
        Self {
            warning: true,
            reason,
            text,
        }
    }
}

/// Publishes what changed for the contexts whose status was written.
pub(crate) async fn publish(
    context: &Context,
    observed: &Observed,
    decision: &Decision,
    failures: &[Failure],
    written: &[usize],
) {
    for &position in written {
        let (Some(object), Some(input)) = (observed.contexts.get(position), observed.inputs.get(position)) else {
            continue;
        };
        let Some(run) = decision.runs.get(&input.context) else {
            continue;
        };
        let mut notes = transitions(input.status.as_ref(), run, &input.values);
        let held = failures
            .iter()
            .chain(&observed.failures)
            .filter(|failure| failure.context == input.context);
        notes.extend(held.map(|f| Note::warning(f.reason, format!("stage {}: {}", f.stage, f.message))));
        send(context, object, notes).await;
    }
}

/// Publishes that a pipeline cannot be used, on the contexts that were told so.
pub(crate) async fn unusable(context: &Context, observed: &Observed, problem: &Unusable, written: &[usize]) {
    for &position in written {
        if let Some(object) = observed.contexts.get(position) {
            send(
                context,
                object,
                vec![Note::warning(problem.reason, problem.message.clone())],
            )
            .await;
        }
    }
}

async fn send(context: &Context, object: &PipelineContext, notes: Vec<Note>) {
    let reference = object.object_ref(&());
    for note in notes {
        if note.warning {
            context
                .runtime
                .events
                .warning(&reference, note.reason, &note.text)
                .await;
        } else {
            context.runtime.events.normal(&reference, note.reason, &note.text).await;
        }
    }
}

/// What happened between two looks at a run.
pub(crate) fn transitions(before: Option<&RunStatus>, after: &RunStatus, values: &str) -> Vec<Note> {
    let mut notes = Vec::new();
    let before = before.filter(|before| before.number == after.number);
    if before.is_none() {
        notes.push(Note::normal(
            "RunStarted",
            format!("run {} carries {values}", after.number),
        ));
    }
    for stage in &after.stages {
        let known = before.and_then(|run| run.stages.iter().find(|known| known.name == stage.name));
        for record in &stage.pull_requests {
            let then = known.and_then(|known| known.pull_requests.iter().find(|then| then.branch == record.branch));
            let then = then.map_or(PullRequestState::Intended, |then| then.state);
            if then != record.state {
                notes.extend(pull_request(&stage.name, record));
            }
        }
        let was = known.map(|known| (known.state, known.attempt));
        if was != Some((stage.state, stage.attempt)) && !is_let_go_with_another(before, after, stage) {
            notes.extend(stage_state(stage));
        }
    }
    for edge in &after.edges {
        let known = before.and_then(|run| run.edges.iter().find(|k| k.from == edge.from && k.to == edge.to));
        for gate in &edge.gates {
            let then = known.and_then(|known| known.gates.iter().find(|then| then.name == gate.name));
            if then.map(|then| then.state) != Some(gate.state) {
                notes.push(gate_state(&edge.from, &edge.to, gate));
            }
        }
    }
    if after.phase == RunPhase::Succeeded && before.is_none_or(|before| before.phase != RunPhase::Succeeded) {
        notes.push(Note::normal(
            "Succeeded",
            format!("{values} is promoted in every stage"),
        ));
    }
    notes
}

/// True for a stage run that had not begun and ends for the reason of another one: that one's event tells it all.
fn is_let_go_with_another(before: Option<&RunStatus>, after: &RunStatus, stage: &StageRun) -> bool {
    let had_begun = |stage: &StageRun| {
        let known = before.and_then(|run| run.stages.iter().find(|known| known.name == stage.name));
        known.is_some_and(|known| known.state != StageState::Waiting)
    };
    let (state, reason) = (stage.state, &stage.reason);
    if !matches!(state, StageState::Superseded | StageState::Cancelled) || had_begun(stage) {
        return false;
    }
    let alike = || {
        after
            .stages
            .iter()
            .filter(|other| other.state == state && other.reason == *reason)
    };
    let teller = alike().find(|other| had_begun(other)).or_else(|| alike().next());
    teller.is_some_and(|teller| teller.name != stage.name)
}

fn pull_request(stage: &str, record: &stagecoach_core::status::PullRequest) -> Option<Note> {
    let url = record.url.as_deref().unwrap_or_default();
    let label = record.label();
    match record.state {
        PullRequestState::Intended | PullRequestState::Closed => None,
        PullRequestState::Open => Some(Note::normal(
            "PullRequestOpened",
            format!("stage {stage}: opened {label} ({url}): {}", record.title),
        )),
        PullRequestState::Merged => {
            let commit = record.merge_commit.as_deref().unwrap_or_default();
            Some(Note::normal(
                "PullRequestMerged",
                format!("stage {stage}: {label} was merged as {commit}"),
            ))
        }
        PullRequestState::Unchanged => Some(Note::normal(
            "AlreadyAtTarget",
            format!(
                "stage {stage}: {} already holds the change, so no pull request is needed",
                record.repository
            ),
        )),
    }
}

fn stage_state(stage: &StageRun) -> Option<Note> {
    let text = |what: &str| format!("stage {}: {what}", stage.name);
    match stage.state {
        StageState::Waiting | StageState::Promoting | StageState::AwaitingMerge | StageState::Verifying => None,
        StageState::Promoted => Some(Note::normal("StagePromoted", text("promoted; it runs and is healthy"))),
        StageState::Failed => Some(Note::warning("StageFailed", text(&stage.message))),
        StageState::Superseded => Some(Note::normal("StageSuperseded", text(&stage.message))),
        StageState::Overtaken => Some(Note::warning("StageOvertaken", text(&stage.message))),
        StageState::Cancelled => Some(Note::warning("StageCancelled", text(&stage.message))),
    }
}

fn gate_state(from: &str, to: &str, gate: &stagecoach_core::status::GateRun) -> Note {
    let text = format!("edge {from} -> {to}, gate {}: {}", gate.name, gate.message);
    match gate.state {
        GateState::Pending | GateState::Running => Note::normal("GatePending", text),
        GateState::Open => Note::normal("GateOpened", text),
        GateState::Rejected => Note::warning("GateRejected", text),
        GateState::Failed => Note::warning("GateFailed", text),
        GateState::Expired => Note::warning("GateExpired", text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(stages: [(&str, &str); 3], reason: Option<&str>) -> RunStatus {
        let stages = stages.map(|(name, state)| {
            json!({
                "name": name, "state": state, "attempt": 1, "since": "2026-01-01T00:00:00Z",
                "reason": reason, "message": "superseded by infra/newer run 1 (2)",
            })
        });
        serde_json::from_value(json!({
            "number": 1, "sequence": 1, "fingerprint": "", "phase": "Progressing", "message": "",
            "startedAt": "2026-01-01T00:00:00Z", "stages": stages,
        }))
        .unwrap()
    }

    fn texts(before: &RunStatus, after: &RunStatus) -> Vec<String> {
        let notes = transitions(Some(before), after, "1");
        notes
            .into_iter()
            .map(|note| format!("{} {}", note.reason, note.text))
            .collect()
    }

    #[test]
    fn a_run_that_is_superseded_tells_it_once() {
        let after = run(
            [("a", "Superseded"), ("b", "Superseded"), ("c", "Superseded")],
            Some("Superseded"),
        );
        let began = run([("a", "AwaitingMerge"), ("b", "Waiting"), ("c", "Waiting")], None);
        let told = ["StageSuperseded stage a: superseded by infra/newer run 1 (2)"];
        assert_eq!(texts(&began, &after), told);
        let waited = run([("a", "Waiting"), ("b", "Waiting"), ("c", "Waiting")], None);
        assert_eq!(texts(&waited, &after), told);
        assert!(texts(&after, &after).is_empty());
    }

    #[test]
    fn every_stage_that_had_begun_tells_its_end() {
        let before = run([("a", "Promoted"), ("b", "AwaitingMerge"), ("c", "Promoting")], None);
        let after = run(
            [("a", "Promoted"), ("b", "Superseded"), ("c", "Superseded")],
            Some("Superseded"),
        );
        let notes = texts(&before, &after);
        assert!(
            notes[0].contains("stage b") && notes[1].contains("stage c"),
            "{notes:?}"
        );
        assert_eq!(notes.len(), 2);
    }
}
