//! What is refused, and in which words.

use serde_json::{Value, json};

use super::{automation, changes, context, files, replacing, run};
use crate::{Automation, Files, LARGEST_FILE, needs, validate};

fn refused(automation: &Automation, values: Value, repository: &Files) -> (&'static str, String) {
    let error = run(automation, values, repository).expect_err("refused");
    (error.reason(), error.to_string())
}

#[test]
fn l8_a_missing_file_is_named() {
    let (reason, message) = refused(&replacing(&[("a", "no/such.yaml", "b")]), json!({}), &Files::new());
    assert_eq!(reason, "FileMissing");
    assert_eq!(
        message,
        "spec.updates.regexReplacements[0]: the file \"no/such.yaml\" does not exist on the base branch; create it, or correct the path or the context"
    );
}

#[test]
fn paths_that_leave_the_repository_are_never_asked_for() {
    for path in [
        "/etc/passwd",
        "../x",
        "a/../../x",
        ".git/config",
        ".GIT/hooks/x",
        "a\\b",
        "a\u{0}b",
        "{{ context.missing }}",
        &"x/".repeat(3000),
    ] {
        let error = needs(&replacing(&[("a", path, "b")]), &context(json!({}))).expect_err(path);
        assert_eq!(
            (error.reason(), error.field()),
            ("InvalidPath", "spec.updates.regexReplacements[0].file"),
            "{path}"
        );
    }
    let sneaky = replacing(&[("a", "{{ context.p }}/x", "b")]);
    assert_eq!(
        needs(&sneaky, &context(json!({"p": ".."})))
            .expect_err("climbs")
            .reason(),
        "InvalidPath"
    );
}

#[test]
fn needs_are_the_files_once_each() {
    let automation = replacing(&[
        ("a", "x/{{ context.v }}.yaml", ""),
        ("b", "./x//1.yaml", ""),
        ("c", "a.yaml", ""),
    ]);
    let needs = needs(&automation, &context(json!({"v": 1}))).expect("needs");
    assert_eq!(needs.files.into_iter().collect::<Vec<_>>(), ["a.yaml", "x/1.yaml"]);
}

#[test]
fn what_is_not_done_yet_is_refused_in_words() {
    let (field, spec) = ("spec.updates.yq", json!({"updates": {"yq": ".a"}}));
    let ignored = automation(spec);
    let (reason, message) = refused(&ignored, json!({}), &Files::new());
    assert_eq!(reason, "Unsupported", "{field}");
    assert!(
        message.starts_with(&format!("{field} is not supported yet; ")),
        "{message}"
    );
    assert!(
        validate(&ignored).iter().any(|problem| problem.field() == field),
        "{field}"
    );
    let (reason, _) = refused(&automation(json!({})), json!({}), &Files::new());
    assert_eq!(reason, "IncompleteAutomation");
}

#[test]
fn errors_name_the_part_of_the_entry() {
    let repository = files(&[("a.yaml", "v: 1\n")]);
    for (entry, reason, begin) in [
        (
            ("a(", "a.yaml", ""),
            "InvalidRegex",
            "spec.updates.regexReplacements[0].regex: the regular expression `a(` is not valid at character 2",
        ),
        (
            ("", "a.yaml", ""),
            "InvalidRegex",
            "spec.updates.regexReplacements[0].regex: the regular expression `` is not valid at character 1: it is empty",
        ),
        (
            ("{{ context.none }}", "a.yaml", ""),
            "InvalidRegex",
            "spec.updates.regexReplacements[0].regex: ",
        ),
        (
            ("{{ 1 | nope }}", "a.yaml", ""),
            "InvalidTemplate",
            "spec.updates.regexReplacements[0].regex, line 1, column 8, near `{{ 1 | nope }}`: undefined filter `nope`",
        ),
        (
            ("v", "a.yaml", "{% if %}"),
            "InvalidTemplate",
            "spec.updates.regexReplacements[0].replacement, line 1",
        ),
        (
            ("v", "{{ a b }}", ""),
            "InvalidTemplate",
            "spec.updates.regexReplacements[0].file, line 1",
        ),
    ] {
        let (got, message) = refused(&replacing(&[entry]), json!({}), &repository);
        assert_eq!(got, reason, "{message}");
        assert!(message.starts_with(begin), "{message}");
    }
    let strict = automation(
        json!({"title": "{{ context.none }}", "updates": {"regexReplacements": [{"regex": "v", "file": "a.yaml", "replacement": "v"}]}}),
    );
    assert_eq!(refused(&strict, json!({}), &repository).0, "UndefinedVariable");
}

#[test]
fn passwords_are_hidden_in_what_was_rendered() {
    let spec = json!({
        "configuration": [{"name": "p", "type": "PASSWORD"}],
        "updates": {"regexReplacements": [{"regex": "{{ context.p }}(", "file": "{{ context.p }}.yaml", "replacement": ""}]},
    });
    let repository = files(&[("hunter2.yaml", "x")]);
    let (_, message) = refused(&automation(spec.clone()), json!({"p": "hunter2"}), &repository);
    assert!(
        !message.contains("hunter2") && message.contains("`<hidden>(`"),
        "{message}"
    );
    let (_, message) = refused(&automation(spec), json!({"p": "hunter2"}), &Files::new());
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let large: Files = [("a", vec![b'a'; LARGEST_FILE + 1])].into_iter().collect();
    let (reason, message) = refused(&replacing(&[("a", "a", "b")]), json!({}), &large);
    assert_eq!(
        (reason, message.contains("is larger than 32 MiB")),
        ("InvalidFile", true),
        "{message}"
    );
    let growing: Files = [("a", vec![b'a'; 1 << 20])].into_iter().collect();
    let (_, message) = refused(
        &replacing(&[("a", "a", "0123456789012345678901234567890123456789")]),
        json!({}),
        &growing,
    );
    assert!(message.contains("would become larger"), "{message}");
}

#[test]
fn validation_finds_everything_at_once() {
    let spec = json!({
        "title": "{{ x | nope }}", "message": "{% if %}", "branch": "{{",
        "configuration": [{"name": "e", "type": "ENUM"}],
        "updates": {"regexReplacements": [
            {"regex": "a(?=b)", "file": "../x", "replacement": "{{ 1 | env }}"},
            {"regex": "{{ context.r }}(", "file": "{{ context.f }}", "replacement": "ok"},
            {"regex": "a(", "file": "a", "replacement": "ok", "templated": false},
        ]},
    });
    let fields: Vec<String> = validate(&automation(spec))
        .iter()
        .map(|problem| problem.field().to_owned())
        .collect();
    assert_eq!(
        fields,
        [
            "spec.title",
            "spec.message",
            "spec.configuration[0].values",
            "spec.updates.regexReplacements[0].file",
            "spec.updates.regexReplacements[0].regex",
            "spec.updates.regexReplacements[0].replacement",
            "spec.updates.regexReplacements[2].regex",
        ]
    );
    assert_eq!(validate(&replacing(&[("a", "b", "c")])), []);
}

/// What stands deep in itself is refused by every reader, and never ends the process.
#[test]
fn depth_has_an_end_in_every_kind_of_file() {
    let many = 50_000;
    let nested = |open: &str, close: &str| format!("{}{}", open.repeat(many), close.repeat(many));
    let hcl = |value: String| ("hclPatches", "a.hcl", format!("a = {value}\nb = 1\n"));
    let toml = |value: String| ("tomlPatches", "a.toml", format!("a = {value}\nb = 1\n"));
    let files = [
        hcl(nested("[", "]")),
        hcl(format!("{}1{}", "(".repeat(many), ")".repeat(many))),
        hcl(nested("{a=", "}")),
        hcl(format!("{}1", "!".repeat(many))),
        hcl(format!("{}1", "-".repeat(many))),
        hcl(format!("{}1", "a ? b : ".repeat(many))),
        hcl(format!("1{}", " + 1".repeat(many))),
        hcl(format!("a{}", ".b".repeat(many))),
        hcl(format!("a{}", "[0]".repeat(many))),
        hcl(format!("{}1{}", "f(".repeat(many), ")".repeat(many))),
        hcl(format!("{}1{}", "\"${".repeat(many), "}\"".repeat(many))),
        hcl(format!("{}1{}", "[for x in ".repeat(many), " : x]".repeat(many))),
        (
            "hclPatches",
            "a.hcl",
            format!("{}{}b = 1\n", "a {\n".repeat(many), "}\n".repeat(many)),
        ),
        toml(nested("[", "]")),
        toml(nested("{a=", "}")),
        (
            "tomlPatches",
            "a.toml",
            format!("{} = 1\nb = 1\n", vec!["a"; many].join(".")),
        ),
        (
            "tomlPatches",
            "a.toml",
            format!("b = 1\n[{}]\n", vec!["a"; many].join(".")),
        ),
        (
            "jsonPatches",
            "a.json",
            format!("{{\"b\": 1, \"a\": {}}}", nested("[", "]")),
        ),
        (
            "jsonPatches",
            "a.json",
            format!("{{\"b\": 1, \"a\": {}1{}}}", "{\"a\":".repeat(many), "}".repeat(many)),
        ),
    ];
    for (edit, path, text) in files {
        let begin: String = text.chars().take(30).collect();
        let patch = json!({"file": path, "path": "b", "value": 2});
        let automation = automation(json!({"updates": {edit: [patch]}}));
        // An answer of either kind: what is long without being deep may be edited.
        if let Err(error) = run(&automation, json!({}), &files_of(path, &text)) {
            assert_eq!(error.reason(), "InvalidFile", "{begin}: {error}");
            assert!(error.to_string().len() < 500, "{begin}");
        }
    }
}

fn files_of(path: &str, text: &str) -> Files {
    files(&[(path, text)])
}

#[test]
fn a_path_is_a_file_or_a_folder() {
    let create = |to: &str| json!({"creates": {"templates": [{"source": "t", "destination": to}]}});
    let copy = |from: &str, to: &str| json!({"updates": {"copies": [{"from": from, "to": to}]}});
    let two = json!({"creates": {"templates": [
        {"source": "t", "destination": "p"}, {"source": "t", "destination": "p/q"},
    ]}});
    let repository = files(&[("t", "1"), ("out/a", "y"), ("out-b", "z"), ("from/x", "2")]);
    for (spec, field, path, other) in [
        (create("out"), "spec.creates.templates[0]", "out", "out/a"),
        (create("out/a/b/c"), "spec.creates.templates[0]", "out/a/b/c", "out/a"),
        (copy("t", "out"), "spec.updates.copies[0]", "out", "out/a"),
        (copy("from", "out/a"), "spec.updates.copies[0]", "out/a/x", "out/a"),
        (two, "spec.creates.templates[0]", "p", "p/q"),
    ] {
        let error = run(&automation(spec), json!({}), &repository).expect_err(path);
        let wanted = format!("{field}: the path {path:?} cannot be made beside {other:?}");
        assert!(error.to_string().starts_with(&wanted), "{error}");
    }
    let mut instead = create("out");
    instead["deletes"] = json!({"files": ["out/a"]});
    let change_set = run(&automation(instead), json!({}), &repository).expect("the folder goes");
    assert_eq!(changes(&change_set), [("create", "out", "1"), ("delete", "out/a", "")]);
    let beside = run(&automation(create("out/b")), json!({}), &repository).expect("beside it");
    assert_eq!(changes(&beside), [("create", "out/b", "1")]);
}

#[test]
fn json_stays_json() {
    let repository = files(&[
        ("f.json", "{\n  \"a\": {\n    \"b\": \"1\"\n  }\n}\n"),
        ("c.json", "{a: 1} // c\n"),
    ]);
    let patch = |file: &str, path: &str| {
        let patch = json!({"file": file, "path": path, "value": "x"});
        automation(json!({"updates": {"yamlPatches": [patch]}}))
    };
    let overlay = json!({"updates": {"yamlOverlays": [{"file": "f.json", "yaml": "a: {n: x}"}]}});
    for automation in [patch("f.json", "a.n"), automation(overlay)] {
        let error = run(&automation, json!({}), &repository).expect_err("YAML in JSON");
        let words = "the file \"f.json\" is JSON, and would be YAML afterwards; use spec.updates.jsonPatches";
        assert!(error.to_string().ends_with(words), "{error}");
    }
    let change_set = run(&patch("f.json", "a.b"), json!({}), &repository).expect("quotes stay");
    let wanted = "{\n  \"a\": {\n    \"b\": \"x\"\n  }\n}\n";
    assert_eq!(changes(&change_set), [("update", "f.json", wanted)]);
}

#[test]
fn the_root_is_no_file() {
    let repository = files(&[("t", "1")]);
    let to_root = json!({"creates": {"templates": [{"source": "t", "destination": "./"}]}});
    let of_root = json!({"creates": {"templates": [{"source": ".", "destination": "out"}]}});
    for (spec, wanted) in [
        (
            to_root,
            "spec.creates.templates[0].destination: the path \".\" is the root of the repository, and the source is one file: name the file to make",
        ),
        (
            of_root,
            "spec.creates.templates[0].source: the path \".\" is the root of the repository; name a file or a folder in it",
        ),
    ] {
        let error = run(&automation(spec), json!({}), &repository).expect_err(wanted);
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn a_title_says_where_values_stand() {
    for (title, wanted) in [
        (
            "{{ version }}",
            "`version` has no value; values stand below `context`: write `context.version`",
        ),
        (
            "{{ context.version }}",
            "`context.version` has no value; add it to the context, or write `context.version | default: \"...\"` where it may be absent",
        ),
    ] {
        let mut automation = replacing(&[("a", "f", "b")]);
        automation.title = Some(title.to_owned());
        let error = run(&automation, json!({}), &files(&[("f", "a")])).expect_err(title);
        assert!(error.to_string().ends_with(wanted), "{error}");
    }
}
