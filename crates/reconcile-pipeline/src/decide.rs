//! Decide: whether a pipeline can be used. Pure.

use std::time::Duration;

use kube::ResourceExt as _;
use stagecoach_core::Graph;
use stagecoach_core::graph::{GateKind, Problem};
use stagecoach_delivery as delivery;
use stagecoach_runtime::Classify as _;

use crate::observe::{Observed, services_of};

/// What there is to say of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can be used; the message may name gates that never open.
    Usable { message: String },
    /// Something that it names does not exist yet.
    Incomplete { message: String },
    /// A person must change its spec.
    Invalid { reason: &'static str, message: String },
}

impl Verdict {
    /// One word.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Usable { .. } => "Ready",
            Self::Incomplete { .. } => "ReferenceNotFound",
            Self::Invalid { reason, .. } => reason,
        }
    }

    /// One sentence.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Usable { message } | Self::Incomplete { message } | Self::Invalid { message, .. } => message,
        }
    }
}

/// Decides.
pub(crate) fn decide(observed: &Observed) -> Verdict {
    let pipeline = &observed.pipeline;
    // Times do not matter for validity.
    let input = pipeline.spec.to_core(
        &pipeline.namespace().unwrap_or_default(),
        &pipeline.name_any(),
        Duration::ZERO,
    );
    let unsupported = services_of(pipeline).find(|service| !stagecoach_workload::supports(&service.kind));
    let graph = match Graph::new(input) {
        Ok(graph) => graph,
        Err(problems) => {
            let reason = problems.first().map_or("InvalidPipeline", Problem::reason);
            let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Verdict::Invalid {
                reason,
                message: words.join("; "),
            };
        }
    };
    if let Some(service) = unsupported {
        let message = format!(
            "stage {}: services of kind {} cannot be judged by this version, so the stage would never be promoted; use \
             ServiceDeployment, Application, Deployment, StatefulSet or DaemonSet",
            service.stage, service.kind
        );
        return Verdict::Invalid {
            reason: "UnsupportedKind",
            message,
        };
    }
    if let Some(automation) = observed.patching.first() {
        let error = delivery::Error::PatchOnly(automation.clone());
        return Verdict::Invalid {
            reason: error.reason(),
            message: error.to_string(),
        };
    }
    if !observed.missing.is_empty() {
        let message = format!(
            "{} not found: create it, or correct the reference",
            observed.missing.join(", ")
        );
        return Verdict::Incomplete { message };
    }
    Verdict::Usable {
        message: describe(&graph),
    }
}

fn describe(graph: &Graph) -> String {
    let shut: Vec<String> = graph
        .edges()
        .iter()
        .flat_map(|edge| edge.gates.iter().map(move |gate| (edge, gate)))
        .filter_map(|(edge, gate)| match &gate.kind {
            GateKind::Approval { .. } => None,
            GateKind::Unsupported(kind) => Some(format!(
                "gate {} of type {kind} on edge {} -> {} is not supported by this version and keeps its edge shut",
                gate.name, edge.from, edge.to
            )),
        })
        .collect();
    let (stages, edges) = (graph.stages().len(), graph.edges().len());
    let mut message = format!("{stages} stages and {edges} edges are valid");
    if !shut.is_empty() {
        message = format!("{message}, but {}", shut.join("; "));
    }
    message
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use stagecoach_api::Pipeline;

    use super::*;

    fn verdict(yaml: serde_json::Value, missing: &[&str], patching: &[&str]) -> Verdict {
        let mut pipeline: Pipeline = serde_json::from_value(yaml).unwrap();
        pipeline.metadata.namespace = Some("infra".to_owned());
        let missing = missing.iter().map(|name| (*name).to_owned()).collect();
        decide(&Observed {
            pipeline: Arc::new(pipeline),
            missing,
            patching: patching.iter().map(|name| (*name).to_owned()).collect(),
        })
    }

    fn pipeline(spec: &serde_json::Value) -> serde_json::Value {
        serde_json::json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Pipeline", "metadata": {"name": "p"}, "spec": spec
        })
    }

    #[test]
    fn a_cycle_is_named_with_its_path() {
        let spec = serde_json::json!({
            "stages": [{"name": "dev"}, {"name": "prod"}],
            "edges": [{"from": "dev", "to": "prod"}, {"from": "prod", "to": "dev"}],
        });
        let verdict = verdict(pipeline(&spec), &[], &[]);
        assert_eq!(verdict.reason(), "Cycle");
        assert!(
            verdict.message().contains("dev -> prod -> dev"),
            "{}",
            verdict.message()
        );
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let verdict = verdict(
            pipeline(&serde_json::json!({"stages": [{"name": "dev"}]})),
            &["PrAutomation x"],
            &[],
        );
        assert_eq!(
            verdict,
            Verdict::Incomplete {
                message: "PrAutomation x not found: create it, or correct the reference".to_owned()
            }
        );
    }

    #[test]
    fn a_gate_that_never_opens_is_said_before_anybody_waits_for_it() {
        let spec = serde_json::json!({
            "stages": [{"name": "dev"}, {"name": "prod"}],
            "edges": [{"from": "dev", "to": "prod", "gates": [{"name": "checks", "type": "SENTINEL"}]}],
        });
        let verdict = verdict(pipeline(&spec), &[], &[]);
        assert_eq!(verdict.reason(), "Ready");
        assert!(
            verdict
                .message()
                .contains("gate checks of type SENTINEL on edge dev -> prod"),
            "{}",
            verdict.message()
        );
    }

    #[test]
    fn a_kind_without_a_reader_is_refused_by_name() {
        let spec = serde_json::json!({
            "stages": [{"name": "dev", "services": [{"serviceRef": {"kind": "CronJob", "name": "x"}}]}],
        });
        assert_eq!(verdict(pipeline(&spec), &[], &[]).reason(), "UnsupportedKind");
    }

    #[test]
    fn a_recipe_that_opens_nothing_is_refused() {
        let spec = serde_json::json!({"stages": [{"name": "dev"}]});
        let verdict = verdict(pipeline(&spec), &[], &["diffs"]);
        assert_eq!(verdict.reason(), "PatchOnly");
        assert!(
            verdict
                .message()
                .contains("PrAutomation diffs makes patches (spec.patch)"),
            "{}",
            verdict.message()
        );
    }
}
