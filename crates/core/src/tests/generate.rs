//! Generated pipelines and generated histories: what people, deployers, forges and crashes do, in any order.

use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use super::build::{edge, observed, stage, written};
use super::faults::{Fault, Kind};
use super::simulation::{Crash, Simulation};
use super::world::{ForgeState, Health};
use crate::graph::{Gate, GateKind, Join, OnReject, PipelineInput, Stage, Supersede};
use crate::input::Approval;
use crate::status::{GateState, StageState, Verdict};

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Apply {
        context: usize,
        values: usize,
    },
    Pass(Crash),
    Merge(prop::sample::Index),
    Close(prop::sample::Index),
    Deploy,
    Health(prop::sample::Index, Health),
    Decide {
        context: usize,
        gate: prop::sample::Index,
        user: usize,
        verdict: Verdict,
        run: Option<i64>,
    },
    Wait(i64),
    SuspendContext(usize),
    SuspendPipeline,
    Retry(usize),
    Cancel(usize),
    Fault(Kind, Fault),
    RemoveStage(prop::sample::Index),
    AddStage(prop::sample::Index),
    StrictBase,
    Delete(usize),
}

fn gate() -> impl Strategy<Value = Gate> {
    let on_reject = prop::sample::select(vec![
        OnReject::Halt,
        OnReject::HaltBranch,
        OnReject::FailAfterOthers,
        OnReject::Ignore,
    ]);
    let kind = prop_oneof![
        8 => any::<bool>().prop_map(|exclude_requester| GateKind::Approval { exclude_requester }),
        1 => Just(GateKind::Unsupported("WINDOW".to_owned())),
    ];
    (kind, on_reject).prop_map(|(kind, on_reject)| Gate {
        name: String::new(),
        kind,
        on_reject,
    })
}

fn one_stage() -> impl Strategy<Value = Stage> {
    let join = prop::sample::select(vec![Join::All, Join::All, Join::Any]);
    // None, one written, two in one pull request, two in two, one written and one only looked at.
    (0..5_usize, join).prop_map(|(services, join)| Stage {
        services: match services {
            0 => Vec::new(),
            1 => vec![written("", "")],
            2 => vec![written("", ""), written("2", "")],
            3 => vec![written("", ""), written("2", "2")],
            _ => vec![written("", ""), observed("2")],
        },
        join,
        ..stage("")
    })
}

/// A pipeline without a cycle: edges lead from lower to higher stages, which stand in any order in the manifest.
pub(super) fn pipelines() -> impl Strategy<Value = PipelineInput> {
    let supersede = prop::sample::select(vec![
        Supersede::Latest,
        Supersede::Latest,
        Supersede::Queue,
        Supersede::Parallel,
    ]);
    let edges = vec(prop::option::weighted(0.4, vec(gate(), 0..3)), 15);
    (vec(one_stage(), 1..=6), edges, supersede, any::<bool>()).prop_map(|(mut stages, edges, supersede, reverse)| {
        for (position, stage) in stages.iter_mut().enumerate() {
            stage.name = format!("s{position}");
            for service in &mut stage.services {
                service.reference.name = format!("s{position}{}", service.reference.name);
                if let crate::graph::Criterion::PullRequest { automation, .. } = &mut service.criterion {
                    *automation = format!("s{position}{automation}");
                }
            }
        }
        let pairs = (0..stages.len()).flat_map(|to| (0..to).map(move |from| (from, to)));
        let edges = pairs.zip(edges).filter_map(|((from, to), gates)| {
            let mut joined = edge(&stages[from].name, &stages[to].name);
            joined.gates = gates?;
            for (position, gate) in joined.gates.iter_mut().enumerate() {
                gate.name = format!("g{position}");
            }
            Some(joined)
        });
        let edges = edges.collect();
        if reverse {
            stages.reverse();
        }
        PipelineInput {
            namespace: "apps".to_owned(),
            name: "shop".to_owned(),
            stages,
            edges,
            supersede,
            suspend: false,
        }
    })
}

fn crashes() -> impl Strategy<Value = Crash> {
    prop_oneof![
        4 => Just(Crash::Never),
        1 => (0..4_usize).prop_map(Crash::AfterEffects),
        1 => (0..3_usize).prop_map(Crash::AfterWrites),
        1 => Just(Crash::FirstWriteLost),
    ]
}

/// What happens when nobody does harm; the crashes are no harm.
fn harmless() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..3_usize, 0..3_usize).prop_map(|(context, values)| Event::Apply { context, values }),
        12 => crashes().prop_map(Event::Pass),
        3 => Just(Event::Deploy),
        3 => (1..12_i64).prop_map(Event::Wait),
        1 => (0..3_usize).prop_map(Event::SuspendContext),
        1 => Just(Event::SuspendPipeline),
        1 => Just(Event::StrictBase),
    ]
}

fn harm() -> impl Strategy<Value = Event> {
    let index = any::<prop::sample::Index>;
    let health = prop::sample::select(vec![
        Health::Healthy,
        Health::Starting,
        Health::Broken,
        Health::Paused,
        Health::Replaced,
    ]);
    let kind = prop::sample::select(vec![Kind::Plan, Kind::Open, Kind::Close, Kind::Comment, Kind::Confirm]);
    let fault = prop::sample::select(vec![
        Fault::Held("the forge answers 502"),
        Fault::Refused("no line matches"),
    ]);
    let verdict = prop::sample::select(vec![Verdict::Approve, Verdict::Approve, Verdict::Reject]);
    prop_oneof![
        6 => index().prop_map(Event::Merge),
        1 => index().prop_map(Event::Close),
        1 => (index(), health).prop_map(|(service, health)| Event::Health(service, health)),
        6 => (0..3_usize, index(), 0..3_usize, verdict, prop::option::of(1..4_i64))
            .prop_map(|(context, gate, user, verdict, run)| Event::Decide { context, gate, user, verdict, run }),
        1 => (0..2000_i64).prop_map(Event::Wait),
        2 => (0..3_usize).prop_map(Event::Retry),
        1 => (0..3_usize).prop_map(Event::Cancel),
        2 => (kind, fault).prop_map(|(kind, fault)| Event::Fault(kind, fault)),
        1 => index().prop_map(Event::RemoveStage),
        1 => index().prop_map(Event::AddStage),
        1 => (0..3_usize).prop_map(Event::Delete),
    ]
}

/// Anything at all.
pub(super) fn histories() -> impl Strategy<Value = Vec<Event>> {
    vec(prop_oneof![harmless(), harm()], 1..60)
}

/// Only what does no harm.
pub(super) fn harmless_histories() -> impl Strategy<Value = Vec<Event>> {
    vec(harmless(), 1..40)
}

impl Simulation {
    pub(super) fn happen(&mut self, event: &Event) {
        let name = |context: &usize| format!("v{context}");
        match event {
            Event::Apply { context, values } => {
                self.apply(&name(context), &format!("{values}.0"));
                self.context(&name(context)).requested_by = Some("bob".to_owned());
            }
            Event::Pass(crash) => {
                self.crash(*crash);
            }
            Event::Merge(index) => {
                if let Some(branch) = self.pick_open(*index) {
                    self.world.merge(&branch);
                }
            }
            Event::Close(index) => {
                if let Some(branch) = self.pick_open(*index) {
                    self.world.forge.get_mut(&branch).expect("a branch").state = ForgeState::Closed;
                }
            }
            Event::Deploy => self.world.deploy(),
            Event::Health(index, health) => {
                let services: Vec<String> = self.world.live.keys().map(|service| service.name.clone()).collect();
                if !services.is_empty() {
                    let service = index.get(&services).clone();
                    self.world.health(&service, *health);
                }
            }
            Event::Decide {
                context,
                gate,
                user,
                verdict,
                run,
            } => {
                self.happen_to_be_decided(&name(context), *gate, *user, *verdict, *run);
            }
            Event::Wait(seconds) => self.world.now += SignedDuration::from_secs(*seconds),
            Event::SuspendPipeline => self.edit(|pipeline| pipeline.suspend = !pipeline.suspend),
            Event::Fault(kind, fault) => self.fault(*kind, *fault),
            Event::RemoveStage(index) => self.edit(|pipeline| {
                if pipeline.stages.len() > 1 {
                    let gone = pipeline.stages.remove(index.index(pipeline.stages.len())).name;
                    pipeline.edges.retain(|edge| edge.from != gone && edge.to != gone);
                }
            }),
            Event::AddStage(index) => self.edit(|pipeline| {
                let name = format!("n{}", index.index(3));
                if pipeline.stages.iter().all(|stage| stage.name != name) {
                    let before = index.get(&pipeline.stages).name.clone();
                    pipeline.stages.push(stage(&name));
                    pipeline.edges.push(edge(&before, &name));
                }
            }),
            Event::StrictBase => self.world.strict_base = !self.world.strict_base,
            Event::Delete(context) => {
                self.world.contexts.remove(&name(context));
            }
            Event::SuspendContext(context) | Event::Retry(context) | Event::Cancel(context) => {
                if let Some(context) = self.world.contexts.get_mut(&name(context)) {
                    context.suspend ^= matches!(event, Event::SuspendContext(_));
                    context.retry |= matches!(event, Event::Retry(_));
                    context.cancel |= matches!(event, Event::Cancel(_));
                }
            }
        }
    }

    fn pick_open(&self, index: prop::sample::Index) -> Option<String> {
        let open = self
            .world
            .forge
            .iter()
            .filter(|(_, proposal)| proposal.state == ForgeState::Open);
        let open: Vec<&String> = open.map(|(branch, _)| branch).collect();
        (!open.is_empty()).then(|| (*index.get(&open)).clone())
    }

    fn happen_to_be_decided(
        &mut self,
        name: &str,
        gate: prop::sample::Index,
        user: usize,
        decision: Verdict,
        run: Option<i64>,
    ) {
        let edges = self.graph.edges().iter();
        let gates: Vec<(String, String, String)> = edges
            .flat_map(|edge| {
                edge.gates
                    .iter()
                    .map(|gate| (edge.from.clone(), edge.to.clone(), gate.name.clone()))
            })
            .collect();
        let now = self.world.now;
        let Some(context) = self.world.contexts.get_mut(name).filter(|_| !gates.is_empty()) else {
            return;
        };
        let (from, to, gate) = gate.get(&gates).clone();
        context.approvals.push(Approval {
            name: format!("approval-{}", context.approvals.len()),
            run,
            from,
            to,
            gate,
            user: ["ann", "bob", "cyd"][user].to_owned(),
            decision,
            at: now,
            comment: None,
        });
    }

    /// One round of people and deployers who do what they are asked: merge, deploy, approve, wait.
    pub(super) fn fair_round(&mut self) {
        self.rest();
        let names: Vec<String> = self.world.contexts.keys().cloned().collect();
        for name in &names {
            let Some(run) = self.world.contexts[name].status.clone() else {
                continue;
            };
            for stage in run
                .stages
                .iter()
                .filter(|stage| stage.state == StageState::AwaitingMerge)
            {
                for branch in self.open_branches(name, &stage.name) {
                    self.world.merge(&branch);
                }
            }
            for stage in run.stages.iter().filter(|stage| stage.state == StageState::Verifying) {
                self.run_what_is_only_observed(name, &stage.name);
            }
            for edge in &run.edges {
                for gate in edge.gates.iter().filter(|gate| gate.state == GateState::Pending) {
                    let edge = (edge.from.as_str(), edge.to.as_str());
                    self.decide_on(name, Some(run.number), edge, &gate.name, "ann", Verdict::Approve);
                }
            }
        }
        self.world.deploy();
        self.wait(10);
    }

    fn run_what_is_only_observed(&mut self, name: &str, stage: &str) {
        let values = self.world.contexts[name].values.clone();
        let services = self
            .graph
            .stage(stage)
            .into_iter()
            .flat_map(|stage| stage.services.clone());
        for service in services.filter(|service| service.criterion == crate::graph::Criterion::Observe) {
            let since = self.world.now;
            let running = super::world::Running {
                value: values.clone(),
                health: Health::Healthy,
                since,
            };
            let same = self
                .world
                .live
                .get(&service.reference)
                .is_some_and(|now| now.value == values);
            if !same {
                self.world.live.insert(service.reference, running);
            }
        }
    }
}
