use std::sync::Arc;

use super::original::{Budget, Part};
use super::places::Spot;
use super::*;
use serde_json::json;
use stagecoach_change as change;
use stagecoach_runtime::Classify as _;
use stagecoach_scm::{EntryKind, TreeEntry};

fn file(text: &str) -> File {
    File {
        bytes: text.as_bytes().into(),
        blob: "b".repeat(40),
    }
}

/// Files that were read, and nothing listed.
fn read(files: &[(&str, Option<&str>)]) -> Original {
    Original {
        here: Part {
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), text.map(file)))
                .collect(),
            ..Part::default()
        },
        elsewhere: BTreeMap::new(),
        named: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
    }
}

fn entry(path: &str, kind: EntryKind, size: u64) -> (String, TreeEntry) {
    let entry = TreeEntry {
        path: path.to_owned(),
        kind,
        blob: format!("{path}-blob"),
        size: Some(size),
    };
    (path.to_owned(), entry)
}

/// Files that were read, of a repository that was listed.
fn listed(files: &[(&str, &str)], others: &[(&str, EntryKind)]) -> Original {
    let read_files = files
        .iter()
        .map(|(path, text)| entry(path, EntryKind::File, text.len() as u64));
    let others = others.iter().map(|(path, kind)| entry(path, *kind, 4));
    let part = Part {
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), Some(file(text))))
            .collect(),
        listing: Some(read_files.chain(others).collect()),
        ..Part::default()
    };
    Original {
        here: part,
        ..Original::default()
    }
}

/// Files that were read and listed, as files or executable ones.
pub(super) fn listed_as(files: &[(&str, &str, EntryKind)]) -> Original {
    let mut original = Original::default();
    let listing = original.here.listing.insert(BTreeMap::new());
    for (path, text, kind) in files {
        listing.extend([entry(path, *kind, text.len() as u64)]);
        original.here.files.insert((*path).to_owned(), Some(file(text)));
    }
    original
}

pub(super) fn automation(spec: &Value) -> Edit {
    let mut automation: Automation = serde_json::from_value(spec.clone()).unwrap();
    automation.title = Some("t".to_owned());
    automation.message = Some("m".to_owned());
    Edit {
        automation,
        context: json!({"name": "app"}),
        sources: Sources::none(),
    }
}

fn edit(path: &str, regex: &str, replacement: &str) -> Edit {
    let replacement = json!({"regex": regex, "file": path, "replacement": replacement});
    automation(&json!({"updates": {"regexReplacements": [replacement]}}))
}

/// The older form: `from` becomes `to` wherever a path matches.
fn search(paths: &str, from: &str, to: &str) -> Edit {
    automation(&json!({"updates": {
        "files": [paths], "regexes": [from], "replaceTemplate": to, "matchStrategy": "ANY",
    }}))
}

fn text(proposal: &Proposal, path: &str) -> String {
    proposal.changes[path].text_after().unwrap()
}

fn changed(proposal: &Proposal) -> Vec<(&str, Op)> {
    let changes = proposal.changes.iter();
    changes.map(|(path, sides)| (path.as_str(), sides.op())).collect()
}

#[tokio::test]
async fn edits_of_one_file_see_one_another() {
    let original = read(&[("a.yaml", Some("x: 1\ny: 1\n"))]);
    let edits = [edit("a.yaml", "x: 1", "x: 2"), edit("a.yaml", "y: 1", "y: 2")];
    let proposal = apply(&original, &edits).await.unwrap();
    assert_eq!(text(&proposal, "a.yaml"), "x: 2\ny: 2\n");
    assert_eq!(proposal.file_changes().len(), 1);
}

#[tokio::test]
async fn what_ends_where_it_began_is_no_change() {
    let original = read(&[("a.yaml", Some("x: 1\n"))]);
    let edits = [edit("a.yaml", "x: 1", "x: 2"), edit("a.yaml", "x: 2", "x: 1")];
    let proposal = apply(&original, &edits).await.unwrap();
    assert!(proposal.changes.is_empty());
    assert_eq!(proposal.files(), ["a.yaml"]);
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let original = read(&[("gone.yaml", None)]);
    let error = apply(&original, &[edit("gone.yaml", "x", "y")]).await.unwrap_err();
    assert!(error.to_string().contains("gone.yaml"), "{error}");
    assert!(error.is_refusal());
}

#[tokio::test]
async fn a_search_changes_what_it_finds_and_tells_of_what_it_found_alone() {
    let original = listed(
        &[("a/x.yaml", "v: 1\n"), ("a/y.yaml", "w: 1\n")],
        &[("b.txt", EntryKind::File)],
    );
    let proposal = apply(&original, &[search("a/.*", "v: 1", "v: 2")]).await.unwrap();
    assert_eq!(changed(&proposal), [("a/x.yaml", Op::Update)]);
    let proposal = apply(&original, &[search("a/.*", "v: 1", "v: 1")]).await.unwrap();
    assert_eq!(proposal.files(), ["a/x.yaml"]);
}

#[tokio::test]
async fn what_one_edit_makes_the_next_one_finds() {
    let original = listed(&[("templates/app.yaml", "name: {{ context.name }}\n")], &[]);
    let make = automation(&json!({"creates": {"templates": [
        {"source": "templates", "destination": "apps", "external": false},
    ]}}));
    let proposal = apply(&original, &[make.clone(), search("^apps/", "name: app", "name: shop")])
        .await
        .unwrap();
    assert_eq!(changed(&proposal), [("apps/app.yaml", Op::Create)]);
    assert_eq!(text(&proposal, "apps/app.yaml"), "name: shop\n");
    let gone = automation(&json!({"deletes": {"folders": ["apps"]}}));
    let proposal = apply(&original, &[make, gone]).await.unwrap();
    assert!(proposal.changes.is_empty());
}

#[tokio::test]
async fn what_goes_is_named_by_the_blob_of_the_list() {
    let original = listed(
        &[],
        &[("old/a.yaml", EntryKind::File), ("old/b.txt", EntryKind::Executable)],
    );
    let proposal = apply(&original, &[automation(&json!({"deletes": {"files": ["old/*.yaml"]}}))])
        .await
        .unwrap();
    assert_eq!(changed(&proposal), [("old/a.yaml", Op::Delete)]);
    let expected = NewPath::Delete {
        previous: "old/a.yaml-blob".to_owned(),
    };
    assert_eq!(proposal.file_changes()[0].change, expected);
    assert!(proposal.warnings.is_empty(), "{:?}", proposal.warnings);
}

#[tokio::test]
async fn a_link_is_no_file_to_search_and_stays_where_its_folder_goes() {
    let original = listed(
        &[("old/a.yaml", "v: 1\n")],
        &[("old/link", EntryKind::Symlink), ("link", EntryKind::Symlink)],
    );
    let gone = automation(&json!({"deletes": {"folders": ["old"]}}));
    let proposal = apply(&original, &[search("", "v: 1", "v: 2"), gone]).await.unwrap();
    assert_eq!(changed(&proposal), [("old/a.yaml", Op::Delete)]);
    assert_eq!(
        proposal.warnings,
        ["old/link is a symbolic link and is left out: only files are edited"]
    );
}

#[tokio::test]
async fn nothing_is_made_in_the_place_of_a_link_or_behind_one() {
    let template = ("t.yaml", "x\n");
    for (kind, destination, words) in [
        (EntryKind::Symlink, "place", "place is a symbolic link"),
        (EntryKind::Symlink, "place/x", "place is a symbolic link"),
        (EntryKind::Submodule, "place/x/y", "place is a submodule"),
    ] {
        let original = listed(&[template], &[("place", kind)]);
        let make = json!({"creates": {"templates": [
            {"source": "t.yaml", "destination": destination, "external": false},
        ]}});
        let error = apply(&original, &[automation(&make)]).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(
            (error.is_refusal(), stagecoach_runtime::Classify::reason(&error)),
            (true, "NotAFile")
        );
    }
}

#[tokio::test]
async fn what_is_written_over_is_looked_at_only_where_it_may_be_the_same() {
    let make = automation(&json!({"creates": {"templates": [
        {"source": "t.yaml", "destination": "there", "external": false},
    ]}}));
    // Everything beside the files has four bytes.
    for (template, unseen) in [("x: 1", vec!["there"]), ("x: 10", vec![])] {
        let original = listed(&[("t.yaml", template)], &[("there", EntryKind::File)]);
        let proposal = apply(&original, std::slice::from_ref(&make)).await.unwrap();
        assert_eq!(changed(&proposal), [("there", Op::Update)]);
        assert_eq!(original.unseen(&proposal), unseen);
    }
    let same = listed(&[("t.yaml", "x: 1"), ("there", "x: 1")], &[]);
    assert!(apply(&same, &[make]).await.unwrap().changes.is_empty());
}

#[tokio::test]
async fn bytes_are_shared_with_what_was_read() {
    let large = format!("x: 1\n{}", "# a long tail\n".repeat(10_000));
    let original = read(&[("a.yaml", Some(large.as_str()))]);
    let proposal = apply(&original, &[edit("a.yaml", "x: 1", "x: 2")]).await.unwrap();
    let sides = &proposal.changes["a.yaml"];
    let (Before::Read(before), Some(Some(file))) = (&sides.before, original.here.files.get("a.yaml")) else {
        panic!("the file was read");
    };
    assert!(Arc::ptr_eq(&before.bytes, &file.bytes));
    // One holder is the original, one the side before, one the content after: nobody has a copy.
    assert_eq!(Arc::strong_count(&file.bytes), 3);
    assert_eq!(sides.text_after().unwrap().len(), large.len());
}

#[test]
fn reads_are_refused_beforehand() {
    let needs = |edit: &Edit| change::needs(&edit.automation, &edit.context).unwrap();
    let refused = |edit: &Edit, entries: Vec<(String, TreeEntry)>| {
        let needs = needs(edit);
        let listing = entries.into_iter().collect();
        let wanted = original::wanted(&[&needs], &listing);
        let read = wanted.and_then(|wanted| Budget::default().take(wanted.files.len(), wanted.files.values().sum()));
        let error = read.unwrap_err();
        (stagecoach_runtime::Classify::reason(&error), error.to_string())
    };
    let everything = search("", "a", "b");
    let (reason, words) = refused(&everything, vec![entry("huge.bin", EntryKind::File, 50 << 20)]);
    assert_eq!(reason, "FileTooLarge");
    assert!(words.contains("huge.bin has 52428800 bytes"), "{words}");
    let many = (0..10).map(|n| entry(&n.to_string(), EntryKind::File, 20 << 20));
    let (reason, words) = refused(&everything, many.collect());
    assert_eq!(reason, "TooManyFiles");
    assert!(words.contains("10 files of 209715200 bytes"), "{words}");
    let mut named = search("x", "a", "b");
    named.automation.updates.as_mut().unwrap().regex_replacements =
        edit("link", "a", "b").automation.updates.unwrap().regex_replacements;
    let (reason, words) = refused(&named, vec![entry("link", EntryKind::Symlink, 1)]);
    assert_eq!(
        (reason, words.contains("link is a symbolic link")),
        ("NotAFile", true),
        "{words}"
    );
}

#[test]
fn what_is_not_there_is_not_asked_for() {
    let mut both = search("^a/", "a", "b");
    both.automation.updates.as_mut().unwrap().regex_replacements = edit("gone.yaml", "a", "b")
        .automation
        .updates
        .unwrap()
        .regex_replacements;
    let needs = change::needs(&both.automation, &both.context).unwrap();
    let entries = [
        entry("a/x", EntryKind::File, 1),
        entry("a/link", EntryKind::Symlink, 1),
        entry("b", EntryKind::File, 1),
    ];
    let listing = entries.into_iter().collect();
    let wanted = original::wanted(&[&needs], &listing).unwrap();
    assert_eq!(wanted.files.into_keys().collect::<Vec<_>>(), ["a/x"]);
    let left_out: Vec<String> = wanted.left_out.into_iter().map(|entry| entry.path).collect();
    assert_eq!(left_out, ["a/link"]);
}

#[tokio::test]
async fn a_copy_from_a_ref_takes_what_is_there() {
    let there = listed(&[("dev/app.yaml", "tag: 2\n")], &[]).here;
    let mut original = listed(&[("dev/app.yaml", "tag: 1\n"), ("prod/app.yaml", "tag: 0\n")], &[]);
    original.elsewhere.insert(Spot::Ref("v2".to_owned()), there);
    let copy = automation(&json!({"updates": {"copies": [{"from": "dev", "to": "prod", "ref": "v2"}]}}));
    let proposal = apply(&original, &[copy]).await.unwrap();
    assert_eq!(changed(&proposal), [("prod/app.yaml", Op::Update)]);
    assert_eq!(text(&proposal, "prod/app.yaml"), "tag: 2\n");
}

#[test]
fn an_error_about_a_ref_or_a_chart_does_not_tell_a_secret() {
    let mut one = automation(&json!({"configuration": [{"name": "token", "type": "PASSWORD"}]}));
    one.context = json!({"token": "hunter2"});
    let secrets = secrets(&[edit("a", "b", "c"), one]);
    let error = Error::RefMissing {
        repository: "acme/gitops".to_owned(),
        reference: "v-hunter2".to_owned(),
        field: "spec.updates.copies",
    };
    let (class, reason) = (error.class(), error.reason());
    let hidden = error.without(&secrets);
    assert_eq!(
        hidden.to_string(),
        "repository acme/gitops has no branch, tag or commit v-<hidden>: create it, or correct spec.updates.copies of the automation"
    );
    assert!(!format!("{hidden:?}").contains("hunter2"));
    assert_eq!(
        (hidden.class(), hidden.reason(), hidden.is_refusal()),
        (class, reason, false)
    );
    let other = Error::TemplatesUnnamed;
    assert_eq!(other.clone().without(&secrets), other);
}
