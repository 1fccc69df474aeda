//! Overlays: the bytes that come out, and the vectors O1, O2, O3 and O5 as data.

mod generated;
mod patched;
mod patches;

pub(crate) use generated::value;

use serde_json::json;

use super::{Trouble, documents, overlaid};
use crate::automation::ListMerge::{self, Append, Overwrite};

fn over(base: &str, overlay: &str, lists: ListMerge) -> String {
    match overlaid(base, overlay, lists) {
        Ok(edited) => edited.unwrap_or_else(|| base.to_owned()),
        Err(trouble) => panic!("{trouble:?}\n--- base\n{base}\n--- overlay\n{overlay}"),
    }
}

#[test]
fn vectors() {
    let o1 = "include:\n  - directory: foo/foo1\n  - directory: foo/foo2\nstringtest: old";
    let overlay = "include: [A, B]\nstringtest: new\nnulltest: ~\n";
    assert_eq!(
        over(o1, overlay, Overwrite),
        "include: [A, B]\nstringtest: new\nnulltest: ~"
    );
    let o2 = json!({"a": {"b": 9, "c": 2, "e": 4}, "d": 3});
    for lists in [Overwrite, Append] {
        let edited = over("{a: {b: 1, c: 2}, d: 3}", "{a: {b: 9, e: 4}}", lists);
        assert_eq!(edited, "{a: {b: 9, c: 2, e: 4}, d: 3}");
        assert_eq!(documents(&edited), Ok(vec![o2.clone()]));
        assert_eq!(over("a: {b: 1}\n", "a: text\n", lists), "a: text\n");
        assert_eq!(over("a:\n  b: 1\n", "a: text\n", lists), "a: text\n");
    }
    let o3 = "helm:\n  values:\n    devTag: x # dev\n    prodTag: y\n";
    let overlay = "helm:\n  values:\n    devTag: \"2\"\n";
    assert_eq!(
        over(o3, overlay, Overwrite),
        "helm:\n  values:\n    devTag: \"2\" # dev\n    prodTag: y\n"
    );
}

#[test]
fn numbers_are_those_of_the_api_server() {
    let read = documents("[0644, 0o644, 420, 0x1a4, -010, 0, 00, 1.5, '0644']");
    assert_eq!(read, Ok(vec![json!([420, 420, 420, 420, -8, 0, 0, 1.5, "0644"])]));
    let patched = over("m: {}\n", "m:\n  mode: 0644\n", Overwrite);
    assert_eq!(documents(&patched), Ok(vec![json!({"m": {"mode": 420}})]), "{patched}");
    assert_eq!(over("mode: 420\n", "mode: 0644\n", Overwrite), "mode: 420\n");
}

/// The rest of the file stays byte for byte.
const KEPT: &[(&str, &str, &str)] = &[
    (
        "# head\na: 1 # one\n\n# two\nb: 2\n",
        "b: 3",
        "# head\na: 1 # one\n\n# two\nb: 3\n",
    ),
    ("b: 1\na: 2\n", "a: 3\nb: 4", "b: 4\na: 3\n"),
    ("a: \"1.0\"\n", "a: \"1.1\"", "a: \"1.1\"\n"),
    ("a: '1.0'\n", "a: \"it's\"", "a: 'it''s'\n"),
    ("a: v1\n", "a: \"v2\"", "a: v2\n"),
    ("a: v1\n", "a: \"yes\"", "a: \"yes\"\n"),
    ("a: \"1\"\n", "a: 2", "a: 2\n"),
    ("a: 1.10 # x\n", "a: 1.20", "a: 1.20 # x\n"),
    (
        "a: 1\r\nb:\r\n  c: 2\r\n",
        "b: {c: 3, d: 4}",
        "a: 1\r\nb:\r\n  c: 3\r\n  d: 4\r\n",
    ),
    ("\u{feff}a: 1\n", "a: 2", "\u{feff}a: 2\n"),
    ("a: 1", "b: 2", "a: 1\nb: 2"),
    ("a: 1\n---\na: 5\n", "a: 2\nb: 3", "a: 2\nb: 3\n---\na: 5\n"),
    ("---\na: 1\n...\n", "b: 2", "---\na: 1\nb: 2\n...\n"),
    (
        "a:\n  b: 1 # keep\n\n# next\nc: 2\n",
        "a: {d: 3}",
        "a:\n  b: 1 # keep\n  d: 3\n\n# next\nc: 2\n",
    ),
    (
        "a:\n    b:\n        c: 1\n",
        "a:\n  b:\n    d: 2\n",
        "a:\n    b:\n        c: 1\n        d: 2\n",
    ),
    ("a:\n", "a:\n  b: 1\n", "a:\n  b: 1\n"),
    ("a: # why\n", "a:\n  b: 1\n", "a: # why\n  b: 1\n"),
    (
        "a: 1 # why\nz: 1\n",
        "a:\n  b: 1\n  c: 2\n",
        "a: # why\n  b: 1\n  c: 2\nz: 1\n",
    ),
    (
        "a: # why\n  b: 1\n  c: 2 # c\nz: 1\n",
        "a: text",
        "a: text # why\nz: 1\n",
    ),
    (
        "a:\n  - 1\n  - 2\nz: 1\n",
        "a:\n- 3\n- x: 1\n  y: 2\n",
        "a:\n  - 3\n  - x: 1\n    y: 2\nz: 1\n",
    ),
    ("a:\n- 1\n", "a:\n  - 3\n  - 4\n", "a:\n- 3\n- 4\n"),
    (
        "a: |\n  old\n  text\nz: 1\n",
        "a: |\n  new\n\n  text\n",
        "a: |\n  new\n\n  text\nz: 1\n",
    ),
    (
        "x:\n  y:\n    a: |\n      old\n",
        "x: {y: {a: short}}",
        "x:\n  y:\n    a: short\n",
    ),
    ("a: {b: 1} # f\n", "a: {c: [1, 2]}", "a: {b: 1, c: [1, 2]} # f\n"),
    ("a: {}\n", "a:\n  b: 1\n", "a: {b: 1}\n"),
    (
        "a: 1\n",
        "b:\n  # why\n  c: 1 # c\n  d:\n    - 1\n",
        "a: 1\nb:\n  # why\n  c: 1 # c\n  d:\n    - 1\n",
    ),
    ("- not used", "", "- not used"),
    ("", "a: 1\n", "a: 1\n"),
    ("# only a comment\n", "a:\n  b: 1", "# only a comment\na:\n  b: 1\n"),
    ("a: &x v\nb: 1\n", "b: 2", "a: &x v\nb: 2\n"),
    ("a: &x v\n", "a: w", "a: &x w\n"),
    (
        "d: &d\n  p: 1\nx:\n  <<: *d\n",
        "x: {p: 2}",
        "d: &d\n  p: 1\nx:\n  <<: *d\n  p: 2\n",
    ),
    (
        "items:\n  - name: a\n    tag: 1\n",
        "items:\n  - name: a\n    tag: 2\n",
        "items:\n  - name: a\n    tag: 2\n",
    ),
    ("\"quoted key\": 1\n", "quoted key: 2", "\"quoted key\": 2\n"),
    ("a.b: 1\n", "a.b: 2", "a.b: 2\n"),
    ("a: >-\n  folded\n  text\n", "a: one", "a: one\n"),
    ("a: first\n  second\nb: 1\n", "a: one", "a: one\nb: 1\n"),
];

#[test]
fn only_what_must_change_changes() {
    for (base, overlay, wanted) in KEPT {
        assert_eq!(over(base, overlay, Overwrite), *wanted, "{overlay:?} over {base:?}");
    }
}

#[test]
fn lists_are_appended_where_that_is_asked_for() {
    for (base, overlay, wanted) in [
        (
            "a:\n  - 1 # one\nz: 1\n",
            "a: [2, x]",
            "a:\n  - 1 # one\n  - 2\n  - x\nz: 1\n",
        ),
        (
            "a:\n  - 1\n",
            "a:\n- b: 1\n  c: 2\n- 3\n",
            "a:\n  - 1\n  - b: 1\n    c: 2\n  - 3\n",
        ),
        ("a: [1]\n", "a:\n  - 2\n", "a: [1, 2]\n"),
        ("a: []\n", "a: [1]", "a: [1]\n"),
        ("a: [1]\n", "a: []", "a: [1]\n"),
        ("a: text\n", "a: [1]", "a: [1]\n"),
        ("{a: [1, {b: 2}]}\n", "a: [3]", "{a: [1, {b: 2}, 3]}\n"),
    ] {
        assert_eq!(over(base, overlay, Append), wanted, "{overlay:?} over {base:?}");
    }
}

#[test]
fn what_says_it_already_is_no_edit() {
    assert_eq!(
        overlaid("a: '1'\nb: [1, 2]\n", "b: [1, 2]\na: \"1\"", Overwrite),
        Ok(None)
    );
    assert_eq!(overlaid("a: 1\n", "{}", Overwrite), Ok(None));
}

#[test]
fn what_cannot_be_edited_is_refused() {
    for (base, overlay, trouble) in [
        ("a: {{ .Values.x }}\n", "a: 1", "is not valid YAML: line 1 column 5"),
        ("a: 1\na: 2\n", "a: 3", "is not valid YAML"),
        ("- 1\n", "a: 1", "has no mapping at its top"),
        ("a: &x {p: 1}\nb: *x\n", "a: {p: 2}", "without changing something else"),
        ("a: &x {p: 1}\nb: *x\n", "b: {q: 2}", "without changing something else"),
    ] {
        let Err(Trouble::File(message)) = overlaid(base, overlay, Overwrite) else {
            panic!("{base}")
        };
        assert!(message.contains(trouble), "{message}");
    }
    for (overlay, trouble) in [
        ("- 1", "must be a mapping"),
        ("a: b: c", "is not valid YAML"),
        ("a: 1\n---\nb: 1", "several documents"),
    ] {
        let Err(Trouble::Overlay(message)) = overlaid("a: 1\n", overlay, Overwrite) else {
            panic!("{overlay}")
        };
        assert!(message.contains(trouble), "{message}");
    }
}

#[test]
fn bombs_are_refused() {
    let aliases = (0..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let deep = format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let blocks = (0..500).fold(String::new(), |text, n| format!("{text}{}a:\n", " ".repeat(n)));
    for base in [aliases, deep, blocks] {
        assert!(matches!(overlaid(&base, "a: 1", Overwrite), Err(Trouble::File(_))));
    }
}

#[test]
fn long_comments_are_no_bombs() {
    let base = format!("{}a: 1\n", "# a line\n".repeat(5000));
    assert_eq!(over(&base, "a: 2", Overwrite), base.replace("a: 1", "a: 2"));
}
