//! Deletes: vectors L3, L4 and the end of L6.

use serde_json::json;

use super::{automation, changes, files, run};
use crate::{Automation, validate};

fn deleting(files: &[&str], folders: &[&str]) -> Automation {
    automation(json!({"deletes": {"files": files, "folders": folders}}))
}

#[test]
fn l3_a_pattern_stays_in_its_folder() {
    let repository = files(&[("old/a.yaml", "a"), ("old/sub/b.yaml", "b"), ("older/c.yaml", "c")]);
    let change_set = run(&deleting(&["old/*.yaml"], &[]), json!({}), &repository).expect("a change set");
    assert_eq!(changes(&change_set), [("delete", "old/a.yaml", "")]);
}

#[test]
fn l4_nothing_to_delete_is_a_success() {
    let repository = files(&[("a", "a")]);
    for automation in [deleting(&["nothing/*"], &[]), deleting(&[], &["nothing"])] {
        let change_set = run(&automation, json!({}), &repository).expect("a success");
        assert_eq!((changes(&change_set), change_set.warnings.len()), (vec![], 0));
    }
}

#[test]
fn folders_go_whole() {
    let repository = files(&[("apps/dev/a", "a"), ("apps/dev/x/b", "b"), ("apps/develop/c", "c")]);
    let automation = deleting(&[], &["apps/{{ context.pipeline.stage.name }}/"]);
    let change_set = run(&automation, json!({}), &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [("delete", "apps/dev/a", ""), ("delete", "apps/dev/x/b", "")]
    );
}

#[test]
fn what_was_edited_before_goes_too() {
    let spec = json!({
        "updates": {"regexReplacements": [{"regex": "a", "file": "f", "replacement": "b"}]}, "deletes": {"files": ["f"]},
    });
    let change_set = run(&automation(spec), json!({}), &files(&[("f", "a"), ("g", "a")])).expect("a change set");
    assert_eq!(changes(&change_set), [("delete", "f", "")]);
    assert_eq!(change_set.changes[0].previous.as_deref(), Some(b"a".as_slice()));
}

#[test]
fn paths_outside_are_refused() {
    for (automation, field) in [
        (deleting(&["../*"], &[]), "spec.deletes.files[0]"),
        (deleting(&[".git/*"], &[]), "spec.deletes.files[0]"),
        (deleting(&["a["], &[]), "spec.deletes.files[0]"),
        (deleting(&[], &["/"]), "spec.deletes.folders[0]"),
        (deleting(&[], &["."]), "spec.deletes.folders[0]"),
        (deleting(&[], &["{{ context.missing }}"]), "spec.deletes.folders[0]"),
    ] {
        let error = run(&automation, json!({}), &files(&[("a", "a")])).expect_err(field);
        assert_eq!((error.reason(), error.field()), ("InvalidPath", field));
    }
    assert_eq!(
        validate(&deleting(&["a["], &["ok"]))[0].field(),
        "spec.deletes.files[0]"
    );
}
