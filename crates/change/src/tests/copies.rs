//! `copies` in automations: what the stage before has goes to the next.

use serde_json::{Value, json};

use super::{automation, changes, context, files, run};
use crate::{Automation, Elsewhere, compute, needs};

fn copying(copies: &Value) -> Automation {
    automation(json!({"updates": {"copies": copies}}))
}

#[test]
fn a_file_and_a_folder_of_the_base_are_copied() {
    let automation = copying(&json!([
        {"from": "dev/app.yaml", "to": "{{ context.pipeline.stage.name }}-2/app.yaml"},
        {"from": "dev/sub", "to": "new/sub"},
    ]));
    let repository = files(&[
        ("dev/app.yaml", "v: 2\n"),
        ("dev-2/app.yaml", "v: 1\n"),
        ("dev/sub/a", "a"),
        ("dev/sub/b/c", "c"),
        ("dev/subway", "no"),
        ("new/sub/a", "a"),
        ("new/sub/old", "stays"),
    ]);
    let change_set = run(&automation, json!({}), &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [("update", "dev-2/app.yaml", "v: 2\n"), ("create", "new/sub/b/c", "c")]
    );
}

#[test]
fn a_ref_is_read_apart_from_the_base() {
    let automation = copying(&json!([{"from": "app", "to": "app", "ref": "release/{{ context.version }}"}]));
    let context = context(json!({"version": "1.1"}));
    let needs = needs(&automation, &context).expect("needs");
    let at = &needs.elsewhere[&Elsewhere::Ref("release/1.1".to_owned())];
    assert!(at.listing && needs.listing);
    assert_eq!(at.select(["app/a", "app/b/c", "apple"]), ["app/a", "app/b/c"]);
    assert_eq!(needs.select(["app/a", "b"]), ["app/a"]);

    let mut repository = files(&[("app/a", "1"), ("app/old", "x")]);
    repository.set_listing(["app/a", "app/old"].map(str::to_owned));
    let error = compute(&automation, &context, &repository).expect_err("not read");
    assert_eq!(
        (error.reason(), error.field()),
        ("Unsupported", "spec.updates.copies[0]")
    );
    let release = || Elsewhere::Ref("release/1.1".to_owned());
    repository.set_listing_at(release(), ["app/a", "app/b"].map(str::to_owned));
    repository.insert_at(release(), "app/a", *b"2");
    repository.insert_at(release(), "app/b", *b"\xff\0");
    let change_set = compute(&automation, &context, &repository).expect("a change set");
    let seen: Vec<_> = change_set
        .changes
        .iter()
        .map(|change| (change.op.name(), change.path.as_str()))
        .collect();
    assert_eq!(seen, [("update", "app/a"), ("create", "app/b")]);
    assert_eq!(&*change_set.changes[1].content.bytes(), b"\xff\0");
}

#[test]
fn what_cannot_be_copied_is_refused() {
    for (copy, reason) in [
        (json!({"from": "no", "to": "a"}), "FileMissing"),
        (json!({"from": "a", "to": "a/b"}), "InvalidPath"),
        (json!({"from": "a/b", "to": "a"}), "InvalidPath"),
        (json!({"from": "../a", "to": "b"}), "InvalidPath"),
        (json!({"from": "a", "to": ".git/config"}), "InvalidPath"),
        (
            json!({"from": "a", "to": "b", "ref": "{{ context.none }}"}),
            "InvalidPath",
        ),
    ] {
        let error = run(&copying(&json!([copy])), json!({}), &files(&[("a/x", "x")])).expect_err("refused");
        assert_eq!(error.reason(), reason, "{error}");
    }
}

#[test]
fn a_created_file_that_is_there_already_is_no_change() {
    let automation = automation(json!({"creates": {"templates": [{"source": "t", "destination": "."}]}}));
    let repository = files(&[("t/a", "{{ context.v }}"), ("t/b", "b"), ("a", "1"), ("c", "c")]);
    let change_set = run(&automation, json!({"v": 1}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("create", "b", "b")]);
}
