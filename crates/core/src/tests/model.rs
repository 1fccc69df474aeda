//! Rule 22: every interleaving of a small pipeline. Two contexts go through `dev` and `prod`, with an approval gate between;
//! passes over the pipeline end well or crash between effect and record, while people merge, close, approve and try again,
//! and the deployer deploys, whenever they like.

use jiff::Timestamp;
use stateright::{Checker, Model, Property};

use super::build::{dev_prod, graph};
use super::simulation::{Crash, pass};
use super::world::{ForgeState, World};
use crate::graph::{Graph, PipelineInput};
use crate::input::Approval;
use crate::stage::is_closing;
use crate::status::{GateState, RunPhase, RunStatus, StageRun, StageState, Verdict};

/// What a run at rest may not be.
const SILENT: &str = "a run waits for nobody";

struct Promotion {
    graph: Graph,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Apply(&'static str),
    Pass(Crash),
    Merge(String),
    Close(String),
    Approve(String),
    Retry(String),
    Deploy,
}

impl Model for Promotion {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(super::build::at(0))]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        if is_settled(world) {
            return;
        }
        steps.extend(["v1", "v2"].get(world.contexts.len()).map(|name| Step::Apply(name)));
        for (name, context) in &world.contexts {
            let run = context.status.as_ref();
            if run.is_some_and(asks_for_approval) {
                steps.push(Step::Approve(name.clone()));
            }
            let failed = |s: &StageRun| s.name == "dev" && s.state == StageState::Failed && s.attempt == 1;
            if !context.retry && run.is_some_and(|run| run.stages.iter().any(failed)) {
                steps.push(Step::Retry(name.clone()));
            }
        }
        let crashes = [
            Crash::Never,
            Crash::AfterEffects(1),
            Crash::AfterWrites(1),
            Crash::FirstWriteLost,
        ];
        steps.extend(crashes.map(Step::Pass));
        for (branch, proposal) in &world.forge {
            if proposal.state == ForgeState::Open {
                steps.push(Step::Merge(branch.clone()));
                steps.push(Step::Close(branch.clone()));
            }
        }
        if is_behind(world) {
            steps.push(Step::Deploy);
        }
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        match step {
            Step::Apply("v1") => world.apply("apps/shop", "v1", "1.0"),
            Step::Apply(name) => world.apply("apps/shop", name, "2.0"),
            Step::Pass(crash) => {
                let done = pass(&self.graph, &mut world, crash, false);
                if crash == Crash::Never && world == *before && !self.somebody_can_act(&world, done.recheck_at) {
                    world.broken.insert(SILENT.to_owned());
                }
            }
            Step::Merge(branch) => world.merge(&branch),
            Step::Close(branch) => world.forge.get_mut(&branch)?.state = ForgeState::Closed,
            Step::Approve(name) => approve(&mut world, &name),
            Step::Retry(name) => world.contexts.get_mut(&name)?.retry = true,
            Step::Deploy => world.deploy(),
        }
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no effect without its intent, and none twice", |_, world: &World| {
                world.broken.is_empty()
            }),
            Property::always("one open pull request for a run in a stage", |_, world: &World| {
                let open = world
                    .forge
                    .iter()
                    .filter(|(_, proposal)| proposal.state == ForgeState::Open);
                let mut places: Vec<Vec<&str>> = open.map(|(branch, _)| branch.split('/').take(4).collect()).collect();
                let all = places.len();
                places.dedup();
                places.len() == all
            }),
            Property::always("no older run overtakes a newer one", |_, world: &World| {
                world.promoted.values().all(|runs| runs.is_sorted_by(|a, b| a < b))
            }),
            Property::always("who rests knows whom it waits for", |_, world: &World| {
                !world.broken.contains(SILENT)
            }),
            Property::sometimes("both are promoted one after the other", |_, world: &World| {
                world.contexts.len() == 2 && world.contexts.values().all(|context| is(context, RunPhase::Succeeded))
            }),
            Property::sometimes("one is superseded", |_, world: &World| {
                world.contexts.values().any(|context| is(context, RunPhase::Superseded))
            }),
            Property::sometimes("one is promoted at the second attempt", |_, world: &World| {
                world.contexts.values().any(|context| {
                    let mut stages = context.status.iter().flat_map(|run| &run.stages);
                    stages.any(|stage| stage.attempt == 2 && stage.state == StageState::Promoted)
                })
            }),
        ]
    }
}

impl Promotion {
    /// Where nothing happens by itself any more, every run that is not over names somebody who can act, or the time at
    /// which it goes on.
    fn somebody_can_act(&self, world: &World, recheck_at: Option<Timestamp>) -> bool {
        world.contexts.values().all(|context| {
            let Some(run) = &context.status else { return false };
            let active = |state| run.stages.iter().any(|stage| stage.state == state);
            let says = |words: &str| run.message.contains(words);
            run.phase.is_over()
                || (active(StageState::AwaitingMerge) && says("for somebody to merge"))
                || (asks_for_approval(run) && says("who has the verb approve on pipeline shop can act"))
                || (active(StageState::Verifying) && says("runs and is healthy") && is_behind(world))
                // Somebody merged what an older run had left open, right before it was closed.
                || (says("not healthy with this version now") && says("or cancel the run"))
                || (says("runs and is healthy") && recheck_at.is_some_and(|at| self.goes_on(world, at)))
        })
    }

    /// At that time something happens by itself.
    fn goes_on(&self, world: &World, at: Timestamp) -> bool {
        let mut later = World {
            now: at,
            ..world.clone()
        };
        let statuses = |world: &World| {
            world
                .contexts
                .values()
                .map(|context| context.status.clone())
                .collect::<Vec<_>>()
        };
        pass(&self.graph, &mut later, Crash::Never, false);
        statuses(&later) != statuses(world)
    }
}

/// Both runs are over, and nothing is left to close: it stays so.
fn is_settled(world: &World) -> bool {
    let goes_on = |run: &RunStatus| {
        let may_retry = |stage: &StageRun| stage.state == StageState::Failed;
        !run.phase.is_over() || run.stages.iter().any(|stage| is_closing(stage) || may_retry(stage))
    };
    let mut runs = world.contexts.values().map(|context| context.status.as_ref());
    world.contexts.len() == 2 && !runs.any(|run| run.is_none_or(goes_on))
}

fn is(context: &super::world::Context, phase: RunPhase) -> bool {
    context.status.as_ref().is_some_and(|run| run.phase == phase)
}

fn asks_for_approval(run: &RunStatus) -> bool {
    let mut gates = run.edges.iter().flat_map(|edge| &edge.gates);
    gates.any(|gate| gate.state == GateState::Pending) && run.phase == RunPhase::Blocked
}

/// The deployer has something to do.
fn is_behind(world: &World) -> bool {
    let runs = |service, value| world.live.get(service).is_some_and(|running| running.value == value);
    world
        .files
        .iter()
        .any(|(service, value)| !runs(service, value.as_str()))
}

fn approve(world: &mut World, name: &str) {
    let at = world.now;
    let context = world.contexts.get_mut(name).expect("a context");
    if context.approvals.is_empty() {
        context.approvals.push(Approval {
            name: "yes".to_owned(),
            run: Some(1),
            from: "dev".to_owned(),
            to: "prod".to_owned(),
            gate: "ship".to_owned(),
            user: "ann".to_owned(),
            decision: Verdict::Approve,
            at,
            comment: None,
        });
    }
}

/// Nothing has to stay healthy for a while, so that no time passes.
fn small() -> PipelineInput {
    let mut pipeline = dev_prod();
    for stage in &mut pipeline.stages {
        stage.stability = std::time::Duration::ZERO;
    }
    pipeline
}

#[test]
fn rule_22_every_interleaving_of_a_small_pipeline_keeps_the_promises() {
    let model = Promotion { graph: graph(small()) };
    let checker = model.checker().threads(2).spawn_bfs().join();
    println!(
        "{} states, {} of them unique",
        checker.state_count(),
        checker.unique_state_count()
    );
    checker.assert_properties();
}
