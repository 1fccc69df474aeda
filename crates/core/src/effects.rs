//! Which effects rest on what is written down already. Called by `machine` only.

use jiff::Timestamp;

use crate::graph::Graph;
use crate::input::{Action, RunInput};
use crate::machine::{is_current, paused};
use crate::stage;
use crate::status::{PullRequestState, RunStatus, StageRun, StageState};
use crate::verify;

/// The effects of one run. Reading may begin at once; what changes the forge needs its intent in `input.status`.
pub(crate) fn effects(graph: &Graph, input: &RunInput, run: &RunStatus, now: Timestamp, actions: &mut Vec<Action>) {
    let current = is_current(run, input);
    for (place, stage) in run.stages.iter().enumerate() {
        if !graph.pipeline.suspend {
            comment(input, run.number, place, stage, actions);
        }
        if stage.closing.is_some() {
            // Another context that took the stage over wins also over one that is suspended.
            let own = stage.state == StageState::Promoting || run.replaced_by.is_some();
            let rests = if own {
                paused(graph, input)
            } else {
                graph.pipeline.suspend
            };
            if !rests {
                close(input, run.number, place, stage, actions);
            }
        } else if current {
            match stage.state {
                StageState::Promoting if !paused(graph, input) => open(input, stage, actions),
                StageState::Verifying => confirm(graph, input, stage, now, actions),
                StageState::Waiting
                | StageState::Promoting
                | StageState::AwaitingMerge
                | StageState::Promoted
                | StageState::Failed
                | StageState::Superseded
                | StageState::Overtaken
                | StageState::Cancelled => {}
            }
        }
    }
}

/// Pull requests are planned here and written down; only then, in a later decision, are they in `stage` and opened.
fn open(input: &RunInput, stage: &StageRun, actions: &mut Vec<Action>) {
    let (context, name) = (&input.context, &stage.name);
    if stage.replan || stage.pull_requests.is_empty() {
        actions.push(Action::Plan {
            context: context.clone(),
            stage: name.clone(),
        });
    }
    let intended = stage
        .pull_requests
        .iter()
        .filter(|record| record.state == PullRequestState::Intended);
    actions.extend(intended.map(|record| Action::Open {
        context: context.clone(),
        stage: name.clone(),
        pull_request: record.clone(),
    }));
}

fn confirm(graph: &Graph, input: &RunInput, stage: &StageRun, now: Timestamp, actions: &mut Vec<Action>) {
    let Some(wanted) = graph.stage(&stage.name).filter(|_| !stage.pull_requests.is_empty()) else {
        return;
    };
    if verify::step(wanted, stage, input.stages.get(&stage.name), now).asks_forge() {
        actions.push(Action::Confirm {
            context: input.context.clone(),
            stage: stage.name.clone(),
        });
    }
}

/// The stage run as it is written down. What was decided just now is not there yet, and must be first.
fn written<'a>(input: &'a RunInput, run: i64, place: usize, name: &str) -> Option<&'a StageRun> {
    let stages = &input.status.as_ref().filter(|status| status.number == run)?.stages;
    let named = |written: &&StageRun| written.name == name;
    // Where it is unless the pipeline was edited since.
    stages.get(place).filter(named).or_else(|| stages.iter().find(named))
}

fn comment(input: &RunInput, run: i64, place: usize, stage: &StageRun, actions: &mut Vec<Action>) {
    for record in &stage.pull_requests {
        let Some(notice) = &record.notice else { continue };
        let written = written(input, run, place, &stage.name);
        if written.is_some_and(|written| written.pull_requests.contains(record)) {
            actions.push(Action::Comment {
                context: input.context.clone(),
                stage: stage.name.clone(),
                pull_request: record.clone(),
                comment: notice.clone(),
            });
        }
    }
}

fn close(input: &RunInput, run: i64, place: usize, stage: &StageRun, actions: &mut Vec<Action>) {
    let Some(closing) = stage.closing.as_ref().filter(|_| stage::is_closing(stage)) else {
        return;
    };
    if written(input, run, place, &stage.name).is_none_or(|written| written.closing.is_none()) {
        return;
    }
    let left = stage.pull_requests.iter().filter(|record| record.state.is_held());
    actions.extend(left.map(|record| Action::Close {
        context: input.context.clone(),
        stage: stage.name.clone(),
        pull_request: record.clone(),
        comment: format!("Closed by Stagecoach: {}.", closing.why),
    }));
}
