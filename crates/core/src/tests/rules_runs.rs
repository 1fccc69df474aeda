//! Rules 18 and 19, and what runs are: one object edited, suspended, cancelled, tried again, moved.

use super::build::{chain, dev_prod, diamond};
use super::simulation::{Crash, Simulation};
use super::world::{Fault, ForgeState, Kind};
use crate::graph::Supersede;
use crate::input::Action;
use crate::status::{RunPhase, StageHolder, StageState, Verdict};
use crate::summary_of_stages;

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

#[test]
fn runs_of_an_object_that_moved_to_another_pipeline_let_go_there() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.edit(|pipeline| pipeline.name = "other".to_owned());
    // Here are older runs by number, which the run that was brought along must not supersede.
    s.world.sequences.clear();
    s.start("v0", "0.9");
    s.start("v1", "1.0");
    assert_eq!(s.run("v1").pipeline, "apps/other");
    assert_eq!(s.run("v1").number, 2);
    assert_eq!(s.world.forge["stagecoach/v1/1/dev/1/dev"].state, ForgeState::Closed);
    let s0 = s.stage("v0", "dev");
    assert_eq!(
        s0.message, "superseded by apps/v1 run 2 (1.0)",
        "by the run that went through this pipeline"
    );
}

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
    let pass = s.rest();
    assert_eq!(pass.actions, []);
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
    let mut s = Simulation::new(diamond().with("d", |stage| stage.join = crate::graph::Join::Any));
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.close("v1", "b");
    s.promote("v1", "c");
    assert_eq!(s.state("v1", "d"), StageState::Waiting);
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
