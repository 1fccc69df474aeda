//! Held against git itself: what it makes of a diff, and what it calls a file's content.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::tests::cases;

type Content = Option<(Vec<u8>, Mode)>;

/// A change of one path.
#[derive(Clone, Debug)]
struct Case {
    path: &'static str,
    before: Content,
    after: Content,
}

fn case(path: &'static str, before: Option<(&[u8], Mode)>, after: Option<(&[u8], Mode)>) -> Case {
    let owned = |side: Option<(&[u8], Mode)>| side.map(|(bytes, mode)| (bytes.to_vec(), mode));
    Case {
        path,
        before: owned(before),
        after: owned(after),
    }
}

fn side(content: &Content) -> Option<Side<'_>> {
    content.as_ref().map(|(bytes, mode)| Side {
        bytes,
        mode: Some(*mode),
    })
}

fn text_of(cases: &[Case], form: Form) -> String {
    let mut text = String::new();
    for case in cases {
        let diff = FileDiff {
            path: case.path,
            before: side(&case.before),
            after: side(&case.after),
        };
        for line in diff.lines(form) {
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    text
}

fn git(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder))
        .output()
        .expect("git runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn put(folder: &Path, path: &str, content: &Content) {
    let path = folder.join(path);
    let Some((bytes, mode)) = content else { return };
    fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
    fs::write(&path, bytes).expect("it is written");
    let mode = if *mode == Mode::Executable { 0o755 } else { 0o644 };
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is set");
}

fn get(folder: &Path, path: &str) -> Content {
    let path = folder.join(path);
    let bytes = fs::read(&path).ok()?;
    let mode = fs::metadata(&path).expect("it is there").permissions().mode();
    Some((bytes, Mode::of(mode & 0o100 != 0)))
}

/// Applies the changes there and back.
fn check(cases: &[Case], form: Form) {
    let folder = tempfile::tempdir().expect("a folder");
    for case in cases {
        put(folder.path(), case.path, &case.before);
    }
    let text = text_of(cases, form);
    fs::write(folder.path().join("the.patch"), &text).expect("it is written");
    for (arguments, back) in [
        (vec!["apply", "--whitespace=nowarn", "the.patch"], false),
        (vec!["apply", "--whitespace=nowarn", "--reverse", "the.patch"], true),
    ] {
        let (done, said) = git(folder.path(), &arguments);
        assert!(done, "{said}\n{text}");
        for case in cases {
            let wanted = if back { &case.before } else { &case.after };
            assert_eq!(
                get(folder.path(), case.path),
                *wanted,
                "{} (back: {back})\n{text}",
                case.path
            );
        }
    }
}

const PLAIN: Mode = Mode::Regular;
const RUNS: Mode = Mode::Executable;
const LONG: &[u8] = b"1\n2\n3\n4\n5\r\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20";
const LONG_AFTER: &[u8] = b"one\n2\n3\n4\nfive\r\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";

fn all_kinds() -> Vec<Case> {
    vec![
        case("a.yaml", Some((LONG, PLAIN)), Some((LONG_AFTER, PLAIN))),
        case("new", None, Some((b"x\n", PLAIN))),
        case("new.sh", None, Some((b"#!/bin/sh", RUNS))),
        case("empty", None, Some((b"", PLAIN))),
        case("was-empty", Some((b"", RUNS)), Some((b"now\n", RUNS))),
        case("old", Some((b"gone\n", PLAIN)), None),
        case("old-empty.sh", Some((b"", RUNS)), None),
        case("runs", Some((b"same\n", PLAIN)), Some((b"same\n", RUNS))),
        case("stops", Some((b"1\n", RUNS)), Some((b"2\n", PLAIN))),
        case("a b/\u{fc} \"q\" \\.txt", Some((b"1\n", PLAIN)), Some((b"2\n", PLAIN))),
        case("with blank", None, Some((b"x\n", PLAIN))),
        case("tab\there", Some((b"1\n", PLAIN)), None),
        case("logo.png", Some((b"\xff\x00\x01", PLAIN)), Some((b"\xfe", RUNS))),
        case("new.bin", None, Some((&[0; 1000], RUNS))),
        case("old.bin", Some((&[7, 0, 255], PLAIN)), None),
        case("nul", Some((b"a\0b\n", PLAIN)), Some((b"a\0c\n", PLAIN))),
        case("becomes-text", Some((b"\xff", PLAIN)), Some((b"text\n", PLAIN))),
        case("crlf", Some((b"a\r\nb\r\n", PLAIN)), Some((b"a\r\nc\r\n", PLAIN))),
        case(
            "-- dashes",
            Some((b"-- \n--- a\n", PLAIN)),
            Some((b"+++ b\n@@ x\n", PLAIN)),
        ),
    ]
}

#[test]
fn git_makes_of_every_kind_of_change_what_is_wanted_and_back() {
    check(&all_kinds(), Form::Plain);
    check(&all_kinds(), Form::Mail);
}

#[test]
fn a_mail_has_no_carriage_return() {
    assert!(text_of(&all_kinds(), Form::Plain).contains('\r'));
    assert!(!text_of(&all_kinds(), Form::Mail).contains('\r'));
}

#[test]
fn it_reads_as_git_writes_it() {
    let cases = [
        case(
            "a.yaml",
            Some((b"1\n2\n3\n4\n5\n6\n7\n8\n9", PLAIN)),
            Some((b"1\n2\n3\n4\nfive\n6\n7\n8\n9\n", PLAIN)),
        ),
        case("new \u{fc}.txt", None, Some((b"x\n", PLAIN))),
        case("run.sh", Some((b"x\n", PLAIN)), Some((b"x\n", RUNS))),
        case("stop.sh", Some((b"x\n", RUNS)), Some((b"y\n", PLAIN))),
        case("empty", None, Some((b"", PLAIN))),
        case("old", Some((b"gone\n", RUNS)), None),
        case("logo.png", Some((b"\xff\0", PLAIN)), Some((b"\xfe\0", PLAIN))),
    ];
    let text = text_of(&cases, Form::Plain);
    let folder = tempfile::tempdir().expect("a folder");
    assert!(git(folder.path(), &["init", "--quiet"]).0);
    for case in &cases {
        put(folder.path(), case.path, &case.before);
    }
    let all = ["add", "--all"];
    assert!(git(folder.path(), &all).0);
    let who = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    let commit = ["commit", "--quiet", "--message", "Before"];
    assert!(git(folder.path(), &[&who[..], &commit].concat()).0);
    for case in &cases {
        let _ = fs::remove_file(folder.path().join(case.path));
        put(folder.path(), case.path, &case.after);
    }
    assert!(git(folder.path(), &all).0);
    let form = [
        "--binary",
        "--full-index",
        "--no-color",
        "--no-renames",
        "--no-ext-diff",
    ];
    let (_, theirs) = git(folder.path(), &[&["diff", "--cached"][..], &form].concat());
    let sorted = |text: &str| {
        // Compressed bytes may be others.
        let lines = text.lines().filter(|line| !line.starts_with("Jc"));
        let text = lines.collect::<Vec<_>>().join("\n");
        let files = text.split("diff --git ").map(|file| file.trim_end().to_owned());
        files.collect::<std::collections::BTreeSet<String>>()
    };
    assert_eq!(sorted(&text), sorted(&theirs));
}

#[test]
fn a_mode_that_is_not_known_is_not_named() {
    let side = |bytes| Some(Side { bytes, mode: None });
    let diff = FileDiff {
        path: "a",
        before: side(b"1\n".as_slice()),
        after: side(b"2\n"),
    };
    let text: Vec<String> = diff
        .lines(Form::Plain)
        .into_iter()
        .map(|line| line.text.into_owned())
        .collect();
    assert!(!text.iter().any(|line| line.contains("100644")), "{text:?}");
}

#[test]
fn large_files_that_have_nothing_in_common_end_soon() {
    let lines = |from: u32| {
        let line = |n: u32| [((n * n % 8_191 + from) % 9_973).to_string(), "\n".to_owned()];
        (0..60_000).flat_map(line).collect::<String>()
    };
    let lines = text_lines(&lines(0), &lines(25_000)).len();
    assert!(lines > 60_000, "{lines}");
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("a\n"),
        Just("b\n"),
        Just("c\r\n"),
        Just("\n"),
        Just("  d\n"),
        Just("- e\n")
    ];
    let lines = proptest::collection::vec(line, 0..40);
    (lines, any::<bool>()).prop_map(|(lines, ended)| {
        let text = lines.concat();
        if ended {
            text
        } else {
            text.trim_end_matches('\n').to_owned()
        }
    })
}

// Each case runs git, which takes as long as a hundred of the others.
proptest! {
    #![proptest_config(ProptestConfig { cases: (cases(2400) / 100).max(1), ..ProptestConfig::default() })]

    #[test]
    fn git_applies_any_change_of_text(pairs in proptest::collection::vec((text(), text()), 6)) {
        let names = ["p1", "p2", "p3", "p4", "p5", "p6"];
        let cases: Vec<Case> = names
            .into_iter()
            .zip(&pairs)
            .filter(|(_, (before, after))| before != after)
            .map(|(name, (before, after))| case(name, Some((before.as_bytes(), PLAIN)), Some((after.as_bytes(), PLAIN))))
            .collect();
        prop_assume!(!cases.is_empty());
        check(&cases, Form::Plain);
        check(&cases, Form::Mail);
    }

    #[test]
    fn git_applies_any_bytes(before in proptest::collection::vec(any::<u8>(), 0..400), after in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assume!(before != after);
        check(&[case("b", Some((&before, PLAIN)), Some((&after, RUNS)))], Form::Mail);
    }
}
