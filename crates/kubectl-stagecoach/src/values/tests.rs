//! From the command line to the values of a run, and what a person is told.

use super::*;
use crate::fixtures;

/// An automation with these values in its configuration.
fn automation(name: &str, configuration: &Value) -> PrAutomation {
    fixtures::object(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PrAutomation", "metadata": {"name": name},
        "spec": {"scmConnectionRef": {"name": "gitea"}, "configuration": configuration},
    }))
}

fn all_types() -> PrAutomation {
    automation(
        "bump",
        &json!([
            {"name": "version", "type": "STRING"},
            {"name": "replicas", "type": "INT"},
            {"name": "canary", "type": "BOOL"},
            {"name": "labels", "type": "JSON"},
            {"name": "tier", "type": "ENUM", "values": ["dev", "prod"]},
            {"name": "token", "type": "PASSWORD", "optional": true},
        ]),
    )
}

fn from(pairs: &[&str], automations: &[PrAutomation]) -> Result<Map<String, Value>, ValueError> {
    let pairs: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
    let values = merge(Map::new(), &pairs, automations)?;
    check(&values, automations)?;
    Ok(values)
}

fn said(pairs: &[&str], automations: &[PrAutomation]) -> String {
    from(pairs, automations).unwrap_err().to_string()
}

#[test]
fn texts_become_what_the_automation_asks_for() {
    let pairs = [
        "version=1.10",
        "replicas=3",
        "canary=true",
        "labels={\"a\": [1]}",
        "tier=prod",
        "other=7",
        "empty=",
    ];
    let values = from(&pairs, &[all_types()]).unwrap();
    let wanted = json!({
        "version": "1.10", "replicas": 3, "canary": true, "labels": {"a": [1]}, "tier": "prod", "other": "7", "empty": "",
    });
    assert_eq!(Value::Object(values), wanted);
}

#[test]
fn what_is_missing_or_of_another_type_is_refused_by_name() {
    insta::assert_snapshot!(said(
        &["replicas=many", "canary=perhaps", "tier=qa", "token=s3cret"],
        &[all_types()]
    ));
}

#[test]
fn every_automation_is_asked() {
    let other = automation(
        "audit",
        &json!([{"name": "ticket", "type": "STRING"}, {"name": "version", "type": "INT"}]),
    );
    let first = automation("bump", &json!([{"name": "version", "type": "STRING"}]));
    insta::assert_snapshot!(said(&["version=1.2.3"], &[first, other]));
}

#[test]
fn a_default_stands_in_and_what_is_set_in_every_stage_is_not_missed() {
    let fields = json!([{"name": "tier", "type": "STRING", "default": "dev"}, {"name": "pipeline", "type": "JSON"}]);
    let values = from(&[], &[automation("bump", &fields)]).unwrap();
    assert!(values.is_empty(), "the context says what the person said: {values:?}");
}

#[test]
fn a_pair_has_a_key_and_stands_once() {
    assert_eq!(
        said(&["1.2.3"], &[]),
        "\"1.2.3\" is no value: write KEY=VALUE, as in version=1.2.3"
    );
    assert_eq!(
        said(&["=1"], &[]),
        "\"=1\" is no value: write KEY=VALUE, as in version=1.2.3"
    );
    assert_eq!(
        said(&["a=1", "a=2"], &[]),
        "the value \"a\" is given twice: take one of them out"
    );
    assert_eq!(
        said(&["pipeline=x"], &[]),
        "the value \"pipeline\" is set by Stagecoach in every stage: choose another name"
    );
}

#[test]
fn an_object_may_hold_what_pairs_cannot_say_and_pairs_go_before_it() {
    let given = object(r#"{"version": "1", "nested": {"a": true}}"#).unwrap();
    let values = merge(given, &["version=2".to_owned()], &[]).unwrap();
    assert_eq!(Value::Object(values), json!({"version": "2", "nested": {"a": true}}));
    for (text, wanted) in [
        ("[1]", "is no JSON object"),
        ("version: 1", "is no JSON (expected value at line 1 column 1)"),
    ] {
        let said = object(text).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("--values {wanted}: write an object, as in --values ")),
            "{said}"
        );
    }
}
