//! Files made from templates: vectors L5 and L6, conditions, contexts of their own.

use serde_json::{Value, json};

use super::{automation, changes, context, files, run};
use crate::{Automation, Files, compute, needs, validate};

fn creating(templates: &Value) -> Automation {
    automation(json!({"creates": {"templates": templates}}))
}

#[test]
fn l5_a_folder_is_mirrored_with_contents_rendered_and_names_not() {
    let repository = files(&[
        ("tpl/x.yaml", "stage: {{ context.pipeline.stage.name }}\n"),
        ("tpl/y/z-{{ name }}.yaml", "plain\n"),
        ("tpl.yaml", "not in the folder"),
    ]);
    let automation = creating(&json!([{"source": "tpl", "destination": "apps/{{ context.tag }}"}]));
    let change_set = run(&automation, json!({"tag": "v1.0"}), &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [
            ("create", "apps/v1.0/x.yaml", "stage: dev\n"),
            ("create", "apps/v1.0/y/z-{{ name }}.yaml", "plain\n")
        ]
    );
    let root = creating(&json!([{"source": "tpl/y/", "destination": "."}]));
    let change_set = run(&root, json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("create", "z-{{ name }}.yaml", "plain\n")]);
}

#[test]
fn l6_the_order_is_create_replace_delete() {
    let mut spec = json!({
        "creates": {"templates": [{"source": "tpl", "destination": "f"}]},
        "updates": {"regexReplacements": [{"regex": "tag: (.*) # VERSION", "file": "f", "replacement": "tag: b # VERSION"}]},
    });
    let repository = files(&[("tpl", "tag: a # VERSION\n")]);
    let change_set = run(&automation(spec.clone()), json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("create", "f", "tag: b # VERSION\n")]);
    spec["deletes"] = json!({"files": ["f"]});
    let change_set = run(&automation(spec), json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), []);
}

#[test]
fn one_file_needs_no_list_and_overwrites() {
    let automation = creating(&json!([{"source": "base.yaml", "destination": "base.yaml"}]));
    let repository = files(&[("base.yaml", "v: {{ context.v }}\n")]);
    let change_set = compute(&automation, &context(json!({"v": 1})), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "base.yaml", "v: 1\n")]);
    let asked = needs(&automation, &context(json!({}))).expect("needs");
    assert!(asked.listing && asked.files.contains("base.yaml"));
    assert_eq!(
        asked.select(["base.yaml", "base.yaml/x", "xbase.yaml/y"]),
        ["base.yaml/x"]
    );
}

#[test]
fn conditions_choose_and_contexts_stay_for_the_templates_behind() {
    let templates = json!([
        {"source": "t", "destination": "1", "context": {"tier": "dev", "deep": {"a": 1}}},
        {"source": "t", "destination": "2", "condition": "context.tier == prod", "context": {"tier": "never"}},
        {"source": "t", "destination": "3", "context": {"deep": {"b": 2}}, "condition": "context.tier == dev"},
    ]);
    let repository = files(&[("t", "{{ context.tier }} {{ context.deep | toJson }}")]);
    let change_set = run(&creating(&templates), json!({"tier": "base"}), &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [
            ("create", "1", "dev {\"a\":1}"),
            ("create", "3", "dev {\"a\":1,\"b\":2}")
        ]
    );
}

#[test]
fn what_is_no_text_is_copied() {
    let repository: Files = [("logo", vec![0x89, b'P', 0xff, b'{', b'{'])].into_iter().collect();
    let automation = creating(&json!([{"source": "logo", "destination": "copy"}]));
    let change_set = run(&automation, json!({}), &repository).expect("a change set");
    assert_eq!(*change_set.changes[0].content.bytes(), [0x89, b'P', 0xff, b'{', b'{']);
}

#[test]
fn what_is_wrong_has_a_place() {
    let repository = files(&[("t", "a\n{{ 1 | nope }}\n")]);
    for (template, reason, begin) in [
        (
            json!({"source": "t", "destination": "x"}),
            "InvalidTemplate",
            "t, line 2, column 8",
        ),
        (
            json!({"source": "none", "destination": "x"}),
            "FileMissing",
            "spec.creates.templates[0].source: the file \"none\"",
        ),
        (
            json!({"source": "../t", "destination": "x"}),
            "InvalidPath",
            "spec.creates.templates[0].source",
        ),
        (
            json!({"source": "t", "destination": "{{ context.none }}"}),
            "InvalidPath",
            "spec.creates.templates[0].destination",
        ),
        (
            json!({"source": "t", "destination": ".git/x"}),
            "InvalidPath",
            "spec.creates.templates[0].destination",
        ),
        (
            json!({"source": "t", "destination": "x", "condition": "context.n > 2"}),
            "InvalidTemplate",
            "spec.creates.templates[0].condition, line 1, column 11",
        ),
    ] {
        let error = run(&creating(&json!([template])), json!({}), &repository).expect_err(begin);
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().starts_with(begin), "{error}");
    }
    let problems = validate(&creating(
        &json!([{"source": "/t", "destination": "{{ 1 | nope }}", "condition": "x ="}]),
    ));
    let fields: Vec<&str> = problems.iter().map(crate::Error::field).collect();
    let name = "spec.creates.templates[0]";
    assert_eq!(
        fields,
        [
            format!("{name}.source"),
            format!("{name}.destination"),
            format!("{name}.condition")
        ]
    );
}
