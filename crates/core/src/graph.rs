//! A pipeline as the machine sees it: stages joined by edges, checked once, so that nothing later meets a name that
//! does not resolve. Built by `api`'s conversion; read by every other module of this crate.

mod check;

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use crate::status::RunStatus;

/// The parts of a pipeline before they are checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineInput {
    /// Namespace of the Pipeline.
    pub namespace: String,
    /// Name of the Pipeline.
    pub name: String,
    /// Stages, in the order of the manifest.
    pub stages: Vec<Stage>,
    /// Edges, in the order of the manifest.
    pub edges: Vec<Edge>,
    /// What a newer run does to older ones.
    pub supersede: Supersede,
    /// True while nothing new may be started.
    pub suspend: bool,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Unique name.
    pub name: String,
    /// Workloads; none makes the stage a pure decision point.
    pub services: Vec<Service>,
    /// How many incoming edges must be open.
    pub join: Join,
    /// How long verification may take.
    pub progress_deadline: Duration,
    /// How long a service must have been healthy before the stage counts as promoted.
    pub stability: Duration,
}

/// A workload of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Which object.
    pub reference: ServiceReference,
    /// How a run gets into it.
    pub criterion: Criterion,
}

/// Names a workload object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceReference {
    /// Kind, for example `ServiceDeployment`.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl fmt::Display for ServiceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// How a run gets into a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// Nothing is written; the service is only observed.
    Observe,
    /// A pull request made by a PrAutomation.
    PullRequest {
        /// Name of the PrAutomation.
        automation: String,
        /// Replaces the automation's own repository.
        repository: Option<String>,
    },
    /// A criterion that this version cannot serve, in words.
    Unsupported(String),
}

/// How many incoming edges must be open before a stage starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Every one.
    #[default]
    All,
    /// One is enough.
    Any,
}

/// What a newer run does to older ones of the same pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Supersede {
    /// It takes their place, stage by stage.
    #[default]
    Latest,
    /// It waits for them.
    Queue,
    /// It ignores them.
    Parallel,
}

/// An edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Source stage.
    pub from: String,
    /// Target stage.
    pub to: String,
    /// Conditions; none leaves the edge open.
    pub gates: Vec<Gate>,
}

/// A condition on an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Unique name on its edge.
    pub name: String,
    /// What it asks.
    pub kind: GateKind,
    /// What a rejection does.
    pub on_reject: OnReject,
}

/// What a gate asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateKind {
    /// A person's decision.
    Approval {
        /// True when the person who asked for the run may not approve it.
        exclude_requester: bool,
    },
    /// A type that this version cannot serve: the edge stays shut and says so.
    Unsupported(String),
}

/// What a rejected gate does to its run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnReject {
    /// The run fails at once; its other stage runs are cancelled.
    #[default]
    Halt,
    /// Only this branch ends; the run can still succeed.
    HaltBranch,
    /// The other branches end first, then the run fails.
    FailAfterOthers,
    /// As if the gate were open.
    Ignore,
}

/// Why a pipeline cannot be used. The message names what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Two stages share a name.
    #[error("stage {0:?} is listed twice in spec.stages: give each stage its own name")]
    DuplicateStage(String),
    /// An edge names a stage that does not exist.
    #[error("edge {from:?} -> {to:?} names the stage {missing:?}, which is not in spec.stages")]
    UnknownStage {
        /// Source of the edge.
        from: String,
        /// Target of the edge.
        to: String,
        /// The name that does not resolve.
        missing: String,
    },
    /// Two edges join the same stages.
    #[error("edge {0:?} -> {1:?} is listed twice in spec.edges: put all its gates on one")]
    DuplicateEdge(String, String),
    /// Two gates of an edge share a name.
    #[error("gate {gate:?} is listed twice on edge {from:?} -> {to:?}: give each gate its own name")]
    DuplicateGate {
        /// Source of the edge.
        from: String,
        /// Target of the edge.
        to: String,
        /// The shared name.
        gate: String,
    },
    /// The edges form a circle.
    #[error("spec.edges form a cycle: {}: take one of these edges out", .0.join(" -> "))]
    Cycle(Vec<String>),
    /// A service can be read by no reader.
    #[error("stage {stage:?}: {message}")]
    Service {
        /// The stage.
        stage: String,
        /// What is wrong.
        message: String,
    },
}

impl Problem {
    /// One word for conditions, events and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::DuplicateStage(_) => "DuplicateStage",
            Self::UnknownStage { .. } => "UnknownStage",
            Self::DuplicateEdge(..) => "DuplicateEdge",
            Self::DuplicateGate { .. } => "DuplicateGate",
            Self::Cycle(_) => "Cycle",
            Self::Service { .. } => "InvalidService",
        }
    }
}

/// A checked pipeline: names are unique, edges resolve, there is no cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    pub(crate) pipeline: PipelineInput,
    index: HashMap<String, usize>,
    /// Positions of the stages that each edge joins.
    pub(crate) ends: Vec<(usize, usize)>,
    /// Positions of edges by target stage.
    pub(crate) incoming: Vec<Vec<usize>>,
    /// Positions of edges by source stage.
    pub(crate) outgoing: Vec<Vec<usize>>,
    /// Positions of stages, every one after its predecessors.
    pub(crate) order: Vec<usize>,
}

impl Graph {
    /// Checks `pipeline`.
    ///
    /// # Errors
    /// Every problem found, so that a person mends them in one go.
    pub fn new(pipeline: PipelineInput) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let index = check::stages(&pipeline.stages, &mut problems);
        let ends = check::edges(&pipeline.edges, &index, &mut problems);
        let mut incoming = vec![Vec::new(); pipeline.stages.len()];
        let mut outgoing = vec![Vec::new(); pipeline.stages.len()];
        for (edge, &(from, to)) in ends.iter().enumerate() {
            incoming[to].push(edge);
            outgoing[from].push(edge);
        }
        let order = check::order(&ends, &outgoing, &mut problems, |stage| {
            pipeline.stages[stage].name.clone()
        });
        if problems.is_empty() {
            Ok(Self {
                pipeline,
                index,
                ends,
                incoming,
                outgoing,
                order,
            })
        } else {
            Err(problems)
        }
    }

    /// Stages in the order of the manifest.
    pub fn stages(&self) -> &[Stage] {
        &self.pipeline.stages
    }

    /// Edges in the order of the manifest.
    pub fn edges(&self) -> &[Edge] {
        &self.pipeline.edges
    }

    /// The stage of that name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.index.get(name).map(|&position| &self.pipeline.stages[position])
    }

    /// Where the stage of that name is; `likely` is looked at first, because a run keeps the order of its pipeline.
    pub(crate) fn position(&self, likely: usize, name: &str) -> Option<usize> {
        let hit = self.pipeline.stages.get(likely).is_some_and(|stage| stage.name == name);
        if hit {
            Some(likely)
        } else {
            self.index.get(name).copied()
        }
    }

    /// How a run names its pipeline: `namespace/name`.
    pub(crate) fn label(&self) -> String {
        format!("{}/{}", self.pipeline.namespace, self.pipeline.name)
    }

    /// True when `run` goes through this pipeline. An object that has moved here brings the run of another one along;
    /// its stages and its sequence number mean nothing here.
    pub(crate) fn carries(&self, run: &RunStatus) -> bool {
        let named = run.pipeline.split_once('/');
        named.is_none_or(|named| named == (self.pipeline.namespace.as_str(), self.pipeline.name.as_str()))
    }
}
