//! What runs of one pipeline do to one another. Called by `machine` only.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::graph::{Graph, Supersede};
use crate::input::ContextKey;
use crate::status::{EdgeState, RunStatus, StageRun, StageState};
use crate::{phase, stage};

/// What the runs of a pipeline hold, by position of the stage. Where newer runs win they are visited newest first, so
/// that an older one meets all that newer ones hold; where they wait it is the other way round.
pub(crate) struct Rivals {
    mode: Supersede,
    labels: Vec<String>,
    /// The newest run that has started in the stage: its sequence number and label.
    started: Vec<Option<(i64, usize)>>,
    /// The newest run that was promoted in the stage.
    promoted: Vec<Option<(i64, usize)>>,
    /// `Queue`: an older run that is not done with the stage.
    busy: Vec<Option<usize>>,
}

impl Rivals {
    pub(crate) fn new(graph: &Graph) -> Self {
        let stages = graph.stages().len();
        Self {
            mode: graph.pipeline.supersede,
            labels: Vec::new(),
            started: vec![None; stages],
            promoted: vec![None; stages],
            busy: vec![None; stages],
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

    /// `Queue`: an older run that is not done with the stage, in words.
    pub(crate) fn busy(&self, position: usize) -> Option<&str> {
        let label = self.busy.get(position).copied().flatten()?;
        self.labels.get(label).map(String::as_str)
    }

    /// Ends the stage runs that newer runs took over, and lets go of the pull requests that ended ones left open there.
    /// In a queue that only happens to a run which failed, was passed, and is tried again.
    pub(crate) fn apply(&self, graph: &Graph, run: &mut RunStatus, live: bool, now: Timestamp) {
        if self.mode == Supersede::Parallel {
            return;
        }
        // In a queue what a failed run has not begun is passed by newer ones, and counts again when it is tried again.
        let rests = self.mode == Supersede::Queue && phase::has_failed(run);
        for place in 0..run.stages.len() {
            let Some(position) = graph.position(place, &run.stages[place].name) else {
                continue;
            };
            let stage = &mut run.stages[place];
            let taken = self.newer(&self.started, position, run.sequence);
            if stage.state.is_over() {
                if let Some(by) = taken
                    && stage.closing.is_none()
                {
                    stage::let_go(stage, &format!("superseded by {by}"));
                }
            } else if live && !(rests && stage.state == StageState::Waiting) {
                let passed = || self.passed(graph, position, run.sequence);
                let by = taken.or_else(|| (stage.state == StageState::Waiting).then(passed).flatten());
                if let Some(by) = by {
                    stage::supersede(stage, &format!("superseded by {by}"), now);
                }
            }
        }
    }

    /// A newer run that was promoted right before the stage: an older one may not go past it.
    fn passed(&self, graph: &Graph, position: usize, sequence: i64) -> Option<&str> {
        if self.mode != Supersede::Latest {
            return None;
        }
        graph.incoming[position]
            .iter()
            .find_map(|&edge| self.newer(&self.promoted, graph.ends[edge].0, sequence))
    }

    fn newer(&self, holders: &[Option<(i64, usize)>], position: usize, sequence: i64) -> Option<&str> {
        let (holder, label) = holders.get(position).copied().flatten()?;
        (holder > sequence).then(|| self.labels.get(label).map(String::as_str))?
    }

    /// Notes which stages a run has started or been promoted in.
    pub(crate) fn note(&mut self, graph: &Graph, context: &ContextKey, run: &RunStatus) {
        let label = self.label(context, run);
        for (place, stage) in run.stages.iter().enumerate().filter(|(_, stage)| takes(stage)) {
            let Some(position) = graph.position(place, &stage.name) else {
                continue;
            };
            let newest = |holder: &mut Option<(i64, usize)>| {
                if holder.is_none_or(|(sequence, _)| sequence <= run.sequence) {
                    *holder = Some((run.sequence, label));
                }
            };
            newest(&mut self.started[position]);
            if stage.state == StageState::Promoted {
                newest(&mut self.promoted[position]);
            }
        }
    }

    fn label(&mut self, context: &ContextKey, run: &RunStatus) -> usize {
        self.labels.push(label(context, run.number, &run.values));
        self.labels.len() - 1
    }

    /// `Queue`: notes which stages a run is not done with. It is when it has ended there and every edge that leaves the
    /// stage is decided: another version in the stage would take away what the gates of those edges are asked about.
    pub(crate) fn note_busy(&mut self, graph: &Graph, context: &ContextKey, run: &RunStatus) {
        let label = self.label(context, run);
        let over = run.phase.is_over();
        for (place, stage) in run.stages.iter().enumerate() {
            if (stage.state.is_active() || (!over && !stage.state.is_over()))
                && let Some(position) = graph.position(place, &stage.name)
            {
                self.busy[position].get_or_insert(label);
            }
        }
        if over {
            return;
        }
        for (edge, &(from, to)) in run.edges.iter().zip(&graph.ends) {
            let is = |position: usize, state| run.stages.get(position).is_some_and(|s| s.state == state);
            if edge.state == EdgeState::Closed && is(from, StageState::Promoted) && is(to, StageState::Waiting) {
                self.busy[from].get_or_insert(label);
            }
        }
    }
}

/// How a person knows a run.
pub(crate) fn label(context: &ContextKey, number: i64, values: &str) -> String {
    format!("{}/{} run {number} ({values})", context.namespace, context.name)
}

/// True when the run has put its mark on the stage.
fn takes(stage: &StageRun) -> bool {
    match stage.state {
        StageState::Promoting
        | StageState::AwaitingMerge
        | StageState::Verifying
        | StageState::Promoted
        | StageState::Failed
        | StageState::Overtaken => true,
        StageState::Waiting | StageState::Superseded | StageState::Cancelled => false,
    }
}
