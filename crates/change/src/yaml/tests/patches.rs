//! Patches: the bytes that come out, and what is refused.

use serde_json::{Value, json};

use crate::address::parse;
use crate::automation::PatchOp::{self, Append, Delete, Set};
use crate::yaml::{Edited, laid, patched};

fn edit_in(text: &str, document: usize, path: &str, op: PatchOp, value: &Value) -> Result<String, String> {
    match patched(text, document, &parse(path).expect("an address"), op, value)? {
        Edited::Same => Ok(text.to_owned()),
        Edited::Text(text) => Ok(text),
        Edited::Nothing(what) => Err(format!("nothing: {what}")),
    }
}

pub(super) fn edit(text: &str, path: &str, op: PatchOp, value: &Value) -> Result<String, String> {
    edit_in(text, 0, path, op, value)
}

/// (text, address, value, text afterwards)
const SET: &[(&str, &str, &str, &str)] = &[
    ("a: 1 # c\nb: 2\n", "a", "3", "a: 3 # c\nb: 2\n"),
    ("tag: 1.2.3\n", "tag", "\"1.2.4\"", "tag: 1.2.4\n"),
    ("tag: '1.2.3'\n", "tag", "\"1.2.4\"", "tag: '1.2.4'\n"),
    ("tag: v1\n", "tag", "\"1.10\"", "tag: \"1.10\"\n"),
    ("tag: 1.10\n", "tag", "\"1.10\"", "tag: \"1.10\"\n"),
    ("a: yes\n", "a", "\"yes\"", "a: \"yes\"\n"),
    ("a: yes\n", "a", "true", "a: yes\n"),
    ("a: 012\n", "a", "\"012\"", "a: \"012\"\n"),
    ("a: !Sub \"x:1\"\n", "a", "\"x:2\"", "a: !Sub \"x:2\"\n"),
    ("a: !Sub x\n", "a.b", "1", ""),
    ("on: x\n", "on", "\"off\"", "on: \"off\"\n"),
    ("a: \"x\"\n", "a", "true", "a: true\n"),
    ("a: \"x\"\n", "a", "\"l1\\nl2\"", "a: \"l1\\nl2\"\n"),
    ("a: x\n", "a", "\"l1\\n\\nl2\\n\"", "a: |\n  l1\n\n  l2\n"),
    ("a: x\n", "a", "\" l1\\nl2\"", "a: \" l1\\nl2\"\n"),
    (
        "a: |\n  old\nb: 1\n",
        "a",
        "\"new\\ntext\\n\"",
        "a: |\n  new\n  text\nb: 1\n",
    ),
    ("a: >\n  old\n  text\nb: 1\n", "a", "\"x\"", "a: x\nb: 1\n"),
    ("a: l1\n  l2 # c\nb: 1\n", "a", "5", "a: 5 # c\nb: 1\n"),
    ("a:\nb: 1\n", "a", "5", "a: 5\nb: 1\n"),
    ("a: # why\nb: 1\n", "a.x", "5", "a: # why\n  x: 5\nb: 1\n"),
    ("a: ~\n", "a.b", "1", "a:\n  b: 1\n"),
    ("a: {}\n", "a.b", "1", "a: {b: 1}\n"),
    ("a: {b: 1, c: 2}\n", "a.b", "\"yes\"", "a: {b: \"yes\", c: 2}\n"),
    ("a: {b, c: }\n", "a.b", "1", "a: {b: 1, c: }\n"),
    ("a: {b, c: }\n", "a.c", "1", "a: {b, c: 1 }\n"),
    (
        "a: {\n  b: 1, # one\n}\n",
        "a.c",
        "2",
        "a: {\n  b: 1, # one\n  c: 2,\n}\n",
    ),
    (
        "a:\n  b:\n    c: 1\nd: 2\n",
        "a.x.w.z",
        "{\"l\": [1, {\"m\": 2, \"o\": []}]}",
        "a:\n  b:\n    c: 1\n  x:\n    w:\n      z:\n        l:\n          - 1\n          - m: 2\n            o: []\nd: 2\n",
    ),
    (
        "a:\n    b:\n        c: 1\nl:\n- 1\n",
        "a.x",
        "{\"w\": [1]}",
        "a:\n    b:\n        c: 1\n    x:\n        w:\n        - 1\nl:\n- 1\n",
    ),
    ("a: 1\n# end\n", "b", "2", "a: 1\nb: 2\n# end\n"),
    ("a: 1", "b", "2", "a: 1\nb: 2"),
    ("", "a.b", "1", "a:\n  b: 1\n"),
    ("# only\n", "a", "[1]", "# only\na:\n  - 1\n"),
    ("---\n", "a", "1", "---\na: 1\n"),
    (
        "\u{feff}a: 1\r\nb:\r\n  c: 1\r\n",
        "b.d",
        "{\"e\": 1}",
        "\u{feff}a: 1\r\nb:\r\n  c: 1\r\n  d:\r\n    e: 1\r\n",
    ),
    (
        "l:\n  - name: a\n    v: 1\n  - name: b\n    v: 1 # c\n",
        "l[name=b].v",
        "2",
        "l:\n  - name: a\n    v: 1\n  - name: b\n    v: 2 # c\n",
    ),
    (
        "l:\n- a\n- b\n",
        "l[1]",
        "{\"u\": 1, \"w\": 2}",
        "l:\n- a\n- u: 1\n  w: 2\n",
    ),
    ("l:\n- x: 1\n  y: 2 # c\n- b\n", "l[0]", "\"t\"", "l:\n- t\n- b\n"),
    ("l:\n-\n- b\n", "l[0]", "1", "l:\n- 1\n- b\n"),
    (
        "a:\n  x: 1 # x\n  y: 2\n  z: 3\n",
        "a",
        "{\"x\": 1, \"z\": 4, \"w\": 5}",
        "a:\n  x: 1 # x\n  z: 4\n  w: 5\n",
    ),
    ("a: # c\n  x: 1\nb: 1\n", "a", "7", "a: 7 # c\nb: 1\n"),
    ("a: [1, 2, 3] # c\n", "a", "[1]", "a: [1] # c\n"),
    (
        "d:\n  l:\n    - 1\n    - 2\n",
        "d",
        "{\"l\": [1], \"z\": 3}",
        "d:\n  l:\n    - 1\n  z: 3\n",
    ),
    ("a: !!map\n  b: 1\nc: 1\n", "a", "5", "a: 5\nc: 1\n"),
    ("a: &m # c\n  b: 1\nc: 1\n", "a", "5", "a: &m 5 # c\nc: 1\n"),
    ("- !t\n  a: 1\n- x\n", "[0]", "5", "- 5\n- x\n"),
    ("{}\n", "a.b", "1", "{a: {b: 1}}\n"),
    (
        "a: {b: [1, 2], c: {}}\n",
        "a.b",
        "{\"x\": [\"y: z\"]}",
        "a: {b: {x: [\"y: z\"]}, c: {}}\n",
    ),
    ("a: [x]\n", "a", "{\"b\": 1}", "a: {b: 1}\n"),
    ("k: v\n---\nk: w\n", "o.m", "1", "k: v\no:\n  m: 1\n---\nk: w\n"),
    ("a: &x 1\nb: 2\n", "a", "3", "a: &x 3\nb: 2\n"),
    ("a: &x 1\nb: *x\n", "b", "3", "a: &x 1\nb: 3\n"),
    ("a: !!str 1\n", "a", "\"2\"", "a: !!str \"2\"\n"),
    ("a: !!str 1\n", "a", "2", "a: 2\n"),
    ("\"a.b\": {c: 1}\n", "\"a.b\".c", "2", "\"a.b\": {c: 2}\n"),
    ("a: 1\n", "\"x: y\"", "1", "a: 1\n\"x: y\": 1\n"),
    ("a: 1\n", "\"on\"", "1", "a: 1\n\"on\": 1\n"),
    (
        "d: &d\n  p: 1\nx:\n  <<: *d\n",
        "x.p",
        "2",
        "d: &d\n  p: 1\nx:\n  <<: *d\n  p: 2\n",
    ),
    ("a: 1e3\n", "a", "1e+300", "a: 1.0e+300\n"),
    (
        "{\"a\": 1, \"b\": [1]}\n",
        "b",
        "[1, \"x\"]",
        "{\"a\": 1, \"b\": [1, x]}\n",
    ),
    ("? x\n", "a", "1", ""),
    ("a: |2\n    x\n", "b", "1", "a: |2\n    x\nb: 1\n"),
    ("a: |+\n  x\n\n\nc: 1\n", "a", "\"x\"", "a: x\nc: 1\n"),
    (
        "m:\n  a: |+\n    x\n\nc: 1\n",
        "m.b",
        "1",
        "m:\n  a: |+\n    x\n\n  b: 1\nc: 1\n",
    ),
    ("a: x", "a", "\"l1\\nl2\\n\"", "a: |\n  l1\n  l2\n"),
    ("- a: 1\n- a: 2\n", "[1].a", "3", "- a: 1\n- a: 3\n"),
    ("a: 'x'\n", "a", "null", "a: null\n"),
];

#[test]
fn a_value_is_set_and_nothing_else() {
    for (text, path, value, wanted) in SET {
        let value: Value = serde_json::from_str(value).expect("JSON");
        let after = edit(text, path, Set, &value);
        if wanted.is_empty() {
            assert!(after.is_err(), "{text:?}");
            continue;
        }
        assert_eq!(after.as_deref(), Ok(*wanted), "{path} of {text:?}");
        assert_eq!(
            edit(wanted, path, Set, &value).as_deref(),
            Ok(*wanted),
            "again: {path} of {wanted:?}"
        );
    }
}

/// What other files have, and an edit passes by.
#[test]
fn odd_things_elsewhere_stay() {
    let mut failed = Vec::new();
    for odd in [
        "1: a",
        "true: b",
        "~: c",
        "1.5: d",
        "r: !Ref x",
        "s: !Sub \"${A}\"",
        "g: !GetAtt a.b",
        "l: !If [c, a, b]",
        "m: !Foo {a: b}",
        "b: !!binary aGk=",
        "t: 2001-12-14t21:59:43.10-05:00",
        "n: .nan",
        "i: -.inf",
        "h: 0x1F",
        "o: 0o17",
        "z: 0123",
        "y: yes",
        "big: 123456789012345678901234567890",
        "s: !!set {a, b}",
        "e: \"\\u00e9\\x41\"",
        "\"\": empty",
        "=: x",
        "u: \u{1F600}",
        "p: |-\n  {{ template }}\n",
        "d: \"a\\\n  b\"",
    ] {
        let text = format!("{odd}\na: 1 # c\n");
        let after = edit(&text, "a", Set, &json!("x"));
        if after != Ok(format!("{odd}\na: x # c\n")) {
            failed.push((odd, after));
        }
    }
    assert_eq!(failed, []);
}

#[test]
fn a_value_goes_and_nothing_else() {
    for (text, path, wanted) in [
        ("a: 1\nb: 2 # two\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a: 1\nb:\n  c: 1\n  d: 2\n", "b", "a: 1\n"),
        ("a: 1\nb: 2", "b", "a: 1"),
        ("a:\n  b: 1\nc: 1\n", "a.b", "a: {}\nc: 1\n"),
        ("l:\n- a\n- b # c\n- c\n", "l[1]", "l:\n- a\n- c\n"),
        ("l:\n- a\n", "l[0]", "l: []\n"),
        ("l:\n  - name: a\n    v: 1\n", "l[0].name", "l:\n  - v: 1\n"),
        (
            "l:\n  - name: a\n    # of v\n    v: 1\n",
            "l[0].name",
            "l:\n  -\n    # of v\n    v: 1\n",
        ),
        (
            "l:\n  - name: a\n    v: 1\n  - name: b\n",
            "l[name=a]",
            "l:\n  - name: b\n",
        ),
        ("- - 1\n  - 2\n", "[0][0]", "- - 2\n"),
        ("a: {b: 1, c: 2, d: 3}\n", "a.c", "a: {b: 1, d: 3}\n"),
        ("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n"),
        ("a: [\n  1, # one\n  2 # two\n]\n", "a[1]", "a: [\n  1 # one\n]\n"),
        ("a: [\n  1, # one\n  2, # two\n]\n", "a[0]", "a: [\n  2, # two\n]\n"),
        ("a: |\n  x\n\n# c\nb: 1\n", "a", "\n# c\nb: 1\n"),
        ("a: 1\n", "a", "{}\n"),
    ] {
        assert_eq!(
            edit(text, path, Delete, &Value::Null).as_deref(),
            Ok(wanted),
            "{path} of {text:?}"
        );
    }
}

#[test]
fn a_value_is_appended_once() {
    for (text, path, value, wanted) in [
        ("l:\n- a # c\nb: 1\n", "l", json!("x"), "l:\n- a # c\n- x\nb: 1\n"),
        (
            "l:\n  - a\n",
            "l",
            json!({"k": "x", "v": [1]}),
            "l:\n  - a\n  - k: x\n    v:\n      - 1\n",
        ),
        ("l: [a]\n", "l", json!("1"), "l: [a, \"1\"]\n"),
        ("l: []\n", "l", json!(1), "l: [1]\n"),
        ("l:\n", "l", json!(1), "l:\n  - 1\n"),
        ("a: 1\n", "l", json!(1), "a: 1\nl:\n  - 1\n"),
    ] {
        assert_eq!(
            edit(text, path, Append, &value).as_deref(),
            Ok(wanted),
            "{path} of {text:?}"
        );
        assert_eq!(
            edit(wanted, path, Append, &value).as_deref(),
            Ok(wanted),
            "{path} of {wanted:?}"
        );
    }
}

#[test]
fn other_documents_stay() {
    let text = "a: 1\n---\n# two\na: 1\n...\n---\n---\na: 1\n";
    assert_eq!(
        edit_in(text, 1, "a", Set, &json!(2)).as_deref(),
        Ok("a: 1\n---\n# two\na: 2\n...\n---\n---\na: 1\n")
    );
    assert_eq!(
        edit_in(text, 2, "a", Set, &json!(2)).as_deref(),
        Ok("a: 1\n---\n# two\na: 1\n...\n---\na: 2\n---\na: 1\n")
    );
    assert!(
        edit_in(text, 4, "a", Set, &json!(2))
            .expect_err("none")
            .contains("no document 4")
    );
}

#[test]
fn what_is_not_there_is_a_miss() {
    for (path, op) in [
        ("b", Delete),
        ("m.b.c", Delete),
        ("l[5]", Set),
        ("l[name=z].v", Set),
        ("x[0]", Set),
        ("m.x[0].y", Set),
    ] {
        let error = edit("a: 1\nm: {b: {}}\nl:\n- name: a\n", path, op, &json!(1)).expect_err(path);
        assert!(error.starts_with("nothing: "), "{path}: {error}");
    }
}

#[test]
fn what_would_change_other_places_is_refused() {
    for (text, path, op, words) in [
        ("a: &x {p: 1}\nb: *x\n", "a.p", Set, "`&x` is used in other places"),
        ("a: &x {p: 1}\nb: *x\n", "b.p", Set, "the alias `*x`"),
        ("a: &x {p: 1}\nb: *x\n", "a", Delete, "`&x` is used in other places"),
        ("m:\n  a: &x 1\nb: *x\n", "m", Set, "`&x` is used in other places"),
        ("d: &d {p: 1}\nx:\n  <<: *d\n  p: 2\n", "x.p", Delete, "merge key"),
        ("a: 1\na: 2\n", "a", Set, "twice"),
        ("a: 1\n", "a.b", Set, "has a plain value where `b` needs"),
        ("a: 1\n", "a[0]", Set, "has a plain value where `[0]` needs"),
        ("a: [1]\n", "a.b", Set, "has a list where `b` needs a mapping"),
        ("a: {b: 1}\n", "a[0]", Set, "has a mapping where `[0]` needs a list"),
        ("a: {b: 1}\n", "a", Append, "no list"),
        ("l: [{n: 1}, {n: 1}]\n", "l[n=1].v", Set, "several items"),
        ("a: {{ .Values.x }}\n", "a", Set, "is not valid YAML: line 1 column 5"),
    ] {
        let error = edit(text, path, op, &json!({"q": 2})).expect_err(text);
        assert!(error.contains(words), "{path} of {text:?}: {error}");
    }
}

/// (text, address, value, text afterwards; or why not)
const LAID: &[(&str, &str, &str, Result<&str, &str>)] = &[
    (
        "image:\n  repository: r # where\n  tag: \"1\"\n",
        "image",
        r#"{"tag": "2"}"#,
        Ok("image:\n  repository: r # where\n  tag: \"2\"\n"),
    ),
    (
        "a: {b: {c: 1, d: [1]}, e: x}\n",
        "a",
        r#"{"b": {"d": [2], "f": {"g": 1}}, "e": {"h": 1}}"#,
        Ok("a: {b: {c: 1, d: [2], f: {g: 1}}, e: {h: 1}}\n"),
    ),
    ("a: {b: 1}\n", "a", r#"{"b": 1}"#, Ok("a: {b: 1}\n")),
    ("a: {b: 1}\n", "a", "{}", Ok("a: {b: 1}\n")),
    ("a: {b: 1}\n", "a", "2", Ok("a: 2\n")),
    ("x: &x {b: 1}\na: *x\n", "a", r#"{"b": 2}"#, Err("alias `*x`")),
    (
        "x: &x {b: {c: 1}}\na: {<<: *x}\n",
        "a",
        r#"{"b": {"d": 2}}"#,
        Err("cannot be edited there"),
    ),
    ("a:\n  b: 1\n  b: 2\n", "a", r#"{"b": 3}"#, Err("twice")),
];

#[test]
fn values_of_helm_are_laid_over_those_of_the_file() {
    for (text, path, value, wanted) in LAID {
        let value = serde_json::from_str(value).expect("a value");
        let edited = match laid(text, &parse(path).expect("an address"), &value) {
            Ok(Edited::Same) => Ok((*text).to_owned()),
            Ok(Edited::Text(text)) => Ok(text),
            Ok(Edited::Nothing(what)) | Err(what) => Err(what),
        };
        match wanted {
            Ok(wanted) => assert_eq!(edited.as_deref(), Ok(*wanted), "{text}"),
            Err(why) => assert!(
                edited.as_ref().is_err_and(|said| said.contains(why)),
                "{text} {edited:?}"
            ),
        }
    }
}
