use std::{collections::BTreeMap, sync::Arc};

use serde_json::json;
use stagecoach_api::service_deployment::Engine;

use super::*;
use crate::engine::Served;

fn service(metadata: impl Into<Value>, spec: impl Into<Value>) -> ServiceDeployment {
    let mut object = json!({
        "metadata": { "name": "web", "namespace": "infra", "finalizers": [FINALIZER] },
        "spec": { "repositoryRef": { "name": "app" }, "git": { "folder": "helm", "ref": "main" } },
    });
    merge(&mut object["metadata"], &metadata.into());
    merge(&mut object["spec"], &spec.into());
    serde_json::from_value(object).unwrap()
}

fn merge(object: &mut Value, more: &Value) {
    for (key, value) in more.as_object().unwrap() {
        object[key] = value.clone();
    }
}

fn observed(service: ServiceDeployment) -> Observation {
    Observation {
        service: Arc::new(service),
        served: Served {
            argo_cd: true,
            flux: false,
        },
        application: None,
        repositories: BTreeMap::from([("app".to_owned(), "https://git.example.com/app.git".to_owned())]),
        cluster: Place::Here,
        waits_for: None,
    }
}

fn plain() -> Observation {
    observed(service(json!({}), json!({})))
}

/// The Application as Argo CD shows it after it was written.
fn written() -> Value {
    let Plan::Carry(carry) = decide(&plain(), &Options::default()) else {
        panic!()
    };
    let mut live = carry.application;
    live["status"] = json!({ "sync": { "status": "Synced" } });
    live
}

fn carried(observed: &Observation) -> Carry {
    match decide(observed, &Options::default()) {
        Plan::Carry(carry) => carry,
        other => panic!("{other:?}"),
    }
}

fn refused(observed: &Observation) -> Problem {
    match decide(observed, &Options::default()) {
        Plan::Refuse(problem) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_service_is_written_once() {
    assert!(carried(&plain()).write);
    let again = Observation {
        application: Some(written()),
        ..plain()
    };
    let again = carried(&again);
    assert!(!again.write, "deciding on its own outcome does nothing");
    assert_eq!(again.finalizer, None);
}

#[test]
fn a_change_of_either_side_is_written() {
    let changed = service(json!({}), json!({ "configuration": { "version": "v2" } }));
    assert!(
        carried(&Observation {
            application: Some(written()),
            ..observed(changed)
        })
        .write
    );
    let mut live = written();
    live["spec"]["destination"]["namespace"] = json!("elsewhere");
    assert!(
        carried(&Observation {
            application: Some(live),
            ..plain()
        })
        .write
    );
}

#[test]
fn an_application_on_its_way_out_is_left_until_it_is_gone() {
    let mut live = written();
    live["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    live["spec"]["project"] = json!("other");
    assert!(
        !carried(&Observation {
            application: Some(live),
            ..plain()
        })
        .write
    );
}

#[test]
fn the_finalizer_is_there_unless_the_service_is_detached() {
    let without = service(json!({ "finalizers": [] }), json!({}));
    assert_eq!(carried(&observed(without)).finalizer, Some(true));
    assert_eq!(carried(&plain()).finalizer, None);
    let detached = service(json!({}), json!({ "detach": true }));
    assert_eq!(carried(&observed(detached)).finalizer, Some(false));
    let free = service(json!({ "finalizers": [] }), json!({ "detach": true }));
    assert_eq!(carried(&observed(free)).finalizer, None);
}

#[test]
fn what_is_missing_or_elsewhere_is_said() {
    let none = Observation {
        served: Served::default(),
        ..plain()
    };
    assert_eq!(refused(&none), Problem::NoDeployEngine);
    let both = Served {
        argo_cd: true,
        flux: true,
    };
    assert_eq!(
        refused(&Observation {
            served: both,
            ..plain()
        }),
        Problem::AmbiguousDeployEngine
    );
    let flag = Options {
        engine: Some(Engine::ArgoCd),
        ..Options::default()
    };
    assert!(matches!(
        decide(
            &Observation {
                served: both,
                ..plain()
            },
            &flag
        ),
        Plan::Carry(_)
    ));
    let chosen = service(
        json!({ "annotations": { "stagecoach.dev/engine": "argocd" } }),
        json!({}),
    );
    assert!(
        carried(&Observation {
            served: both,
            ..observed(chosen)
        })
        .write
    );

    let name = || "infra/prod".to_owned();
    let gone = Observation {
        cluster: Place::Nowhere(name()),
        ..plain()
    };
    assert_eq!(refused(&gone), Problem::ClusterMissing { name: name() });
    let remote = refused(&Observation {
        cluster: Place::Elsewhere(name()),
        ..plain()
    });
    assert_eq!(remote, Problem::UnsupportedCluster { name: name() });
    assert!(
        remote.to_string().contains("stagecoach.dev/in-cluster: \"true\""),
        "{remote}"
    );
    let unknown = Observation {
        repositories: BTreeMap::new(),
        ..plain()
    };
    assert!(refused(&unknown).is_wait());
}

#[test]
fn only_the_beginning_waits_for_a_dependency() {
    let waits_for = || Some(("database".to_owned(), "it is not ready yet"));
    let new = refused(&Observation {
        waits_for: waits_for(),
        ..plain()
    });
    assert_eq!(
        new.to_string(),
        "waiting for the service database, which spec.dependencies names: it is not ready yet"
    );
    let running = Observation {
        waits_for: waits_for(),
        application: Some(written()),
        ..plain()
    };
    assert!(!carried(&running).write);
}

#[test]
fn an_application_of_somebody_else_is_left_alone() {
    for owner in [json!({}), json!({ "stagecoach.dev/service": "infra/other" })] {
        let mut live = written();
        live["metadata"]["annotations"] = owner;
        let taken = Observation {
            application: Some(live.clone()),
            ..plain()
        };
        assert_eq!(
            refused(&taken),
            Problem::ApplicationTaken {
                name: "infra.web".to_owned()
            }
        );
        let deleted = service(json!({ "deletionTimestamp": "2026-01-01T00:00:00Z" }), json!({}));
        assert_eq!(
            decide(
                &Observation {
                    application: Some(live),
                    ..observed(deleted)
                },
                &Options::default()
            ),
            Plan::TakeDown(TakeDown::LetGo)
        );
    }
}

#[test]
fn a_deletion_goes_step_by_step_and_never_waits_for_what_is_not_there() {
    let step = |metadata: Value, spec: Value, application: Option<Value>, argo_cd: bool| {
        let mut metadata = metadata;
        metadata["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        let served = Served { argo_cd, flux: false };
        let observed = Observation {
            served,
            application,
            ..observed(service(metadata, spec))
        };
        match decide(&observed, &Options::default()) {
            Plan::TakeDown(step) => step,
            other => panic!("{other:?}"),
        }
    };
    let leaving = |phase: &str| {
        let mut live = written();
        live["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        live["status"]["operationState"] = json!({ "phase": phase, "startedAt": "2026-01-01T00:00:00Z" });
        Some(live)
    };
    assert_eq!(step(json!({}), json!({}), Some(written()), true), TakeDown::Delete);
    assert_eq!(
        step(json!({}), json!({}), leaving("Running"), true),
        TakeDown::EndOperation
    );
    assert_eq!(step(json!({}), json!({}), leaving("Succeeded"), true), TakeDown::Wait);
    assert_eq!(step(json!({}), json!({}), None, true), TakeDown::LetGo);
    assert_eq!(step(json!({}), json!({}), None, false), TakeDown::LetGo);
    assert_eq!(
        step(json!({}), json!({ "detach": true }), Some(written()), true),
        TakeDown::LetGo
    );
    assert_eq!(
        step(json!({ "finalizers": [] }), json!({}), Some(written()), true),
        TakeDown::LetGo
    );
}
