//! The modes of files: what is made from a file has its mode, and what is edited keeps its own.

use serde_json::{Value, json};

use super::{automation, context, files};
use crate::{ChangeSet, Chart, Elsewhere, Files, Mode, Op, compute};

/// A repository of which everything is known; `runs` may be run.
fn repository(content: &[(&str, &str)], runs: &[&str]) -> Files {
    let mut files = files(content);
    files.set_listing(content.iter().map(|(path, _)| (*path).to_owned()));
    files.set_executables(runs.iter().map(|path| (*path).to_owned()));
    files
}

/// Puts files of another place beside it.
fn beside(files: &mut Files, place: &Elsewhere, content: &[(&str, &str)], runs: &[&str]) {
    files.set_listing_at(place.clone(), content.iter().map(|(path, _)| (*path).to_owned()));
    files.set_executables_at(place.clone(), runs.iter().map(|path| (*path).to_owned()));
    for (path, text) in content {
        files.insert_at(place.clone(), *path, text.as_bytes());
    }
}

fn computed(spec: Value, files: &Files) -> ChangeSet {
    compute(&automation(spec), &context(json!({"v": "2"})), files).expect("a change set")
}

/// (path, operation, mode).
fn modes(set: &ChangeSet) -> Vec<(&str, Op, Option<Mode>)> {
    let changes = set.changes.iter();
    changes
        .map(|change| (change.path.as_str(), change.op, change.mode))
        .collect()
}

const RUNS: Option<Mode> = Some(Mode::Executable);
const PLAIN: Option<Mode> = Some(Mode::Regular);

#[test]
fn what_is_made_from_a_template_has_its_mode() {
    let files = repository(&[("t/run.sh", "echo {{ context.v }}\n"), ("t/x", "x\n")], &["t/run.sh"]);
    let folder = json!({"source": "t", "destination": "bin"});
    let one = json!({"source": "t/run.sh", "destination": "start"});
    let set = computed(json!({"creates": {"templates": [folder, one]}}), &files);
    assert_eq!(
        modes(&set),
        [
            ("bin/run.sh", Op::Create, RUNS),
            ("bin/x", Op::Create, PLAIN),
            ("start", Op::Create, RUNS)
        ]
    );
}

#[test]
fn files_of_other_places_bring_their_modes() {
    let mut files = repository(&[("x", "x\n")], &[]);
    beside(&mut files, &Elsewhere::Templates, &[("t/run.sh", "t\n")], &["t/run.sh"]);
    let at = Elsewhere::Ref("v1".to_owned());
    beside(
        &mut files,
        &at,
        &[("bin/a", "a\n"), ("bin/b", "b\n"), ("one", "1\n")],
        &["bin/a", "one"],
    );
    let chart = Elsewhere::Chart(Chart {
        url: "https://charts.example.com".to_owned(),
        name: "app".to_owned(),
        version: "1".to_owned(),
    });
    beside(
        &mut files,
        &chart,
        &[("app/Chart.yaml", "c\n"), ("app/run", "r\n")],
        &["app/run"],
    );
    let set = computed(
        json!({
            "vendor": {"helm": {"url": "https://charts.example.com", "chart": "app", "version": "1", "destination": "vendor"}},
            "creates": {"templates": [{"source": "t", "destination": "made", "external": true}]},
            "updates": {"copies": [
                {"from": "bin", "to": "copied", "ref": "v1"},
                {"from": "one", "to": "single", "ref": "v1"},
            ]},
        }),
        &files,
    );
    assert_eq!(
        modes(&set),
        [
            ("copied/a", Op::Create, RUNS),
            ("copied/b", Op::Create, PLAIN),
            ("made/run.sh", Op::Create, RUNS),
            ("single", Op::Create, RUNS),
            ("vendor/app/Chart.yaml", Op::Create, PLAIN),
            ("vendor/app/run", Op::Create, RUNS),
        ]
    );
}

#[test]
fn an_edit_keeps_the_mode_of_the_file() {
    let files = repository(&[("run.sh", "v=1\n"), ("plain", "v=1\n")], &["run.sh"]);
    let replace = |file: &str| json!({"file": file, "regex": "v=.*", "replacement": "v=2"});
    let set = computed(
        json!({"updates": {"regexReplacements": [replace("run.sh"), replace("plain")]}}),
        &files,
    );
    assert_eq!(modes(&set), [("plain", Op::Update, None), ("run.sh", Op::Update, None)]);
}

#[test]
fn what_is_made_and_then_edited_keeps_the_mode_that_it_was_made_with() {
    let files = repository(&[("t", "v=1\n")], &["t"]);
    let set = computed(
        json!({
            "creates": {"templates": [{"source": "t", "destination": "run.sh"}]},
            "updates": {
                "regexReplacements": [{"file": "run.sh", "regex": "v=.*", "replacement": "v=2"}],
                "copies": [{"from": "run.sh", "to": "again.sh"}],
            },
        }),
        &files,
    );
    assert_eq!(
        modes(&set),
        [("again.sh", Op::Create, RUNS), ("run.sh", Op::Create, RUNS)]
    );
}

#[test]
fn what_is_written_over_gets_the_mode_of_its_source_also_where_the_bytes_are_the_same() {
    let content = [
        ("from/a", "same\n"),
        ("from/b", "same\n"),
        ("from/c", "new\n"),
        ("from/d", "same\n"),
        ("to/a", "same\n"),
        ("to/b", "same\n"),
        ("to/c", "old\n"),
        ("to/d", "same\n"),
    ];
    let files = repository(&content, &["from/a", "from/c", "to/b"]);
    let set = computed(json!({"updates": {"copies": [{"from": "from", "to": "to"}]}}), &files);
    assert_eq!(
        modes(&set),
        [
            ("to/a", Op::Update, RUNS),
            ("to/b", Op::Update, PLAIN),
            ("to/c", Op::Update, RUNS)
        ]
    );
    let changed: Vec<bool> = set.edits.iter().map(|edit| edit.changed).collect();
    assert_eq!(changed, [true, true, true, false]);
}

#[test]
fn a_mode_that_nobody_told_is_no_change() {
    let mut untold = files(&[("from", "same\n"), ("to", "same\n"), ("t", "x\n")]);
    untold.set_listing(["from", "to", "t"].map(str::to_owned));
    let spec = json!({"creates": {"templates": [{"source": "from", "destination": "to"}]}});
    assert_eq!(modes(&computed(spec, &untold)), []);
    let spec = json!({"creates": {"templates": [{"source": "t", "destination": "to"}]}});
    assert_eq!(modes(&computed(spec, &untold)), [("to", Op::Update, None)]);
    let spec = json!({"creates": {"templates": [{"source": "t", "destination": "new"}]}});
    assert_eq!(modes(&computed(spec, &untold)), [("new", Op::Create, PLAIN)]);
}
