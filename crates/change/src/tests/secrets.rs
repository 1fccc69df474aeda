//! No error and no warning tells the value of a PASSWORD entry, wherever the automation puts it.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Automation, Error, Files, Secrets, check_values, compute, needs, needs_of_script, texts};

/// Automations with the secret in each field that is rendered, alone and among other text.
fn everywhere() -> Vec<Value> {
    let mut specs = Vec::new();
    for p in ["{{ context.p }}", "x/{{ context.p }}/y", "{{ context.p }}("] {
        let fails = "{{ context.p | fail }}";
        let edits = [
            json!({"regexReplacements": [{"regex": p, "file": "a.yaml", "replacement": p}]}),
            json!({"regexReplacements": [{"regex": "a", "file": p, "replacement": fails}]}),
            json!({"regexReplacements": [{"regex": "a", "file": p, "replacement": ""}]}),
            json!({"yamlOverlays": [{"file": p, "yaml": "a: 1"}]}),
            json!({"yamlOverlays": [{"file": "a.yaml", "yaml": format!("{p}: [")}]}),
            json!({"yamlOverlays": [{"file": "a.yaml", "yaml": p}]}),
            json!({"files": [p], "regexes": ["a"], "replaceTemplate": p, "matchStrategy": "ANY"}),
            json!({"files": ["a"], "regexes": ["none"], "replaceTemplate": fails, "matchStrategy": "ANY"}),
            json!({"copies": [{"from": p, "to": "b"}]}),
            json!({"copies": [{"from": "a.yaml", "to": p}]}),
            json!({"copies": [{"from": "a.yaml", "to": "b", "at": p}]}),
            json!({"yamlPatches": [{"file": p, "path": "a", "value": 1}]}),
            json!({"yamlPatches": [{"file": "a.yaml", "path": p, "value": p}]}),
            json!({"yamlPatches": [{"file": "a.yaml", "path": format!("{p}["), "value": 1}]}),
            json!({"noMatch": "Fail", "yamlPatches": [{"file": "a.yaml", "path": format!("a.{p}.b"), "op": "Delete"}]}),
            json!({"jsonPatches": [{"file": "a.json", "path": p, "value": 1}, {"file": "a.yaml", "path": p, "value": p}]}),
            json!({"tomlPatches": [{"file": "a.toml", "path": format!("a.{p}"), "value": p}]}),
            json!({"hclPatches": [{"file": "a.tf", "path": format!("a.{p}"), "value": p}]}),
            json!({"hclPatches": [{"file": p, "path": "a", "value": p}]}),
            json!({"helmValues": [{"file": p, "values": {"a": 1}}]}),
            json!({"helmValues": [{"file": "a.yaml", "values": {p: p}}]}),
            json!({"kustomizeImages": [{"file": p, "name": "a", "newTag": "1"}]}),
            json!({"kustomizeImages": [{"file": "a.yaml", "name": p, "newTag": p}]}),
        ];
        specs.extend(edits.map(|updates| json!({"updates": updates})));
        let create = |template: Value| json!({"creates": {"templates": [template]}});
        let helm = |chart: &str, version: &str, destination: &str| json!({"vendor": {"helm": {"url": "oci://r", "chart": chart, "version": version, "destination": destination}}});
        specs.extend([
            create(json!({"source": p, "destination": "b"})),
            create(json!({"source": p, "destination": "b", "external": true})),
            create(json!({"source": "a.yaml", "destination": p})),
            create(json!({"source": fails, "destination": "b"})),
            create(json!({"source": "failing", "destination": "b"})),
            create(json!({"source": "a.yaml", "destination": "b", "condition": "context.p > 1"})),
            json!({"deletes": {"files": [p, format!("[{p}")], "folders": [p]}}),
            helm(p, "1", "charts"),
            helm("app", p, "charts"),
            helm("app", "1", p),
            json!({"title": fails, "deletes": {"files": ["a"]}}),
            json!({"branch": fails, "deletes": {"files": ["a"]}}),
            json!({"title": format!("{p} {{{{ context.none }}}}"), "deletes": {"files": ["a"]}}),
        ]);
    }
    for script in [
        "error(context.p)",
        "error({context.p})",
        "local a = nil .. context.p",
        "assert(fs.read(context.p))",
        "assert(fs.read('/' .. context.p))",
        "assert(fs.walk(context.p))",
        "assert(encoding.jsonDecode(context.p))",
        "assert(encoding.yamlDecode('a: [' .. context.p))",
        "prAutomation = context.p",
        "prAutomation[context.p] = 1 prAutomation.updates = context.p",
        "prAutomation.deletes = {files = {context.p .. '/../x'}}",
        "context.p = 'other secret' prAutomation.deletes = {files = {context.p .. '/../x'}}",
        "assert(utils.merge({}, {}, context.p))",
        "assert(encoding.jsonSchema({a = context.p}, 'schema.json'))",
    ] {
        specs.push(json!({"lua": {"script": script}}));
    }
    specs
}

fn automation(spec: &Value) -> Automation {
    let mut spec = spec.clone();
    if spec.get("title").is_none() {
        spec["title"] = json!("t");
    }
    spec["configuration"] = json!([
        {"name": "p", "type": "PASSWORD"},
        {"name": "same", "type": "ENUM", "values": ["a"], "optional": true},
    ]);
    serde_json::from_value(spec).expect("an automation")
}

/// Everything that is told.
fn told(automation: &Automation, context: &Value, files: &Files) -> Vec<String> {
    let both = |error: Error| [error.to_string(), format!("{error:?}"), error.field().to_owned()];
    let mut told = Vec::new();
    told.extend(texts(automation, context).err().map(both).into_iter().flatten());
    told.extend(needs(automation, context).err().map(both).into_iter().flatten());
    let scripted = needs_of_script(automation, context, files);
    told.extend(scripted.err().map(both).into_iter().flatten());
    match compute(automation, context, files) {
        Ok(set) => told.extend(set.warnings),
        Err(error) => told.extend(both(error)),
    }
    told
}

fn repository() -> Files {
    let files = [
        ("a.yaml", "a: 1\n"),
        ("a.json", "{\"a\": 1}"),
        ("a.toml", "[a]\nb = 1\n"),
        ("a.tf", "a = 1\n"),
        ("failing", "{{ context.p | fail }}"),
        ("schema.json", r#"{"properties": {"a": {"enum": ["b"]}}}"#),
    ];
    let mut files = super::files(&files);
    files.set_listing(["a.yaml", "a.json", "a.toml", "a.tf", "failing", "schema.json"].map(str::to_owned));
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_error_and_no_warning_tells_a_secret(secret in "Zq[ -~]{3,12}[!-~]", long in 0..3_usize) {
        let secret = secret + &"k".repeat(long * 70);
        let escaped = format!("{secret:?}");
        let escaped = &escaped[1..escaped.len() - 1];
        let context = json!({"p": secret});
        for files in [Files::new(), repository()] {
            for spec in everywhere() {
                let automation = automation(&spec);
                for said in told(&automation, &context, &files) {
                    prop_assert!(!said.contains(&secret) && !said.contains(escaped), "{spec}: {said}");
                    // Not its beginning either, where a text was cut.
                    prop_assert!(!said.contains(&secret[..4]), "{spec}: {said}");
                }
            }
        }
        // The same value, where another entry does not take it.
        let context = json!({"p": secret, "same": secret});
        for error in check_values(&automation(&json!({})).configuration, &context).unwrap_err() {
            prop_assert!(!error.to_string().contains(&secret[..4]), "{error}");
        }
    }
}

#[test]
fn the_parts_of_a_secret_with_several_lines_are_hidden() {
    let configuration = automation(&json!({})).configuration;
    let context = json!({"p": "-----BEGIN KEY-----\nabcdefgh\n"});
    let secrets = Secrets::of(&configuration, &context);
    assert_eq!(secrets.hide("line 2: abcdefgh".to_owned()), "line 2: <hidden>");
    assert_eq!(secrets.hide("line 2: abcd...".to_owned()), "line 2: <hidden>...");
    assert_eq!(secrets.hide("nothing...".to_owned()), "nothing...");
    assert_eq!(format!("{secrets:?}"), "Secrets");
}

#[test]
fn no_text_of_a_pull_request_tells_a_secret() {
    let context = json!({"p": "prod", "name": "app"});
    for (field, template, told) in [
        ("title", "of {{ context.p }}", true),
        ("title", "of {{ context.name }} to prod", false),
        ("title", "{% if context.p == \"prod\" %}a{% else %}b{% endif %}", true),
        ("title", "{% if context.p %}with a token{% endif %}", false),
        ("message", "of {{ context.p | b64enc }}", true),
        ("message", "of {{ context.default }}", true),
        ("branch", "release/{{ context.p }}", true),
    ] {
        let mut automation = automation(&json!({field: template}));
        let mut fallback = automation.configuration[0].clone();
        (fallback.name, fallback.default) = ("default".to_owned(), Some("hunter2".to_owned()));
        automation.configuration.push(fallback);
        let outcome = texts(&automation, &context).map_err(|error| (error.reason(), error.to_string()));
        let expected = told.then(|| {
            let said =
                "would tell the value of a PASSWORD field to everybody who sees the pull request: take it out of there";
            ("SecretTold", format!("spec.{field} {said}"))
        });
        assert_eq!(outcome.err(), expected, "{template}");
    }
    let nothing = automation(&json!({"title": "of {{ context.p }}{{ context.name }}"}));
    assert!(
        texts(&nothing, &json!({"p": "", "name": "app"})).is_err(),
        "an empty password is none"
    );
    let mut optional = nothing;
    optional.configuration[0].optional = true;
    assert_eq!(
        texts(&optional, &json!({"p": "", "name": "app"})).map(|texts| texts.title),
        Ok("of app".to_owned())
    );
}
