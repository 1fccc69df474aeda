//! Rules 10, 11 and 15: gates and what a rejection does.

use super::build::{approval, chain, dev_prod, diamond, pipeline, rejecting};
use super::simulation::Simulation;
use super::world::{ForgeState, Health};
use crate::graph::{Gate, GateKind, Join, OnReject, PipelineInput};
use crate::status::{EdgeState, GateState, RunPhase, StageState, Verdict};

fn exclude_requester() -> PipelineInput {
    let gate = Gate {
        kind: GateKind::Approval {
            exclude_requester: true,
        },
        ..approval("ship")
    };
    chain(&["dev", "prod"]).gated("dev", "prod", gate)
}

#[test]
fn rule_10_gates_are_evaluated_after_their_source_is_promoted() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    assert!(s.run("v1").edges[0].gates.is_empty());
    s.promote("v1", "dev");
    assert_eq!(s.gate("v1", "ship").state, GateState::Pending);
    assert_eq!(s.phase("v1"), RunPhase::Blocked);
    assert_eq!(
        s.message("v1"),
        "gate ship on edge dev -> prod waits for a person's approval since 2026-01-01T00:00:10Z; who has the verb \
         approve on pipeline shop can act: kubectl stagecoach approve v1 -n apps"
    );
    s.approve("v1");
    assert_eq!(s.state("v1", "prod"), StageState::AwaitingMerge);
    let decision = s.gate("v1", "ship").decision.clone().expect("a decision");
    assert_eq!((decision.user.as_str(), decision.approval.as_str()), ("ann", "ship-0"));
    assert_eq!(decision.at, s.world.now);
    assert_eq!(s.gate("v1", "ship").message, "approved by ann");
}

#[test]
fn rule_10_an_approval_that_was_given_earlier_counts() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.approve("v1");
    assert_eq!(s.state("v1", "prod"), StageState::Waiting);
    s.promote("v1", "dev");
    assert_eq!(
        s.state("v1", "prod"),
        StageState::AwaitingMerge,
        "nobody had to be asked again"
    );
}

#[test]
fn rule_10_the_first_valid_decision_counts() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.approve("v1");
    s.world.now = super::build::at(5);
    s.decide("v1", ("dev", "prod"), "ship", "bob", Verdict::Reject);
    s.promote("v1", "dev");
    assert_eq!(s.gate("v1", "ship").state, GateState::Open);
    s.context("v1").approvals.clear();
    s.rest();
    assert_eq!(
        s.gate("v1", "ship").state,
        GateState::Open,
        "deleting it afterwards changes nothing"
    );
}

#[test]
fn rule_10_an_approval_of_another_gate_or_edge_does_not_count() {
    let two = pipeline(&["dev", "eu", "us"], &[("dev", "eu"), ("dev", "us")]);
    let mut s = Simulation::new(
        two.gated("dev", "eu", approval("ship"))
            .gated("dev", "us", approval("ship")),
    );
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.decide("v1", ("dev", "eu"), "ship", "ann", Verdict::Approve);
    s.decide("v1", ("dev", "us"), "sail", "ann", Verdict::Approve);
    assert_eq!(s.state("v1", "eu"), StageState::AwaitingMerge);
    assert_eq!(s.state("v1", "us"), StageState::Waiting);
    assert_eq!(
        s.message("v1"),
        "stage eu: waits since 2026-01-01T00:00:10Z for somebody to merge acme/eu#2 \
         (https://forge.example/acme/eu/pulls/2); gate ship on edge dev -> us waits for a person's approval since \
         2026-01-01T00:00:10Z; who has the verb approve on pipeline shop can act: kubectl stagecoach approve v1 -n apps"
    );
}

#[test]
fn rule_10_every_gate_of_the_edge_must_open() {
    let mut s = Simulation::new(dev_prod().gated("dev", "prod", approval("law")));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    assert!(
        s.message("v1").ends_with("; 1 more of its gates wait"),
        "{}",
        s.message("v1")
    );
    s.approve("v1");
    assert_eq!(s.run("v1").edges[0].state, EdgeState::Closed);
    s.decide("v1", ("dev", "prod"), "law", "bob", Verdict::Approve);
    assert_eq!(s.run("v1").edges[0].state, EdgeState::Open);
}

#[test]
fn rule_10_the_requester_may_not_approve_where_the_gate_says_so() {
    let mut s = Simulation::new(exclude_requester());
    s.apply("v1", "1.0");
    s.context("v1").requested_by = Some("ann".to_owned());
    s.rest();
    s.promote("v1", "dev");
    s.approve("v1");
    assert_eq!(s.gate("v1", "ship").state, GateState::Pending);
    assert!(
        s.message("v1")
            .contains("waits for the approval of somebody other than ann, who asked for the run"),
        "{}",
        s.message("v1")
    );
    s.decide("v1", ("dev", "prod"), "ship", "bob", Verdict::Approve);
    assert_eq!(s.gate("v1", "ship").message, "approved by bob");
}

#[test]
fn rule_10_the_requester_may_reject() {
    let mut s = Simulation::new(exclude_requester());
    s.apply("v1", "1.0");
    s.context("v1").requested_by = Some("ann".to_owned());
    s.rest();
    s.promote("v1", "dev");
    s.decide("v1", ("dev", "prod"), "ship", "ann", Verdict::Reject);
    assert_eq!(s.gate("v1", "ship").state, GateState::Rejected);
}

#[test]
fn rule_10_an_unknown_requester_keeps_such_a_gate_shut_and_says_so() {
    let mut s = Simulation::new(exclude_requester());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.approve("v1");
    assert_eq!(s.phase("v1"), RunPhase::Blocked);
    assert!(
        s.message("v1").contains(
            "waits for approval, but who asked for the run is unknown, and the requester may not approve here: annotate \
             the context with stagecoach.dev/requested-by"
        ),
        "{}",
        s.message("v1")
    );
    s.context("v1").requested_by = Some("bob".to_owned());
    s.rest();
    assert_eq!(s.gate("v1", "ship").message, "approved by ann");
}

#[test]
fn rule_10_an_unsupported_gate_keeps_its_edge_shut_and_says_who_can_act() {
    let window = Gate {
        kind: GateKind::Unsupported("WINDOW".to_owned()),
        ..approval("night")
    };
    let mut s = Simulation::new(chain(&["dev", "prod"]).gated("dev", "prod", window));
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.decide("v1", ("dev", "prod"), "night", "ann", Verdict::Approve);
    assert_eq!(s.phase("v1"), RunPhase::Blocked);
    assert_eq!(
        s.message("v1"),
        "gate night on edge dev -> prod is closed since 2026-01-01T00:00:10Z: gates of type WINDOW are not supported by \
         this version: the edge stays shut until the gate is taken out of the pipeline; who may edit pipeline shop can \
         act"
    );
    s.edit(|pipeline| pipeline.edges[0].gates.clear());
    s.rest();
    assert_eq!(s.state("v1", "prod"), StageState::AwaitingMerge);
}

#[test]
fn rule_11_a_new_revision_of_a_service_voids_no_approval() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.health("dev", Health::Starting);
    s.approve("v1");
    s.wait(3600);
    s.health("dev", Health::Healthy);
    assert_eq!(s.gate("v1", "ship").state, GateState::Open);
    assert_eq!(s.state("v1", "prod"), StageState::AwaitingMerge);
}

#[test]
fn rule_11_a_gate_never_opens_for_a_run_because_it_was_open_for_another() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    s.approve("v1");
    assert_eq!(s.gate("v1", "ship").state, GateState::Open);
    // The same object, other values, within the same second: the approval was for the run before.
    s.start("v1", "2.0");
    s.promote("v1", "dev");
    assert_eq!(s.run("v1").number, 2);
    assert_eq!(s.gate("v1", "ship").state, GateState::Pending);
    s.approve("v1");
    assert_eq!(s.gate("v1", "ship").state, GateState::Open);
}

#[test]
fn rule_11_an_approval_that_names_a_run_is_for_that_run_alone() {
    let mut s = Simulation::new(dev_prod());
    s.start("v1", "1.0");
    s.promote("v1", "dev");
    for (named, expected) in [(2, GateState::Pending), (1, GateState::Open)] {
        s.decide_on("v1", Some(named), ("dev", "prod"), "ship", "ann", Verdict::Approve);
        assert_eq!(s.gate("v1", "ship").state, expected);
    }
}

/// `a` before `b` and `c`, both before `d`; the gate on `a -> c` is rejected after `a` was promoted.
fn rejected(on_reject: OnReject, join: Join) -> Simulation {
    let diamond = diamond()
        .gated("a", "c", rejecting("ship", on_reject))
        .with("d", |stage| stage.join = join);
    let mut s = Simulation::new(diamond);
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.decide("v1", ("a", "c"), "ship", "bob", Verdict::Reject);
    s
}

#[test]
fn rule_15_halt_fails_the_run_at_once() {
    let s = rejected(OnReject::Halt, Join::All);
    assert_eq!(s.phase("v1"), RunPhase::Failed);
    assert_eq!(s.message("v1"), "gate ship on edge a -> c: rejected by bob");
    for stage in ["b", "c", "d"] {
        assert_eq!(s.state("v1", stage), StageState::Cancelled);
    }
    let branch = s.open_branches("v1", "b").remove(0);
    assert_eq!(
        s.world.forge[&branch].state,
        ForgeState::Open,
        "its pull request stays open"
    );
    assert_eq!(
        s.world.forge[&branch].comment,
        "A gate of this run was rejected, so Stagecoach has stopped waiting for this pull request in stage b. It stays \
         open: merging it still changes b, but nothing is promoted further by it."
    );
    assert_eq!(
        s.stage("v1", "b").message,
        "cancelled because a gate was rejected; its pull requests stay open"
    );
}

#[test]
fn rule_15_halt_branch_ends_only_this_branch() {
    let mut s = rejected(OnReject::HaltBranch, Join::All);
    assert_eq!(s.phase("v1"), RunPhase::Progressing);
    assert_eq!(s.state("v1", "c"), StageState::Cancelled);
    assert_eq!(
        s.state("v1", "d"),
        StageState::Cancelled,
        "its join can never be satisfied"
    );
    s.promote("v1", "b");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(
        s.message("v1"),
        "every stage is promoted but c: gate ship on edge a -> c: rejected by bob"
    );
}

#[test]
fn rule_15_halt_branch_leaves_another_way() {
    let mut s = rejected(OnReject::HaltBranch, Join::Any);
    assert_eq!(s.state("v1", "d"), StageState::Waiting);
    s.promote("v1", "b");
    s.promote("v1", "d");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
}

#[test]
fn rule_15_fail_after_others_lets_the_other_branches_end_first() {
    let mut s = rejected(OnReject::FailAfterOthers, Join::Any);
    assert_eq!(s.phase("v1"), RunPhase::Progressing);
    s.promote("v1", "b");
    s.promote("v1", "d");
    assert_eq!(s.phase("v1"), RunPhase::Failed);
    assert_eq!(s.message("v1"), "gate ship on edge a -> c: rejected by bob");
}

#[test]
fn rule_15_ignore_is_as_if_the_gate_were_open() {
    let mut s = rejected(OnReject::Ignore, Join::All);
    assert_eq!(s.gate("v1", "ship").state, GateState::Rejected);
    assert_eq!(s.state("v1", "c"), StageState::AwaitingMerge);
    s.promote("v1", "b");
    s.close("v1", "c");
    assert_eq!(
        s.message("v1"),
        "stage c: pull request acme/c#3 was closed without a merge; to try again: kubectl stagecoach retry v1 -n apps",
        "the gate is not to blame"
    );
}

#[test]
fn rule_15_the_gate_that_was_rejected_says_how() {
    let two = pipeline(&["a", "b", "c"], &[("a", "b"), ("a", "c")])
        .gated("a", "b", rejecting("mild", OnReject::HaltBranch))
        .gated("a", "b", rejecting("hard", OnReject::FailAfterOthers));
    let mut s = Simulation::new(two);
    s.start("v1", "1.0");
    s.promote("v1", "a");
    s.decide("v1", ("a", "b"), "mild", "bob", Verdict::Reject);
    s.promote("v1", "c");
    assert_eq!(s.phase("v1"), RunPhase::Succeeded, "the other gate was never rejected");
}

#[test]
fn rule_15_a_long_branch_behind_a_rejection_does_not_wait_for_ever() {
    let mut long = chain(&["a", "b", "c", "d", "e"]).gated("a", "b", rejecting("ship", OnReject::HaltBranch));
    long.stages.push(super::build::stage("side"));
    let mut s = Simulation::new(long);
    s.start("v1", "1.0");
    s.promote("v1", "side");
    s.promote("v1", "a");
    s.decide("v1", ("a", "b"), "ship", "bob", Verdict::Reject);
    assert_eq!(s.phase("v1"), RunPhase::Succeeded);
    assert_eq!(s.stage("v1", "e").message, "gate ship on edge a -> b: rejected by bob");
}
