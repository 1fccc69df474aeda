//! What runs of one pipeline do to one another. Called by `machine` only.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::graph::{Graph, Supersede};
use crate::input::ContextKey;
use crate::stage;
use crate::status::{PullRequest, PullRequestState, RunStatus, StageState};

/// What the runs visited so far hold, by position of the stage.
pub(crate) struct Rivals {
    mode: Supersede,
    /// `Latest`: the newest run that has started in the stage, in words.
    started: Vec<Option<String>>,
    /// `Latest`: the newest run that was promoted in the stage, in words.
    promoted: Vec<Option<String>>,
    /// `Queue`: true where an older run is not done with the stage.
    busy: Vec<bool>,
}

impl Rivals {
    pub(crate) fn new(graph: &Graph) -> Self {
        let stages = graph.stages().len();
        Self {
            mode: graph.pipeline.supersede,
            started: vec![None; stages],
            promoted: vec![None; stages],
            busy: vec![false; stages],
        }
    }

    /// The order of the walk: newest first where newer ones win, oldest first where they wait.
    pub(crate) fn order(&self, runs: &BTreeMap<ContextKey, RunStatus>) -> Vec<ContextKey> {
        let mut keys: Vec<(i64, &ContextKey)> = runs.iter().map(|(key, run)| (run.sequence, key)).collect();
        keys.sort_unstable();
        if self.mode == Supersede::Latest {
            keys.reverse();
        }
        keys.into_iter().map(|(_, key)| key.clone()).collect()
    }

    /// Queue: true while an older run is not done with the stage.
    pub(crate) fn busy(&self, position: usize) -> bool {
        self.busy.get(position).copied().unwrap_or(false)
    }

    /// Latest: ends the stage runs of an older run that newer ones took over.
    pub(crate) fn apply(&self, graph: &Graph, run: &mut RunStatus, now: Timestamp) {
        if self.mode != Supersede::Latest {
            return;
        }
        for &position in &graph.order {
            let name = &graph.stages()[position].name;
            let Some(current) = run.stages.get(position).filter(|s| s.name == *name) else {
                continue;
            };
            if current.state.is_over() {
                continue;
            }
            let behind = graph.incoming[position].iter().find_map(|&edge| {
                let source = graph.index.get(&graph.edges()[edge].from).copied()?;
                let lost = run
                    .stages
                    .get(source)
                    .is_some_and(|s| s.state == StageState::Superseded);
                let by = self.promoted[source]
                    .clone()
                    .or_else(|| lost.then(|| self.started[source].clone()).flatten());
                by.filter(|_| current.state == StageState::Waiting)
            });
            if let Some(by) = self.started[position].clone().or(behind) {
                let message = format!("superseded by {by}");
                stage::enter(
                    &mut run.stages[position],
                    StageState::Superseded,
                    Some("Superseded"),
                    message,
                    now,
                );
            }
        }
    }

    /// Notes what a visited run holds.
    pub(crate) fn add(&mut self, graph: &Graph, context: &ContextKey, run: &RunStatus, values: &str) {
        let label = format!("{}/{} run {} ({values})", context.namespace, context.name, run.number);
        for stage in &run.stages {
            let Some(&position) = graph.index.get(&stage.name) else {
                continue;
            };
            let takes = stage.state.is_active() || matches!(stage.state, StageState::Promoted | StageState::Failed);
            if takes && self.started[position].is_none() {
                self.started[position] = Some(label.clone());
            }
            if stage.state == StageState::Promoted && self.promoted[position].is_none() {
                self.promoted[position] = Some(label.clone());
            }
            if self.mode == Supersede::Queue && !stage.state.is_over() && !run.phase.is_over() {
                self.busy[position] = true;
            }
        }
    }
}

/// Ends all that goes on in a run because another takes its place.
pub(crate) fn end(run: &mut RunStatus, message: &str, now: Timestamp) {
    for stage in run.stages.iter_mut().filter(|s| !s.state.is_over()) {
        stage::enter(
            stage,
            StageState::Superseded,
            Some("Superseded"),
            message.to_owned(),
            now,
        );
    }
}

/// True while a superseded stage run still has a pull request that may be open.
pub(crate) fn holds_pull_requests(run: &RunStatus) -> bool {
    run.stages
        .iter()
        .any(|s| s.state == StageState::Superseded && s.pull_requests.iter().any(is_held))
}

/// True while a pull request may be open on the forge.
pub(crate) fn is_held(record: &PullRequest) -> bool {
    matches!(record.state, PullRequestState::Intended | PullRequestState::Open)
}
