//! Rule 14: what newer and older runs of one pipeline do to one another.

use super::build::{approval, chain, dev_prod, diamond, pipeline};
use super::simulation::Simulation;
use super::world::ForgeState;
use crate::graph::{Join, Supersede};
use crate::status::{RunPhase, StageState, Verdict};

#[test]
fn rule_14_latest_supersedes_stage_by_stage_and_closes_the_pull_request() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.start("v2", "2.0");
    assert_eq!(
        s.state("v1", "prod"),
        StageState::AwaitingMerge,
        "the newer one is not there yet"
    );
    s.promote("v2", "dev");
    assert_eq!(s.state("v1", "dev"), StageState::Promoted, "what was promoted stays so");
    assert_eq!(s.state("v1", "prod"), StageState::Superseded);
    assert_eq!(s.phase("v1"), RunPhase::Superseded);
    assert_eq!(s.message("v1"), "stage prod: superseded by apps/v2 run 1 (2.0)");
    let closed = &s.world.forge["stagecoach/v1/1/prod/1/prod"];
    assert_eq!(closed.state, ForgeState::Closed);
    assert_eq!(
        closed.comment,
        "Closed by Stagecoach: superseded by apps/v2 run 1 (2.0)."
    );
    s.promote("v2", "prod");
    assert_eq!(s.phase("v2"), RunPhase::Succeeded);
}

#[test]
fn rule_14_an_older_run_never_passes_a_stage_that_a_newer_holds() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.start("v2", "2.0");
    assert_eq!(s.phase("v1"), RunPhase::Blocked);
    s.promote("v2", "dev");
    assert_eq!(s.state("v1", "prod"), StageState::Superseded);
    s.approve("v1");
    assert_eq!(
        s.state("v1", "prod"),
        StageState::Superseded,
        "the approval comes too late"
    );
    assert_eq!(s.phase("v2"), RunPhase::Blocked);
}

#[test]
fn rule_14_the_sequence_number_says_what_is_newer_not_the_name() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("z-old", "1.0");
    s.start("a-new", "2.0");
    assert_eq!(s.state("z-old", "dev"), StageState::Superseded);
    assert_eq!(s.state("a-new", "dev"), StageState::AwaitingMerge);
    // An edit makes the older object the newer run.
    s.start("z-old", "3.0");
    assert_eq!(s.run("z-old").sequence, 3);
    assert_eq!(s.state("a-new", "dev"), StageState::Superseded);
    assert_eq!(s.state("z-old", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_14_a_stage_behind_a_superseded_one_is_superseded_too() {
    let mut s = Simulation::new(chain(&["a", "b", "c", "d"]));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    for stage in ["a", "b", "c", "d"] {
        assert_eq!(s.state("v1", stage), StageState::Superseded);
        assert_eq!(s.stage("v1", stage).message, "superseded by apps/v2 run 1 (2.0)");
    }
}

#[test]
fn rule_14_join_any_keeps_the_way_that_is_left() {
    let two_ways = pipeline(&["b", "c", "d"], &[("b", "d"), ("c", "d")]).gated("b", "d", approval("ship"));
    let mut s = Simulation::new(two_ways.with("d", |stage| stage.join = Join::Any));
    s.start("v1", "1.0");
    s.promote("v1", "b");
    s.start("v2", "2.0");
    assert_eq!(s.state("v1", "c"), StageState::Superseded);
    assert_eq!(s.state("v1", "d"), StageState::Waiting);
    s.decide("v1", ("b", "d"), "ship", "ann", Verdict::Approve);
    assert_eq!(
        s.state("v1", "d"),
        StageState::AwaitingMerge,
        "past b, which the newer one does not hold yet"
    );
}

#[test]
fn rule_14_what_an_older_failed_run_left_open_is_closed() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.context("v1").cancel = true;
    s.rest();
    assert_eq!(s.open_branches("v1", "dev").len(), 1);
    s.start("v2", "2.0");
    assert_eq!(
        s.open_branches("v1", "dev").len(),
        0,
        "merging it would take the newer version back"
    );
    assert_eq!(s.phase("v1"), RunPhase::Cancelled);
    assert_eq!(
        s.world.forge["stagecoach/v1/1/dev/1/dev"].comment,
        "Closed by Stagecoach: superseded by apps/v2 run 1 (2.0)."
    );
}

#[test]
fn rule_14_an_older_run_that_is_tried_again_is_superseded() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.close("v1", "dev");
    s.start("v2", "2.0");
    s.retry("v1");
    assert_eq!(s.state("v1", "dev"), StageState::Superseded);
    assert_eq!(s.phase("v1"), RunPhase::Superseded);
    assert_eq!(s.open_branches("v2", "dev").len(), 1);
}

#[test]
fn rule_14_a_suspended_context_is_superseded_too() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.context("v1").suspend = true;
    s.start("v2", "2.0");
    assert_eq!(s.state("v1", "dev"), StageState::Superseded);
    assert_eq!(s.open_branches("v1", "dev").len(), 0);
}

#[test]
fn rule_14_queue_keeps_order_and_loses_none() {
    let mut s = Simulation::new(dev_prod().superseding(Supersede::Queue));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    s.start("v3", "3.0");
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
    assert_eq!(s.state("v2", "dev"), StageState::Waiting);
    assert_eq!(s.phase("v2"), RunPhase::Pending);
    assert_eq!(
        s.message("v3"),
        "stage dev waits since 2026-01-01T00:00:00Z for apps/v1 run 1 (1.0)"
    );
    for (name, next) in [("v1", Some("v2")), ("v2", Some("v3")), ("v3", None)] {
        s.promote(name, "dev");
        if let Some(next) = next {
            // Another version in dev would take away what the gate is asked about.
            assert_eq!(s.state(next, "dev"), StageState::Waiting);
        }
        s.approve(name);
        s.promote(name, "prod");
        assert_eq!(s.phase(name), RunPhase::Succeeded);
    }
}

#[test]
fn rule_14_queue_lets_the_next_in_as_soon_as_a_stage_is_left() {
    let mut s = Simulation::new(chain(&["dev", "prod"]).superseding(Supersede::Queue));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    s.promote("v1", "dev");
    assert_eq!(s.state("v1", "prod"), StageState::AwaitingMerge);
    assert_eq!(s.state("v2", "dev"), StageState::AwaitingMerge);
    s.promote("v2", "dev");
    assert_eq!(s.state("v2", "prod"), StageState::Waiting);
    assert_eq!(
        s.message("v2"),
        "stage prod waits since 2026-01-01T00:00:00Z for apps/v1 run 1 (1.0)"
    );
    s.promote("v1", "prod");
    s.promote("v2", "prod");
}

#[test]
fn rule_14_queue_is_not_held_up_by_a_run_that_failed() {
    let mut s = Simulation::new(dev_prod().superseding(Supersede::Queue));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    s.promote("v1", "dev");
    s.decide("v1", ("dev", "prod"), "ship", "bob", Verdict::Reject);
    assert_eq!(s.state("v2", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_14_queue_waits_for_what_a_failed_run_still_follows() {
    let mut s = Simulation::new(diamond().superseding(Supersede::Queue));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    s.promote("v1", "a");
    s.close("v1", "b");
    s.promote("v2", "a");
    assert_eq!(s.state("v2", "b"), StageState::AwaitingMerge);
    assert_eq!(
        s.state("v2", "c"),
        StageState::Waiting,
        "the older pull request may still be merged"
    );
    s.promote("v1", "c");
    assert_eq!(s.state("v2", "c"), StageState::AwaitingMerge);
}

#[test]
fn rule_14_queue_does_not_let_a_retry_overtake() {
    let mut s = Simulation::new(chain(&["dev", "prod"]).superseding(Supersede::Queue));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    s.close("v1", "dev");
    assert_eq!(s.state("v2", "dev"), StageState::AwaitingMerge);
    s.retry("v1");
    assert_eq!(s.state("v1", "dev"), StageState::Superseded);
    assert_eq!(s.phase("v1"), RunPhase::Superseded);
    s.promote("v2", "dev");
    s.promote("v2", "prod");
}

#[test]
fn rule_14_parallel_lets_all_go() {
    let mut s = Simulation::new(chain(&["dev", "prod"]).superseding(Supersede::Parallel));
    s.start("v1", "1.0");
    s.start("v2", "2.0");
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
    assert_eq!(s.state("v2", "dev"), StageState::AwaitingMerge);
    s.promote("v1", "dev");
    s.promote("v2", "dev");
    assert_eq!(s.state("v1", "prod"), StageState::AwaitingMerge);
    s.promote("v2", "prod");
    s.promote("v1", "prod");
    assert_eq!(
        (s.phase("v1"), s.phase("v2")),
        (RunPhase::Succeeded, RunPhase::Succeeded)
    );
}
