//! Scripts as people write them, and as people attack with them.

mod attacks;
mod modules;

use serde_json::{Value, json};

use crate::{Automation, Elsewhere, Error, Files, compute, needs, needs_of_script, validate};

fn scripted(script: &str) -> Automation {
    serde_json::from_value(json!({"title": "t", "lua": {"script": script}})).unwrap()
}

fn files(content: &[(&str, &str)]) -> Files {
    let mut files: Files = content.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    files.set_listing(content.iter().map(|(path, _)| (*path).to_owned()));
    files
}

/// The changes as (path, content).
fn run(automation: &Automation, context: &Value, content: &[(&str, &str)]) -> Result<Vec<(String, String)>, Error> {
    let set = compute(automation, context, &files(content))?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ok(set
        .changes
        .iter()
        .map(|change| (change.path.clone(), text(&change.content.bytes())))
        .collect())
}

fn fails(script: &str) -> String {
    let error = run(&scripted(script), &json!({}), &[("a.yaml", "v: 1\n")]).unwrap_err();
    assert_eq!(error.reason(), "ScriptFailed", "{error}");
    error.to_string()
}

const EDIT: &str = r#"
    prAutomation.updates = {regexReplacements = {
        {file = "a.yaml", regex = "v: .*", replacement = "v: {{ context.v }}"},
    }}
"#;

#[test]
fn what_a_script_puts_into_the_automation_is_done() {
    let changes = run(&scripted(EDIT), &json!({"v": "2"}), &[("a.yaml", "v: 1\n")]).unwrap();
    assert_eq!(changes, [("a.yaml".to_owned(), "v: 2\n".to_owned())]);
}

#[test]
fn lists_of_the_automation_and_of_the_script_are_both_done() {
    let mut automation = scripted(EDIT);
    automation.updates = serde_json::from_value(json!({
        "regexReplacements": [{"file": "a.yaml", "regex": "w: .*", "replacement": "w: 9"}],
    }))
    .unwrap();
    let changes = run(&automation, &json!({"v": "2"}), &[("a.yaml", "v: 1\nw: 1\n")]).unwrap();
    assert_eq!(changes, [("a.yaml".to_owned(), "v: 2\nw: 9\n".to_owned())]);
}

#[test]
fn what_a_script_makes_of_the_context_is_what_the_edits_see() {
    let script = format!("context.v = context.v .. '-x'\n{EDIT}");
    let changes = run(&scripted(&script), &json!({"v": "2"}), &[("a.yaml", "v: 1\n")]).unwrap();
    assert_eq!(changes[0].1, "v: 2-x\n");
}

#[test]
fn what_it_leaves_alone_stays_to_the_digit() {
    let script = "context.new = true\n".to_owned() + &EDIT.replace("context.v", "context.big");
    let context = json!({"big": 12_345_678_901_234_567_u64, "gone": null, "list": []});
    let changes = run(&scripted(&script), &context, &[("a.yaml", "v: 1\n")]).unwrap();
    assert_eq!(changes[0].1, "v: 12345678901234567\n");
}

#[test]
fn files_are_asked_for_until_all_are_known() {
    let script = r#"
        local found = ""
        for _, path in ipairs(fs.walk("apps", true)) do
            found = found .. (fs.read(path) or "")
        end
        local missing, why = fs.read("apps/none.yaml")
        assert(missing == nil and string.find(why, "does not exist", 1, true))
        context.found = found
        prAutomation.updates = {yamlOverlays = {}, regexReplacements = {
            {file = "a.yaml", regex = "v: .*", replacement = "v: {{ context.found }}"},
        }}
    "#;
    let automation = scripted(script);
    let repository = [("a.yaml", "v: 1"), ("apps/x", "X"), ("apps/y", "Y"), ("apps/.z", "Z")];
    let first = needs(&automation, &json!({})).unwrap();
    assert!(first.listing && first.is_scripted && first.files.is_empty());
    let mut known = Files::new();
    known.set_listing(repository.iter().map(|(path, _)| (*path).to_owned()));
    for expected in [vec!["apps/x", "apps/y"], vec!["a.yaml"]] {
        let wanted = needs_of_script(&automation, &json!({}), &known).unwrap();
        assert_eq!(wanted.files.iter().collect::<Vec<_>>(), expected);
        for (path, text) in repository.iter().filter(|(path, _)| wanted.files.contains(*path)) {
            known.insert(*path, text.as_bytes());
        }
    }
    let set = compute(&automation, &json!({}), &known).unwrap();
    assert_eq!(&*set.changes[0].content.bytes(), b"v: XY");
}

#[test]
fn a_folder_of_scripts_runs_in_the_order_of_its_paths() {
    let automation: Automation = serde_json::from_value(json!({
        "title": "t", "lua": {"folder": "scripts/", "script": format!("{EDIT}\ncontext.v = order")},
    }))
    .unwrap();
    let repository = [
        ("a.yaml", "v: 1\n"),
        ("scripts/b.lua", "order = order .. 'b'"),
        ("scripts/a.lua", "order = 'a'"),
        ("scripts/readme.md", "not lua"),
    ];
    assert_eq!(run(&automation, &json!({}), &repository).unwrap()[0].1, "v: ab\n");
}

#[test]
fn nothing_reaches_out_and_nothing_differs_from_run_to_run() {
    let script = r#"
        for _, name in ipairs({"os", "io", "coroutine", "debug", "package", "collectgarbage", "loadstring", "dofile", "loadfile"}) do
            assert(getfenv()[name] == nil, name)
        end
        assert(math.random == nil and math.randomseed == nil)
        print("nobody reads this")
    "#;
    let script = format!("{script}\n{EDIT}");
    run(&scripted(&script), &json!({"v": "2"}), &[("a.yaml", "v: 1\n")]).unwrap();
}

#[test]
fn errors_carry_the_line() {
    assert_eq!(
        fails("local x = 1\nerror('no such tier')"),
        "spec.lua: script:2: no such tier"
    );
    assert!(
        fails("local = 1").starts_with("spec.lua: script:1:"),
        "{}",
        fails("local = 1")
    );
    let problems = validate(&scripted("for do"));
    assert!(
        problems[0].to_string().starts_with("spec.lua: script:1:"),
        "{problems:?}"
    );
    assert_eq!(
        fails("fs.read()"),
        "spec.lua: script:1: fs.read: argument 1 is a nil; it must be a string or number"
    );
    assert_eq!(
        fails("\nutils.pathJoin('a', 'b')"),
        "spec.lua: script:2: utils.pathJoin: argument 1 is a string; it must be a table"
    );
    assert_eq!(
        fails("\nrequire('os')"),
        "spec.lua: script:2: require: there is no module \"os\"; a script has encoding, fs and utils"
    );
    let absent = fails("math.random()");
    assert!(
        absent.starts_with("spec.lua: script:1: ") && absent.contains("math.random and"),
        "{absent}"
    );
}

#[test]
fn lines_are_those_of_the_files() {
    let automation: Automation = serde_json::from_value(json!({
        "title": "t", "lua": {"folder": "scripts", "script": "local a = 1\nlast()"},
    }))
    .unwrap();
    let fails = |b: &str| {
        let repository = [("scripts/a.lua", "x = {}\ny = 1\n"), ("scripts/b.lua", b)];
        run(&automation, &json!({}), &repository).unwrap_err().to_string()
    };
    let told = fails("\nlocal z = nil\nz.y = 1");
    assert_eq!(told, "spec.lua: scripts/b.lua:3: attempt to index nil with 'y'");
    assert!(fails("z = 1").starts_with("spec.lua: script:2: "), "{}", fails("z = 1"));
}

#[test]
fn what_a_script_made_is_held_against_the_definition() {
    for (script, wanted) in [
        ("prAutomation = {1, 2}", "prAutomation is no table with names in it"),
        ("prAutomation = 'x'", "prAutomation is no table with names in it"),
        (
            "prAutomation.updates = {regexReplacements = 'x'}",
            "prAutomation.updates.regexReplacements: invalid type: string \"x\", expected a sequence",
        ),
        (
            "prAutomation.updates = {regexReplacements = {{file = 'a.yaml', regex = '1'}}}",
            "prAutomation.updates.regexReplacements[1] has no replacement",
        ),
    ] {
        let told = format!("spec.lua: what the script made cannot be used: {wanted}");
        assert_eq!(fails(script), told, "{script}");
    }
    assert_eq!(
        fails("context = 'x'"),
        "spec.lua: context is no table with names in it any more"
    );
    let script = format!("{EDIT} prAutomation.updates.regexReplacement = {{}} prAutomation.update = {{a = 1}}\n{EDIT}");
    let script = script + "prAutomation.updates.regexReplacements[1].regx = 'x' prAutomation.updates.overlays = {1}";
    let set = compute(&scripted(&script), &json!({"v": "2"}), &files(&[("a.yaml", "v: 1\n")])).unwrap();
    let left_out =
        |path: &str| format!("spec.lua: prAutomation.{path} is no field of a PrAutomation, and was left out");
    assert_eq!(
        set.warnings,
        ["update", "updates.overlays", "updates.regexReplacements.0.regx"].map(left_out)
    );
}

#[test]
fn nothing_tells_where_it_is_in_memory() {
    let edit = EDIT.replace("{{ context.v }}", "' .. told .. '");
    let edit = edit.replace('"', "'");
    let script = format!(
        "local named = setmetatable({{}}, {{__tostring = function() return 'named' end}})
        local told = tostring({{}}) .. tostring(print) .. string.format('%s %d', {{}}, 3) .. `{{print}}` .. ('%s'):format(named) .. tostring(1)
        assert(tostring(nil) == 'nil' and require('utils') == utils)
        {edit}"
    );
    let changes = run(&scripted(&script), &json!({}), &[("a.yaml", "v: 1\n")]).unwrap();
    assert_eq!(changes[0].1, "v: tablefunctiontable 3functionnamed1\n");
    assert_eq!(
        fails("error({a = 1})"),
        "spec.lua: the script ends with an error that is a table and no text"
    );
}

#[test]
fn a_wrong_argument_is_told_with_the_line_of_its_call() {
    assert_eq!(
        fails("local x = 1\nstring.find(nil, 'a')"),
        "spec.lua: script:2: invalid argument #1 to 'find' (string expected, got nil)"
    );
    assert_eq!(
        fails("\n\nstring.gsub('a', 'a', function() error('mine') end)"),
        "spec.lua: script:3: mine"
    );
}

#[test]
fn a_password_does_not_appear_in_what_a_script_says() {
    let mut automation = scripted("error('token is ' .. context.token)");
    automation.configuration = serde_json::from_value(json!([{"name": "token", "type": "PASSWORD"}])).unwrap();
    let error = run(&automation, &json!({"token": "s3cret"}), &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("token is <hidden>"), "{error}");
}

#[test]
fn an_external_folder_is_read_from_the_repository_of_the_templates() {
    let mut automation = scripted("context.v = context.v .. '!'");
    let lua = automation.lua.as_mut().unwrap();
    (lua.external, lua.folder) = (true, Some("scripts".to_owned()));
    let context = json!({"v": "2"});
    let mut known = files(&[("a.yaml", "v: 1\n"), ("scripts/here.lua", "error('not this one')")]);
    let asked = needs_of_script(&automation, &context, &known).unwrap();
    assert!(asked.elsewhere[&Elsewhere::Templates].listing);
    known.set_listing_at(
        Elsewhere::Templates,
        ["scripts/edit.lua", "other.lua"].map(str::to_owned),
    );
    let asked = needs_of_script(&automation, &context, &known).unwrap();
    let there: Vec<_> = asked.elsewhere[&Elsewhere::Templates].files.iter().collect();
    assert_eq!(there, ["scripts/edit.lua"]);
    known.insert_at(Elsewhere::Templates, "scripts/edit.lua", EDIT.as_bytes());
    let set = compute(&automation, &context, &known).unwrap();
    assert_eq!(*set.changes[0].content.bytes(), *b"v: 2!\n");
}
