use serde_json::json;

use super::*;

const TEXT: &str = "\u{feff}# first\nkind: A\nspec:\n  stages:\n  - name: dev\n  - {name: \"1\", n: 1.5, on: true}\n---\n# nothing\n---\nkind: B\nempty:\n";

#[test]
fn values_are_those_of_any_reader() {
    let documents = read(TEXT).unwrap();
    let values: Vec<Value> = documents.iter().map(Node::value).collect();
    let stages = json!([{"name": "dev"}, {"name": "1", "n": 1.5, "on": true}]);
    assert_eq!(
        values,
        [
            json!({"kind": "A", "spec": {"stages": stages}}),
            json!({"kind": "B", "empty": null})
        ]
    );
}

#[test]
fn every_path_has_its_place() {
    let documents = read(TEXT).unwrap();
    for (path, line, column) in [
        ("kind", 2, 1),
        ("spec.stages", 4, 3),
        ("spec.stages[0].name", 5, 5),
        ("spec.stages[1].n", 6, 17),
        ("spec.stages[1].missing.deep", 6, 5),
        ("spec.stages[7]", 4, 3),
        ("", 2, 1),
    ] {
        assert_eq!(documents[0].spot_of(path), Spot { line, column }, "{path}");
    }
    assert_eq!(documents[1].spot_of("kind").line, 10);
}

#[test]
fn a_line_inside_a_block_is_a_line_of_the_file() {
    let text = "a: one\nb:\n  c: |\n    first\n    second\n  d: \"x\\ny\"\n";
    let document = read(text).unwrap().remove(0);
    assert_eq!(document.line_inside("b.c", 2, text), 5);
    assert_eq!(document.line_inside("b.d", 2, text), 6);
    assert_eq!(document.line_inside("a", 1, text), 1);
    assert_eq!(document.line_inside("b.missing", 1, text), 2);
}

#[test]
fn what_is_no_yaml_says_where() {
    let unreadable = read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
    assert!(unreadable.spot.line >= 2, "{unreadable:?}");
    assert!(!unreadable.message.contains('\n'), "{unreadable:?}");
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let said = |text: &str| read(text).unwrap_err().message;
    let template =
        "what begins with `{{` must stand in quotes, as in \"{{ context.version }}\": without them it begins a map";
    for (text, words) in [
        (
            "a: 1\na: 2\n",
            "the key a stands twice in one map: take one of the two out",
        ),
        (
            "a: b: c\n",
            "this is no YAML: mapping values are not allowed in this context",
        ),
        (
            "a: .inf\n",
            ".inf is no number that a manifest can hold: write another one, or put it in quotes",
        ),
        (
            "~: 1\n",
            "a key is empty: write a name before the colon, or put it in quotes",
        ),
        ("[a]: 1\n", "a key is a map or a list: write text, or put it in quotes"),
        ("name: {{ x }}\n", template),
        ("b: 1\na:\n- {{ x }}-y\n", template),
        ("a: {b: {{ x }}}\n", template),
        ("{{ x }}: 1\n", template),
        (
            "a: @daily\n",
            "this is no YAML: unexpected character: `@': a text that begins with it must stand in quotes",
        ),
        ("a: {% if x %}\n", "what begins with `{%` must stand in quotes"),
    ] {
        assert_eq!(said(text), words, "{text}");
    }
    for (text, word) in [
        ("a: *x\n", "names no anchor"),
        ("a: &x {b: *x}\n", "would never end"),
        ("<<: 1\n", "under `<<`"),
        ("a: !!binary '?'\n", "`!!binary`"),
        ("a: !!int x\n", "the tag"),
    ] {
        assert!(said(text).contains(word), "{text}: {}", said(text));
    }
    let too_much = "there is too much in it to be read: fewer aliases, less depth or a smaller file help";
    assert_eq!(said(&"[".repeat(100_000)), too_much);
    let lines = "abcdefgh".chars().zip("bcdefghi".chars());
    let lines = lines.map(|(one, next)| format!("{next}: &{next} [{}]\n", format!("*{one}, ").repeat(9)));
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned() + &lines.collect::<String>();
    assert_eq!(said(&bomb), too_much);
}

#[test]
fn json_is_read_too() {
    assert_eq!(
        read(r#"{"a": {"b": [1]}}"#).unwrap()[0].value(),
        json!({"a": {"b": [1]}})
    );
}
