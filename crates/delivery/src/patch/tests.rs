//! Held against git itself: what `git am` makes of the mail.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use stagecoach_change::{self as change, Automation, Files, Mode};
use stagecoach_scm::File;

use super::*;
use crate::Sides;

const DATE: &str = "2026-01-02T03:04:05Z";

fn git(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            "-c",
            "core.autocrlf=false",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn must(folder: &Path, arguments: &[&str]) -> String {
    let (done, said) = git(folder, arguments);
    assert!(done, "git {arguments:?}: {said}");
    said
}

/// A repository with these files.
fn repository(files: &[(&str, &[u8], Mode)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    must(folder.path(), &["init", "--quiet", "--initial-branch", "main"]);
    for (path, bytes, mode) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        let mode = if *mode == Mode::Executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    must(folder.path(), &["add", "--all"]);
    must(
        folder.path(),
        &["commit", "--quiet", "--allow-empty", "--message", "Before"],
    );
    folder
}

/// What the edits of a spec make of the files, with every side read.
fn proposal(files: &[(&str, &[u8], Mode)], spec: &Value, values: &Value) -> Proposal {
    let mut spec = spec.clone();
    spec["title"] = json!("t");
    let automation: Automation = serde_json::from_value(spec).unwrap();
    let mut known: Files = files.iter().map(|(path, bytes, _)| (*path, *bytes)).collect();
    known.set_listing(files.iter().map(|(path, ..)| (*path).to_owned()));
    let runs = files.iter().filter(|(.., mode)| *mode == Mode::Executable);
    known.set_executables(runs.map(|(path, ..)| (*path).to_owned()));
    let set = change::compute(&automation, values, &known).unwrap();
    let sides = |change: change::Change| {
        let before = files.iter().find(|(path, ..)| *path == change.path);
        let sides = Sides {
            before: before.map_or(Before::Absent, |(_, bytes, _)| {
                Before::Read(File {
                    bytes: (*bytes).into(),
                    blob: String::new(),
                })
            }),
            after: (change.op != change::Op::Delete).then_some(change.content),
            mode_before: before.map(|(.., mode)| *mode),
            mode: change.mode,
        };
        (change.path, sides)
    };
    Proposal {
        changes: set.changes.into_iter().map(sides).collect(),
        ..Proposal::default()
    }
}

fn patched(proposal: &Proposal, message: &str) -> String {
    patch(proposal, message, DATE.parse().unwrap(), &json!({}), &[])
        .unwrap()
        .unwrap()
}

/// Gives the mail to `git am`.
fn am(folder: &Path, mail: &str) {
    fs::write(folder.join(".git/the.mbox"), mail).unwrap();
    let (done, said) = git(folder, &["am", "--quiet", ".git/the.mbox"]);
    assert!(done, "{said}\n{mail}");
}

fn message(folder: &Path) -> String {
    must(folder, &["log", "-1", "--format=%B"]).trim_end().to_owned()
}

/// Path to mode and content of the head commit.
fn tree(folder: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    let listed = must(folder, &["-c", "core.quotePath=false", "ls-tree", "-r", "-z", "HEAD"]);
    let entries = listed.split('\0').filter(|entry| !entry.is_empty());
    let entry = |entry: &str| {
        let (what, path) = entry.split_once('\t').unwrap();
        let bytes = fs::read(folder.join(path)).unwrap();
        (path.to_owned(), (what[..6].to_owned(), bytes))
    };
    entries.map(entry).collect()
}

#[test]
fn git_am_makes_the_same_commit() {
    let plain = Mode::Regular;
    let runs = Mode::Executable;
    let files: [(&str, &[u8], Mode); 9] = [
        ("app.yaml", b"tag: 1", plain),
        ("crlf.yaml", b"a: 1\r\ntag: 1\r\nb: 2\r\n", plain),
        ("from/run.sh", b"#!/bin/sh\n", runs),
        ("from/logo.png", b"\x89PNG\r\n\x1a\n\0\xff", plain),
        ("from/a \"b\" \u{fc}.txt", b"odd\n", plain),
        ("to/run.sh", b"#!/bin/sh\n", plain),
        ("to/logo.png", b"\x89PNG\r\n\x1a\n\0\xfe", plain),
        ("old/gone.txt", b"From a\n-- \n---\n", plain),
        ("old/gone.bin", b"\0\x01", runs),
    ];
    let replace = |file: &str| json!({"file": file, "regex": "tag: 1", "replacement": "tag: 2"});
    let proposal = proposal(
        &files,
        &json!({
            "updates": {
                "regexReplacements": [replace("app.yaml"), replace("crlf.yaml")],
                "copies": [{"from": "from", "to": "to"}],
            },
            "deletes": {"folders": ["old"]},
        }),
        &json!({}),
    );
    let folder = repository(&files);
    let words = "Update app to 2 \u{2014} everywhere\n\nstage=dev\n\n- a list\n";
    am(folder.path(), &patched(&proposal, words));
    assert_eq!(message(folder.path()), words.trim_end());
    let who = must(folder.path(), &["log", "-1", "--format=%an <%ae> %at"]);
    let seconds = DATE.parse::<Timestamp>().unwrap().as_second();
    assert_eq!(who.trim(), format!("Stagecoach <stagecoach@stagecoach.dev> {seconds}"));
    let entry = |mode: &str, bytes: &[u8]| (mode.to_owned(), bytes.to_vec());
    let expected: BTreeMap<String, (String, Vec<u8>)> = [
        ("app.yaml", entry("100644", b"tag: 2")),
        ("crlf.yaml", entry("100644", b"a: 1\r\ntag: 2\r\nb: 2\r\n")),
        ("from/run.sh", entry("100755", files[2].1)),
        ("from/logo.png", entry("100644", files[3].1)),
        (files[4].0, entry("100644", files[4].1)),
        ("to/run.sh", entry("100755", files[2].1)),
        ("to/logo.png", entry("100644", files[3].1)),
        ("to/a \"b\" \u{fc}.txt", entry("100644", files[4].1)),
    ]
    .into_iter()
    .map(|(path, entry)| (path.to_owned(), entry))
    .collect();
    assert_eq!(tree(folder.path()), expected);
    assert_eq!(must(folder.path(), &["status", "--porcelain"]), "");
}

/// One file of one line.
fn small() -> (tempfile::TempDir, Proposal) {
    let files: [(&str, &[u8], Mode); 1] = [("a", b"1\n", Mode::Regular)];
    let edit = json!({"updates": {"regexReplacements": [{"file": "a", "regex": "1", "replacement": "2"}]}});
    (repository(&files), proposal(&files, &edit, &json!({})))
}

#[test]
fn messages_arrive_as_they_are() {
    for words in [
        "One line".to_owned(),
        "Subject\n\nbody\n\nmore: of it".to_owned(),
        "word ".repeat(40).trim().to_owned() + "\n\nbody",
        "w".repeat(200),
        "\u{fc}ber ".repeat(40).trim().to_owned(),
        "\u{1f680} shop =?UTF-8?q?x?= _1_ ? = 2\n\n\u{fc}".to_owned(),
        "A: b\n\n  indented\n\ttab\n> quoted".to_owned(),
    ] {
        let (folder, proposal) = small();
        am(folder.path(), &patched(&proposal, &words));
        assert_eq!(message(folder.path()), words);
    }
}

#[test]
fn lines_of_the_subject_are_folded_as_git_folds_them() {
    let mail = patched(&small().1, &"word ".repeat(40));
    let lines: Vec<&str> = mail.lines().skip(3).take(3).collect();
    assert!(lines[0].starts_with("Subject: [PATCH] word"), "{lines:?}");
    assert!(lines.iter().all(|line| line.len() <= WIDEST), "{lines:?}");
    assert!(
        lines[1].starts_with(" word") && lines[2].starts_with(" word"),
        "{lines:?}"
    );
}

const WIDEST: usize = 78;

#[test]
fn a_message_changes_no_file() {
    let evil = "diff --git a/evil b/evil\nnew file mode 100644\n--- /dev/null\n+++ b/evil\n@@ -0,0 +1 @@\n+evil";
    for words in [
        format!("Subject\n\n---\n{evil}"),
        format!("Subject\n\n{evil}"),
        format!("Subject\n\nIndex: x\n--- a/a\n+++ b/a\n{evil}"),
        format!("Subject\n\nFrom {NO_COMMIT} {MAGIC}\nFrom: E <e@example.com>\nSubject: [PATCH] evil\n\n---\n{evil}"),
        "Subject\n\nFrom: E <e@example.com>\nSubject: another".to_owned(),
        format!("---\n{evil}"),
        format!("Subject\r\n\r\n---\r\n{evil}"),
    ] {
        let (folder, proposal) = small();
        am(folder.path(), &patched(&proposal, &words));
        let tree = tree(folder.path());
        assert_eq!(tree.keys().collect::<Vec<_>>(), ["a"], "{words}");
        assert_eq!(tree["a"].1, b"2\n");
        let log = must(folder.path(), &["log", "--format=%an %s"]);
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(log.starts_with("Stagecoach ") && !log.contains("another"), "{log}");
    }
}

#[test]
fn nothing_to_change_is_no_patch() {
    let none = patch(&Proposal::default(), "m", DATE.parse().unwrap(), &json!({}), &[]);
    assert_eq!(none.unwrap(), None);
}

#[test]
fn a_patch_that_is_too_large_is_refused() {
    let mut noise = Vec::new();
    let mut state = 1_u32;
    for _ in 0..LARGEST_PATCH {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.push((state >> 24) as u8);
    }
    let files: [(&str, &[u8], Mode); 1] = [("noise", &noise, Mode::Regular)];
    let copy = json!({"updates": {"copies": [{"from": "noise", "to": "again"}]}});
    let error = patch(
        &proposal(&files, &copy, &json!({})),
        "m",
        DATE.parse().unwrap(),
        &json!({}),
        &[],
    )
    .unwrap_err();
    assert!(
        matches!(
            error,
            Error::PatchTooLarge {
                limit: LARGEST_PATCH,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("kubectl stagecoach render -o diff"),
        "{error}"
    );
}

#[test]
fn a_password_in_the_patch_is_refused_by_its_name_alone() {
    let values = |token: &str| json!({"token": token, "version": "2", "empty": ""});
    let hidden = ["token".to_owned(), "empty".to_owned()];
    let binary: &[u8] = b"\0 {{ context.token }}";
    let files: [(&str, &[u8], Mode); 3] = [
        ("a", b"1\n", Mode::Regular),
        (
            "t",
            b"version: {{ context.version }}\ntoken: {{ context.token }}\n",
            Mode::Regular,
        ),
        ("b64", b"token: {{ context.token | b64enc }}\n", Mode::Regular),
    ];
    let make = |source: &str| json!({"creates": {"templates": [{"source": source, "destination": "made"}]}});
    for (spec, token, message) in [
        (make("t"), "s3cret", "m"),
        (make("t"), "line one\nline two\n", "m"),
        (make("b64"), "s3cret", "m"),
        (make("a"), "s3cret", "with s3cret in it"),
    ] {
        let values = values(token);
        let proposal = proposal(&files, &spec, &values);
        let error = patch(&proposal, message, DATE.parse().unwrap(), &values, &hidden).unwrap_err();
        let words = error.to_string();
        assert!(
            words.contains("PASSWORD field \"token\"") && !words.contains(token),
            "{words}"
        );
    }
    // Binary files are looked into as they are, not as they are written.
    let mut made = proposal(&files, &make("a"), &values("s3cret"));
    let before = Before::Read(File {
        bytes: [binary, b"s3cret"].concat().into(),
        blob: String::new(),
    });
    for sides in made.changes.values_mut() {
        sides.before = before.clone();
    }
    let error = patch(&made, "m", DATE.parse().unwrap(), &values("s3cret"), &hidden).unwrap_err();
    assert!(matches!(error, Error::SecretInPatch(_)), "{error}");
    // What does not stand in it is no reason.
    let proposal = proposal(&files, &make("a"), &values("s3cret"));
    assert!(
        patch(&proposal, "m", DATE.parse().unwrap(), &values("s3cret"), &hidden)
            .unwrap()
            .is_some()
    );
}
