//! What runs are: one object applied, edited, replaced, moved to another pipeline.

use super::build::{chain, diamond};
use super::faults::{Fault, Kind};
use super::simulation::{Crash, Simulation};
use super::world::ForgeState;
use crate::input::Action;
use crate::status::{RunPhase, StageState};

#[test]
fn runs_the_same_spec_again_is_no_new_run() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.start("v1", "1.0");
    assert_eq!(s.run("v1").number, 1);
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}

#[test]
fn runs_a_b_a_are_three() {
    let mut s = Simulation::new(chain(&["dev"]));
    for (number, values) in [(1, "A"), (2, "B"), (3, "A")] {
        s.start("v1", values);
        s.promote("v1", "dev");
        assert_eq!(s.run("v1").number, number);
        assert_eq!(s.run("v1").sequence, number);
    }
    assert_eq!(s.context("v1").earlier.len(), 2);
}

#[test]
fn runs_a_b_a_in_quick_succession_do_not_lose_the_last() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "A");
    s.apply("v1", "B");
    // The run of A has let go in favour of B, whose run has not begun yet.
    s.pass();
    assert_eq!(s.run("v1").replaced_by, Some(2));
    s.start("v1", "A");
    assert_eq!(s.run("v1").number, 2);
    s.promote("v1", "dev");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(
        s.forge(),
        [
            ("v1/1/dev/1/dev", ForgeState::Closed),
            ("v1/2/dev/1/dev", ForgeState::Merged)
        ]
    );
}

#[test]
fn runs_a_replaced_run_closes_its_own_pull_requests_first() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.apply("v1", "2.0");
    s.fault(Kind::Close, Fault::Held("the forge answers 502"));
    s.pass();
    s.pass();
    assert_eq!(s.run("v1").number, 1);
    assert_eq!(s.phase("v1"), RunPhase::Superseded);
    let waits = "superseded by apps/v1 run 2 (2.0), which begins when acme/dev#1 is closed";
    assert!(s.message("v1").starts_with(waits), "{}", s.message("v1"));
    s.rest();
    assert_eq!(s.run("v1").number, 2);
    assert_eq!(
        s.forge(),
        [
            ("v1/1/dev/1/dev", ForgeState::Closed),
            ("v1/2/dev/1/dev", ForgeState::Open)
        ]
    );
    let comment = &s.world.forge["stagecoach/v1/1/dev/1/dev"].comment;
    assert_eq!(comment, "Closed by Stagecoach: superseded by apps/v1 run 2 (2.0).");
    let before = &s.world.contexts["v1"].earlier[0];
    assert_eq!((before.number, before.phase), (1, RunPhase::Superseded));
    assert_eq!(before.message, "superseded by apps/v1 run 2 (2.0)");
}

#[test]
fn runs_a_replaced_run_lets_go_of_what_a_failed_stage_left_open() {
    let mut s = Simulation::new(diamond().with("a", |stage| {
        stage.services.push(super::build::written("web", "web"));
    }));
    s.start("v1", "1.0");
    let left = s.open_branches("v1", "a").remove(1);
    s.world.forge.get_mut("stagecoach/v1/1/a/1/a").expect("a branch").state = ForgeState::Closed;
    s.rest();
    assert_eq!(s.phase("v1"), RunPhase::Failed);
    s.start("v1", "2.0");
    assert_eq!(s.world.forge[&left].state, ForgeState::Closed);
    assert_eq!(s.run("v1").number, 2);
}

#[test]
fn runs_a_close_that_is_refused_or_too_late_holds_nothing_up_for_ever() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.apply("v1", "2.0");
    s.pass();
    s.fault(Kind::Close, Fault::Refused("the token may not close pull requests"));
    s.fault(Kind::Close, Fault::Refused("the token may not close pull requests"));
    s.pass();
    s.pass();
    assert!(
        s.message("v1").contains("closing it by hand will do"),
        "{}",
        s.message("v1")
    );
    assert_eq!(
        s.state("v1", "dev"),
        StageState::Superseded,
        "it does not fail what has ended"
    );
    // A person merged it in between.
    s.world.merge("stagecoach/v1/1/dev/1/dev");
    s.rest();
    assert_eq!(s.run("v1").number, 2);
}

#[test]
fn runs_a_close_that_finds_a_merge_says_so() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.start("v1", "1.0");
    s.apply("v1", "2.0");
    s.pass();
    let inputs = s.world.inputs(&s.graph);
    let mut decision = crate::decide(&s.graph, &inputs, s.world.now);
    let [action @ Action::Close { context, .. }] = decision.actions.as_slice() else {
        panic!("{:?}", decision.actions)
    };
    let context = context.clone();
    let (commit, at) = ("merged in between".to_owned(), s.world.now);
    let outcome = crate::Outcome {
        action: action.clone(),
        result: crate::input::ActionResult::AlreadyMerged { commit, at },
    };
    crate::settle(&s.graph, &inputs, &mut decision, &[outcome], s.world.now);
    let record = &decision.runs[&context].stages[0].pull_requests[0];
    assert_eq!(record.merge_commit.as_deref(), Some("merged in between"));
}

#[test]
fn runs_a_crash_while_replacing_doubles_nothing() {
    for effects in 0..3 {
        let mut s = Simulation::new(chain(&["dev"]));
        s.start("v1", "1.0");
        s.apply("v1", "2.0");
        for _ in 0..6 {
            s.crash(Crash::AfterEffects(effects));
            s.crash(Crash::AfterWrites(0));
            s.pass();
        }
        s.promote("v1", "dev");
        assert_eq!(s.forge().len(), 2);
        assert_eq!(s.run("v1").sequence, 2);
    }
}

/// `v1` has gone through `shop` for the third time when it moves to `other`, where `v0` is on its way with number 1.
fn moved() -> Simulation {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    for values in ["0.7", "0.8", "0.9"] {
        s.start("v1", values);
    }
    s.promote("v1", "dev");
    s.edit(|pipeline| pipeline.name = "other".to_owned());
    s.world.sequences.clear();
    s.start("v0", "0.5");
    s.context("v1").suspend = true;
    s.start("v1", "1.0");
    s
}

#[test]
fn runs_of_an_object_that_moved_here_mean_nothing_to_the_runs_here() {
    let s = moved();
    assert_eq!((s.run("v1").sequence, s.run("v1").pipeline.as_str()), (3, "apps/shop"));
    assert_eq!(s.run("v0").sequence, 1);
    assert_eq!(
        s.state("v0", "dev"),
        StageState::AwaitingMerge,
        "what is newer elsewhere is not newer here"
    );
}

#[test]
fn runs_of_an_object_that_moved_to_another_pipeline_let_go_there() {
    let mut s = moved();
    s.context("v1").suspend = false;
    s.rest();
    assert_eq!(s.run("v1").pipeline, "apps/other");
    assert_eq!((s.run("v1").number, s.run("v1").sequence), (4, 2));
    assert_eq!(s.world.forge["stagecoach/v1/3/prod/1/prod"].state, ForgeState::Closed);
    assert_eq!(s.stage("v0", "dev").message, "superseded by apps/v1 run 4 (1.0)");
}

#[test]
fn budget_a_stage_run_is_written_four_times() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.apply("v1", "1.0");
    let mut writes = 0;
    let mut count = |s: &mut Simulation| {
        while s.pass().changed {
            writes += 1;
        }
    };
    s.pass();
    count(&mut s);
    s.world.merge("stagecoach/v1/1/dev/1/dev");
    count(&mut s);
    s.world.deploy();
    count(&mut s);
    s.world.now += jiff::SignedDuration::from_secs(10);
    count(&mut s);
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(writes, 4, "planned, opened, merged, promoted");
}
