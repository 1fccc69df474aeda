//! Drives the machine through a [`World`] as `reconcile-context` does: observe, decide, carry out, settle, write down;
//! with crashes at any point. The verbs are those of a person or a deployer.

use std::ops::Range;

use jiff::SignedDuration;

use super::build::{at, graph, service};
use super::faults::{Fault, Kind};
use super::world::{Context, ForgeState, Health, Running, World};
use super::{checks, world};
use crate::graph::{Graph, PipelineInput};
use crate::input::{Action, Approval, ContextKey, Outcome};
use crate::status::{GateRun, PullRequest, RunPhase, RunStatus, StageRun, StageState, Verdict};
use crate::{decide, settle};

/// Where a pass over the pipeline ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Crash {
    Never,
    /// After this many effects; nothing is written down.
    AfterEffects(usize),
    /// After the status of this many contexts was written.
    AfterWrites(usize),
    /// The status of the first context is not written, because somebody else wrote it in between.
    FirstWriteLost,
}

/// What a pass did.
#[derive(Clone, Debug, Default)]
pub(super) struct Pass {
    pub(super) actions: Vec<Action>,
    pub(super) changed: bool,
    pub(super) recheck_at: Option<jiff::Timestamp>,
}

/// One pass over the pipeline; `check` looks at every decision.
pub(super) fn pass(graph: &Graph, world: &mut World, crash: Crash, check: bool) -> Pass {
    let inputs = world.inputs(graph);
    let mut decision = decide(graph, &inputs, world.now);
    if check {
        checks::decision(graph, &inputs, &decision, world.now, false);
    }
    let actions = decision.actions.clone();
    let carried_out = match crash {
        Crash::AfterEffects(effects) => 0..effects.min(actions.len()),
        Crash::Never | Crash::AfterWrites(_) | Crash::FirstWriteLost => 0..actions.len(),
    };
    let outcomes = perform(graph, world, &actions, carried_out);
    let done = Pass {
        changed: false,
        recheck_at: None,
        actions,
    };
    let writes = match crash {
        Crash::AfterEffects(_) => return done,
        Crash::AfterWrites(writes) => 0..writes,
        Crash::FirstWriteLost => 1..usize::MAX,
        Crash::Never => 0..usize::MAX,
    };
    settle(graph, &inputs, &mut decision, &outcomes, world.now);
    if check {
        checks::decision(graph, &inputs, &decision, world.now, true);
    }
    let mut changed = false;
    let runs = decision.runs.iter().enumerate();
    for (_, (key, run)) in runs.filter(|(position, _)| writes.contains(position)) {
        changed |= write(world, key, run);
    }
    Pass {
        changed,
        recheck_at: decision.recheck_at,
        ..done
    }
}

fn perform(graph: &Graph, world: &mut World, actions: &[Action], which: Range<usize>) -> Vec<Outcome> {
    actions[which]
        .iter()
        .map(|action| Outcome {
            action: action.clone(),
            result: world.perform(graph, action),
        })
        .collect()
}

fn write(world: &mut World, key: &ContextKey, run: &RunStatus) -> bool {
    let Some(context) = world.contexts.get_mut(&key.name) else {
        return false;
    };
    (context.retry, context.cancel) = (false, false);
    if context.status.as_ref() == Some(run) {
        return false;
    }
    let before = context.status.replace(run.clone());
    let was = |stage: &StageRun| {
        let before = before.iter().filter(|before| before.number == run.number);
        let mut before = before.flat_map(|before| &before.stages);
        before.any(|known| known.name == stage.name && known.state == StageState::Promoted)
    };
    for stage in run
        .stages
        .iter()
        .filter(|stage| stage.state == StageState::Promoted && !was(stage))
    {
        world.promoted.entry(stage.name.clone()).or_default().push(run.sequence);
    }
    context
        .earlier
        .extend(before.filter(|before| before.number != run.number));
    true
}

/// A pipeline in its world.
#[derive(Clone)]
pub(super) struct Simulation {
    pub(super) graph: Graph,
    pub(super) world: World,
}

impl Simulation {
    pub(super) fn new(pipeline: PipelineInput) -> Self {
        Self {
            graph: graph(pipeline),
            world: World::new(at(0)),
        }
    }

    /// Changes the pipeline.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut PipelineInput)) {
        let mut pipeline = self.graph.pipeline.clone();
        change(&mut pipeline);
        self.graph = graph(pipeline);
    }

    /// `kubectl apply` of a PipelineContext.
    pub(super) fn apply(&mut self, name: &str, values: &str) {
        self.world.apply(&self.graph.label(), name, values);
    }

    pub(super) fn pass(&mut self) -> Pass {
        pass(&self.graph, &mut self.world, Crash::Never, true)
    }

    pub(super) fn crash(&mut self, crash: Crash) -> Pass {
        pass(&self.graph, &mut self.world, crash, true)
    }

    /// Passes until nothing changes any more.
    pub(super) fn rest(&mut self) -> Pass {
        for _ in 0..100 {
            let pass = self.pass();
            let sequenced = pass.actions.iter().any(|a| matches!(a, Action::AssignSequence { .. }));
            if !pass.changed && !sequenced {
                assert_eq!(self.world.broken, std::collections::BTreeSet::new());
                self.survives_a_restart();
                return pass;
            }
        }
        panic!("the machine finds no rest");
    }

    /// What is remembered is the status alone, and it reads back as it was written.
    fn survives_a_restart(&self) {
        for run in self
            .world
            .contexts
            .values()
            .filter_map(|context| context.status.as_ref())
        {
            let written = serde_json::to_string(run).expect("a status is plain data");
            assert_eq!(
                &serde_json::from_str::<RunStatus>(&written).expect("it reads back"),
                run
            );
        }
    }

    /// Applies a context and passes until somebody else must act.
    pub(super) fn start(&mut self, name: &str, values: &str) {
        self.apply(name, values);
        self.rest();
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.world.now += SignedDuration::from_secs(seconds);
        self.rest();
    }

    pub(super) fn context(&mut self, name: &str) -> &mut Context {
        self.world.contexts.get_mut(name).expect("a context")
    }

    pub(super) fn run(&self, name: &str) -> &RunStatus {
        self.world.contexts[name].status.as_ref().expect("a run")
    }

    pub(super) fn stage(&self, name: &str, stage: &str) -> &StageRun {
        let mut stages = self.run(name).stages.iter();
        stages.find(|run| run.name == stage).expect("a stage run")
    }

    pub(super) fn state(&self, name: &str, stage: &str) -> StageState {
        self.stage(name, stage).state
    }

    pub(super) fn phase(&self, name: &str) -> RunPhase {
        self.run(name).phase
    }

    pub(super) fn message(&self, name: &str) -> &str {
        &self.run(name).message
    }

    pub(super) fn gate(&self, name: &str, gate: &str) -> &GateRun {
        let mut gates = self.run(name).edges.iter().flat_map(|edge| &edge.gates);
        gates.find(|run| run.name == gate).expect("a gate")
    }

    pub(super) fn record(&self, name: &str, stage: &str) -> &PullRequest {
        &self.stage(name, stage).pull_requests[0]
    }

    /// States of the pull requests on the forge, by branch without its first part.
    pub(super) fn forge(&self) -> Vec<(&str, ForgeState)> {
        let proposals = self.world.forge.iter();
        let short = |branch: &'_ str| branch.len() - branch.trim_start_matches("stagecoach/").len();
        proposals
            .map(|(branch, p)| (&branch[short(branch)..], p.state))
            .collect()
    }

    /// A person merges what is open for the run in the stage.
    pub(super) fn merge(&mut self, name: &str, stage: &str) {
        for branch in self.open_branches(name, stage) {
            self.world.merge(&branch);
        }
        self.rest();
    }

    /// A person closes what is open for the run in the stage.
    pub(super) fn close(&mut self, name: &str, stage: &str) {
        for branch in self.open_branches(name, stage) {
            self.world.forge.get_mut(&branch).expect("a branch").state = ForgeState::Closed;
        }
        self.rest();
    }

    pub(super) fn open_branches(&self, name: &str, stage: &str) -> Vec<String> {
        let records = self
            .stage(name, stage)
            .pull_requests
            .iter()
            .map(|record| &record.branch);
        let open = records.filter(|branch| {
            self.world
                .forge
                .get(*branch)
                .is_some_and(|p| p.state == ForgeState::Open)
        });
        open.cloned().collect()
    }

    /// The deployer brings every service to what the repositories say, in good health.
    pub(super) fn deploy(&mut self) {
        self.world.deploy();
        self.rest();
    }

    pub(super) fn health(&mut self, name: &str, health: Health) {
        self.world.health(name, health);
        self.rest();
    }

    /// From an open pull request to promoted.
    pub(super) fn promote(&mut self, name: &str, stage: &str) {
        self.merge(name, stage);
        self.deploy();
        self.wait(10);
        assert_eq!(self.state(name, stage), StageState::Promoted, "{}", self.message(name));
    }

    /// Somebody decides on a gate, without naming a run.
    pub(super) fn decide(&mut self, name: &str, edge: (&str, &str), gate: &str, user: &str, decision: Verdict) {
        self.decide_on(name, None, edge, gate, user, decision);
    }

    /// Somebody decides on a gate.
    pub(super) fn decide_on(
        &mut self,
        name: &str,
        run: Option<i64>,
        edge: (&str, &str),
        gate: &str,
        user: &str,
        decision: Verdict,
    ) {
        let now = self.world.now;
        let context = self.context(name);
        let approval = Approval {
            name: format!("{gate}-{}", context.approvals.len()),
            run,
            from: edge.0.to_owned(),
            to: edge.1.to_owned(),
            gate: gate.to_owned(),
            user: user.to_owned(),
            decision,
            at: now,
            comment: None,
        };
        context.approvals.push(approval);
        self.rest();
    }

    /// Ann approves the gate `ship` between `dev` and `prod`.
    pub(super) fn approve(&mut self, name: &str) {
        self.decide(name, ("dev", "prod"), "ship", "ann", Verdict::Approve);
    }

    pub(super) fn fault(&mut self, kind: Kind, fault: Fault) {
        self.world.faults.push((kind, fault));
    }

    pub(super) fn retry(&mut self, name: &str) {
        self.context(name).retry = true;
        self.rest();
    }
}

impl World {
    pub(super) fn apply(&mut self, pipeline: &str, name: &str, values: &str) {
        let made = self.made.entry(name.to_owned()).or_insert(0);
        if !self.contexts.contains_key(name) {
            *made += 1;
        }
        let key = ContextKey {
            namespace: "apps".to_owned(),
            name: name.to_owned(),
            uid: if *made == 1 {
                name.to_owned()
            } else {
                format!("{name}.{made}")
            },
        };
        let context = self.contexts.entry(name.to_owned()).or_insert_with(|| Context {
            key,
            pipeline: String::new(),
            values: String::new(),
            requested_by: None,
            suspend: false,
            retry: false,
            cancel: false,
            approvals: Vec::new(),
            status: None,
            earlier: Vec::new(),
        });
        pipeline.clone_into(&mut context.pipeline);
        values.clone_into(&mut context.values);
    }

    pub(super) fn merge(&mut self, branch: &str) {
        let proposal = self.forge.get_mut(branch).expect("a branch");
        if proposal.state != ForgeState::Open {
            return;
        }
        proposal.state = ForgeState::Merged;
        let group = branch.rsplit('/').next().unwrap_or_default().to_owned();
        *self.heads.entry(group).or_default() += 1;
        for (reference, value) in proposal.changes.clone() {
            self.files.insert(reference, value);
        }
    }

    pub(super) fn deploy(&mut self) {
        for (reference, value) in self.files.clone() {
            let healthy = Running {
                value,
                health: Health::Healthy,
                since: self.now,
            };
            let same = |running: &world::Running| running.value == healthy.value && running.health == Health::Healthy;
            if !self.live.get(&reference).is_some_and(same) {
                self.live.insert(reference, healthy);
            }
        }
    }

    pub(super) fn health(&mut self, name: &str, health: Health) {
        let running = self.live.get_mut(&service(name)).expect("a service that runs");
        (running.health, running.since) = (health, self.now);
    }
}
