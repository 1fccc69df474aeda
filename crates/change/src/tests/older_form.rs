//! The older form of updates: expressions over every file that a pattern matches. Vectors L1, L2 and L7.

use serde_json::{Value, json};

use super::{automation, changes, context, files, run};
use crate::{Automation, Files, compute, needs, validate};

fn older(updates: &Value) -> Automation {
    automation(json!({"updates": updates}))
}

#[test]
fn l1_any_replaces_in_every_file_that_matches() {
    let updates = json!({
        "files": [".*\\.yaml"], "regexes": ["v: \\d"], "replaceTemplate": "v: {{ context.n }}", "matchStrategy": "ANY",
    });
    let repository = files(&[("a.yaml", "v: 1\nv: 2\n"), ("b.txt", "v: 1\n")]);
    let change_set = run(&older(&updates), json!({"n": 3}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a.yaml", "v: 3\nv: 3\n")]);
    let edit = &change_set.edits[0];
    assert_eq!(
        (edit.field.as_str(), edit.path.as_str(), edit.matches),
        ("spec.updates.regexes", "a.yaml", 2)
    );
}

#[test]
fn l2_recursive_narrows_to_the_innermost_match() {
    let updates = json!({
        "files": ["a"], "regexes": ["image: .*", "\\d+\\.\\d+"], "replaceTemplate": "2.0", "matchStrategy": "RECURSIVE",
    });
    let change_set =
        run(&older(&updates), json!({}), &files(&[("a", "image: a:1.0\nx: 1.0\n")])).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a", "image: a:2.0\nx: 1.0\n")]);
    let dollar = json!({"files": ["a"], "regexes": ["(b)"], "replaceTemplate": "$1$1", "matchStrategy": "RECURSIVE"});
    let change_set = run(&older(&dollar), json!({}), &files(&[("a", "abc")])).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a", "a$1$1c")]);
}

#[test]
fn l7_any_expands_groups() {
    let updates = json!({"files": ["a"], "regexes": ["v: (\\d)"], "replaceTemplate": "w: $1", "matchStrategy": "ANY"});
    let change_set = run(&older(&updates), json!({}), &files(&[("a", "v: 1\n")])).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a", "w: 1\n")]);
}

#[test]
fn all_asks_every_expression_before_it_replaces() {
    let updates = json!({"files": ["yaml$"], "regexes": ["a", "b"], "replaceTemplate": "x", "matchStrategy": "ALL"});
    let repository = files(&[("1.yaml", "a b"), ("2.yaml", "a c")]);
    let change_set = run(&older(&updates), json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "1.yaml", "x x")]);
}

#[test]
fn patterns_are_templates_and_expressions_are_not() {
    let updates = json!({
        "files": ["^{{ context.pipeline.stage.name }}/"], "regexes": ["\\{\\{ tag \\}\\}"], "replaceTemplate": "1", "matchStrategy": "ANY",
    });
    let automation = older(&updates);
    assert_eq!(validate(&automation), []);
    let repository = files(&[
        ("dev/a", "{{ tag }}"),
        ("prod/a", "{{ tag }}"),
        ("x/dev/a", "{{ tag }}"),
        (".git/dev/", "{{ tag }}"),
    ]);
    let change_set = run(&automation, json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "dev/a", "1")]);
    let asked = needs(&automation, &context(json!({}))).expect("needs");
    assert!(asked.listing && asked.files.is_empty());
    assert_eq!(asked.select(["dev/a", "prod/a"]), ["dev/a"]);
}

#[test]
fn git_itself_is_never_touched() {
    let updates = json!({"files": ["config"], "regexes": ["a"], "replaceTemplate": "b", "matchStrategy": "ANY"});
    let repository = files(&[(".git/config", "a"), ("config", "a")]);
    let change_set = run(&older(&updates), json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "config", "b")]);
}

#[test]
fn nothing_found_is_told() {
    let updates = |files: &str, regexes: Value| {
        older(&json!({"files": [files], "regexes": regexes, "replaceTemplate": "x", "matchStrategy": "ANY"}))
    };
    let repository = files(&[("a", "v"), ("b", "w")]);
    let warned = run(&updates(".", json!(["v", "nope"])), json!({}), &repository).expect("a change set");
    assert_eq!(
        warned.warnings,
        [
            "spec.updates.regexes[1]: the regular expression `nope` in the files that spec.updates.files names matches nothing, so nothing changes there"
        ]
    );
    let error = run(&updates("nope", json!(["v"])), json!({}), &repository).expect_err("no file");
    assert_eq!(error.reason(), "NothingMatched");
    assert!(
        error.to_string().contains("`nope` in the paths of the repository"),
        "{error}"
    );
    let error = run(&updates(".", json!(["nope"])), json!({}), &repository).expect_err("no match");
    assert_eq!(error.reason(), "NothingMatched");
}

#[test]
fn what_belongs_together_must_be_there_together() {
    for (updates, field) in [
        (json!({"files": ["a"]}), "spec.updates.regexes"),
        (json!({"regexes": ["a"]}), "spec.updates.files"),
        (json!({"files": ["a"], "regexes": ["a"]}), "spec.updates.matchStrategy"),
    ] {
        let automation = older(&updates);
        let error = run(&automation, json!({}), &files(&[("a", "a")])).expect_err(field);
        assert_eq!((error.reason(), error.field()), ("IncompleteAutomation", field));
        assert_eq!(validate(&automation), [error]);
    }
}

#[test]
fn without_the_list_of_files_nothing_is_computed() {
    let updates = json!({"files": ["a"], "regexes": ["a"], "replaceTemplate": "x", "matchStrategy": "ANY"});
    let error = compute(&older(&updates), &context(json!({})), &Files::new()).expect_err("no list");
    assert_eq!(error.reason(), "Unsupported");
}
