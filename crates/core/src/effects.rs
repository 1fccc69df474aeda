//! Which effects rest on what is written down already. Called by `machine` only.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::graph::Graph;
use crate::input::{Action, RunInput};
use crate::machine::{is_current, paused};
use crate::stage;
use crate::status::{PullRequest, PullRequestState, RunStatus, StageRun, StageState};
use crate::verify;

/// The effects of one run. Reading may begin at once; what changes the forge needs its intent in `input.status`.
pub(crate) fn effects(graph: &Graph, input: &RunInput, run: &RunStatus, now: Timestamp, actions: &mut Vec<Action>) {
    let written = Written::new(input, run);
    let current = is_current(run, input);
    for stage in &run.stages {
        if stage.closing.is_some() {
            // Another context that took the stage over wins also over one that is suspended.
            let own = stage.state == StageState::Promoting || run.replaced_by.is_some();
            let rests = if own {
                paused(graph, input)
            } else {
                graph.pipeline.suspend
            };
            if !rests {
                close(input, stage, &written, actions);
            }
        } else if current {
            match stage.state {
                StageState::Promoting if !paused(graph, input) => open(input, stage, &written, actions),
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

/// What `input.status` holds of the same run.
struct Written<'a>(HashMap<&'a str, &'a StageRun>);

impl<'a> Written<'a> {
    fn new(input: &'a RunInput, run: &RunStatus) -> Self {
        let same_run = input.status.iter().filter(|status| status.number == run.number);
        let stages = same_run.flat_map(|status| &status.stages);
        Self(
            stages
                .filter(|stage| !stage.pull_requests.is_empty())
                .map(|stage| (stage.name.as_str(), stage))
                .collect(),
        )
    }

    fn stage(&self, name: &str) -> Option<&'a StageRun> {
        self.0.get(name).copied()
    }
}

fn names(stage: &StageRun, record: &PullRequest) -> bool {
    stage
        .pull_requests
        .iter()
        .any(|known| known.branch == record.branch && known.base_commit == record.base_commit)
}

fn open(input: &RunInput, stage: &StageRun, written: &Written<'_>, actions: &mut Vec<Action>) {
    let (context, name) = (&input.context, &stage.name);
    if stage.replan || stage.pull_requests.is_empty() {
        actions.push(Action::Plan {
            context: context.clone(),
            stage: name.clone(),
        });
    }
    let Some(written) = written.stage(name) else { return };
    if written.state != StageState::Promoting || written.attempt != stage.attempt {
        return;
    }
    let intended = |record: &&PullRequest| record.state == PullRequestState::Intended && names(written, record);
    for record in stage.pull_requests.iter().filter(intended) {
        actions.push(Action::Open {
            context: context.clone(),
            stage: name.clone(),
            pull_request: record.clone(),
        });
    }
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

fn close(input: &RunInput, stage: &StageRun, written: &Written<'_>, actions: &mut Vec<Action>) {
    let Some(closing) = stage.closing.as_ref().filter(|_| stage::is_closing(stage)) else {
        return;
    };
    let Some(written) = written.stage(&stage.name).filter(|written| written.closing.is_some()) else {
        return;
    };
    let left = |record: &&PullRequest| record.state.is_held() && names(written, record);
    for record in stage.pull_requests.iter().filter(left) {
        actions.push(Action::Close {
            context: input.context.clone(),
            stage: stage.name.clone(),
            pull_request: record.clone(),
            comment: format!("Closed by Stagecoach: {}.", closing.why),
        });
    }
}
