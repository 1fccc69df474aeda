use serde_json::{Value, json};
use stagecoach_delivery::Trouble;
use stagecoach_runtime::Class;

use super::super::decide::tests::{observed, record};
use super::*;

fn now() -> Timestamp {
    "2026-01-02T04:00:00Z".parse().unwrap()
}

fn of(value: Value) -> TriggeredPullRequest {
    serde_json::from_value(value).unwrap()
}

fn ready(status: &PrAutomationTriggerStatus) -> (&str, &str, &str) {
    let ready = conditions::find(&status.conditions, conditions::READY).unwrap();
    (&ready.status, &ready.reason, &ready.message)
}

#[test]
fn every_state_has_its_words() {
    for (state, status, reason, words) in [
        ("Intended", "False", "Opening", "from update to main in org/repo"),
        ("Open", "True", "PullRequestOpen", "org/repo#7 is open"),
        ("Merged", "True", "PullRequestMerged", "org/repo#7 is merged into main"),
        ("Closed", "True", "PullRequestClosed", "closed without a merge"),
        ("Unchanged", "True", "AlreadyAtTarget", "there is no pull request"),
        (
            "PatchMade",
            "True",
            "PatchMade",
            "`kubectl get prautomationtrigger bump -n infra -o jsonpath='{.status.patch}' | git am`",
        ),
    ] {
        let outcome = Ok(Outcome::Planned(of(record(3, "update", state))));
        let built = build(&observed(3, None, &[]), &outcome, now());
        let (is, why, message) = ready(&built);
        assert_eq!((is, why), (status, reason));
        assert!(message.contains(words), "{message}");
        assert_eq!(built.observed_generation, Some(3));
    }
}

#[test]
fn what_earlier_generations_asked_for_is_kept_and_bounded() {
    let earlier: Vec<Value> = (1..=10).rev().map(|n| record(n, "x", "Closed")).collect();
    let before = observed(12, Some(record(11, "y", "Open")), &earlier);
    let built = build(&before, &Ok(Outcome::Planned(of(record(12, "z", "Intended")))), now());
    assert_eq!(built.pull_request.unwrap().generation, 12);
    let kept: Vec<i64> = built.earlier.iter().map(|record| record.generation).collect();
    assert_eq!(kept, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    // The same generation written again is no earlier one.
    let again = observed(1, Some(record(1, "y", "Intended")), &[]);
    let built = build(&again, &Ok(Outcome::Opened(of(record(1, "y", "Open")))), now());
    assert!(built.earlier.is_empty());
}

#[test]
fn a_patch_stands_beside_its_record_and_goes_with_it() {
    let patched = |generation, patch: Option<&str>| {
        let state = if patch.is_some() { "PatchMade" } else { "Unchanged" };
        Ok(Outcome::Patched {
            record: of(record(generation, "update", state)),
            patch: patch.map(str::to_owned),
        })
    };
    let mut trigger = observed(1, None, &[]);
    let then = |trigger: &mut super::Observed, outcome: &Result<Outcome, Error>| {
        let built = build(trigger, outcome, now());
        std::sync::Arc::get_mut(&mut trigger.trigger).unwrap().status = Some(built.clone());
        built.patch
    };
    let first = Some("From 0".to_owned());
    assert_eq!(then(&mut trigger, &patched(1, Some("From 0"))), first);
    assert_eq!(then(&mut trigger, &Ok(Outcome::Rested)), first);
    // What cannot be made leaves what was made.
    let error = Error::InvalidValues {
        automation: "app".to_owned(),
        problems: "none".to_owned(),
    };
    assert_eq!(then(&mut trigger, &Err(error)), first);
    assert_eq!(then(&mut trigger, &patched(2, None)), None);
    assert_eq!(
        then(&mut trigger, &patched(3, Some("From 1"))),
        Some("From 1".to_owned())
    );
    let opened = Ok(Outcome::Planned(of(record(4, "update", "Intended"))));
    assert_eq!(then(&mut trigger, &opened), None);
}

#[test]
fn refused_values_stall_and_leave_the_record_alone() {
    let error = Error::InvalidValues {
        automation: "app".to_owned(),
        problems: "field \"version\" is missing".to_owned(),
    };
    let built = build(&observed(2, Some(record(1, "update", "Open")), &[]), &Err(error), now());
    let (status, reason, message) = ready(&built);
    assert_eq!((status, reason), ("False", "InvalidValues"));
    assert!(message.contains("\"version\""), "{message}");
    assert!(conditions::is_true(&built.conditions, conditions::STALLED));
    assert_eq!(built.pull_request.unwrap().generation, 1);
}

#[test]
fn trouble_at_the_forge_is_told_beside_what_is_known_and_goes_again() {
    let mut troubled = observed(1, Some(record(1, "update", "Open")), &[]);
    troubled.trouble = Some(Trouble {
        class: Class::Retry,
        reason: "ForgeUnavailable",
        message: "no answer".to_owned(),
    });
    let built = build(&troubled, &Ok(Outcome::Rested), now());
    assert_eq!(ready(&built).1, "PullRequestOpen");
    assert!(conditions::is_true(&built.conditions, conditions::RECONCILING));
    let mut calm = observed(1, Some(json!(built.pull_request)), &[]);
    std::sync::Arc::get_mut(&mut calm.trigger).unwrap().status = Some(built);
    let built = build(&calm, &Ok(Outcome::Rested), now());
    assert!(!conditions::is_true(&built.conditions, conditions::RECONCILING));
}

#[test]
fn nothing_new_is_nothing_to_write() {
    let first = build(
        &observed(1, Some(record(1, "update", "Open")), &[]),
        &Ok(Outcome::Rested),
        now(),
    );
    let mut again = observed(1, None, &[]);
    std::sync::Arc::get_mut(&mut again.trigger).unwrap().status = Some(first.clone());
    let later = "2026-01-03T00:00:00Z".parse().unwrap();
    assert_eq!(build(&again, &Ok(Outcome::Rested), later), first);
}
