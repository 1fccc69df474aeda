//! TOML: the bytes that come out.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::patched;
use crate::address::parse;
use crate::automation::PatchOp::{self, Append, Delete, Set};
use crate::yaml::Edited;

fn edit(text: &str, path: &str, op: PatchOp, value: &Value) -> Result<String, String> {
    match patched(text, &parse(path).expect("an address"), op, value)? {
        Edited::Same => Ok(text.to_owned()),
        Edited::Text(text) => Ok(text),
        Edited::Nothing(what) => Err(format!("nothing: {what}")),
    }
}

const CARGO: &str = "# head\n[package]\nname = \"x\" # name\nversion = '1.0'\n\n[dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\na.version = \"1\"\n\n[[bin]]\nname = \"one\"\n\n[[bin]]\nname = \"two\"\n";

/// (address, operation, value, text in [`CARGO`], text afterwards)
const IN_CARGO: &[(&str, PatchOp, &str, &str, &str)] = &[
    ("package.version", Set, "\"1.1\"", "version = '1.0'", "version = '1.1'"),
    ("package.name", Set, "\"é\\n\"", "name = \"x\" #", "name = \"é\\n\" #"),
    (
        "dependencies.serde.version",
        Set,
        "\"2\"",
        "version = \"1\", f",
        "version = \"2\", f",
    ),
    (
        "dependencies.serde.features",
        Append,
        "\"std\"",
        "[\"derive\"]",
        "[\"derive\", \"std\"]",
    ),
    (
        "dependencies.serde.optional",
        Set,
        "true",
        "[\"derive\"] }",
        "[\"derive\"], optional = true }",
    ),
    (
        "dependencies.serde.features",
        Delete,
        "null",
        ", features = [\"derive\"]",
        "",
    ),
    (
        "dependencies.a.version",
        Set,
        "\"2\"",
        "a.version = \"1\"",
        "a.version = \"2\"",
    ),
    (
        "dependencies.a.optional",
        Set,
        "true",
        "a.version = \"1\"",
        "a.version = \"1\"\na.optional = true",
    ),
    (
        "dependencies.b",
        Set,
        "{\"c\": 1}",
        "a.version = \"1\"",
        "a.version = \"1\"\nb = { c = 1 }",
    ),
    ("package.version", Delete, "null", "version = '1.0'\n", ""),
    (
        "package.\"b c\".d",
        Set,
        "1.5",
        "version = '1.0'\n",
        "version = '1.0'\n\"b c\".d = 1.5\n",
    ),
    (
        "bin[name=two].path",
        Set,
        "\"p\"",
        "name = \"two\"\n",
        "name = \"two\"\npath = \"p\"\n",
    ),
    ("bin[0].name", Set, "\"first\"", "\"one\"", "\"first\""),
    ("top", Set, "[1, \"a\"]", "# head\n", "top = [1, \"a\"]\n# head\n"),
    (
        "package.authors",
        Append,
        "\"me\"",
        "version = '1.0'\n",
        "version = '1.0'\nauthors = [\"me\"]\n",
    ),
];

/// (text, address, operation, value, text afterwards)
const KEPT: &[(&str, &str, PatchOp, &str, &str)] = &[
    ("", "a.b", Set, "1", "a.b = 1\n"),
    ("a = 1", "b", Set, "2", "a = 1\nb = 2"),
    ("[a]\n# c\n", "a.b", Set, "2", "[a]\nb = 2\n# c\n"),
    (
        "l = [\n  1, # one\n  2,\n]\n",
        "l",
        Append,
        "3",
        "l = [\n  1, # one\n  2,\n  3,\n]\n",
    ),
    (
        "l = [\n  1, # one, two\n  2,\n]\n",
        "l[1]",
        Delete,
        "null",
        "l = [\n  1, # one, two\n]\n",
    ),
    (
        "l = [{ n = \"a\", v = 1 }]\n",
        "l[n=a].v",
        Set,
        "2",
        "l = [{ n = \"a\", v = 2 }]\n",
    ),
    ("t = {}\n", "t.a", Set, "\"b\"", "t = { a = \"b\" }\n"),
    ("s = \"\"\"\na\nb\"\"\" # c\n", "s", Set, "\"x\"", "s = \"x\" # c\n"),
    ("\u{feff}a = 1\n", "a", Set, "2", "\u{feff}a = 2\n"),
    (
        "d = 1979-05-27T07:32:00Z\na = 1\n",
        "a",
        Set,
        "2",
        "d = 1979-05-27T07:32:00Z\na = 2\n",
    ),
];

#[test]
fn only_what_must_change_changes() {
    for (path, op, value, from, to) in IN_CARGO {
        let (op, value) = (*op, serde_json::from_str(value).expect("JSON"));
        for line_break in ["\n", "\r\n"] {
            let [text, from, to] = [CARGO, from, to].map(|text| text.replace('\n', line_break));
            let wanted = text.replacen(&from, &to, 1);
            assert_eq!(edit(&text, path, op, &value).as_deref(), Ok(wanted.as_str()), "{path}");
            if op != Delete {
                let again = edit(&wanted, path, op, &value);
                assert_eq!(again.as_deref(), Ok(wanted.as_str()), "{path} again");
            }
        }
    }
    for (text, path, op, value, wanted) in KEPT {
        let value = serde_json::from_str(value).expect("JSON");
        assert_eq!(edit(text, path, *op, &value).as_deref(), Ok(*wanted), "{text} {path}");
    }
}

#[test]
fn what_cannot_be_edited_is_refused_in_words() {
    for (text, path, op, value, words) in [
        ("a = \n", "a", Set, json!(1), "is not valid TOML: line 1 column"),
        ("a = 1\na = 2\n", "a", Set, json!(1), "is not valid TOML: line 2"),
        ("a = 1\n", "a", Set, json!(null), "TOML has none"),
        ("a = 1\n", "a.b", Set, json!(1), "has a plain value"),
        ("[a]\nb = 1\n", "a", Set, json!(1), "has a table there"),
        ("[a]\nb = 1\n", "a", Delete, json!(null), "has a table there"),
        ("a = 1\n", "a", Append, json!(1), "no list"),
        ("a = [1]\n", "a[3]", Set, json!(1), "nothing: the list has no item"),
        ("a = 1\n", "b", Delete, json!(null), "nothing: there is no key `b`"),
        (
            "l = [{n = \"a\"}, {n = \"a\"}]",
            "l[n=a].v",
            Set,
            json!(1),
            "several items",
        ),
    ] {
        let error = edit(text, path, op, &value).expect_err(text);
        assert!(error.contains(words), "{text}: {error}");
    }
    assert!(edit(&format!("a = {}", "[".repeat(100_000)), "a", Set, &json!(1)).is_err());
    assert!(edit(&format!("{}b = 1\n", "a.".repeat(10_000)), "a", Set, &json!(1)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::tests::cases(2_000)))]

    /// Everything else is as it was, as data (which the edit itself checks) and as text; the same edit again is none.
    #[test]
    fn the_same_edit_again_is_none(
        lines in prop::collection::vec(prop::sample::select(vec![
            "a = 1", "b = \"x\" # c", "c = [1, 2]", "d = { e = 1 }", "f.g = 1", "f.h = 'y'", "[t]", "[t.u]", "[[l]]", "# c", "",
        ]), 0..8),
        path in prop::sample::select(vec!["a", "b", "c", "c[1]", "d.e", "d.x", "f.g", "f.x", "t.a", "t.x", "t.u.x", "l[0].x", "new"]),
        op in prop::sample::select(vec![Set, Append, Delete]),
        value in prop::sample::select(vec![json!("z"), json!(2), json!([1]), json!({"k": "v"}), json!(true)]),
    ) {
        let text = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        if let (Ok(after), false) = (edit(&text, path, op, &value), op == Delete) {
            prop_assert_eq!(edit(&after, path, op, &value), Ok(after.clone()), "{}", text);
        }
    }

    #[test]
    fn nothing_panics(text in "[a-c=.\\[\\]{},\"'#\\n 1-]{0,40}") {
        for path in ["a", "a.b", "a[0]", "[0]", "a[b=c].d"] {
            for op in [Set, Append, Delete] {
                let _ = edit(&text, path, op, &json!({"x": ["y"]}));
            }
        }
    }
}
