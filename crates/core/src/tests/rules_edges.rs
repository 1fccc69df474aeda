//! Rules 17 and 18: pipelines that cannot be used, and pipelines that change while runs are on their way.

use super::build::{approval, chain, dev_prod, edge, graph, pipeline, stage};
use super::simulation::Simulation;
use crate::graph::{Criterion, Graph, PipelineInput, Problem};
use crate::status::{RunPhase, StageState};

fn problems(pipeline: PipelineInput) -> Vec<String> {
    let found = Graph::new(pipeline).expect_err("a pipeline that cannot be used");
    found
        .iter()
        .map(|problem| format!("{}: {problem}", problem.reason()))
        .collect()
}

#[test]
fn rule_17_a_cycle_is_told_with_its_path() {
    let mut cyclic = chain(&["dev", "test", "stage", "prod"]);
    cyclic.edges.push(edge("stage", "test"));
    assert_eq!(
        problems(cyclic),
        ["Cycle: spec.edges form a cycle: test -> stage -> test: take one of these edges out"]
    );
}

#[test]
fn rule_17_a_stage_before_itself_is_a_cycle() {
    assert_eq!(
        problems(pipeline(&["dev"], &[("dev", "dev")])),
        ["Cycle: spec.edges form a cycle: dev -> dev: take one of these edges out"]
    );
}

#[test]
fn rule_17_a_long_cycle_begins_where_the_manifest_does() {
    let ring = pipeline(
        &["x", "a", "b", "c", "y"],
        &[("c", "a"), ("b", "c"), ("a", "b"), ("x", "b"), ("c", "y")],
    );
    assert_eq!(
        problems(ring),
        ["Cycle: spec.edges form a cycle: a -> b -> c -> a: take one of these edges out"]
    );
}

#[test]
fn rule_17_every_problem_is_told_at_once() {
    let mut bad = dev_prod().gated("dev", "prod", approval("ship"));
    bad.stages.push(stage("dev"));
    bad.edges.push(edge("dev", "prod"));
    bad.edges.push(edge("dev", "qa"));
    bad.edges.push(edge("lab", "lab"));
    bad.stages[1].services[0].criterion = Criterion::Unsupported("criteria.ai is not supported".to_owned());
    assert_eq!(
        problems(bad),
        [
            "InvalidService: stage \"prod\": criteria.ai is not supported",
            "DuplicateStage: stage \"dev\" is listed twice in spec.stages: give each stage its own name",
            "DuplicateGate: gate \"ship\" is listed twice on edge \"dev\" -> \"prod\": give each gate its own name",
            "DuplicateEdge: edge \"dev\" -> \"prod\" is listed twice in spec.edges: put all its gates on one",
            "UnknownStage: edge \"dev\" -> \"qa\" names the stage \"qa\", which is not in spec.stages",
            "UnknownStage: edge \"lab\" -> \"lab\" names the stage \"lab\", which is not in spec.stages",
        ]
    );
}

#[test]
fn rule_17_a_large_cycle_is_found_in_time() {
    let names: Vec<String> = (0..20_000).map(|i| format!("s{i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut ring = chain(&names);
    ring.edges.push(edge("s19999", "s0"));
    let found = Graph::new(ring).expect_err("a cycle");
    let [Problem::Cycle(path)] = found.as_slice() else {
        panic!("{} problems", found.len())
    };
    assert_eq!(path.len(), 20_001);
}

#[test]
fn rule_17_the_good_ones_pass() {
    let checked = graph(dev_prod());
    assert_eq!(checked.stages().len(), 2);
    assert_eq!(checked.edges()[0].gates[0].name, "ship");
    assert!(checked.stage("prod").is_some() && checked.stage("qa").is_none());
}

#[test]
fn rule_18_editing_keeps_the_state_of_what_kept_its_name() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    let gate = s.gate("v1", "ship").clone();
    s.wait(60);
    s.edit(|pipeline| {
        pipeline.stages.insert(0, stage("lab"));
        pipeline.stages.reverse();
        pipeline.edges.insert(0, edge("lab", "dev"));
        pipeline.edges[1].gates.push(approval("law"));
    });
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::Promoted);
    assert_eq!(s.state("v1", "lab"), StageState::AwaitingMerge, "the new stage starts");
    assert_eq!(s.gate("v1", "ship"), &gate);
    assert_eq!(s.gate("v1", "law").since, s.world.now);
    let names: Vec<&str> = s.run("v1").stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["prod", "dev", "lab"], "the order of the pipeline");
}

#[test]
fn rule_18_removing_a_stage_cancels_its_stage_run() {
    let mut s = Simulation::new(chain(&["dev", "test", "prod"]));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.edit(|pipeline| *pipeline = chain(&["dev", "prod"]));
    s.rest();
    let removed = s.stage("v1", "test");
    assert_eq!(removed.state, StageState::Cancelled);
    assert_eq!(removed.reason.as_deref(), Some("StageRemoved"));
    assert_eq!(
        removed.message,
        "taken out of the pipeline; its pull requests stay as they are"
    );
    assert_eq!(s.open_branches("v1", "test").len(), 1);
    s.promote("v1", "prod");
    assert_eq!(
        s.phase("v1"),
        RunPhase::Succeeded,
        "every stage that the pipeline has is promoted"
    );
}

#[test]
fn rule_18_a_renamed_stage_is_another_one() {
    let mut s = Simulation::new(chain(&["dev", "test", "prod"]));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.edit(|pipeline| *pipeline = chain(&["dev", "qa", "prod"]));
    s.rest();
    assert_eq!(s.state("v1", "test"), StageState::Cancelled);
    assert_eq!(s.state("v1", "qa"), StageState::AwaitingMerge);
    s.promote("v1", "qa");
    s.promote("v1", "prod");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}

#[test]
fn rule_18_a_pipeline_that_lost_every_stage_cancels_its_runs() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.edit(|pipeline| *pipeline = chain(&[]));
    s.rest();
    assert_eq!(s.phase("v1"), RunPhase::Cancelled);
    assert_eq!(
        s.message("v1"),
        "stage dev: taken out of the pipeline; its pull requests stay as they are"
    );
}

#[test]
fn rule_18_a_stage_that_lost_its_services_follows_what_it_opened() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.edit(|pipeline| pipeline.stages[0].services.clear());
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
    s.merge("v1", "dev");
    assert_eq!(s.state("v1", "dev"), StageState::Promoted);
}

#[test]
fn rule_18_a_run_that_is_over_stays_over() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.edit(|pipeline| *pipeline = chain(&["dev", "prod"]));
    s.rest();
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(s.run("v1").stages.len(), 1);
}
