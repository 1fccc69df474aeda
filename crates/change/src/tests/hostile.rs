//! What attacks: paths that leave, files that are too large or no text, texts that grow. Each in every place that takes it.

use serde_json::{Value, json};

use super::{automation, run};
use crate::{Automation, Elsewhere, Error, Files, LARGEST_FILE, compute, needs, needs_of_script, texts};

/// Every place that takes a path, and the field that an error about it names.
fn with_path(path: &str) -> Vec<(&'static str, Automation)> {
    let create = |template: Value| json!({"creates": {"templates": [template]}});
    let update = |kind: &str, edit: Value| json!({"updates": {kind: [edit]}});
    let patch = |kind: &str| update(kind, json!({"file": path, "path": "a", "value": 1}));
    let helm = |chart: &str, destination: &str| json!({"vendor": {"helm": {"url": "oci://r", "chart": chart, "version": "1", "destination": destination}}});
    [
        (
            "spec.updates.regexReplacements[0].file",
            update(
                "regexReplacements",
                json!({"regex": "a", "file": path, "replacement": "b"}),
            ),
        ),
        (
            "spec.updates.yamlOverlays[0].file",
            update("yamlOverlays", json!({"file": path, "yaml": "a: 1"})),
        ),
        ("spec.updates.yamlPatches[0].file", patch("yamlPatches")),
        ("spec.updates.jsonPatches[0].file", patch("jsonPatches")),
        ("spec.updates.tomlPatches[0].file", patch("tomlPatches")),
        ("spec.updates.hclPatches[0].file", patch("hclPatches")),
        (
            "spec.updates.helmValues[0].file",
            update("helmValues", json!({"file": path, "values": {"a": 1}})),
        ),
        (
            "spec.updates.kustomizeImages[0].file",
            update("kustomizeImages", json!({"file": path, "name": "a", "newTag": "1"})),
        ),
        (
            "spec.updates.copies[0].from",
            update("copies", json!({"from": path, "to": "b"})),
        ),
        (
            "spec.updates.copies[0].from",
            update("copies", json!({"from": path, "to": "b", "ref": "v1"})),
        ),
        (
            "spec.updates.copies[0].to",
            update("copies", json!({"from": "a", "to": path})),
        ),
        (
            "spec.creates.templates[0].source",
            create(json!({"source": path, "destination": "b"})),
        ),
        (
            "spec.creates.templates[0].source",
            create(json!({"source": path, "destination": "b", "external": true})),
        ),
        (
            "spec.creates.templates[0].destination",
            create(json!({"source": "a", "destination": path})),
        ),
        ("spec.deletes.files[0]", json!({"deletes": {"files": [path]}})),
        ("spec.deletes.folders[0]", json!({"deletes": {"folders": [path]}})),
        ("spec.vendor.helm.destination", helm("app", path)),
        ("spec.vendor.helm.chart", helm(path, "charts")),
    ]
    .map(|(field, spec)| (field, automation(spec)))
    .into()
}

fn hostile_paths() -> Vec<String> {
    let plain = [
        "..",
        "../x",
        "a/../../x",
        "a/..",
        "/etc/passwd",
        "//x",
        ".git",
        ".git/config",
        "a/.git/hooks/x",
        ".GIT/x",
        ".Git/x",
        "git~1/x",
        "GIT~1/x",
        ".git./x",
        ".git /x",
        ".git::$INDEX_ALLOCATION/x",
        ".g\u{200c}it/x",
        "a\\..\\..\\x",
        "C:\\x",
        "a\0b",
        "a\nb",
    ];
    let long = ["x/".repeat(2100), "x".repeat(256)];
    plain.into_iter().map(str::to_owned).chain(long).collect()
}

#[test]
fn no_place_takes_a_path_that_leaves() {
    for path in hostile_paths() {
        for (field, written) in with_path(&path) {
            let rendered = with_path("{{ context.p }}")
                .into_iter()
                .find(|(other, _)| *other == field)
                .unwrap()
                .1;
            for (automation, context) in [(&written, json!({})), (&rendered, json!({"p": path}))] {
                for error in [
                    needs(automation, &context).map(drop),
                    compute(automation, &context, &Files::new()).map(drop),
                ] {
                    let error = error.expect_err(&format!("{field}: {path:?}"));
                    assert!(
                        error.reason() == "InvalidPath"
                            || (path.trim().is_empty() && error.reason() == "IncompleteAutomation"),
                        "{field} {path:?}: {error}"
                    );
                    assert_eq!(error.field(), field, "{path:?}");
                    assert!(error.to_string().len() < 400, "{error}");
                }
            }
        }
    }
}

/// What a script makes is held to the same rules, and what it reads too.
#[test]
fn no_script_takes_a_path_that_leaves() {
    let script = r#"
        for _, call in {fs.read, fs.walk, function(path) local fine, why = encoding.jsonSchema({}, path) return fine or nil, why end} do
            local found, why = call(context.p)
            assert(found == nil and type(why) == "string" and #why < 400, why)
        end
        prAutomation.updates = {regexReplacements = {{file = context.p, regex = "a", replacement = "b"}}}
    "#;
    for path in hostile_paths() {
        let context = json!({"p": path});
        let mut files = Files::new();
        files.set_listing([path.clone(), "a".to_owned()]);
        let made = automation(json!({"lua": {"script": script}}));
        let folder = automation(json!({"lua": {"folder": path}}));
        for automation in [made, folder] {
            for error in [
                needs_of_script(&automation, &context, &files).map(drop),
                compute(&automation, &context, &files).map(drop),
            ] {
                let error = error.expect_err(&path);
                assert_eq!(error.reason(), "InvalidPath", "{path:?}: {error}");
            }
        }
    }
}

/// A repository, or one of templates, that says it has such files: no edit comes near them.
#[test]
fn no_search_finds_a_path_that_leaves() {
    let searches = [
        json!({"updates": {"files": ["."], "regexes": ["a"], "replaceTemplate": "b", "matchStrategy": "ANY"}}),
        json!({"deletes": {"files": ["*", "*/*", "*/*/*"]}}),
        json!({"creates": {"templates": [{"source": ".", "destination": ".", "external": true}]}}),
    ];
    let listing = hostile_paths().into_iter().chain(["fine".to_owned()]);
    let mut files: Files = listing.clone().map(|path| (path, &b"a"[..])).collect();
    files.set_listing(listing.clone());
    for path in listing.clone() {
        files.insert_at(Elsewhere::Templates, path, &b"b"[..]);
    }
    files.set_listing_at(Elsewhere::Templates, listing);
    for spec in searches {
        let set = compute(&automation(spec.clone()), &json!({}), &files).expect("a change");
        let paths: Vec<&str> = set.changes.iter().map(|change| change.path.as_str()).collect();
        assert_eq!(paths, ["fine"], "{spec}");
    }
}

/// Each path alone may be as long as a path may be, and both together are longer.
#[test]
fn a_path_that_is_put_together_too_long_is_refused() {
    let folder = "folder/".repeat(500);
    let source = format!("t/{}x", "folder/".repeat(200));
    let files = || {
        let mut files: Files = [(source.as_str(), &b"a"[..])].into_iter().collect();
        files.set_listing([source.clone()]);
        files
    };
    for spec in [
        json!({"creates": {"templates": [{"source": "t", "destination": folder}]}}),
        json!({"updates": {"copies": [{"from": "t", "to": folder}]}}),
    ] {
        let error = compute(&automation(spec), &json!({}), &files()).unwrap_err();
        assert_eq!(error.reason(), "InvalidPath", "{error}");
        assert!(error.to_string().contains("longer than 4096 bytes"), "{error}");
    }
}

/// One edit of each kind, of the file `f`.
fn editors() -> Vec<Automation> {
    let edits = [
        (
            "regexReplacements",
            json!({"regex": "none", "file": "f", "replacement": "b"}),
        ),
        ("yamlOverlays", json!({"file": "f", "yaml": "a: 1"})),
        ("yamlPatches", json!({"file": "f", "path": "a", "value": 2})),
        ("jsonPatches", json!({"file": "f", "path": "a", "value": 2})),
        ("tomlPatches", json!({"file": "f", "path": "a", "value": 2})),
        ("hclPatches", json!({"file": "f", "path": "a", "value": 2})),
        ("helmValues", json!({"file": "f", "values": {"a": 1}})),
        ("kustomizeImages", json!({"file": "f", "name": "a", "newTag": "1"})),
        ("copies", json!({"from": "f", "to": "g"})),
    ];
    let older = json!({"files": ["f"], "regexes": ["none"], "replaceTemplate": "b", "matchStrategy": "ANY"});
    let mut all: Vec<_> = edits
        .map(|(kind, edit)| automation(json!({"updates": {kind: [edit]}})))
        .into();
    all.push(automation(json!({"updates": older})));
    all.push(automation(
        json!({"creates": {"templates": [{"source": "f", "destination": "g"}]}}),
    ));
    all
}

fn only(content: Vec<u8>) -> Files {
    let mut files: Files = [("f", content)].into_iter().collect();
    files.set_listing(["f".to_owned()]);
    files
}

#[test]
fn a_file_of_50_megabytes_is_refused_by_every_editor() {
    let files = only(vec![b'a'; 50_000_000]);
    for automation in editors() {
        let error = compute(&automation, &json!({}), &files).unwrap_err();
        assert_eq!(error.reason(), "InvalidFile", "{error}");
        assert!(
            error.to_string().contains("larger than 32 MiB") && error.to_string().contains("\"f\""),
            "{error}"
        );
    }
    assert!(files.get("f").is_some_and(|file| file.len() > LARGEST_FILE));
}

/// One line of four megabytes: an answer of either kind.
#[test]
fn a_long_line_is_answered() {
    for text in ["a", "a: ", "[", "\"", "{a = ", "# ", "a = \"", "a.", "\\", " "] {
        let files = only(text.repeat((4 << 20) / text.len()).into_bytes());
        for automation in editors() {
            if let Err(error) = compute(&automation, &json!({}), &files) {
                assert!(error.to_string().len() < 500, "{text}");
            }
        }
    }
}

#[test]
fn what_is_no_text_is_refused_where_text_is_needed_and_kept_elsewhere() {
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let files = only(binary.clone());
    for automation in editors() {
        match compute(&automation, &json!({}), &files) {
            Ok(set) => {
                let [change] = set.changes.as_slice() else {
                    panic!("one file is made")
                };
                assert_eq!(
                    (change.path.as_str(), &*change.content.bytes()),
                    ("g", binary.as_slice())
                );
            }
            Err(error) if error.reason() == "NothingMatched" => {}
            Err(error) => assert!(error.to_string().contains("\"f\" is not UTF-8 text"), "{error}"),
        }
    }
}

/// The file becomes ten times as large with every entry.
#[test]
fn replacements_that_feed_one_another_end() {
    let grow = json!({"regex": "(?s).+", "file": "f", "replacement": "$0$0$0$0$0$0$0$0$0$0"});
    let spec = json!({"updates": {"regexReplacements": vec![grow; 50]}});
    let error = run(&automation(spec), json!({}), &only(vec![b'a'; 1000])).unwrap_err();
    assert!(error.to_string().contains("would become larger than 32 MiB"), "{error}");
    let older = json!({"updates": {"files": ["f"], "regexes": vec!["(?s).+"; 50], "replaceTemplate": "$0$0$0$0$0$0$0$0$0$0", "matchStrategy": "ANY"}});
    let error = run(&automation(older), json!({}), &only(vec![b'a'; 1000])).unwrap_err();
    assert!(error.to_string().contains("would become larger than 32 MiB"), "{error}");
}

/// Expressions that take long in other engines, and what is large when it is written out.
#[test]
fn expressions_that_explode_are_answered() {
    let files = only(vec![b'a'; 100_000]);
    for regex in [
        "(a+)+$",
        "(a|a)*b",
        "(?:a?){30}a{30}b",
        "(.*)*c",
        "((a{100}){100}){100}",
        "(((a{10}){10}){10}){10}",
        "(\\pL{50}){50}",
        "[[:alpha:]]{1000}{1000}",
    ] {
        for spec in [
            json!({"updates": {"regexReplacements": [{"regex": regex, "file": "f", "replacement": "$1"}]}}),
            json!({"updates": {"files": [regex], "regexes": [regex], "replaceTemplate": "x", "matchStrategy": "RECURSIVE"}}),
        ] {
            if let Err(error) = run(&automation(spec), json!({}), &files) {
                assert!(
                    ["InvalidRegex", "NothingMatched"].contains(&error.reason()),
                    "{regex}: {error}"
                );
            }
        }
    }
}

#[test]
fn templates_that_explode_are_refused_in_every_field() {
    let doubling = format!(
        "{{% capture a %}}0123456789{{% endcapture %}}{}",
        "{% capture a %}{{ a }}{{ a }}{% endcapture %}".repeat(40)
    );
    let loops = "{% for a in (1..1000) %}".repeat(4) + &"{% endfor %}".repeat(4);
    for bomb in [
        doubling.as_str(),
        loops.as_str(),
        "{% for a in (1..1000000000) %}x{% endfor %}",
        "{{ 100000000 | repeat: \"x\" }}",
        "{{ \"x\" | cat: \"y\" | nindent: 1000000000 }}",
        "{% assign a = 30000 | repeat: \"x\" %}{% for i in (1..1000) %}{% assign a = a | replace: \"x\", \"xx\" %}{% endfor %}",
        "{% tablerow i in (1..1000000000) %}{% endtablerow %}",
    ] {
        let mut specs: Vec<Automation> = with_path(bomb).into_iter().map(|(_, automation)| automation).collect();
        specs.extend(
            [
                json!({"title": bomb, "deletes": {"files": ["a"]}}),
                json!({"message": bomb, "deletes": {"files": ["a"]}}),
                json!({"branch": bomb, "deletes": {"files": ["a"]}}),
                json!({"updates": {"yamlOverlays": [{"file": "f", "yaml": bomb}]}}),
                json!({"updates": {"regexReplacements": [{"regex": bomb, "file": "f", "replacement": "b"}]}}),
                json!({"updates": {"regexReplacements": [{"regex": "a", "file": "f", "replacement": bomb}]}}),
            ]
            .map(automation),
        );
        // One bomb in each field would take minutes without optimisation: two of the fields, by turns.
        let begin = bomb.len() % 12;
        for automation in specs.into_iter().skip(begin).step_by(12) {
            let error = compute(&automation, &json!({}), &only(b"a: 1\n".to_vec())).expect_err(bomb);
            assert_eq!(error.reason(), "TemplateLimitExceeded", "{bomb}: {error}");
        }
    }
}

/// Who reads titles has a limit, and a status a smaller one.
#[test]
fn texts_that_are_too_long_are_refused() {
    let long = "{{ 2000000 | repeat: \"x\" }}";
    for (field, spec) in [
        ("spec.title", json!({"title": long})),
        ("spec.message", json!({"title": "t", "message": long})),
        ("spec.branch", json!({"title": "t", "branch": long})),
    ] {
        let error: Error = texts(&automation(spec), &json!({})).expect_err(field);
        assert_eq!(
            (error.reason(), error.field()),
            ("TemplateLimitExceeded", field),
            "{error}"
        );
    }
}

/// What is read again for every entry is paid for together.
#[test]
fn all_edits_together_have_an_end() {
    let edit = json!({"regex": "none", "file": "f", "replacement": "b"});
    let spec = json!({"updates": {"regexReplacements": vec![edit; 5000]}});
    let error = run(&automation(spec), json!({}), &only(vec![b'\n'; 30 << 20])).unwrap_err();
    assert!(error.to_string().contains("edits read more than"), "{error}");
}
