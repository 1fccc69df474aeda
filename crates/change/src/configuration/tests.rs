//! The contract's vectors V1 to V10, then types, defaults and conditions.

use serde_json::{Value, json};

use super::{check_values, problems};
use crate::automation::ConfigurationEntry;

fn entries(entries: &Value) -> Vec<ConfigurationEntry> {
    serde_json::from_value(entries.clone()).expect("entries")
}

fn accepted(id: &str, configuration: &Value, context: &Value, wanted: &Value) {
    assert_eq!(
        check_values(&entries(configuration), context).as_ref(),
        Ok(wanted),
        "{id}"
    );
}

fn refused(id: &str, configuration: &Value, context: &Value, messages: &[&str]) {
    let errors = check_values(&entries(configuration), context).expect_err(id);
    let got: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(got, messages, "{id}");
}

#[test]
fn vectors() {
    let version = json!([{"name": "version", "type": "STRING"}]);
    let optional = json!([{"name": "version", "type": "STRING", "optional": true}]);
    let tier = json!([{"name": "tier", "type": "ENUM", "values": ["dev", "prod"]}]);
    let digits = json!([{"name": "a", "type": "STRING", "validation": {"regex": "[0-9]+"}}]);
    let default = json!([{"name": "a", "type": "STRING", "default": "x"}]);
    accepted("V1", &version, &json!({"version": "1.2"}), &json!({"version": "1.2"}));
    refused(
        "V2",
        &version,
        &json!({"version": 1.2}),
        &["field \"version\" with value 1.2 does not match type STRING: it must be text; put it in quotes"],
    );
    refused(
        "V3",
        &version,
        &json!({}),
        &["field \"version\" is missing: the context needs a value of type STRING"],
    );
    accepted("V4", &optional, &json!({"version": ""}), &json!({"version": ""}));
    refused(
        "V5",
        &json!([{"name": "size", "type": "INT"}]),
        &json!({"size": "3"}),
        &["field \"size\" with value \"3\" does not match type INT: it must be a whole number, without quotes"],
    );
    refused(
        "V6",
        &tier,
        &json!({"tier": "test"}),
        &["field \"tier\" with value \"test\" does not match type ENUM: it must be one of dev, prod"],
    );
    accepted("V7", &digits, &json!({"a": "a1b"}), &json!({"a": "a1b"}));
    accepted(
        "V8",
        &version,
        &json!({"version": "1", "more": [1]}),
        &json!({"version": "1", "more": [1]}),
    );
    accepted("V9", &default, &json!({}), &json!({"a": "x"}));
    refused(
        "V10",
        &json!([{"name": "on", "type": "BOOL"}]),
        &json!({"on": "true"}),
        &["field \"on\" with value \"true\" does not match type BOOL: it must be true or false, without quotes"],
    );
}

#[test]
fn every_type_has_values() {
    for (kind, good, bad) in [
        ("STRING", json!("a"), json!("")),
        ("INT", json!(-3), json!(3.0)),
        ("BOOL", json!(false), json!(0)),
        ("JSON", json!({"a": [1]}), json!("{")),
        ("JSON", json!("{\"a\": 1}"), json!("no")),
        ("PASSWORD", json!("a"), json!(1)),
        ("CLUSTER", json!("mgmt"), json!("")),
        ("PROJECT", json!("p"), json!(true)),
        ("GROUP", json!("g"), json!([])),
        ("USER", json!("u"), json!({})),
        ("FLOW", json!("f"), json!(1)),
    ] {
        let entries = entries(&json!([{"name": "x", "type": kind}]));
        assert!(check_values(&entries, &json!({"x": good})).is_ok(), "{kind} {good}");
        let errors = check_values(&entries, &json!({"x": bad})).expect_err("bad");
        assert_eq!(errors[0].reason(), "InvalidValue", "{kind} {bad}");
    }
}

#[test]
fn a_password_is_never_shown() {
    let errors = check_values(
        &entries(&json!([{"name": "p", "type": "PASSWORD"}])),
        &json!({"p": 12345}),
    )
    .expect_err("number");
    assert_eq!(
        errors[0].to_string(),
        "field \"p\" with value <hidden> does not match type PASSWORD: it must be text; put it in quotes"
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let configuration = json!([
        {"name": "a", "type": "STRING"}, {"name": "b", "type": "INT"}, {"name": "c", "type": "BOOL", "default": "maybe"},
        {"name": "d", "type": "STRING", "validation": {"json": true}}, {"name": "e", "validation": {"regex": "^v"}},
    ]);
    refused(
        "all",
        &configuration,
        &json!({"b": "x", "d": "{", "e": "1.0"}),
        &[
            "spec.configuration[2].default: the default \"maybe\" of \"c\" does not match type BOOL: it must be true or false",
            "field \"a\" is missing: the context needs a value of type STRING",
            "field \"b\" with value \"x\" does not match type INT: it must be a whole number, without quotes",
            "field \"d\" with value \"{\" does not match type STRING: it must be JSON",
            "field \"e\" with value \"1.0\" does not match type STRING: it must match the regular expression `^v`",
        ],
    );
    refused(
        "no map",
        &json!([]),
        &json!([1]),
        &["field \"context\" with value [1] does not match type JSON: a context is a map of names and values"],
    );
}

#[test]
fn defaults_have_the_type_of_their_entry() {
    let configuration = json!([
        {"name": "n", "type": "INT", "default": "3"}, {"name": "b", "type": "BOOL", "default": "true"},
        {"name": "j", "type": "JSON", "default": "[1]"}, {"name": "s", "type": "STRING", "default": "3"},
    ]);
    accepted(
        "types",
        &configuration,
        &json!(null),
        &json!({"n": 3, "b": true, "j": [1], "s": "3"}),
    );
    accepted(
        "kept",
        &configuration,
        &json!({"n": 5, "s": null}),
        &json!({"n": 5, "b": true, "j": [1], "s": "3"}),
    );
}

#[test]
fn an_entry_counts_where_its_condition_holds() {
    for (operation, value, met, unmet) in [
        ("EQ", Some("prod"), json!("prod"), json!("dev")),
        ("EQ", Some("true"), json!(true), json!(false)),
        ("EQ", Some("3"), json!(3), json!(4)),
        ("NOT", None, json!(false), json!("x")),
        ("NOT", None, json!(null), json!(1)),
        ("GT", Some("2"), json!(3), json!(2)),
        ("GTE", Some("2"), json!("2"), json!(1)),
        ("LT", Some("2"), json!(1.5), json!("x")),
        ("LTE", Some("2"), json!(2), json!(3)),
        ("PREFIX", Some("v"), json!("v1"), json!("1")),
        ("SUFFIX", Some("-rc"), json!("1-rc"), json!(1)),
    ] {
        let condition = json!({"field": "f", "operation": operation, "value": value});
        let configuration = entries(&json!([{"name": "x", "type": "STRING", "condition": condition}]));
        let errors = check_values(&configuration, &json!({"f": met})).expect_err(operation);
        assert_eq!(errors[0].reason(), "MissingValue", "{operation} {met}");
        assert!(
            check_values(&configuration, &json!({"f": unmet})).is_ok(),
            "{operation} {unmet}"
        );
    }
}

#[test]
fn conditions_see_defaults_and_hidden_entries_get_none() {
    let configuration = json!([
        {"name": "bucket", "type": "STRING", "default": "b", "condition": {"field": "cloud", "operation": "EQ", "value": "aws"}},
        {"name": "project", "type": "STRING", "default": "p", "condition": {"field": "cloud", "operation": "EQ", "value": "gcp"}},
        {"name": "cloud", "type": "ENUM", "values": ["aws", "gcp"], "default": "aws"},
    ]);
    accepted(
        "cloud",
        &configuration,
        &json!({}),
        &json!({"cloud": "aws", "bucket": "b"}),
    );
}

#[test]
fn entries_that_cannot_work_are_problems() {
    let configuration = entries(&json!([
        {"type": "STRING"}, {"name": "e", "type": "ENUM"}, {"name": "i", "type": "INT", "default": "x"},
        {"name": "r", "type": "STRING", "validation": {"regex": "a(?=b"}},
        {"name": "t", "type": "ENUM", "values": ["a", "b"], "default": "c"},
        {"name": "empty", "type": "STRING", "default": ""}, {"name": "no", "type": "INT", "optional": true, "default": ""},
    ]));
    let fields: Vec<String> = problems(&configuration)
        .iter()
        .map(|problem| problem.field().to_owned())
        .collect();
    assert_eq!(
        fields,
        [
            "spec.configuration[0].name",
            "spec.configuration[1].values",
            "spec.configuration[2].default",
            "spec.configuration[3].validation.regex",
            "spec.configuration[4].default",
        ]
    );
}
