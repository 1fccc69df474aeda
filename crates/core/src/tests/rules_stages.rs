//! Rules 1, 2, 8, 9, 13: when a stage starts, when it is promoted, and when not.

use std::time::Duration;

use super::build::{approval, at, chain, dev_prod, diamond, observed, pipeline, written};
use super::faults::{Fault, Kind};
use super::simulation::Simulation;
use super::world::Health;
use crate::graph::Join;
use crate::input::Action;
use crate::status::{EdgeState, PullRequestState, RunPhase, StageState};

#[test]
fn rule_01_entry_stages_start_at_once() {
    let mut s = Simulation::new(pipeline(&["eu", "us", "all"], &[("eu", "all"), ("us", "all")]));
    s.start("v1", "1.0");
    assert_eq!(s.state("v1", "eu"), StageState::AwaitingMerge);
    assert_eq!(s.state("v1", "us"), StageState::AwaitingMerge);
    assert_eq!(s.state("v1", "all"), StageState::Waiting);
    assert_eq!(s.phase("v1"), RunPhase::Progressing);
    assert_eq!(
        s.message("v1"),
        "stage eu: waits since 2026-01-01T00:00:00Z for somebody to merge acme/eu#1 \
         (https://forge.example/acme/eu/pulls/1); 1 more of its stages go on"
    );
}

#[test]
fn rule_01_join_all_waits_for_every_edge() {
    let mut s = Simulation::new(diamond());
    s.start("v1", "1.0");
    s.promote("v1", "a");
    assert_eq!(s.state("v1", "b"), StageState::AwaitingMerge);
    assert_eq!(s.state("v1", "c"), StageState::AwaitingMerge);
    s.promote("v1", "b");
    assert_eq!(s.state("v1", "d"), StageState::Waiting);
    s.promote("v1", "c");
    assert_eq!(s.state("v1", "d"), StageState::AwaitingMerge);
    s.promote("v1", "d");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(s.message("v1"), "every stage is promoted");
}

#[test]
fn rule_01_join_any_needs_one_edge() {
    let mut s = Simulation::new(diamond().with("d", |stage| stage.join = Join::Any));
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.promote("v1", "c");
    assert_eq!(s.state("v1", "b"), StageState::AwaitingMerge);
    assert_eq!(s.state("v1", "d"), StageState::AwaitingMerge);
    s.promote("v1", "d");
    assert_eq!(s.phase("v1"), RunPhase::Progressing, "b still goes on");
    s.promote("v1", "b");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(s.run("v1").finished_at, Some(s.world.now));
}

#[test]
fn rule_02_a_stage_without_services_is_promoted_as_soon_as_it_starts() {
    let gated = chain(&["dev", "decision", "prod"]).gated("decision", "prod", approval("go"));
    let mut s = Simulation::new(gated.with("decision", |stage| stage.services.clear()));
    s.start("v1", "1.0");
    assert_eq!(s.state("v1", "decision"), StageState::Waiting);
    s.promote("v1", "dev");
    assert_eq!(s.state("v1", "decision"), StageState::Promoted);
    assert_eq!(s.phase("v1"), RunPhase::Blocked);
}

#[test]
fn rule_02_a_pipeline_of_decision_points_alone_succeeds() {
    let mut empty = diamond();
    empty.stages.iter_mut().for_each(|stage| stage.services.clear());
    let mut s = Simulation::new(empty);
    s.start("v1", "1.0");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}

#[test]
fn rule_08_merged_is_not_deployed() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    assert_eq!(
        s.message("v1"),
        "stage dev: waits since 2026-01-01T00:00:00Z until acme/dev#1 (merged as merge of s) runs and is healthy"
    );
    assert_eq!(
        s.record("v1", "dev").merge_commit.as_deref(),
        Some("merge of stagecoach/v1/1/dev/1/dev")
    );
    s.deploy();
    s.health("dev", Health::Starting);
    s.wait(60);
    assert_eq!(
        s.state("v1", "dev"),
        StageState::Verifying,
        "it runs, but it is not healthy"
    );
    assert!(
        s.message("v1")
            .ends_with("and is healthy: ServiceDeployment apps/dev: it starts"),
        "{}",
        s.message("v1")
    );
    s.health("dev", Health::Healthy);
    s.wait(10);
    assert_eq!(s.state("v1", "dev"), StageState::Promoted);
}

#[test]
fn rule_08_it_must_stay_healthy_for_the_stability_time() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    let pass = s.rest();
    assert_eq!(pass.recheck_at, Some(at(10)));
    s.wait(9);
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    s.health("dev", Health::Starting);
    s.health("dev", Health::Healthy);
    s.wait(9);
    assert_eq!(
        s.state("v1", "dev"),
        StageState::Verifying,
        "the break began the time anew"
    );
    s.wait(1);
    assert_eq!(s.state("v1", "dev"), StageState::Promoted);
}

#[test]
fn rule_08_every_service_of_the_stage_must_be_proven() {
    let two = chain(&["dev"]).with("dev", |stage| stage.services.push(observed("cache")));
    let mut s = Simulation::new(two);
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    s.wait(60);
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    assert!(
        s.message("v1").contains("ServiceDeployment apps/cache: nothing runs"),
        "{}",
        s.message("v1")
    );
}

#[test]
fn rule_08_a_change_that_was_taken_back_ends_overtaken() {
    let mut s = Simulation::new(chain(&["dev", "prod", "archive"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    // A later commit changes the value in the repository, before the stability time is over.
    s.world.files.insert(super::build::service("dev"), "0.9".to_owned());
    s.wait(10);
    assert_eq!(s.state("v1", "dev"), StageState::Overtaken);
    assert_eq!(s.phase("v1"), RunPhase::Superseded);
    assert_eq!(
        s.state("v1", "archive"),
        StageState::Cancelled,
        "what can never be reached does not wait for ever"
    );
    assert_eq!(
        s.message("v1"),
        "stage dev: a later commit on the base branch took the change back before it was proven"
    );
}

#[test]
fn rule_08_a_service_with_another_value_makes_the_forge_be_asked() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    s.health("dev", Health::Replaced);
    assert_eq!(
        s.state("v1", "dev"),
        StageState::Verifying,
        "the forge says that the change stands"
    );
    let pass = s.rest();
    assert!(
        matches!(pass.actions.as_slice(), [Action::Confirm { .. }]),
        "{:?}",
        pass.actions
    );
    s.world.files.insert(super::build::service("dev"), "0.9".to_owned());
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::Overtaken);
}

#[test]
fn rule_09_not_ready_is_not_failure_until_the_deadline() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    s.health("dev", Health::Starting);
    s.wait(20);
    let pass = s.rest();
    assert_eq!(pass.recheck_at, Some(at(1800)));
    s.wait(1779);
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    s.wait(1);
    assert_eq!(s.state("v1", "dev"), StageState::Failed);
    assert_eq!(s.stage("v1", "dev").reason.as_deref(), Some("DeadlineExceeded"));
    assert_eq!(
        s.message("v1"),
        "stage dev: not proven by 2026-01-01T00:30:00Z: ServiceDeployment apps/dev: it starts; to try again: kubectl \
         stagecoach retry v1 -n apps"
    );
}

#[test]
fn rule_09_a_deadline_that_a_later_commit_caused_is_overtaken() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.world.files.insert(super::build::service("dev"), "0.9".to_owned());
    s.deploy();
    s.wait(1800);
    assert_eq!(s.state("v1", "dev"), StageState::Overtaken);
}

#[test]
fn rule_09_a_forge_that_does_not_answer_ends_no_promotion() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    for _ in 0..3 {
        s.fault(Kind::Confirm, Fault::Held("the forge answers 502"));
    }
    s.world.now = at(1800);
    s.pass();
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    assert!(
        s.message("v1").ends_with(": the forge answers 502"),
        "{}",
        s.message("v1")
    );
    s.world.faults.clear();
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::Promoted);
}

#[test]
fn rule_09_a_terminal_reason_fails_at_once() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    s.health("dev", Health::Broken);
    assert_eq!(s.state("v1", "dev"), StageState::Failed);
    assert_eq!(s.stage("v1", "dev").reason.as_deref(), Some("ServiceFailed"));
    assert_eq!(s.phase("v1"), RunPhase::Failed);
    assert_eq!(
        s.state("v1", "prod"),
        StageState::Waiting,
        "a retry may still get there"
    );
}

#[test]
fn rule_09_the_deadline_does_not_count_down_while_a_service_is_paused() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.merge("v1", "dev");
    s.deploy();
    s.wait(5);
    s.health("dev", Health::Paused);
    assert!(s.message("v1").ends_with(": paused by a person"), "{}", s.message("v1"));
    let pass = s.rest();
    assert_eq!(pass.recheck_at, None);
    s.wait(100_000);
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    s.health("dev", Health::Starting);
    let pass = s.rest();
    assert_eq!(
        pass.recheck_at,
        Some(at(101_800)),
        "30 minutes, and what it was paused for"
    );
    s.wait(1794);
    assert_eq!(s.state("v1", "dev"), StageState::Verifying);
    s.wait(1);
    assert_eq!(s.state("v1", "dev"), StageState::Failed);
}

#[test]
fn rule_09_a_stage_of_its_own_deadline() {
    let quick = chain(&["dev"]).with("dev", |stage| {
        stage.services = vec![observed("dev")];
        stage.progress_deadline = Duration::from_mins(1);
    });
    let mut s = Simulation::new(quick);
    s.start("v1", "1.0");
    assert_eq!(
        s.state("v1", "dev"),
        StageState::Verifying,
        "nothing is written, so nothing is merged"
    );
    s.wait(60);
    assert_eq!(s.stage("v1", "dev").reason.as_deref(), Some("DeadlineExceeded"));
}

#[test]
fn rule_13_the_source_must_be_healthy_when_its_edge_opens() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.health("dev", Health::Starting);
    s.approve("v1");
    assert_eq!(s.run("v1").edges[0].state, EdgeState::Closed);
    assert_eq!(s.state("v1", "prod"), StageState::Waiting);
    assert_eq!(
        s.message("v1"),
        "edge dev -> prod waits: stage dev was promoted at 2026-01-01T00:00:10Z but its services are not healthy with \
         this version now; mend them, or cancel the run: kubectl stagecoach cancel v1 -n apps"
    );
    s.health("dev", Health::Healthy);
    assert_eq!(s.run("v1").edges[0].state, EdgeState::Open);
    s.health("dev", Health::Starting);
    assert_eq!(
        s.state("v1", "prod"),
        StageState::AwaitingMerge,
        "what is open stays open"
    );
}

#[test]
fn rule_04_nothing_to_change_is_a_success_and_no_pull_request() {
    let shared = chain(&["dev"]).with("dev", |stage| stage.services.push(written("web", "web")));
    let mut s = Simulation::new(shared);
    s.world.files.insert(super::build::service("dev"), "1.0".to_owned());
    s.start("v1", "1.0");
    assert_eq!(s.record("v1", "dev").state, PullRequestState::Unchanged);
    assert_eq!(s.forge().len(), 1, "only the other service gets one");
    s.merge("v1", "dev");
    assert_eq!(
        s.message("v1"),
        "stage dev: waits since 2026-01-01T00:00:00Z until all of acme/dev at base-0, which already has the change, and \
         acme/web#1 (merged as merge of s) runs and is healthy"
    );
    s.deploy();
    s.wait(10);
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}
