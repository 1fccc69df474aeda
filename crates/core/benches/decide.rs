//! What `decide` costs on long and on wide pipelines: `cargo bench -p stagecoach-core`. The budget is 1 ms for 1,000 stages,
//! and ten times the stages may cost no more than about ten times as much.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a program that measures and prints"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use stagecoach_core::graph::{
    Criterion, Edge, Gate, GateKind, Graph, Join, OnReject, PipelineInput, Service, ServiceReference, Stage, Supersede,
};
use stagecoach_core::input::{ActionResult, ContextKey, Outcome, Proof, PullRequestSeen, RunInput, StageObservation};
use stagecoach_core::status::{EdgeState, PullRequest, PullRequestState, StageState};
use stagecoach_core::{decide, settle};

/// Builds a case of so many stages.
type Build = fn(usize) -> Case;

fn main() {
    println!("{:<44} {:>12} {:>12}", "median of decide", "1,000", "10,000");
    let cases: [(&str, Build); 7] = [
        ("chain, the run begins", |n| Case::begins(chain(n))),
        ("chain, half way, verifying", Case::half_way),
        ("chain, every stage promoted", Case::promoted),
        ("fan-out, every stage starts", Case::fan_starts),
        ("fan-out, every stage awaits a merge", Case::fan_waits),
        ("fan-out, every edge awaits an approval", Case::fan_gated),
        ("fan-out, every stage fails (decide + settle)", Case::fan_refused),
    ];
    for (name, case) in cases {
        let [small, large] = [1_000, 10_000].map(|stages| case(stages).measure());
        println!("{name:<44} {small:>12.2?} {large:>12.2?}");
    }
    let [small, large] = [1_000, 10_000].map(|stages| {
        median(|| {
            let pipeline = chain(stages);
            let start = Instant::now();
            black_box(Graph::new(pipeline).expect("a usable pipeline"));
            start.elapsed()
        })
    });
    println!("{:<44} {small:>12.2?} {large:>12.2?}", "Graph::new of a chain");
}

fn median(mut once: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..51).map(|_| once()).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

struct Case {
    graph: Graph,
    inputs: Vec<RunInput>,
    refuse: bool,
}

impl Case {
    /// A run that has not begun.
    fn begins(pipeline: PipelineInput) -> Self {
        let input = RunInput {
            context: ContextKey {
                namespace: "apps".to_owned(),
                name: "v1".to_owned(),
                uid: "0f9a2a5c".to_owned(),
            },
            fingerprint: "a".to_owned(),
            values: "1.0".to_owned(),
            sequence: Some(1),
            suspend: false,
            status: None,
            requested_by: None,
            retry: false,
            cancel: false,
            approvals: Vec::new(),
            stages: BTreeMap::new(),
        };
        Self {
            graph: Graph::new(pipeline).expect("a usable pipeline"),
            inputs: vec![input],
            refuse: false,
        }
    }

    /// A run that has begun, its stages and edges brought into a state, with what is observed of them.
    fn with(pipeline: PipelineInput, state: impl Fn(usize) -> StageState) -> Self {
        let mut case = Self::begins(pipeline);
        let mut decision = decide(&case.graph, &case.inputs, now(0));
        let input = &mut case.inputs[0];
        let mut run = decision.runs.remove(&input.context).expect("a run");
        for (position, stage) in run.stages.iter_mut().enumerate() {
            stage.state = state(position);
            if stage.state == StageState::Waiting {
                continue;
            }
            stage.pull_requests = vec![pull_request(&stage.name, stage.state)];
            let observation = StageObservation {
                pull_requests: BTreeMap::from([(stage.name.clone(), PullRequestSeen::Open)]),
                services: vec![(service(&stage.name), Proof::Proven { since: now(0) })],
            };
            input.stages.insert(stage.name.clone(), observation);
        }
        for edge in &mut run.edges {
            let target = run
                .stages
                .iter()
                .find(|stage| stage.name == edge.to)
                .map(|stage| stage.state);
            if target != Some(StageState::Waiting) {
                edge.state = EdgeState::Open;
            }
        }
        input.status = Some(run);
        case
    }

    fn half_way(stages: usize) -> Self {
        Self::with(chain(stages), |position| match position.cmp(&(stages / 2)) {
            std::cmp::Ordering::Less => StageState::Promoted,
            std::cmp::Ordering::Equal => StageState::Verifying,
            std::cmp::Ordering::Greater => StageState::Waiting,
        })
    }

    fn promoted(stages: usize) -> Self {
        Self::with(chain(stages), |_| StageState::Promoted)
    }

    fn fan_starts(stages: usize) -> Self {
        Self::with(fan(stages, false), |position| {
            if position == 0 {
                StageState::Promoted
            } else {
                StageState::Waiting
            }
        })
    }

    fn fan_waits(stages: usize) -> Self {
        Self::with(fan(stages, false), |position| {
            if position == 0 {
                StageState::Promoted
            } else {
                StageState::AwaitingMerge
            }
        })
    }

    fn fan_gated(stages: usize) -> Self {
        Self::with(fan(stages, true), |position| {
            if position == 0 {
                StageState::Promoted
            } else {
                StageState::Waiting
            }
        })
    }

    fn fan_refused(stages: usize) -> Self {
        Self {
            refuse: true,
            ..Self::fan_starts(stages)
        }
    }

    fn measure(&self) -> Duration {
        median(|| {
            let start = Instant::now();
            let mut decision = decide(&self.graph, &self.inputs, now(1));
            if self.refuse {
                let outcomes: Vec<Outcome> = decision.actions.iter().map(refused).collect();
                settle(&self.graph, &self.inputs, &mut decision, &outcomes, now(1));
            }
            let elapsed = start.elapsed();
            black_box(decision);
            elapsed
        })
    }
}

fn refused(action: &stagecoach_core::Action) -> Outcome {
    Outcome {
        action: action.clone(),
        result: ActionResult::Refused {
            reason: "NothingMatched".to_owned(),
            message: "no line matches".to_owned(),
        },
    }
}

fn now(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_767_225_600 + seconds)
}

fn service(name: &str) -> ServiceReference {
    ServiceReference {
        kind: "ServiceDeployment".to_owned(),
        namespace: "apps".to_owned(),
        name: name.to_owned(),
    }
}

fn stage(position: usize) -> Stage {
    let name = format!("stage-{position:05}");
    Stage {
        services: vec![Service {
            reference: service(&name),
            criterion: Criterion::PullRequest {
                automation: name.clone(),
                repository: None,
            },
        }],
        name,
        join: Join::All,
        progress_deadline: Duration::from_mins(30),
        stability: Duration::from_secs(10),
    }
}

fn edge(from: usize, to: usize, gated: bool) -> Edge {
    let gate = Gate {
        name: "ship".to_owned(),
        kind: GateKind::Approval {
            exclude_requester: false,
        },
        on_reject: OnReject::Halt,
    };
    Edge {
        from: format!("stage-{from:05}"),
        to: format!("stage-{to:05}"),
        gates: if gated { vec![gate] } else { Vec::new() },
    }
}

fn pipeline(stages: usize, edges: Vec<Edge>) -> PipelineInput {
    PipelineInput {
        namespace: "apps".to_owned(),
        name: "shop".to_owned(),
        stages: (0..stages).map(stage).collect(),
        edges,
        supersede: Supersede::Latest,
        suspend: false,
    }
}

fn chain(stages: usize) -> PipelineInput {
    pipeline(stages, (1..stages).map(|to| edge(to - 1, to, true)).collect())
}

fn fan(stages: usize, gated: bool) -> PipelineInput {
    pipeline(stages, (1..stages).map(|to| edge(0, to, gated)).collect())
}

fn pull_request(name: &str, state: StageState) -> PullRequest {
    let open = state == StageState::AwaitingMerge;
    PullRequest {
        group: name.to_owned(),
        connection: "forge".to_owned(),
        repository: "acme/deployments".to_owned(),
        base: "main".to_owned(),
        branch: format!("stagecoach/v1/1/{name}/1"),
        base_commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        commit_date: now(0),
        title: format!("Promote 1.0 to {name}"),
        services: vec![format!("ServiceDeployment apps/{name}")],
        files: vec!["values.yaml".to_owned()],
        state: if open {
            PullRequestState::Open
        } else {
            PullRequestState::Merged
        },
        head_commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        number: Some(1),
        url: Some("https://forge.example/acme/deployments/pulls/1".to_owned()),
        merge_commit: (!open).then(|| "0123456789abcdef0123456789abcdef01234567".to_owned()),
        merged_at: (!open).then(|| now(0)),
        notice: None,
        warnings: Vec::new(),
    }
}
