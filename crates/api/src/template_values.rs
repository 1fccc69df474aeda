//! What the templates of a PrAutomation see: the values of a run, and the key `pipeline`, which says where they are used.
//!
//! `context.pipeline.stage.name`, `.service.name` and `.service.namespace` are the contract's; the rest is added. Called by the
//! reconcilers, which know all of it, and by `kubectl stagecoach render`, which knows what its user tells. Pure.

use serde_json::{Map, Value, json};
use stagecoach_core::graph::ServiceReference;

use crate::ServiceDeployment;
use crate::common::{ObjectReference, Values};

/// The key that is always Stagecoach's own.
pub const PIPELINE: &str = "pipeline";

/// Where a change set is computed for. What is not known is not there for templates either.
#[derive(Clone, Debug, Default)]
pub struct Place<'a> {
    /// Name of the pipeline.
    pub pipeline: Option<&'a str>,
    /// Namespace of the pipeline.
    pub namespace: Option<&'a str>,
    /// Name of the context that carries the values.
    pub context: Option<&'a str>,
    /// Name of the stage.
    pub stage: Option<&'a str>,
    /// Stages with an edge into this one.
    pub previous: Vec<&'a str>,
    /// The values of what was promoted to the stage last, in short; empty: nothing was.
    pub promoted: &'a str,
    /// The service.
    pub service: Option<&'a ServiceReference>,
    /// The object of the service, where it is a ServiceDeployment and known.
    pub deployment: Option<&'a ServiceDeployment>,
    /// Number of the run.
    pub run: i64,
}

/// The values that templates see at a place.
pub fn for_templates(mut values: Values, place: &Place<'_>) -> Value {
    let mut pipeline = Map::new();
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            pipeline.insert(key.to_owned(), value);
        }
    };
    add("name", place.pipeline.map(Value::from));
    add("namespace", place.namespace.map(Value::from));
    add("run", Some(place.run.into()));
    add("context", place.context.map(Value::from));
    let stage = |name| json!({ "name": name, "previous": place.previous, "promoted": place.promoted });
    add("stage", place.stage.map(stage));
    add(
        "service",
        place.service.map(|service| self::service(service, place.deployment)),
    );
    values.insert(PIPELINE.to_owned(), Value::Object(pipeline));
    Value::Object(values)
}

/// The contract's name and namespace are those of the workload, which a ServiceDeployment may set apart from its own. The
/// cluster is empty where the service names none.
fn service(reference: &ServiceReference, deployment: Option<&ServiceDeployment>) -> Value {
    let spec = deployment.map(|deployment| &deployment.spec);
    let name = spec.and_then(|spec| spec.name.as_ref()).unwrap_or(&reference.name);
    let namespace = spec
        .and_then(|spec| spec.namespace.as_ref())
        .unwrap_or(&reference.namespace);
    let handle = spec.and_then(|spec| spec.cluster.as_deref());
    let named = || {
        spec.and_then(|spec| spec.cluster_ref.as_ref())
            .map(ObjectReference::name)
    };
    let cluster = handle.or_else(named).unwrap_or_default();
    json!({ "kind": reference.kind, "name": name, "namespace": namespace, "cluster": cluster })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceDeploymentSpec;

    fn values() -> Values {
        json!({"version": "1", "pipeline": "mine"})
            .as_object()
            .cloned()
            .unwrap()
    }

    fn reference() -> ServiceReference {
        ServiceReference {
            kind: "ServiceDeployment".to_owned(),
            namespace: "infra".to_owned(),
            name: "cd-demo-dev".to_owned(),
        }
    }

    #[test]
    fn the_key_pipeline_says_where() {
        let service = reference();
        let place = Place {
            pipeline: Some("cd-demo"),
            namespace: Some("infra"),
            context: Some("ctx"),
            stage: Some("prod"),
            previous: vec!["dev"],
            promoted: "0.9.0",
            service: Some(&service),
            deployment: None,
            run: 3,
        };
        let wanted = json!({
            "name": "cd-demo", "namespace": "infra", "run": 3, "context": "ctx",
            "stage": {"name": "prod", "previous": ["dev"], "promoted": "0.9.0"},
            "service": {"kind": "ServiceDeployment", "name": "cd-demo-dev", "namespace": "infra", "cluster": ""},
        });
        assert_eq!(
            for_templates(values(), &place),
            json!({"version": "1", "pipeline": wanted})
        );
    }

    #[test]
    fn a_service_is_called_as_its_workload_is() {
        let mut deployment = ServiceDeployment::new("cd-demo-dev", ServiceDeploymentSpec::default());
        deployment.spec.namespace = Some("shop".to_owned());
        let service = reference();
        let place = Place {
            service: Some(&service),
            deployment: Some(&deployment),
            ..Place::default()
        };
        let seen = for_templates(values(), &place);
        assert_eq!(seen["pipeline"]["service"]["name"], "cd-demo-dev");
        assert_eq!(seen["pipeline"]["service"]["namespace"], "shop");

        deployment.spec.cluster_ref = Some(serde_json::from_value(json!({"name": "west"})).unwrap());
        assert_eq!(self::service(&service, Some(&deployment))["cluster"], "west");
        deployment.spec.cluster = Some("east".to_owned());
        assert_eq!(self::service(&service, Some(&deployment))["cluster"], "east");
    }

    #[test]
    fn what_is_not_known_is_not_there() {
        let seen = for_templates(
            values(),
            &Place {
                run: 1,
                ..Place::default()
            },
        );
        assert_eq!(seen["pipeline"], json!({"run": 1}));
    }
}
