use serde_json::json;
use stagecoach_api::service_deployment::{ComponentState, Promoted};
use stagecoach_runtime::KubeError;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_268_800 + second).unwrap()
}

fn service(generation: i64, status: Option<ServiceDeploymentStatus>) -> ServiceDeployment {
    let mut service: ServiceDeployment = serde_json::from_value(
        json!({ "metadata": { "name": "web", "namespace": "infra", "generation": generation }, "spec": {} }),
    )
    .unwrap();
    service.status = status;
    service
}

fn wanted(tag: &str) -> Value {
    json!({
        "metadata": { "annotations": { argo_cd::WRITTEN: tag } },
        "spec": { "source": { "tag": tag }, "destination": { "namespace": "web" } },
    })
}

/// The Application when `tag` was compared, in this state of sync and health.
fn live(tag: &str, sync: &str, health: &str) -> Value {
    let mut live = wanted(tag);
    live["status"] = json!({
        "reconciledAt": at(0).to_string(),
        "health": { "status": health, "lastTransitionTime": at(0).to_string() },
        "sync": { "status": sync, "revision": "0123456789abcdef0123456789abcdef01234567", "comparedTo": wanted(tag)["spec"] },
        "resources": [{ "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "web", "name": "web", "status": sync }],
        "summary": { "images": [format!("example.com/app:{tag}")] },
    });
    live
}

fn asked(live: Value, tag: &str) -> Outcome {
    Outcome::Asked {
        live,
        wanted: wanted(tag),
    }
}

fn after(service: &ServiceDeployment, outcome: &Outcome, second: i64) -> ServiceDeploymentStatus {
    build(service, outcome, None, at(second)).unwrap().status
}

/// `Ready=False Applying Reconciling`, as short as can be.
fn short(status: &ServiceDeploymentStatus) -> String {
    let ready = conditions::find(&status.conditions, conditions::READY).unwrap();
    let others = [conditions::RECONCILING, conditions::STALLED, SYNCHRONIZED];
    let others = others
        .iter()
        .filter(|type_| conditions::is_true(&status.conditions, type_))
        .map(|type_| format!(" {type_}"));
    format!("Ready={} {}{}", ready.status, ready.reason, others.collect::<String>())
}

fn since(status: &ServiceDeploymentStatus, type_: &str) -> Timestamp {
    conditions::find(&status.conditions, type_)
        .unwrap()
        .last_transition_time
        .0
}

/// A service of generation 1 that runs `a`.
fn running() -> ServiceDeployment {
    let status = after(&service(1, None), &asked(live("a", "Synced", "Healthy"), "a"), 0);
    service(1, Some(status))
}

#[test]
fn the_table() {
    let old = live("a", "Synced", "Healthy");
    for (outcome, expected) in [
        (
            asked(live("b", "Synced", "Healthy"), "b"),
            "Ready=True Healthy Synchronized",
        ),
        (asked(old, "b"), "Ready=False Applying Reconciling"),
        (
            asked(live("b", "Synced", "Progressing"), "b"),
            "Ready=False Progressing Reconciling",
        ),
        (
            asked(live("b", "OutOfSync", "Healthy"), "b"),
            "Ready=False OutOfSync Reconciling",
        ),
        (asked(live("b", "Synced", "Suspended"), "b"), "Ready=False Suspended"),
        (
            asked(live("b", "Synced", "Degraded"), "b"),
            "Ready=False Degraded Reconciling",
        ),
        (
            Outcome::Refused(Problem::NoDeployEngine),
            "Ready=False NoDeployEngine Stalled Synchronized",
        ),
        (
            Outcome::Refused(Problem::ClusterMissing { name: "dev".into() }),
            "Ready=False ClusterMissing Reconciling Synchronized",
        ),
        (Outcome::Deleting, "Ready=False Deleting Reconciling Synchronized"),
    ] {
        let before = service(2, running().status);
        let status = after(&before, &outcome, 10);
        assert_eq!(short(&status), expected);
        assert_eq!(status.observed_generation, Some(2));
        assert!(status.message.is_some_and(|message| !message.is_empty()));
    }
    assert!(build(&running(), &Outcome::Gone, None, at(1)).is_none());
}

#[test]
fn a_healthy_service_shows_what_runs() {
    let status = running().status.unwrap();
    assert_eq!(status.engine, Some(Engine::ArgoCd));
    assert_eq!(
        status.message.as_deref(),
        Some("revision 0123456789ab runs and is healthy")
    );
    assert_eq!(
        status.revision.as_deref(),
        Some("0123456789abcdef0123456789abcdef01234567")
    );
    assert_eq!(status.images, ["example.com/app:a"]);
    let component = &status.components[0];
    assert_eq!(
        (component.id.as_str(), component.synced),
        ("apps/Deployment/web/web", true)
    );
    assert_eq!(component.state, Some(ComponentState::Running));
}

#[test]
fn a_service_that_rests_is_not_written() {
    let service = running();
    let before = own_part(&service);
    let mut heartbeat = live("a", "Synced", "Healthy");
    heartbeat["status"]["reconciledAt"] = json!(at(180).to_string());
    heartbeat["status"]["history"] = json!([{ "id": 7 }]);
    assert_eq!(after(&service, &asked(heartbeat, "a"), 180), before);
}

#[test]
fn a_new_generation_is_never_ready_for_the_old_reason() {
    let old = live("a", "Synced", "Healthy");
    let status = after(&service(2, running().status), &asked(old, "b"), 60);
    assert_eq!(short(&status), "Ready=False Applying Reconciling");
    assert_eq!(status.observed_generation, Some(2));
    assert_eq!(since(&status, conditions::READY), at(60));
    // What ran is still shown: it is what runs until the new is there.
    assert_eq!(status.images, ["example.com/app:a"]);
}

#[test]
fn synchronized_says_when_what_runs_changed() {
    let service = running();
    assert_eq!(since(service.status.as_ref().unwrap(), SYNCHRONIZED), at(0));
    // A pod that restarts is no change.
    let unwell = ServiceDeployment {
        status: Some(after(&service, &asked(live("a", "Synced", "Progressing"), "a"), 10)),
        ..service
    };
    assert_eq!(
        short(unwell.status.as_ref().unwrap()),
        "Ready=False Progressing Reconciling Synchronized"
    );
    let well = after(&unwell, &asked(live("a", "Synced", "Healthy"), "a"), 20);
    assert_eq!(
        (since(&well, conditions::READY), since(&well, SYNCHRONIZED)),
        (at(20), at(0))
    );
    // Another commit is one, also when nothing was seen of the way there.
    let mut commit = live("a", "Synced", "Healthy");
    commit["status"]["sync"]["revision"] = json!("fedcba9876543210fedcba9876543210fedcba98");
    let status = after(&unwell, &asked(commit, "a"), 30);
    assert_eq!(since(&status, SYNCHRONIZED), at(30));
}

#[test]
fn a_failure_says_why_and_becomes_final_after_a_while() {
    let broken = asked(live("b", "Synced", "Degraded"), "b");
    let explanation = Some("Deployment web: no image".to_owned());
    let soon = build(&service(2, running().status), &broken, explanation.clone(), at(10)).unwrap();
    let words = "it is applied, and something that it consists of fails: Deployment web: no image";
    assert_eq!(soon.status.message.as_deref(), Some(words));
    assert_eq!(soon.status.errors[0].message, words);
    assert_eq!(soon.until, Some(at(30)));
    let late = build(&service(2, Some(soon.status)), &broken, explanation, at(30)).unwrap();
    assert_eq!(short(&late.status), "Ready=False Degraded Stalled");
    assert_eq!(late.until, None);
    assert_eq!(late.status.images, ["example.com/app:b"]);
    let mended = after(
        &service(3, Some(late.status)),
        &asked(live("c", "Synced", "Healthy"), "c"),
        60,
    );
    assert_eq!(short(&mended), "Ready=True Healthy Synchronized");
    assert!(mended.errors.is_empty());
}

#[test]
fn why_the_last_attempt_failed_is_kept_during_the_next() {
    let failing = |finished: Value| {
        let mut failing = live("b", "OutOfSync", "Healthy");
        failing["operation"] = json!({});
        failing["status"]["operationState"] = json!({
            "phase": "Running", "retryCount": 1, "message": "replicas: -1 is invalid", "finishedAt": finished,
            "operation": { "sync": { "source": { "tag": "b" } } },
        });
        asked(failing, "b")
    };
    let between = after(&service(2, running().status), &failing(json!(at(1).to_string())), 1);
    assert_eq!(short(&between), "Ready=False SyncFailing Reconciling");
    let words = "applying it failed, Argo CD tries again: replicas: -1 is invalid";
    assert_eq!(between.message.as_deref(), Some(words));
    assert_eq!(
        after(&service(2, Some(between.clone())), &failing(Value::Null), 6),
        between
    );
}

#[test]
fn an_error_of_the_api_server_is_shown() {
    let status = kube::core::Status::failure("applications.argoproj.io is forbidden", "Forbidden").with_code(403);
    let error = KubeError::new(
        "apply",
        "Application argocd/infra.web",
        kube::Error::Api(Box::new(status)),
    );
    let report = build(&running(), &Outcome::Failed(error), None, at(10)).unwrap();
    assert_eq!(
        (short(&report.status).as_str(), report.reason),
        ("Ready=False Forbidden Stalled Synchronized", "Forbidden")
    );
    let words = "cannot apply Application argocd/infra.web: applications.argoproj.io is forbidden";
    assert_eq!(report.status.message.as_deref(), Some(words));
}

#[test]
fn what_a_promotion_wrote_is_left_to_its_writer() {
    let mut service = running();
    let promoted = Promoted {
        source: "infra/dev".into(),
        pipeline: "infra/app".into(),
        sequence: 1,
        at: at(0),
        git: None,
        helm: None,
        configuration: [].into(),
        over: String::new(),
    };
    service.status.as_mut().unwrap().promoted = Some(promoted);
    assert_eq!(own_part(&service).promoted, None);
    assert_eq!(
        after(&service, &asked(live("a", "Synced", "Healthy"), "a"), 5).promoted,
        None
    );
}
