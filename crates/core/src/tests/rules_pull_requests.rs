//! Rules 3, 5 and 7: pull requests of a stage run.

use super::build::{chain, written};
use super::faults::{Fault, Kind};
use super::simulation::{Crash, Simulation};
use super::world::ForgeState;
use crate::input::Action;
use crate::status::{PullRequestState, RunPhase, StageState};

/// One stage with three services: two share an automation.
fn three_services() -> Simulation {
    Simulation::new(chain(&["dev"]).with("dev", |stage| {
        stage.services = vec![
            written("api", "chart"),
            written("web", "chart"),
            written("db", "schema"),
        ];
    }))
}

#[test]
fn rule_03_services_of_one_change_share_a_pull_request() {
    let mut s = three_services();
    s.start("v1", "1.0");
    let expected = [
        ("v1/1/dev/1/chart", ForgeState::Open),
        ("v1/1/dev/1/schema", ForgeState::Open),
    ];
    assert_eq!(s.forge(), expected);
    assert_eq!(
        s.record("v1", "dev").services,
        ["ServiceDeployment apps/api", "ServiceDeployment apps/web"]
    );
    let first = s.open_branches("v1", "dev").remove(0);
    s.world.merge(&first);
    s.rest();
    assert_eq!(
        s.state("v1", "dev"),
        StageState::AwaitingMerge,
        "every one must be merged"
    );
    s.promote("v1", "dev");
}

#[test]
fn rule_03_a_crash_after_opening_finds_the_same_pull_request() {
    let mut s = three_services();
    s.apply("v1", "1.0");
    for _ in 0..3 {
        // Nothing that is carried out in these passes is ever written down.
        s.crash(Crash::AfterEffects(usize::MAX));
        s.crash(Crash::AfterEffects(1));
        s.pass();
    }
    s.rest();
    assert_eq!(s.forge().len(), 2);
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_05_intent_is_written_before_the_effect() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.apply("v1", "1.0");
    s.pass();
    let pass = s.pass();
    assert!(
        matches!(pass.actions.as_slice(), [Action::Plan { .. }]),
        "{:?}",
        pass.actions
    );
    let intent = s.record("v1", "dev").clone();
    assert_eq!((intent.state, intent.number), (PullRequestState::Intended, None));
    assert!(
        s.world.forge.is_empty(),
        "branch, base commit and date are written, and nothing exists"
    );
    assert_eq!(
        s.message("v1"),
        "stage dev: opening its pull requests since 2026-01-01T00:00:00Z"
    );
    s.crash(Crash::AfterEffects(1));
    assert_eq!(s.record("v1", "dev"), &intent, "the crash lost what became of it");
    let pass = s.pass();
    let [Action::Open { pull_request, .. }] = pass.actions.as_slice() else {
        panic!("{:?}", pass.actions)
    };
    assert_eq!(pull_request, &intent);
    assert_eq!(s.record("v1", "dev").number, Some(1));
}

#[test]
fn rule_05_a_status_that_was_not_written_is_no_intent() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.apply("v1", "1.0");
    s.pass();
    let pass = s.crash(Crash::AfterWrites(0));
    assert!(matches!(pass.actions.as_slice(), [Action::Plan { .. }]));
    let pass = s.pass();
    assert!(
        matches!(pass.actions.as_slice(), [Action::Plan { .. }]),
        "planned again, not opened"
    );
}

#[test]
fn rule_05_a_base_that_moved_is_planned_again() {
    let mut s = three_services();
    s.world.strict_base = true;
    s.apply("v1", "1.0");
    s.pass();
    s.pass();
    s.world.heads.insert("schema".to_owned(), 7);
    s.pass();
    assert_eq!(s.state("v1", "dev"), StageState::Promoting);
    assert_eq!(
        s.record("v1", "dev").state,
        PullRequestState::Open,
        "what is open is kept"
    );
    let pass = s.pass();
    assert!(
        matches!(pass.actions.as_slice(), [Action::Plan { .. }]),
        "{:?}",
        pass.actions
    );
    s.rest();
    assert_eq!(s.stage("v1", "dev").pull_requests[1].base_commit, "base-7");
    assert_eq!(s.forge().len(), 2);
    s.promote("v1", "dev");
}

#[test]
fn rule_07_closed_pull_request_fails_the_stage() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.close("v1", "dev");
    assert_eq!(s.state("v1", "dev"), StageState::Failed);
    assert_eq!(s.stage("v1", "dev").reason.as_deref(), Some("PullRequestClosed"));
    assert_eq!(s.phase("v1"), RunPhase::Failed);
    assert_eq!(
        s.message("v1"),
        "stage dev: pull request acme/dev#1 was closed without a merge; to try again: \
         kubectl stagecoach retry v1 -n apps"
    );
}

#[test]
fn rule_07_a_retry_is_the_next_attempt_on_a_branch_of_its_own() {
    let mut s = Simulation::new(chain(&["dev", "prod"]));
    s.start("v1", "1.0");
    s.close("v1", "dev");
    s.retry("v1");
    assert_eq!(s.stage("v1", "dev").attempt, 2);
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
    assert_eq!(s.run("v1").finished_at, None);
    assert_eq!(
        s.forge(),
        [
            ("v1/1/dev/1/dev", ForgeState::Closed),
            ("v1/1/dev/2/dev", ForgeState::Open)
        ]
    );
    s.promote("v1", "dev");
    s.promote("v1", "prod");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}

#[test]
fn rule_07_a_retry_closes_what_the_attempt_before_left_open() {
    let mut s = three_services();
    s.start("v1", "1.0");
    let branches = s.open_branches("v1", "dev");
    s.world.forge.get_mut(&branches[0]).expect("chart").state = ForgeState::Closed;
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::Failed);
    s.fault(Kind::Close, Fault::Held("the forge answers 502"));
    s.context("v1").retry = true;
    s.pass();
    assert_eq!(s.stage("v1", "dev").attempt, 2);
    s.pass();
    assert_eq!(
        s.message("v1"),
        "stage dev: waits since 2026-01-01T00:00:00Z until acme/schema#2 is closed (not done yet: the forge answers \
         502; closing it by hand will do)"
    );
    s.rest();
    assert_eq!(
        s.forge(),
        [
            ("v1/1/dev/1/chart", ForgeState::Closed),
            ("v1/1/dev/1/schema", ForgeState::Closed),
            ("v1/1/dev/2/chart", ForgeState::Open),
            ("v1/1/dev/2/schema", ForgeState::Open),
        ]
    );
    let comment = &s.world.forge[&branches[1]].comment;
    assert_eq!(comment, "Closed by Stagecoach: attempt 2 of stage dev takes its place.");
}

#[test]
fn rule_07_what_was_merged_before_the_retry_is_not_done_again() {
    let mut s = three_services();
    s.start("v1", "1.0");
    let branches = s.open_branches("v1", "dev");
    s.world.merge(&branches[0]);
    s.world.forge.get_mut(&branches[1]).expect("schema").state = ForgeState::Closed;
    s.rest();
    s.retry("v1");
    assert_eq!(s.record("v1", "dev").state, PullRequestState::Unchanged);
    assert_eq!(s.open_branches("v1", "dev"), ["stagecoach/v1/1/dev/2/schema"]);
}

#[test]
fn rule_05_a_fault_of_the_forge_is_told_and_tried_again() {
    let mut s = three_services();
    s.apply("v1", "1.0");
    s.pass();
    s.fault(Kind::Plan, Fault::Held("the forge answers 502"));
    s.pass();
    assert_eq!(
        s.message("v1"),
        "stage dev: opening its pull requests since 2026-01-01T00:00:00Z: the forge answers 502"
    );
    s.pass();
    assert_eq!(s.stage("v1", "dev").reason, None, "it answers again");
    // The first of two is held up, the second is opened: the message stays.
    s.fault(Kind::Open, Fault::Held("rate limit until noon"));
    s.pass();
    assert!(
        s.message("v1").ends_with(": rate limit until noon"),
        "{}",
        s.message("v1")
    );
    s.rest();
    assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
}

#[test]
fn rule_05_what_a_person_must_change_fails_the_stage() {
    for kind in [Kind::Plan, Kind::Open] {
        let mut s = Simulation::new(chain(&["dev"]));
        s.apply("v1", "1.0");
        s.fault(kind, Fault::Refused("no line of values.yaml matches"));
        s.rest();
        assert_eq!(s.state("v1", "dev"), StageState::Failed);
        assert_eq!(s.stage("v1", "dev").reason.as_deref(), Some("NothingMatched"));
        assert_eq!(
            s.message("v1"),
            "stage dev: no line of values.yaml matches; to try again: kubectl stagecoach retry v1 -n apps"
        );
        s.retry("v1");
        assert_eq!(s.state("v1", "dev"), StageState::AwaitingMerge);
    }
}

#[test]
fn rule_05_a_plan_that_names_nothing_fails_instead_of_turning_round_for_ever() {
    let mut s = Simulation::new(chain(&["dev"]));
    s.apply("v1", "1.0");
    s.pass();
    let inputs = s.world.inputs(&s.graph);
    let mut decision = crate::decide(&s.graph, &inputs, s.world.now);
    let outcomes: Vec<crate::Outcome> = decision
        .actions
        .iter()
        .map(|action| crate::Outcome {
            action: action.clone(),
            result: crate::input::ActionResult::Planned(Vec::new()),
        })
        .collect();
    crate::settle(&s.graph, &inputs, &mut decision, &outcomes, s.world.now);
    let run = decision.runs.values().next().expect("a run");
    assert_eq!(run.stages[0].reason.as_deref(), Some("NothingPlanned"));
    assert_eq!(run.phase, RunPhase::Failed);
}
