//! What `encoding`, `fs` and `utils` do.

use serde_json::json;

use super::{EDIT, run, scripted};
use crate::{Files, needs_of_script};

#[test]
fn the_modules_do_what_the_contract_names() {
    let script = r#"
        assert(encoding.jsonEncode({a = 1}) == '{"a":1}')
        assert(encoding.jsonDecode('{"a": [1, 2]}').a[2] == 2)
        assert(encoding.yamlDecode("a: {b: c}").a.b == "c")
        assert(encoding.yamlDecode(encoding.yamlEncode({k = {"x", "y"}})).k[2] == "y")
        local value, why = encoding.jsonDecode("{")
        assert(value == nil and type(why) == "string")
        local merged = utils.merge({a = {b = 1}, l = {1}}, {a = {c = 2}, l = {2}})
        assert(merged.a.b == 1 and merged.a.c == 2 and #merged.l == 1 and merged.l[1] == 2)
        assert(#utils.merge({l = {1}}, {l = {2}}, "append").l == 2)
        assert(utils.splitString("a,b,c", ",")[3] == "c")
        assert(#utils.splitString("abc", "") == 3 and #utils.splitString("", ",") == 1 and #utils.splitString("", "") == 0)
        assert(utils.pathJoin({"a/", "/b", "c.yaml"}) == "a/b/c.yaml")
        assert(utils.pathJoin({"a", "..", "b", ""}) == "b" and utils.pathJoin({"..", "a"}) == "../a")
        assert(utils.pathJoin({"/a", "b"}) == "/a/b" and utils.pathJoin({"", ""}) == "" and utils.pathJoin({}) == "")
        assert(select(2, fs.read("../../etc/passwd")) ~= nil and select(2, fs.read("/etc/passwd")) ~= nil)
        assert(select(2, fs.read(".git/config")) ~= nil)
    "#;
    let script = format!("{script}\n{EDIT}");
    run(&scripted(&script), &json!({"v": "2"}), &[("a.yaml", "v: 1\n")]).unwrap();
}

/// Measured on the original's libraries; what is written differently there is said beside it.
#[test]
fn data_goes_in_and_out_as_in_the_original() {
    let script = r#"
        assert(encoding.jsonEncode({}) == "{}" and encoding.jsonEncode({1, 2.5, 3.0}) == "[1,2.5,3]")
        assert(encoding.jsonEncode({"a", "b", k = "c"}) == '["a","b","c"]')
        assert(encoding.jsonEncode({[0] = "a", [1.5] = "b"}) == '{"0":"a","1.5":"b"}')
        assert(encoding.jsonEncode(encoding.jsonDecode('{"l": [], "n": null}')) == '{"l":[]}')
        assert(select(2, encoding.jsonEncode(0 / 0)) ~= nil and select(2, encoding.jsonEncode(print)) ~= nil)
        assert(encoding.yamlDecode("a: 1\n---\nb: 2\n").a == 1 and encoding.yamlDecode("") == nil)
        assert(encoding.yamlDecode("1: x\n")["1"] == "x" and encoding.yamlDecode("- a\n- b\n")[2] == "b")
        assert(encoding.yamlDecode("x: &a {k: v}\ny: {<<: *a, z: 1}\n").y.k == "v")
        assert(select(2, encoding.yamlDecode("a: 1\na: 2\n")) ~= nil)
        local yaml = encoding.yamlEncode({b = {"x", {k = "v"}}, a = {c = "yes"}, e = "", t = "true"})
        assert(yaml == 'a:\n    c: "yes"\nb:\n    - x\n    - k: v\ne: ""\nt: "true"\n', string.gsub(yaml, "\n", "|"))
        local merged = utils.merge({a = true, n = 3, s = "x", m = {k = "v"}}, {a = false, n = 0, s = "", m = {}})
        assert(merged.a == false and merged.n == 0 and merged.s == "" and merged.m.k == "v")
        assert(#utils.merge({l = {}}, {l = {1}}, "append").l == 1)
        assert(select(2, utils.merge({}, {}, "other")) ~= nil)
    "#;
    let script = format!("{script}\n{EDIT}");
    run(&scripted(&script), &json!({"v": "2"}), &[("a.yaml", "v: 1\n")]).unwrap();
}

#[test]
fn a_walk_gives_paths_from_the_root_in_the_order_of_the_folders() {
    let script = r#"
        local function walk(...) return table.concat(fs.walk(...) or {}, " ") end
        assert(walk(".") == "a/.x/y a/b/z a/c a.yaml", walk("."))
        assert(walk("") == walk(".") and walk("/") == walk("./"))
        assert(walk(".", true) == "a/b/z a/c a.yaml")
        assert(walk("a/b") == "a/b/z" and walk("a.yaml") == "a.yaml")
        assert(walk("a/.x", true) == "" and walk("a/.x") == "a/.x/y")
        for _, folder in {"..", "../", "/etc", ".git", "none", "a/b/../.."} do
            local found, why = fs.walk(folder)
            assert(found == nil and type(why) == "string", folder)
        end
    "#;
    let script = format!("{script}\n{EDIT}");
    let repository = [("a.yaml", "v: 1\n"), ("a/c", ""), ("a/b/z", ""), ("a/.x/y", "")];
    run(&scripted(&script), &json!({"v": "2"}), &repository).unwrap();
}

const SCHEMA: &str = r##"{
    "type": "object",
    "required": ["name", "age"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "age": {"type": "integer", "minimum": 0},
        "email": {"type": "string", "format": "email"},
        "parts": {"items": {"$ref": "#/definitions/part"}},
        "left": {"$ref": "#"}
    },
    "definitions": {"part": {"enum": ["a", "b"]}}
}"##;

#[test]
fn values_are_held_against_a_schema() {
    let script = r#"
        local function held(value) return encoding.jsonSchema(value, "values.schema.json") end
        local fine, why = held({name = "app", age = 3.0, email = "a@example.com", parts = {"a"}})
        assert(fine == true and why == nil, why)
        assert(held({name = "app", age = 1, left = {name = "b", age = 2}}))
        local function told(value, wanted)
            local fine, why = held(value)
            assert(fine == false and why == wanted, why)
        end
        told({age = 1}, '(root): "name" is a required property')
        told({name = "app", age = -5, email = "x"}, 'age: value is less than the minimum of 0\nemail: value is not a "email"')
        told({name = "s3cret!", age = 1}, 'name: value does not match "^[a-z]+$"')
        told({name = "app", age = 1, parts = {"a", "c"}}, 'parts.1: value is not one of "a" or "b"')
        told({name = "app", age = 1, left = {name = "b"}}, 'left: "age" is a required property')
        for path, wanted in {
            ["none.json"] = 'does not exist', ["../x.json"] = 'climb', ["bad.json"] = "not valid JSON",
            ["remote.json"] = "only places of the same file", ["circle.json"] = "circle", ["dynamic.json"] = "$dynamicRef",
            ["look.json"] = "cannot be used", ["type.json"] = "cannot be used", ["unused.json"] = "cannot be used",
            ["deep.json"] = "deep",
        } do
            local fine, why = encoding.jsonSchema({a = "x"}, path)
            assert(fine == false and string.find(why, wanted, 1, true), path .. ": " .. tostring(why))
        end
        assert(encoding.jsonSchema("x", "draft4.json") == false)
        assert(encoding.jsonSchema(3, "draft4.json") == false and encoding.jsonSchema(4, "draft4.json"))
    "#;
    let script = format!("{script}\n{EDIT}");
    let deep = "{\"not\":".repeat(70) + "{}" + &"}".repeat(70);
    let repository = [
        ("a.yaml", "v: 1\n"),
        ("values.schema.json", SCHEMA),
        ("bad.json", "{"),
        ("remote.json", r#"{"$ref": "https://example.com/x.json"}"#),
        ("unused.json", r#"{"definitions": {"a": {"$ref": "other.json"}}}"#),
        ("circle.json", r##"{"allOf": [{"$ref": "#"}]}"##),
        ("dynamic.json", r##"{"$dynamicRef": "#x"}"##),
        ("look.json", r#"{"pattern": "^(?=a)"}"#),
        ("type.json", r#"{"type": "strin"}"#),
        (
            "draft4.json",
            r#"{"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer", "minimum": 3, "exclusiveMinimum": true}"#,
        ),
        ("deep.json", &deep),
    ];
    run(&scripted(&script), &json!({"v": "2"}), &repository).unwrap();
}

#[test]
fn a_schema_is_asked_for_like_a_file() {
    let automation = scripted("assert(encoding.jsonSchema({}, 'schemas/x.json'))");
    let mut known = Files::new();
    known.set_listing(["schemas/x.json".to_owned()]);
    let wanted = needs_of_script(&automation, &json!({}), &known).unwrap();
    assert_eq!(wanted.files.iter().collect::<Vec<_>>(), ["schemas/x.json"]);
}
