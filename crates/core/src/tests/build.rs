//! Pipelines for tests, in few words. Every stage has one service with an automation of its own unless it says otherwise.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::graph::{
    Criterion, Edge, Gate, GateKind, Graph, Join, OnReject, PipelineInput, Service, ServiceReference, Stage, Supersede,
};

/// The time `seconds` after the simulated world began.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_767_225_600 + seconds)
}

pub(super) fn service(name: &str) -> ServiceReference {
    ServiceReference {
        kind: "ServiceDeployment".to_owned(),
        namespace: "apps".to_owned(),
        name: name.to_owned(),
    }
}

/// A service that an automation of that name writes.
pub(super) fn written(name: &str, automation: &str) -> Service {
    Service {
        reference: service(name),
        criterion: Criterion::PullRequest {
            automation: automation.to_owned(),
            repository: None,
        },
    }
}

/// A service that is only looked at.
pub(super) fn observed(name: &str) -> Service {
    Service {
        reference: service(name),
        criterion: Criterion::Observe,
    }
}

pub(super) fn stage(name: &str) -> Stage {
    Stage {
        name: name.to_owned(),
        services: vec![written(name, name)],
        join: Join::All,
        progress_deadline: Duration::from_mins(30),
        stability: Duration::from_secs(10),
    }
}

pub(super) fn approval(name: &str) -> Gate {
    Gate {
        name: name.to_owned(),
        kind: GateKind::Approval {
            exclude_requester: false,
        },
        on_reject: OnReject::Halt,
    }
}

/// An approval gate with this way of rejecting.
pub(super) fn rejecting(name: &str, on_reject: OnReject) -> Gate {
    Gate {
        on_reject,
        ..approval(name)
    }
}

/// Stages, joined by edges.
pub(super) fn pipeline(stages: &[&str], edges: &[(&str, &str)]) -> PipelineInput {
    PipelineInput {
        namespace: "apps".to_owned(),
        name: "shop".to_owned(),
        stages: stages.iter().map(|name| stage(name)).collect(),
        edges: edges.iter().map(|(from, to)| edge(from, to)).collect(),
        supersede: Supersede::Latest,
        suspend: false,
    }
}

pub(super) fn edge(from: &str, to: &str) -> Edge {
    Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        gates: Vec::new(),
    }
}

/// Stages in a row.
pub(super) fn chain(stages: &[&str]) -> PipelineInput {
    let edges: Vec<(&str, &str)> = stages.windows(2).map(|pair| (pair[0], pair[1])).collect();
    pipeline(stages, &edges)
}

/// `dev` and `prod`, with one approval gate between them.
pub(super) fn dev_prod() -> PipelineInput {
    chain(&["dev", "prod"]).gated("dev", "prod", approval("ship"))
}

/// `a` before `b` and `c`, and both before `d`.
pub(super) fn diamond() -> PipelineInput {
    pipeline(&["a", "b", "c", "d"], &[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
}

pub(super) fn graph(pipeline: PipelineInput) -> Graph {
    Graph::new(pipeline).expect("a usable pipeline")
}

impl PipelineInput {
    pub(super) fn gated(mut self, from: &str, to: &str, gate: Gate) -> Self {
        let edge = self.edges.iter_mut().find(|edge| edge.from == from && edge.to == to);
        edge.expect("an edge of these stages").gates.push(gate);
        self
    }

    pub(super) fn with(mut self, name: &str, change: impl FnOnce(&mut Stage)) -> Self {
        let stage = self.stages.iter_mut().find(|stage| stage.name == name);
        change(stage.expect("a stage of this name"));
        self
    }

    pub(super) fn superseding(mut self, supersede: Supersede) -> Self {
        self.supersede = supersede;
        self
    }
}
