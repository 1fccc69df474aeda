use jiff::ToSpan;

use super::*;

fn noon() -> Timestamp {
    "2026-03-01T12:00:00.75Z".parse().unwrap()
}

fn types(conditions: &[Condition]) -> Vec<(&str, &str, &str)> {
    conditions
        .iter()
        .map(|it| (it.type_.as_str(), it.status.as_str(), it.reason.as_str()))
        .collect()
}

#[test]
fn the_time_of_transition_is_in_whole_seconds_and_moves_only_with_the_status() {
    let mut conditions = Vec::new();
    upsert(
        &mut conditions,
        READY,
        false,
        "Waiting",
        "for the forge",
        Some(1),
        noon(),
    );
    let since = conditions[0].last_transition_time.clone();
    assert_eq!(since.0.to_string(), "2026-03-01T12:00:00Z");

    upsert(
        &mut conditions,
        READY,
        false,
        "Polling",
        "for the merge",
        Some(2),
        noon() + 1.hour(),
    );
    assert_eq!(conditions[0].last_transition_time, since);
    assert_eq!(conditions[0].observed_generation, Some(2));
    assert_eq!(conditions[0].message, "for the merge");

    upsert(
        &mut conditions,
        READY,
        true,
        "Promoted",
        "",
        Some(2),
        noon() + 2.hours(),
    );
    assert_eq!(conditions[0].last_transition_time.0.to_string(), "2026-03-01T14:00:00Z");
    assert_eq!(conditions.len(), 1);
}

#[test]
fn reconciling_and_stalled_are_there_only_while_they_are_true() {
    let mut conditions = Vec::new();
    set_reconciling(&mut conditions, "Progressing", "opens a pull request", Some(1), noon());
    assert_eq!(
        types(&conditions),
        [
            ("Ready", "False", "Progressing"),
            ("Reconciling", "True", "Progressing")
        ]
    );

    set_stalled(&mut conditions, "Cycle", "a -> b -> a", Some(2), noon());
    assert_eq!(
        types(&conditions),
        [("Ready", "False", "Cycle"), ("Stalled", "True", "Cycle")]
    );
    assert!(is_true(&conditions, STALLED));

    set_ready(&mut conditions, "Valid", "3 stages", Some(3), noon());
    assert_eq!(types(&conditions), [("Ready", "True", "Valid")]);
    assert!(find(&conditions, STALLED).is_none());
}

#[test]
fn other_conditions_are_left_alone() {
    let mut conditions = Vec::new();
    upsert(&mut conditions, BLOCKED, true, "Approval", "ask ann", None, noon());
    set_ready(&mut conditions, "Valid", "", None, noon());
    assert!(is_true(&conditions, BLOCKED));
    remove(&mut conditions, BLOCKED);
    assert_eq!(types(&conditions), [("Ready", "True", "Valid")]);
}

#[derive(Debug, thiserror::Error)]
#[error("repository team/shop is gone, create it or change spec.url")]
struct Gone(Class);

impl Classify for Gone {
    fn class(&self) -> Class {
        self.0
    }

    fn reason(&self) -> &'static str {
        "RepositoryGone"
    }
}

#[test]
fn an_error_shows_as_its_class() {
    for (class, shown) in [
        (Class::Stalled, STALLED),
        (Class::Retry, RECONCILING),
        (Class::Wait(noon()), RECONCILING),
    ] {
        let mut conditions = Vec::new();
        set_error(&mut conditions, &Gone(class), Some(1), noon());
        assert_eq!(
            types(&conditions),
            [("Ready", "False", "RepositoryGone"), (shown, "True", "RepositoryGone")]
        );
        assert_eq!(
            conditions[1].message,
            "repository team/shop is gone, create it or change spec.url"
        );
    }
}
