//! From the objects of the API to what the promotion machine takes in. Total: what this version cannot serve becomes a
//! value that says so.

use std::time::Duration;

use kube::ResourceExt as _;
use stagecoach_core::graph::{
    Criterion, Edge, Gate, GateKind, Join, OnReject, PipelineInput, Service, ServiceReference, Stage, Supersede,
};
use stagecoach_core::input;

use crate::common::Span;
use crate::pipeline::{self, GateType, PipelineEdge, PipelineGate, PipelineStage, StageService};
use crate::{Approval, PipelineSpec};

/// Kind of a `serviceRef` that names none.
const DEFAULT_KIND: &str = "ServiceDeployment";
/// `progressDeadline` of a stage that sets none.
const PROGRESS_DEADLINE: Duration = Duration::from_mins(30);

impl PipelineSpec {
    /// The pipeline called `name` in `namespace`, as the machine sees it. `stability` is the operator's own default.
    pub fn to_core(&self, namespace: &str, name: &str, stability: Duration) -> PipelineInput {
        PipelineInput {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            stages: self
                .stages
                .iter()
                .map(|stage| stage.to_core(namespace, stability))
                .collect(),
            edges: self.edges.iter().map(PipelineEdge::to_core).collect(),
            supersede: match self.supersede {
                pipeline::Supersede::Latest => Supersede::Latest,
                pipeline::Supersede::Queue => Supersede::Queue,
                pipeline::Supersede::Parallel => Supersede::Parallel,
            },
            suspend: self.suspend,
        }
    }
}

impl PipelineStage {
    fn to_core(&self, namespace: &str, stability: Duration) -> Stage {
        Stage {
            name: self.name.clone(),
            services: self.services.iter().map(|service| service.to_core(namespace)).collect(),
            join: match self.join.unwrap_or_default() {
                pipeline::Join::All => Join::All,
                pipeline::Join::Any => Join::Any,
            },
            progress_deadline: self.progress_deadline.as_ref().map_or(PROGRESS_DEADLINE, Span::length),
            stability: self.stability.as_ref().map_or(stability, Span::length),
        }
    }
}

impl StageService {
    fn to_core(&self, namespace: &str) -> Service {
        let reference = ServiceReference {
            kind: self.service_ref.kind_or(DEFAULT_KIND).to_owned(),
            namespace: self.service_ref.namespace_or(namespace).to_owned(),
            name: self.service_ref.name().to_owned(),
        };
        Service {
            criterion: self.criterion(&reference),
            reference,
        }
    }

    fn criterion(&self, reference: &ServiceReference) -> Criterion {
        let Some(criteria) = &self.criteria else {
            return Criterion::Observe;
        };
        if let Some(automation) = &criteria.pr_automation_ref {
            let (automation, repository) = (automation.name().to_owned(), criteria.repository.clone());
            return Criterion::PullRequest { automation, repository };
        }
        if criteria.service_ref.is_some() {
            return Criterion::Unsupported(format!(
                "criteria.serviceRef of {reference} (copying from another service) is not supported by this version; use \
                 criteria.prAutomationRef"
            ));
        }
        if criteria.ai.is_some() {
            return Criterion::Unsupported(format!(
                "criteria.ai of {reference} is not supported by this version; use criteria.prAutomationRef"
            ));
        }
        Criterion::Observe
    }
}

impl PipelineEdge {
    fn to_core(&self) -> Edge {
        let named =
            |name: &Option<String>, id: &Option<String>| name.clone().or_else(|| id.clone()).unwrap_or_default();
        Edge {
            from: named(&self.from, &self.from_id),
            to: named(&self.to, &self.to_id),
            gates: self.gates.iter().map(PipelineGate::to_core).collect(),
        }
    }
}

impl PipelineGate {
    fn to_core(&self) -> Gate {
        let approval = self.spec.as_ref().and_then(|spec| spec.approval.as_ref());
        Gate {
            name: self.name.clone(),
            kind: match self.type_ {
                GateType::Approval => GateKind::Approval {
                    exclude_requester: approval
                        .and_then(|approval| approval.exclude_requester)
                        .unwrap_or(false),
                },
                GateType::Window => GateKind::Unsupported("WINDOW".to_owned()),
                GateType::Job => GateKind::Unsupported("JOB".to_owned()),
                GateType::Sentinel => GateKind::Unsupported("SENTINEL".to_owned()),
                GateType::Soak => GateKind::Unsupported("SOAK".to_owned()),
                GateType::Metric => GateKind::Unsupported("METRIC".to_owned()),
                GateType::Http => GateKind::Unsupported("HTTP".to_owned()),
                GateType::Checks => GateKind::Unsupported("CHECKS".to_owned()),
            },
            on_reject: match self.on_reject.unwrap_or_default() {
                pipeline::OnReject::Halt => OnReject::Halt,
                pipeline::OnReject::HaltBranch => OnReject::HaltBranch,
                pipeline::OnReject::FailAfterOthers => OnReject::FailAfterOthers,
                pipeline::OnReject::Ignore => OnReject::Ignore,
            },
        }
    }
}

impl Approval {
    /// The decision as the machine sees it; `None` for an object that no API server has taken yet.
    pub fn to_core(&self) -> Option<input::Approval> {
        Some(input::Approval {
            name: self.name_any(),
            run: self.spec.run,
            from: self.spec.edge.from.clone(),
            to: self.spec.edge.to.clone(),
            gate: self.spec.gate.clone(),
            user: self.spec.user.clone(),
            decision: self.spec.decision,
            at: self.creation_timestamp()?.0,
            comment: self.spec.comment.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(value: serde_json::Value) -> PipelineSpec {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_reference_without_namespace_and_kind_is_a_service_deployment_beside_the_pipeline() {
        let spec =
            spec(serde_json::json!({"stages": [{"name": "dev", "services": [{"serviceRef": {"name": "app"}}]}]}));
        let input = spec.to_core("infra", "cd-demo", Duration::from_secs(10));
        let service = &input.stages[0].services[0];
        assert_eq!(service.reference.to_string(), "ServiceDeployment infra/app");
        assert_eq!(service.criterion, Criterion::Observe);
        assert_eq!(
            (input.stages[0].stability, input.stages[0].progress_deadline),
            (Duration::from_secs(10), PROGRESS_DEADLINE)
        );
    }

    #[test]
    fn what_a_stage_sets_itself_counts() {
        let stage = serde_json::json!({"name": "dev", "stability": "2s", "progressDeadline": "1h", "join": "Any"});
        let input = spec(serde_json::json!({"stages": [stage], "supersede": "Queue", "suspend": true})).to_core(
            "infra",
            "p",
            Duration::ZERO,
        );
        assert_eq!(input.stages[0].stability, Duration::from_secs(2));
        assert_eq!(input.stages[0].progress_deadline, Duration::from_hours(1));
        assert_eq!(
            (input.stages[0].join, input.supersede, input.suspend),
            (Join::Any, Supersede::Queue, true)
        );
    }

    #[test]
    fn what_cannot_be_served_says_so_by_name() {
        let input = spec(serde_json::json!({
            "stages": [{"name": "prod", "services": [
                {"serviceRef": {"name": "app"}, "criteria": {"serviceRef": {"name": "app-dev"}, "secrets": ["version"]}},
            ]}],
            "edges": [{"from": "dev", "to": "prod", "gates": [{"name": "it works", "type": "JOB"}]}],
        }))
        .to_core("infra", "p", Duration::ZERO);
        let Criterion::Unsupported(message) = &input.stages[0].services[0].criterion else {
            panic!("it is served")
        };
        assert!(message.contains("ServiceDeployment infra/app"), "{message}");
        assert_eq!(input.edges[0].gates[0].kind, GateKind::Unsupported("JOB".to_owned()));
    }
}
