//! Decide: which value fires, and what is made of it. Pure.

use kube::ResourceExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use stagecoach_api::Observer;
use stagecoach_api::observer::{ActionType, Order};
use stagecoach_runtime::ObjectKey;
use stagecoach_versions::{self as versions, Rules, pick, substitute};

use crate::Error;

/// What is to be made, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) value: String,
    pub(crate) before: Option<String>,
    pub(crate) contexts: Vec<NewContext>,
}

/// A PipelineContext to make.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewContext {
    pub(crate) pipeline: ObjectKey,
    pub(crate) object: Value,
}

/// Picks the newest of `candidates`; `None` when none is later than the last.
pub(crate) fn decide(observer: &Observer, candidates: &[String]) -> Result<Option<Plan>, Error> {
    let spec = &observer.spec;
    let order = match spec.target.order {
        Order::Semver => versions::Order::Semver,
        Order::Latest => versions::Order::Latest,
        Order::Renovate => {
            let renovate = spec.target.renovate.as_ref();
            let ignore_unstable = renovate.and_then(|renovate| renovate.ignore_unstable).unwrap_or(false);
            versions::Order::Renovate { ignore_unstable }
        }
    };
    let rules = Rules::new(order, spec.target.format.as_deref())?;
    let last = observer.status.as_ref().and_then(|status| status.last_value.as_deref());
    let picked = pick(
        &rules,
        last,
        spec.initial.as_deref(),
        candidates.iter().map(String::as_str),
    )?;
    let Some(value) = picked else { return Ok(None) };
    if spec.actions.is_empty() {
        return Err(Error::NoActions);
    }
    let mut contexts = Vec::new();
    for (position, action) in spec.actions.iter().enumerate() {
        match (action.type_, &action.configuration.pipeline) {
            (ActionType::Pipeline, Some(configuration)) => {
                let own = observer.namespace().unwrap_or_default();
                let reference = &configuration.pipeline_ref;
                let pipeline = ObjectKey::namespaced(reference.namespace_or(&own), reference.name());
                let values = json!(configuration.context.clone().unwrap_or_default());
                let values = substitute(&values, &[("$value", &value)]);
                let object = new_context(observer, &pipeline, position, &value, &values);
                contexts.push(NewContext { pipeline, object });
            }
            (kind, _) => return Err(Error::UnsupportedAction(kind)),
        }
    }
    Ok(Some(Plan {
        before: last.or(spec.initial.as_deref()).map(str::to_owned),
        value,
        contexts,
    }))
}

fn new_context(observer: &Observer, pipeline: &ObjectKey, action: usize, value: &str, values: &Value) -> Value {
    let from = ObjectKey::of(observer);
    json!({
        "apiVersion": "deployments.plural.sh/v1alpha1",
        "kind": "PipelineContext",
        "metadata": {
            "name": name(observer, action, value),
            "namespace": pipeline.namespace,
            "annotations": {
                "stagecoach.dev/made-by": format!("observer {from}"),
                "stagecoach.dev/requested-by": format!("observer {from}"),
            },
        },
        "spec": { "pipelineRef": { "name": pipeline.name, "namespace": pipeline.namespace }, "context": values },
    })
}

/// A function of observer, action and value: `cd-demo-0-1-0-1a2b3c4d`.
fn name(observer: &Observer, action: usize, value: &str) -> String {
    let identity = format!(
        "{}\n{action}\n{value}",
        observer.uid().unwrap_or_else(|| observer.name_any())
    );
    let digits = hex::encode(&Sha256::digest(identity.as_bytes())[..4]);
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let slug: String = value.chars().map(kept).take(40).collect();
    let observer: String = observer.name_any().chars().take(180).collect();
    format!("{observer}-{}-{digits}", slug.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observer(last: Option<&str>) -> Observer {
        let mut observer: Observer = serde_json::from_value(json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Observer",
            "metadata": {"name": "cd-demo", "namespace": "infra", "uid": "u"},
            "spec": {
                "crontab": "*/5 * * * *",
                "target": {"type": "OCI", "order": "SEMVER", "oci": {"url": "localhost:5000/app"}},
                "actions": [{
                    "type": "PIPELINE",
                    "configuration": {"pipeline": {"pipelineRef": {"name": "cd-demo"}, "context": {"version": "$value", "n": 5}}},
                }],
            },
        }))
        .unwrap();
        observer.status = Some(stagecoach_api::ObserverStatus {
            last_value: last.map(str::to_owned),
            ..Default::default()
        });
        observer
    }

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn the_newest_tag_makes_one_context_with_the_value_in_it() {
        let plan = decide(&observer(None), &tags(&["latest", "0.1.0", "0.2.0"]))
            .unwrap()
            .unwrap();
        assert_eq!(plan.value, "0.2.0");
        let object = &plan.contexts[0].object;
        assert_eq!(object["spec"]["context"], json!({"version": "0.2.0", "n": 5}));
        assert_eq!(
            object["spec"]["pipelineRef"],
            json!({"name": "cd-demo", "namespace": "infra"})
        );
        assert_eq!(object["metadata"]["namespace"], "infra");
        assert!(
            object["metadata"]["name"]
                .as_str()
                .unwrap()
                .starts_with("cd-demo-0-2-0-")
        );
        assert!(object["metadata"]["ownerReferences"].is_null());
    }

    #[test]
    fn the_name_is_a_function_of_observer_and_value() {
        let name = |tag: &str| {
            decide(&observer(None), &tags(&[tag])).unwrap().unwrap().contexts[0].object["metadata"]["name"].clone()
        };
        assert_eq!(name("0.1.0"), name("0.1.0"));
        assert_ne!(name("0.1.0"), name("0.1-0"));
    }

    #[test]
    fn what_is_not_later_makes_nothing() {
        assert_eq!(
            decide(&observer(Some("0.2.0")), &tags(&["0.1.0", "0.2.0"])).unwrap(),
            None
        );
    }

    #[test]
    fn an_action_of_another_type_is_named() {
        let mut observer = observer(None);
        observer.spec.actions[0].type_ = ActionType::Agent;
        let error = decide(&observer, &tags(&["0.1.0"])).unwrap_err();
        assert!(error.to_string().contains("type AGENT"), "{error}");
    }
}
