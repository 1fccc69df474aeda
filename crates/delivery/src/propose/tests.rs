use super::*;
use stagecoach_change::{RegexReplacement, Updates};

fn file(text: &str) -> File {
    File {
        bytes: text.as_bytes().to_vec(),
        blob: "b".repeat(40),
    }
}

fn edit(path: &str, regex: &str, replacement: &str) -> Edit {
    let replacement = RegexReplacement {
        regex: regex.to_owned(),
        file: path.to_owned(),
        replacement: replacement.to_owned(),
        templated: None,
    };
    let updates = Updates {
        regex_replacements: vec![replacement],
        ..Updates::default()
    };
    let automation = Automation {
        title: Some("t".to_owned()),
        message: Some("m".to_owned()),
        updates: Some(updates),
        ..Automation::default()
    };
    Edit {
        automation,
        context: serde_json::json!({}),
    }
}

fn text(proposal: &Proposal, path: &str) -> String {
    String::from_utf8(proposal.changes[path].after.clone().unwrap()).unwrap()
}

#[test]
fn edits_of_one_file_see_one_another() {
    let original = BTreeMap::from([("a.yaml".to_owned(), Some(file("x: 1\ny: 1\n")))]);
    let proposal = apply(
        &original,
        &[edit("a.yaml", "x: 1", "x: 2"), edit("a.yaml", "y: 1", "y: 2")],
    )
    .unwrap();
    assert_eq!(text(&proposal, "a.yaml"), "x: 2\ny: 2\n");
    assert_eq!(proposal.file_changes().len(), 1);
}

#[test]
fn what_ends_where_it_began_is_no_change() {
    let original = BTreeMap::from([("a.yaml".to_owned(), Some(file("x: 1\n")))]);
    let proposal = apply(
        &original,
        &[edit("a.yaml", "x: 1", "x: 2"), edit("a.yaml", "x: 2", "x: 1")],
    )
    .unwrap();
    assert!(proposal.changes.is_empty());
    assert_eq!(proposal.files(), ["a.yaml"]);
}

#[test]
fn a_missing_file_is_named() {
    let original = BTreeMap::from([("gone.yaml".to_owned(), None)]);
    let error = apply(&original, &[edit("gone.yaml", "x", "y")]).unwrap_err();
    assert!(error.to_string().contains("gone.yaml"), "{error}");
    assert!(error.is_refusal());
}
