//! The drawing as a person sees it, from objects in all states.

use serde_json::{Value, json};
use stagecoach_api::{Pipeline, PipelineContext};

use super::*;
use crate::{fixtures, tree::model};

fn page(pipeline: &Pipeline, contexts: &[PipelineContext], may_approve: bool) -> String {
    let view = model::build(pipeline, contexts, false, may_approve);
    draw(&view, UNICODE, Paint::NONE, fixtures::now())
}

fn demo() -> Pipeline {
    fixtures::pipeline(fixtures::ready(json!([])))
}

#[test]
fn a_pipeline_without_runs() {
    insta::assert_snapshot!(page(&demo(), &[], false));
}

#[test]
fn a_run_at_a_gate_for_somebody_who_may_approve() {
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked())];
    insta::assert_snapshot!(page(&demo(), &contexts, true));
}

#[test]
fn a_run_at_a_gate_for_somebody_who_may_not() {
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked())];
    assert!(
        page(&demo(), &contexts, false).contains("who holds the verb approve on pipeline cd-demo can act; you do not")
    );
}

#[test]
fn a_run_whose_pull_request_is_open() {
    let contexts = [fixtures::context("cd-demo-1", "0.1.0", fixtures::approved())];
    insta::assert_snapshot!(page(&demo(), &contexts, true));
}

#[test]
fn several_runs_the_newest_first() {
    let contexts = [
        fixtures::context("cd-demo-1", "0.1.0", fixtures::blocked()),
        fixtures::context("cd-demo-2", "0.2.0", fixtures::failed()),
        fixtures::context("cd-demo-3", "0.3.0", Value::Null),
    ];
    insta::assert_snapshot!(page(&demo(), &contexts, false));
}

#[test]
fn finished_runs_are_left_out_unless_they_hold_a_stage() {
    let done = |name: &str, sequence: i64| {
        let mut run = fixtures::approved();
        run["phase"] = json!("Succeeded");
        run["sequence"] = json!(sequence);
        fixtures::context(name, "0.0.1", run)
    };
    let contexts = [done("old", 1), done("holds-prod", 2), done("newest", 3)];
    let stages = json!([{"name": "prod", "promoted": fixtures::holder("holds-prod", "0.0.1", 2)}]);
    let pipeline = fixtures::pipeline(fixtures::ready(stages));
    let view = model::build(&pipeline, &contexts, false, false);
    let shown: Vec<&str> = view.runs.iter().map(|run| run.context.as_str()).collect();
    assert_eq!(shown, ["newest", "holds-prod"]);
    assert!(page(&pipeline, &contexts, false).ends_with("1 older runs; --all draws them too"));
    assert_eq!(model::build(&pipeline, &contexts, true, false).runs.len(), 3);
}

#[test]
fn stages_that_meet_again_and_ascii() {
    let mut pipeline = serde_json::to_value(demo()).unwrap();
    pipeline["spec"] = json!({
        "stages": [{"name": "dev"}, {"name": "qa-eu"}, {"name": "qa-us"}, {"name": "prod"}, {"name": "docs"}],
        "edges": [
            {"from": "dev", "to": "qa-eu"}, {"from": "dev", "to": "qa-us"}, {"from": "qa-eu", "to": "prod"},
            {"from": "qa-us", "to": "prod", "gates": [{"name": "release", "type": "APPROVAL"}]},
        ],
    });
    let view = model::build(&fixtures::object(pipeline), &[], false, false);
    insta::assert_snapshot!(draw(&view, ASCII, Paint::NONE, fixtures::now()));
}

#[test]
fn a_circle_of_stages_is_drawn_once() {
    let mut pipeline = serde_json::to_value(demo()).unwrap();
    pipeline["spec"]["edges"] = json!([{"from": "dev", "to": "prod"}, {"from": "prod", "to": "dev"}]);
    let page = page(&fixtures::object(pipeline), &[], false);
    assert_eq!(page.matches("○ dev").count(), 1, "{page}");
    assert_eq!(page.matches("○ prod").count(), 1, "{page}");
}
