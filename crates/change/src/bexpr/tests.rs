//! The contract's vectors C1 to C13, and what was measured beside them with go-bexpr 0.1.17.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{check, holds};

fn context() -> Value {
    json!({
        "version": "1.2.3", "n": 3, "f": 1.5, "yes": true, "list": ["b", "a"], "m": {"k": "v"}, "tag": "v1.0", "empty": "",
        "nul": null, "nums": [1, 2], "neg": -3, "a-b": "x", "objs": [{"n": "b"}], "pipeline": {"stage": {"name": "dev"}},
    })
}

fn result(source: &str) -> Result<bool, String> {
    holds("spec.creates.templates[0].condition", source, &context()).map_err(|error| error.to_string())
}

#[test]
fn vectors() {
    for (id, source, wanted) in [
        ("C1", "", true),
        ("C2", "context.version == `1.2.3`", true),
        ("C2", "context.version == \"1.2.3\"", true),
        ("C3", "context.version != `1.2.3`", false),
        ("C4", "context.missing == ``", true),
        ("C5", "context.version matches `^1\\.`", true),
        ("C6", "context.list contains `a`", true),
        ("C6", "`a` in context.list", true),
        ("C7", "context.pipeline.stage.name == dev", true),
        ("C8", "(context.n == 4) or context.tag == `v1.0`", true),
        ("C11", "context.f == 1.5", true),
        ("C12", "`k` in context.m", true),
        ("C13", "context.n == 3", true),
        ("C13", "context.yes == true", true),
        ("C13", "context.m.k == v", true),
    ] {
        assert_eq!(result(source), Ok(wanted), "{id}: {source}");
    }
    for (id, source, place, hint) in [
        (
            "C9",
            "context.n > 2",
            "line 1, column 11, near `context.n > 2`",
            "no operator for less or more",
        ),
        (
            "C10",
            "context.version = 1",
            "line 1, column 17",
            "no operator `=`; write `==`",
        ),
    ] {
        let error = result(source).expect_err(source);
        assert!(
            error.starts_with("spec.creates.templates[0].condition, ") && error.contains(place),
            "{id}: {error}"
        );
        assert!(error.contains(hint), "{id}: {error}");
    }
}

#[test]
fn as_measured() {
    for (source, wanted) in [
        ("context.missing == \"\"", true),
        ("context.list contains 1", false),
        ("1 in context.nums", true),
        ("a in context.list", true),
        ("context.m contains k", true),
        ("context[\"a-b\"] == x", true),
        ("\"/context/version\" == \"1.2.3\"", true),
        ("context.list is empty", false),
        ("context.empty is empty", true),
        ("context.missing is empty", true),
        ("context.m is not empty", true),
        ("not context.yes == true", false),
        ("not not (context.n == 3)", true),
        ("context.n == 3 and context.yes == true or context.tag == x", true),
        ("context.version matches \"^1\\\\.\"", true),
        ("context.version not matches `^2`", true),
        ("context.version not in context.list", true),
        ("context.list not contains z", true),
        ("context.neg == -3", true),
        ("context.n == \"3\"", true),
        ("context.f == 1.50", true),
        ("context.yes == 1", true),
        ("context.list.0 == b", true),
        ("context.objs.0.n == b", true),
        ("any context.list as x { x == a }", true),
        ("all context.list as x { x != c }", true),
        ("any context.m as key, value { key == k and value == v }", true),
        ("context.version contains `2`", true),
        ("`2` in context.version", true),
        ("dev == context.pipeline.stage.name", false),
        ("context.missing.deep == ``", true),
        ("other == ``", true),
        ("context.tag == v1.0", true),
        ("(context.n==3)", true),
    ] {
        assert_eq!(result(source), Ok(wanted), "{source}");
    }
    for (source, hint) in [
        ("context.missing", "an operator is expected"),
        ("context.version == 1.2.3", "put a version or other text in quotes"),
        ("context.a-b == x", "an operator is expected"),
        ("context.n is empty", "takes a list, a map or a text"),
        ("context.yes == tru", "`tru` is neither"),
        ("context.n == abc", "`abc` is none"),
        ("context.m == v", "not compared"),
        ("context.list[0] == b", "an operator is expected"),
        ("( context.n == 3", "never closed"),
        ("context.n == 3 extra", "`and`, `or` or the end"),
        ("context.version == 'x'", "a value is expected"),
        ("context.version.x == ``", "neither a map nor a list"),
        ("context.n == 03", "no number"),
        ("context.yes == true and", "the end is expected"),
        ("context.version matches `(`", "not valid"),
        ("context.version == \"x", "never closed"),
        ("`a` in", "an operator is expected"),
    ] {
        let error = result(source).expect_err(source);
        assert!(error.contains(hint), "{source}: {error}");
    }
}

#[test]
fn bombs_end_in_time() {
    let deep = format!("{}context.n == 3{}", "(".repeat(1000), ")".repeat(1000));
    assert!(result(&deep).expect_err("deep").contains("more than 32 brackets"));
    let long = "not ".repeat(4000) + "context.n == 3";
    assert_eq!(result(&long), Ok(true));
    assert!(result(&"x".repeat(20_000)).expect_err("long").contains("16 KiB"));
    let list: Vec<u32> = (0..200).collect();
    let nested = "any context.l as a { any context.l as b { any context.l as c { a == x } } }";
    let error = holds("f", nested, &json!({"l": list})).expect_err("many");
    assert!(
        error.to_string().contains("`x` is none") || error.to_string().contains("100000 tests"),
        "{error}"
    );
}

proptest! {
    /// Every text gives an answer.
    #[test]
    fn nothing_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "context", ".list", ".n", ".m", " ", "==", "!=", "in", "not", "contains", "matches", "is", "empty", "nil", "and", "or", "(", ")",
        "\"", "`", "a", "1", "-2.5", "any", "all", "as", "x", "{", "}", ",", "_", "[", "]", "\\", "é", "/", "~1",
    ]), 0..20)) {
        let source = parts.concat();
        let _ = check("f", &source);
        let _ = result(&parts.join(" "));
        let _ = result(&source);
    }
}
