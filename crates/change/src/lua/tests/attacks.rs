//! Scripts that want all of the time, the memory or the machine.

use serde_json::json;

use super::{fails, run, scripted};
use crate::validate;

/// A text that begins with a control character was taken for compiled code, whose every byte the machine believes.
#[test]
fn compiled_code_is_no_script() {
    for script in ["\u{3}\u{0}\u{0}", "\u{8}\0\0l2", "\u{1b}Lua"] {
        let told = "spec.lua: attempt to load a binary chunk (mode is 't')";
        let validated = validate(&scripted(script))[0].to_string();
        for told_here in [fails(script), validated] {
            assert!(
                told_here == told || told_here.starts_with("spec.lua: script:1:"),
                "{told_here}"
            );
        }
    }
}

#[test]
fn endless_scripts_end() {
    for attack in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "string.find(string.rep('a', 60), string.rep('a-', 25) .. 'b')",
        "local t = {} while true do t[#t + 1] = string.rep('a', 1e6) end",
        "local s = string.rep('a', 8e6) while true do string.find(s, 'b', 1, true) end",
        // One call each, without a step between.
        "string.find(string.rep('a', 8e6), string.rep('a', 4e6) .. 'b', 1, true)",
        "string.split(string.rep('a', 8e6), string.rep('a', 4e6) .. 'b')",
        "local p = string.rep('a', 4e6) for _ in string.gmatch(string.rep('a', 8e6), p .. 'b') do end",
        "string.find(string.rep('(', 4e6), '%b()')",
        "local t = table.create(1e6, 1) while true do table.sort(t) end",
        "local t = table.create(1e6, 1) while true do table.insert(t, 1, table.remove(t, 1)) end",
        // What the modules do is work too.
        "local t = table.create(3e5, 'x') while true do encoding.jsonEncode(t) end",
        "local s = encoding.jsonEncode(table.create(1e5, 1)) while true do encoding.jsonDecode(s) end",
        "local s = string.rep('- a\\n', 1e4) while true do encoding.yamlDecode(s) end",
        "local s = string.rep('a,', 1e5) while true do utils.splitString(s, ',') end",
        "while true do fs.walk('.') fs.read('a.yaml') end",
        "local t = {l = table.create(1e5, 1)} while true do utils.merge(t, t) end",
    ] {
        assert!(
            fails(attack).contains("more work than one may"),
            "{attack}: {}",
            fails(attack)
        );
    }
    assert!(fails("local f f = function() return 1 + f() end f()").contains("stack overflow"));
}

/// Between two steps nothing is collected: what is put together there is bounded by the memory, and is paid for at the next step.
#[test]
fn putting_texts_together_is_work() {
    let large = "local a = string.rep('a', 65536) local b ";
    let turn = "b = a .. i ".repeat(100);
    // The same texts again and again: what is put together is written each time.
    let told = fails(&format!("{large} for i = 1, 3000 do {turn} end"));
    assert!(told.contains("more work than one may"), "{told}");
    let line = "b = a .. a\n".repeat(20_000);
    let told = fails(&format!("{large} {line}"));
    assert!(told.contains("32 MiB of memory"), "{told}");
    // Far more than may be held, little by little.
    let changes = run(
        &scripted(&format!(
            "{large} for i = 1, 1000 do b = a .. i end\n prAutomation.updates = {{yamlOverlays = {{{{file = 'a.yaml', yaml = 'n: ' .. #b}}}}}}"
        )),
        &json!({}),
        &[("a.yaml", "v: 1\n")],
    );
    assert_eq!(changes.expect("a change")[0].1, "v: 1\nn: 65540\n");
}

#[test]
fn memory_is_bounded() {
    for attack in [
        "string.rep('a', 1e9)",
        "local t = {} while true do t[#t + 1] = string.rep('a', 1e6) .. #t end",
    ] {
        assert!(fails(attack).contains("memory"), "{attack}: {}", fails(attack));
    }
}

#[test]
fn tables_without_an_end_as_data_are_refused() {
    let within = "local t = {} t.t = t prAutomation = t";
    assert!(fails(within).contains("recursive"), "{}", fails(within));
    let deep = "local t = {} for _ = 1, 1e4 do t = {t} end context.t = t";
    assert!(fails(deep).contains("deep in one another"), "{}", fails(deep));
    // A small table that comes to 2^40 values.
    let doubled = "local t = {'x'} for _ = 1, 40 do t = {t, t} end prAutomation.updates = t";
    assert!(
        fails(doubled).contains("more than 32 MiB of data"),
        "{}",
        fails(doubled)
    );
    let texts = "local s, t = string.rep('a', 4e6), {} for i = 1, 20 do t[i] = s end context.t = t";
    assert!(fails(texts).contains("more than 32 MiB of data"), "{}", fails(texts));
    let encoded = format!("{doubled} prAutomation.updates = nil assert(encoding.jsonEncode(t))");
    assert!(
        fails(&encoded).contains("more than 32 MiB of data"),
        "{}",
        fails(&encoded)
    );
    assert!(fails("context.f = print").contains("a function is no data"));
    assert!(fails("context.b = '\\255'").contains("not UTF-8"));
}

/// Each definition asks for the next one twice.
#[test]
fn a_schema_that_doubles_itself_ends() {
    let next = |at: usize| json!({"$ref": format!("#/definitions/d{}", at + 1)});
    let mut definitions: serde_json::Map<_, _> = (0..40)
        .map(|at| (format!("d{at}"), json!({"allOf": [next(at), next(at)]})))
        .collect();
    definitions.insert("d40".to_owned(), json!({"type": "string"}));
    let schema = json!({"definitions": definitions, "$ref": "#/definitions/d0"}).to_string();
    let automation = scripted("assert(encoding.jsonSchema('x', 's.json'))");
    let error = run(&automation, &json!({}), &[("s.json", &schema)]).unwrap_err();
    assert!(error.to_string().contains("more work than one may"), "{error}");
}
