//! The overview as a person sees it, from objects in all states.

use serde_json::{Value, json};

use super::*;
use crate::{fixtures, overview::table};

fn page(pipelines: &[Pipeline], contexts: &[PipelineContext]) -> String {
    table::render(&build(pipelines, contexts), true, fixtures::now())
}

#[test]
fn a_pipeline_that_nothing_went_through() {
    insta::assert_snapshot!(page(&[fixtures::pipeline(fixtures::ready(json!([])))], &[]));
}

#[test]
fn what_is_where_and_what_a_gate_waits_for() {
    let stages = json!([
        {"name": "dev", "promoted": fixtures::holder("cd-demo-1", "0.1.0", 7)},
        {"name": "prod", "promoted": fixtures::holder("cd-demo-0", "0.0.9", 6)},
    ]);
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked())];
    insta::assert_snapshot!(page(&[fixtures::pipeline(fixtures::ready(stages))], &contexts));
}

#[test]
fn who_has_to_merge() {
    let stages = json!([{"name": "dev", "promoted": fixtures::holder("cd-demo-1", "0.1.0", 7)}]);
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::approved())];
    insta::assert_snapshot!(page(&[fixtures::pipeline(fixtures::ready(stages))], &contexts));
}

#[test]
fn a_failure_stands_until_something_newer_is_promoted() {
    let contexts = [
        fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked()),
        fixtures::context("cd-demo-2", "0.2.0", fixtures::failed()),
    ];
    let stages = json!([{"name": "dev", "promoted": fixtures::holder("cd-demo-1", "0.1.0", 7)}]);
    insta::assert_snapshot!(page(&[fixtures::pipeline(fixtures::ready(stages))], &contexts));
    let newer = json!([{"name": "dev", "promoted": fixtures::holder("cd-demo-3", "0.3.0", 9)}]);
    let places = build(&[fixtures::pipeline(fixtures::ready(newer))], &contexts);
    assert_eq!(places[0].stages[0].arriving, None);
}

#[test]
fn a_run_that_has_not_begun_waits_before_the_first_stage() {
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", Value::Null)];
    let places = build(&[fixtures::pipeline(fixtures::ready(json!([])))], &contexts);
    assert_eq!(
        places[0].stages[0].waiting_for.as_deref(),
        Some("the run is about to start")
    );
    assert_eq!(places[0].stages[1].arriving, None);
}

#[test]
fn a_pipeline_that_cannot_be_used_says_so_first() {
    let status = json!({"conditions": [{"type": "Stalled", "status": "True", "reason": "UnknownStage",
        "message": "edge dev -> prd names the stage prd, which is not in spec.stages",
        "lastTransitionTime": "2026-11-21T09:00:00Z"}]});
    insta::assert_snapshot!(page(&[fixtures::pipeline(status)], &[]));
}

#[test]
fn pipelines_are_sorted_and_contexts_of_others_do_not_count() {
    let mut other = fixtures::pipeline(fixtures::ready(json!([])));
    other.metadata.namespace = Some("apps".to_owned());
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked())];
    let places = build(&[fixtures::pipeline(fixtures::ready(json!([]))), other], &contexts);
    assert_eq!(places[0].namespace, "apps");
    assert!(places[0].stages.iter().all(|place| place.arriving.is_none()));
    assert!(places[1].stages.iter().any(|place| place.arriving.is_some()));
}

#[test]
fn programs_get_the_same() {
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked())];
    let places = build(&[fixtures::pipeline(fixtures::ready(json!([])))], &contexts);
    insta::assert_yaml_snapshot!(places);
}

#[test]
fn a_gate_that_asks_no_person_is_not_offered_for_approval() {
    let mut pipeline = serde_json::to_value(fixtures::pipeline(fixtures::ready(json!([])))).unwrap();
    pipeline["spec"]["edges"][0]["gates"][0]["type"] = json!("JOB");
    let mut run = fixtures::blocked();
    run["edges"][0]["gates"][0]["message"] = json!("runs its job");
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", run)];
    let places = build(&[fixtures::object(pipeline)], &contexts);
    assert_eq!(
        places[0].stages[1].waiting_for.as_deref(),
        Some("gate approval-gate runs its job")
    );
}
