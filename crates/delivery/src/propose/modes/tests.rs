use std::collections::BTreeSet;

use serde_json::{Value, json};
use stagecoach_scm::{EntryKind, NewPath};

use super::super::apply::apply;
use super::super::tests::{automation, listed_as};
use super::*;

/// What copies make of a repository.
async fn proposed(files: &[(&str, &str, EntryKind)], copies: &[(&str, &str)]) -> Proposal {
    let copies: Vec<Value> = copies
        .iter()
        .map(|(from, to)| json!({"from": from, "to": to}))
        .collect();
    let edit = automation(&json!({"updates": {"copies": copies}}));
    apply(&listed_as(files), &[edit]).await.unwrap()
}

const RUNS: EntryKind = EntryKind::Executable;
const PLAIN: EntryKind = EntryKind::File;

fn modes(proposal: &Proposal) -> Vec<(&str, Option<Mode>)> {
    let changes = proposal.changes.iter();
    changes.map(|(path, sides)| (path.as_str(), sides.mode)).collect()
}

#[tokio::test]
async fn a_forge_that_sets_modes_gets_them() {
    let files = [
        ("run.sh", "r\n", RUNS),
        ("old.sh", "r\n", PLAIN),
        ("same.sh", "r\n", RUNS),
    ];
    let proposal = proposed(
        &files,
        &[("run.sh", "new.sh"), ("run.sh", "old.sh"), ("run.sh", "same.sh")],
    )
    .await;
    let runs = Some(Mode::Executable);
    assert_eq!(modes(&proposal), [("new.sh", runs), ("old.sh", runs)]);
    let changes: Vec<_> = proposal
        .file_changes()
        .into_iter()
        .map(|change| change.change)
        .collect();
    assert_eq!(
        changes,
        [
            NewPath::Create {
                content: b"r\n".to_vec(),
                mode: FileMode::Executable,
            },
            NewPath::Update {
                content: b"r\n".to_vec(),
                previous: "b".repeat(40),
                mode: Some(FileMode::Executable),
            },
        ]
    );
    assert!(proposal.warnings.is_empty());
}

#[tokio::test]
async fn a_later_edit_keeps_the_mode_that_an_earlier_one_gave() {
    let files = [("run.sh", "v=1\n", RUNS), ("old.sh", "x\n", PLAIN)];
    let copy = automation(&json!({"updates": {"copies": [
        {"from": "run.sh", "to": "new.sh"}, {"from": "run.sh", "to": "old.sh"},
    ]}}));
    let replace = |file: &str| json!({"file": file, "regex": "v=1", "replacement": "v=2"});
    let edit = automation(&json!({"updates": {"regexReplacements": [replace("new.sh"), replace("old.sh")]}}));
    let again = automation(&json!({"updates": {"copies": [{"from": "old.sh", "to": "third.sh"}]}}));
    let proposal = apply(&listed_as(&files), &[copy, edit, again]).await.unwrap();
    let runs = Some(Mode::Executable);
    assert_eq!(
        modes(&proposal),
        [("new.sh", runs), ("old.sh", runs), ("third.sh", runs)]
    );
}

#[tokio::test]
async fn what_a_forge_cannot_set_is_told_with_the_command_that_mends_it() {
    let files = [("run.sh", "r\n", RUNS), ("x", "x\n", PLAIN), ("was run", "y\n", RUNS)];
    let copies = [("run.sh", "bin/it's"), ("run.sh", "b.sh"), ("x", "was run")];
    let mut proposal = proposed(&files, &copies).await;
    leave_to_people(&mut proposal);
    let plain = Some(Mode::Regular);
    assert_eq!(
        modes(&proposal),
        [("b.sh", plain), ("bin/it's", plain), ("was run", None)]
    );
    assert_eq!(
        proposal.warnings,
        [
            r"the forge cannot set the mode of a file, and these are to be executable: run `git update-index --chmod=+x -- b.sh 'bin/it'\''s'` in a clone of the branch, commit and push it",
            "the forge cannot set the mode of a file, and these are to be not executable: run `git update-index --chmod=-x -- 'was run'` in a clone of the branch, commit and push it",
        ]
    );
}

#[tokio::test]
async fn a_change_of_nothing_but_a_mode_is_a_warning_and_no_change() {
    let files = [("run.sh", "r\n", RUNS), ("old.sh", "r\n", PLAIN)];
    let mut proposal = proposed(&files, &[("run.sh", "old.sh")]).await;
    assert_eq!(modes(&proposal), [("old.sh", Some(Mode::Executable))]);
    leave_to_people(&mut proposal);
    assert!(proposal.changes.is_empty(), "or the confirmation would never come");
    assert!(proposal.unchanged.contains("old.sh"));
    assert!(
        proposal.warnings[0].contains("--chmod=+x -- old.sh`"),
        "{:?}",
        proposal.warnings
    );
}

#[tokio::test]
async fn what_needs_no_mode_is_left_alone() {
    let files = [("x", "x\n", PLAIN), ("y", "y\n", PLAIN)];
    let mut proposal = proposed(&files, &[("x", "y"), ("x", "z")]).await;
    let before = proposal.clone();
    leave_to_people(&mut proposal);
    assert_eq!(proposal, before);
}

#[tokio::test]
async fn many_files_are_counted() {
    let names: Vec<String> = (10..40).map(|n| format!("to/{n}")).collect();
    let copies: Vec<(&str, &str)> = names.iter().map(|name| ("run.sh", name.as_str())).collect();
    let mut proposal = proposed(&[("run.sh", "r\n", RUNS)], &copies).await;
    leave_to_people(&mut proposal);
    let [warning] = proposal.warnings.as_slice() else {
        panic!("one warning: {:?}", proposal.warnings);
    };
    let named: BTreeSet<&str> = names
        .iter()
        .filter(|name| warning.contains(*name))
        .map(String::as_str)
        .collect();
    assert_eq!(named.len(), NAMED);
    assert!(warning.contains("(and the same for 10 more files)"), "{warning}");
}
