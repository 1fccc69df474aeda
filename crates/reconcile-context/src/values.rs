//! The values of a run: what templates see, what is shown, and what makes two sets of values the same. Pure.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use stagecoach_api::{PipelineContext, ServiceDeployment, template_values};
use stagecoach_core::graph::ServiceReference;
use stagecoach_delivery::{plain, short as cut};
use stagecoach_runtime::ObjectKey;

/// Stands for the pipeline reference and the values of a context's `spec`: another fingerprint is another run.
pub(crate) fn fingerprint(pipeline: &ObjectKey, values: &Map<String, Value>) -> String {
    // serde_json keeps maps sorted, so equal values are equal text.
    let text = json!({ "pipeline": pipeline.to_string(), "values": values }).to_string();
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// The values in a few words: the version where there is one, else all of them.
pub(crate) fn short(values: &Map<String, Value>) -> String {
    match values.get("version") {
        Some(version) => cut(&plain(version)),
        None if values.is_empty() => "no values".to_owned(),
        None => cut(&values
            .iter()
            .map(|(key, value)| format!("{key}={}", plain(value)))
            .collect::<Vec<_>>()
            .join(", ")),
    }
}

/// Where a change set is computed for.
pub(crate) struct Place<'a> {
    pub(crate) pipeline: &'a ObjectKey,
    pub(crate) stage: &'a str,
    /// Stages with an edge into this one.
    pub(crate) previous: Vec<&'a str>,
    pub(crate) service: &'a ServiceReference,
    /// The object of the service, where it is a ServiceDeployment.
    pub(crate) deployment: Option<&'a ServiceDeployment>,
    pub(crate) run: i64,
}

/// What templates see: the run's values and the key `pipeline`, which is always ours.
pub(crate) fn for_templates(context: &PipelineContext, place: &Place<'_>) -> Value {
    let place = template_values::Place {
        pipeline: Some(&place.pipeline.name),
        namespace: place.pipeline.namespace.as_deref(),
        context: context.metadata.name.as_deref(),
        stage: Some(place.stage),
        previous: place.previous.clone(),
        service: Some(place.service),
        deployment: place.deployment,
        run: place.run,
    };
    template_values::for_templates(context.spec.context.clone(), &place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn equal_values_have_one_fingerprint_whatever_their_order() {
        let key = ObjectKey::namespaced("infra", "cd-demo");
        let a = map(&serde_json::from_str(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#).unwrap());
        let b = map(&serde_json::from_str(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#).unwrap());
        assert_eq!(fingerprint(&key, &a), fingerprint(&key, &b));
        assert_ne!(
            fingerprint(&key, &a),
            fingerprint(&ObjectKey::namespaced("infra", "other"), &a)
        );
        assert_ne!(fingerprint(&key, &a), fingerprint(&key, &map(&json!({"a": "1"}))));
    }

    #[test]
    fn values_are_shown_in_short() {
        assert_eq!(short(&map(&json!({"version": "0.1.0", "x": 1}))), "0.1.0");
        assert_eq!(short(&map(&json!({"b": true, "a": "x"}))), "a=x, b=true");
        assert_eq!(short(&Map::new()), "no values");
        assert_eq!(short(&map(&json!({"version": "x".repeat(100)}))).chars().count(), 63);
    }

    #[test]
    fn templates_see_the_contracts_names_and_the_key_pipeline_is_ours() {
        let mut context = PipelineContext::new("ctx", stagecoach_api::PipelineContextSpec::default());
        context.spec.context = map(&json!({"version": "1", "pipeline": "mine"}));
        let service = ServiceReference {
            kind: "ServiceDeployment".to_owned(),
            namespace: "infra".to_owned(),
            name: "cd-demo-dev".to_owned(),
        };
        let key = ObjectKey::namespaced("infra", "cd-demo");
        let place = Place {
            pipeline: &key,
            stage: "dev",
            previous: vec![],
            service: &service,
            deployment: None,
            run: 1,
        };
        let values = for_templates(&context, &place);
        assert_eq!(values["version"], "1");
        assert_eq!(values["pipeline"]["stage"]["name"], "dev");
        assert_eq!(values["pipeline"]["service"]["name"], "cd-demo-dev");
        assert_eq!(values["pipeline"]["service"]["namespace"], "infra");
        let mut deployment = ServiceDeployment::new("cd-demo-dev", stagecoach_api::ServiceDeploymentSpec::default());
        deployment.spec.namespace = Some("cd-demo".to_owned());
        let values = for_templates(
            &context,
            &Place {
                deployment: Some(&deployment),
                ..place
            },
        );
        assert_eq!(values["pipeline"]["service"]["namespace"], "cd-demo");
    }
}
