//! JSON: the bytes that come out.

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

/// (text, address, operation, value, text afterwards)
const KEPT: &[(&str, &str, PatchOp, &str, &str)] = &[
    ("{\"a\": 1}", "a", Set, "2", "{\"a\": 2}"),
    (
        "{\"a\":{\"b\":[1,2]}}",
        "a.b[1]",
        Set,
        "\"x\"",
        "{\"a\":{\"b\":[1,\"x\"]}}",
    ),
    ("{\"a\": 1}\n", "b", Set, "[1]", "{\"a\": 1, \"b\": [1]}\n"),
    ("{\n  \"a\": 1\n}\n", "b", Set, "2", "{\n  \"a\": 1,\n  \"b\": 2\n}\n"),
    (
        "{\r\n\t\"a\": 1\r\n}",
        "b",
        Set,
        "2",
        "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}",
    ),
    (
        "{\n  \"a\": 1, // one\n}\n",
        "b",
        Set,
        "2",
        "{\n  \"a\": 1, // one\n  \"b\": 2,\n}\n",
    ),
    (
        "{\n  \"a\": 1 // one\n}\n",
        "b",
        Set,
        "2",
        "{\n  \"a\": 1, // one\n  \"b\": 2\n}\n",
    ),
    (
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        "b",
        Delete,
        "null",
        "{\n  \"a\": 1\n}\n",
    ),
    (
        "{\n  \"a\": 1, // one\n  /* two */\n  \"b\": 2\n}\n",
        "a",
        Delete,
        "null",
        "{\n  /* two */\n  \"b\": 2\n}\n",
    ),
    ("{\"a\": 1, \"b\": 2}", "a", Delete, "null", "{\"b\": 2}"),
    ("{\"a\": 1, \"b\": 2}", "b", Delete, "null", "{\"a\": 1}"),
    ("{\"a\": 1}", "a", Delete, "null", "{}"),
    ("[1, 2]", "[0]", Delete, "null", "[2]"),
    (
        "{\"l\": []}",
        "l",
        Append,
        "{\"a\": \"b\"}",
        "{\"l\": [{\"a\": \"b\"}]}",
    ),
    ("{\"l\": [\n  1\n]}", "l", Append, "2", "{\"l\": [\n  1,\n  2\n]}"),
    ("{\"l\": [1]}", "l", Append, "1", "{\"l\": [1]}"),
    ("{\"a\": null}", "a.b", Set, "1", "{\"a\": {\"b\": 1}}"),
    (
        "{\"a\\u0062\": 1}",
        "ab",
        Set,
        "\"\u{e9}\\n\"",
        "{\"a\\u0062\": \"\u{e9}\\n\"}",
    ),
    ("\u{feff}{\"a\": 1}", "a", Set, "true", "\u{feff}{\"a\": true}"),
    (
        "{\"l\": [{\"name\": \"a\", \"v\": 1}]}",
        "l[name=a].v",
        Set,
        "2",
        "{\"l\": [{\"name\": \"a\", \"v\": 2}]}",
    ),
    ("{\"a\": 1.0}", "a", Set, "1.0", "{\"a\": 1.0}"),
    (
        "{\"a\": {\"b\": 1,  \"c\": 2}}",
        "a",
        Set,
        "{\"b\": 3, \"c\": 2}",
        "{\"a\": {\"b\": 3,  \"c\": 2}}",
    ),
];

#[test]
fn only_what_must_change_changes() {
    for (text, path, op, value, wanted) in KEPT {
        let (op, value) = (*op, serde_json::from_str(value).expect("JSON"));
        assert_eq!(edit(text, path, op, &value).as_deref(), Ok(*wanted), "{text} {path}");
        if op != Delete {
            assert_eq!(
                edit(wanted, path, op, &value).as_deref(),
                Ok(*wanted),
                "{wanted} {path}"
            );
        }
    }
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (text, words) in [
        ("", "line 1 column 1: a value is missing"),
        ("{\"a\": 1,\n \"b\" 2}", "line 2 column 6: a colon"),
        ("{a: 1}", "line 1 column 2: a key in double quotes"),
        ("{\"a\": 01}", "line 1 column 7"),
        ("{\"a\": \"\\q\"}", "line 1 column 7"),
        ("{\"a\": \"x\n\"}", "line 1 column 9"),
        ("{} {}", "line 1 column 4: something stands behind"),
        ("{\"a\": 1 /* ", "line 1 column 9: a comment"),
        ("{\"a\": 1, \"a\": 2}", "has the key `a` twice"),
    ] {
        let error = edit(text, "a", Set, &json!(3)).expect_err(text);
        assert!(error.contains(words), "{text}: {error}");
    }
    assert!(edit(&"[".repeat(1_000_000), "a", Set, &json!(3)).is_err());
    assert!(edit(&format!("[{}0]", "0,".repeat(2_000_000)), "[0]", Set, &json!(3)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::tests::cases(2_000)))]

    /// Another reader sees the wanted value and everything else as it was; the same edit again is none.
    #[test]
    fn the_result_is_the_original_but_for_the_path(
        map in prop::collection::btree_map("[a-d]", crate::yaml::tests::value(), 0..5),
        key in "[a-d]", value in crate::yaml::tests::value(), pretty in any::<bool>(), op in prop::sample::select(vec![Set, Delete, Append]),
    ) {
        let before: Value = map.into_iter().collect();
        let text = if pretty { serde_json::to_string_pretty(&before) } else { serde_json::to_string(&before) }.expect("text");
        let mut wanted = before.clone();
        let list = wanted.get(&key).is_none_or(|old| old.is_array() || old.is_null());
        if op == Append && !list {
            prop_assert!(edit(&text, &key, op, &value).is_err());
            return Ok(());
        }
        match op {
            Set => wanted[&key] = value.clone(),
            Append => {
                let mut items = wanted.get(&key).and_then(Value::as_array).cloned().unwrap_or_default();
                if !items.contains(&value) {
                    items.push(value.clone());
                }
                wanted[&key] = Value::from(items);
            }
            Delete => { wanted.as_object_mut().expect("a map").remove(&key); }
        }
        let after = match edit(&text, &key, op, &value) {
            Err(what) if op == Delete && what.starts_with("nothing") => text.clone(),
            after => after.map_err(TestCaseError::fail)?,
        };
        prop_assert_eq!(serde_json::from_str::<Value>(&after).expect("JSON"), wanted, "{}", after);
        if op != Delete {
            prop_assert_eq!(edit(&after, &key, op, &value), Ok(after.clone()));
        }
    }

    #[test]
    fn nothing_panics(text in "[{}\\[\\],:\"a01 \\n/*\\\\tn-]{0,40}") {
        let _ = edit(&text, "a[0]", Set, &json!(1));
        let _ = edit(&text, "a", Delete, &json!(1));
    }
}
