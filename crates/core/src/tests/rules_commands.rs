//! Rule 19, and what a person asks for: suspend, cancel, retry.

use super::build::{chain, dev_prod, diamond, pipeline};
use super::simulation::Simulation;
use crate::graph::Supersede;
use crate::input::Action;
use crate::status::{RunPhase, StageHolder, StageState, Verdict};
use crate::summary_of_stages;

#[test]
fn rule_19_a_suspended_pipeline_starts_nothing() {
    let mut s = Simulation::new(dev_prod());
    s.edit(|pipeline| pipeline.suspend = true);
    s.start("v1", "1.0");
    assert!(s.world.contexts["v1"].status.is_none());
    assert!(s.world.sequences.is_empty());
    s.edit(|pipeline| pipeline.suspend = false);
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_19_suspend_leaves_running_pull_requests_alone_and_stops_before_the_next() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.context("v1").suspend = true;
    s.promote("v1", "dev");
    s.approve("v1");
    assert_eq!(
        s.state("v1", "prod"),
        StageState::Waiting,
        "what was merged is proven, and no more"
    );
    assert_eq!(s.phase("v1"), RunPhase::Pending);
    assert_eq!(
        s.message("v1"),
        "suspended: set spec.suspend of pipelinecontext apps/v1 to false to go on"
    );
    s.edit(|pipeline| pipeline.suspend = true);
    s.rest();
    assert_eq!(
        s.message("v1"),
        "suspended: set spec.suspend of pipeline apps/shop and pipelinecontext apps/v1 to false to go on"
    );
    s.edit(|pipeline| pipeline.suspend = false);
    s.context("v1").suspend = false;
    s.rest();
    assert_eq!(s.state("v1", "prod"), StageState::AwaitingMerge);
}

#[test]
fn rule_19_a_stage_that_could_start_waits_while_suspended() {
    let mut s = Simulation::new(chain(&["dev"]).superseding(Supersede::Queue));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    s.context("v2").suspend = true;
    s.promote("v1", "dev");
    assert_eq!(s.state("v2", "dev"), StageState::Waiting);
    assert_eq!(s.phase("v2"), RunPhase::Pending);
    s.context("v2").suspend = false;
    s.rest();
    assert_eq!(s.state("v2", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_19_suspend_between_intent_and_effect_opens_nothing() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.apply("v1", "1.0");
    s.pass();
    s.pass();
    s.context("v1").suspend = true;
    let pass = s.rest();
    assert_eq!(pass.actions, []);
    assert!(
        s.message("v1").starts_with("stage dev: suspended"),
        "{}",
        s.message("v1")
    );
    s.context("v1").suspend = false;
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_19_new_values_of_a_suspended_context_wait() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.context("v1").suspend = true;
    s.start("v1", "2.0");
    assert_eq!(s.run("v1").number, 1);
    assert_eq!(s.open_branches("v1", "dev").len(), 1, "its pull request is left alone");
    assert!(s.message("v1").starts_with("suspended: "), "{}", s.message("v1"));
    s.context("v1").suspend = false;
    s.rest();
    assert_eq!(s.run("v1").number, 2);
}

#[test]
fn rule_19_a_suspended_pipeline_closes_nothing() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.apply("v2", "2.0");
    s.pass();
    s.pass();
    assert_eq!(s.state("v1", "dev"), StageState::Superseded);
    s.edit(|pipeline| pipeline.suspend = true);
    s.rest();
    assert_eq!(s.open_branches("v1", "dev").len(), 1);
    s.edit(|pipeline| pipeline.suspend = false);
    s.rest();
    assert_eq!(s.open_branches("v1", "dev").len(), 0);
}

#[test]
fn cancel_ends_the_run_and_leaves_its_pull_requests() {
    let mut s = Simulation::new(diamond());
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.context("v1").cancel = true;
    s.rest();
    assert_eq!(s.phase("v1"), RunPhase::Cancelled);
    assert_eq!(
        s.message("v1"),
        "stage b: cancelled by a person; its pull requests stay as they are"
    );
    assert_eq!(s.state("v1", "a"), StageState::Promoted);
    assert_eq!(s.open_branches("v1", "b").len(), 1);
    s.merge("v1", "b");
    assert_eq!(s.state("v1", "b"), StageState::Cancelled);
}

#[test]
fn cancel_ends_also_what_a_failed_run_still_follows() {
    let mut s = Simulation::new(diamond());
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.close("v1", "b");
    assert_eq!(s.phase("v1"), RunPhase::Failed);
    assert_eq!(s.state("v1", "c"), StageState::AwaitingMerge);
    s.context("v1").cancel = true;
    s.rest();
    assert_eq!(s.state("v1", "c"), StageState::Cancelled);
    assert_eq!(s.phase("v1"), RunPhase::Failed);
}

#[test]
fn failure_stops_what_has_not_begun_and_follows_what_has() {
    let side = &[("a", "b"), ("a", "c"), ("a", "e"), ("c", "d")];
    let mut s = Simulation::new(pipeline(&["a", "b", "c", "d", "e"], side));
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.close("v1", "b");
    s.promote("v1", "c");
    assert_eq!(s.state("v1", "d"), StageState::Waiting);
    s.promote("v1", "e");
    let ended = s.run("v1").finished_at;
    s.retry("v1");
    assert_eq!(s.state("v1", "d"), StageState::AwaitingMerge);
    assert!(ended.is_some() && s.run("v1").finished_at.is_none());
    s.promote("v1", "d");
    s.promote("v1", "b");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}

#[test]
fn retry_of_a_run_that_has_not_failed_does_nothing() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    let before = s.run("v1").clone();
    s.retry("v1");
    assert_eq!(s.run("v1"), &before);
    s.promote("v1", "dev");
    s.decide("v1", ("dev", "prod"), "ship", "bob", Verdict::Reject);
    s.retry("v1");
    assert_eq!(s.phase("v1"), RunPhase::Failed, "a rejected gate is a person's word");
}

#[test]
fn retry_of_a_replaced_run_does_not_bring_it_back() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.close("v1", "dev");
    s.apply("v1", "2.0");
    s.context("v1").retry = true;
    let pass = s.pass();
    assert!(
        pass.actions
            .iter()
            .all(|action| matches!(action, Action::AssignSequence { .. })),
        "{:?}",
        pass.actions
    );
    s.rest();
    assert_eq!((s.run("v1").number, s.stage("v1", "dev").attempt), (2, 1));
}

#[test]
fn a_summary_says_what_is_where() {
    let mut s = Simulation::new(chain(&["dev"]).superseding(Supersede::Parallel));
    s.start("v1", "1.0");
    let reference = |values: &str| crate::status::RunReference {
        namespace: "apps".to_owned(),
        name: "v1".to_owned(),
        uid: "uid-v1".to_owned(),
        run: 1,
        sequence: 1,
        values: values.to_owned(),
        since: s.world.now,
    };
    let holder = |name: &str, promoted: Option<&str>, current: Option<&str>| StageHolder {
        name: name.to_owned(),
        current: current.map(reference),
        promoted: promoted.map(reference),
    };
    let stages = [
        holder("dev", Some("2.0"), None),
        holder("test", Some("1.0"), Some("2.0")),
        holder("stage", None, Some("1.0")),
        holder("prod", None, None),
    ];
    assert_eq!(
        summary_of_stages(&stages),
        "dev 2.0 | test 1.0 -> 2.0 | stage -> 1.0 | prod -"
    );
}
