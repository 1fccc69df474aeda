//! `yamlOverlays` in automations: vectors O3 and O4, and who is blamed for what.

use serde_json::{Value, json};

use super::{automation, changes, files, run};
use crate::{Automation, validate};

fn overlaying(overlay: &Value) -> Automation {
    automation(json!({"updates": {"yamlOverlays": [overlay]}}))
}

#[test]
fn o3_keys_are_templates_too_and_absent_templated_means_true() {
    let overlay = json!({
        "file": "{{ context.pipeline.stage.name }}/values.yaml",
        "yaml": "helm:\n  values:\n    {{ context.pipeline.stage.name }}Tag: \"{{ context.tag }}\"\n",
    });
    let repository = files(&[(
        "dev/values.yaml",
        "helm:\n  values:\n    devTag: x # VERSION\n    prodTag: y\n",
    )]);
    let change_set = run(&overlaying(&overlay), json!({"tag": "2"}), &repository).expect("a change set");
    let wanted = "helm:\n  values:\n    devTag: \"2\" # VERSION\n    prodTag: y\n";
    assert_eq!(changes(&change_set), [("update", "dev/values.yaml", wanted)]);
    assert_eq!((change_set.edits[0].matches, change_set.edits[0].changed), (1, true));
    let done = files(&[("dev/values.yaml", wanted)]);
    let again = run(&overlaying(&overlay), json!({"tag": "2"}), &done).expect("a success");
    assert_eq!(changes(&again), []);
}

#[test]
fn templated_false_leaves_the_yaml_alone() {
    let overlay = json!({"file": "a.yaml", "yaml": "a: '{{ context.v }}'", "templated": false});
    let change_set =
        run(&overlaying(&overlay), json!({"v": 1}), &files(&[("a.yaml", "a: 1\n")])).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a.yaml", "a: '{{ context.v }}'\n")]);
}

#[test]
fn an_overlay_that_explodes_says_what_is_too_much() {
    let level = |level: usize| {
        format!(
            "a{level}: &a{level} [{}]",
            vec![format!("*a{}", level - 1); 10].join(",")
        )
    };
    let aliases = (1..12).map(level).collect::<Vec<_>>().join("\n");
    for yaml in [
        format!("a0: &a0 [x,x]\n{aliases}"),
        format!("a: {}1{}", "{a: ".repeat(5_000), "}".repeat(5_000)),
        format!("a: {}{}", "[".repeat(20_000), "]".repeat(20_000)),
    ] {
        let overlay = overlaying(&json!({"file": "a.yaml", "yaml": yaml}));
        let error = run(&overlay, json!({}), &files(&[("a.yaml", "a: 1\n")])).expect_err("too much");
        assert_eq!(
            error.to_string(),
            "spec.updates.yamlOverlays[0].yaml: has more in it than is read as YAML: at most 60 levels, 2000000 values, and 100000 behind aliases"
        );
    }
}

#[test]
fn o4_a_missing_file_is_named() {
    let error = run(
        &overlaying(&json!({"file": "no.yaml", "yaml": "a: 1"})),
        json!({}),
        &files(&[]),
    )
    .expect_err("missing");
    assert_eq!(error.reason(), "FileMissing");
    assert!(
        error
            .to_string()
            .starts_with("spec.updates.yamlOverlays[0]: the file \"no.yaml\" does not exist"),
        "{error}"
    );
}

#[test]
fn errors_name_the_overlay_or_the_file() {
    let repository = files(&[
        ("a.yaml", "a: 1\n"),
        ("chart.yaml", "a: {{ .Values.a }}\n"),
        ("b", "- 1\n"),
    ]);
    for (file, yaml, reason, begin) in [
        (
            "a.yaml",
            "a: b: c",
            "InvalidYaml",
            "spec.updates.yamlOverlays[0].yaml: is not valid YAML: line 1 column 5",
        ),
        (
            "a.yaml",
            "- 1",
            "InvalidYaml",
            "spec.updates.yamlOverlays[0].yaml: it must be a mapping",
        ),
        (
            "a.yaml",
            "a: {{ 1 | nope }}",
            "InvalidTemplate",
            "spec.updates.yamlOverlays[0].yaml, line 1, column 11",
        ),
        (
            "chart.yaml",
            "a: 1",
            "InvalidFile",
            "spec.updates.yamlOverlays[0]: the file \"chart.yaml\" is not valid YAML",
        ),
        (
            "b",
            "a: 1",
            "InvalidFile",
            "spec.updates.yamlOverlays[0]: the file \"b\" has no mapping at its top",
        ),
        (
            "../a",
            "a: 1",
            "InvalidPath",
            "spec.updates.yamlOverlays[0].file: the path",
        ),
    ] {
        let error = run(
            &overlaying(&json!({"file": file, "yaml": yaml})),
            json!({}),
            &repository,
        )
        .expect_err(yaml);
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().starts_with(begin), "{error}");
    }
    let problems = validate(&overlaying(&json!({"file": "../a", "yaml": "{{ x | nope }}"})));
    let fields: Vec<&str> = problems.iter().map(crate::Error::field).collect();
    assert_eq!(
        fields,
        ["spec.updates.yamlOverlays[0].file", "spec.updates.yamlOverlays[0].yaml"]
    );
}

#[test]
fn overlays_come_after_regular_expressions() {
    let spec = json!({"updates": {
        "yamlOverlays": [{"file": "a.yaml", "yaml": "list: [2]", "listMerge": "APPEND"}],
        "regexReplacements": [{"regex": "v: \\d", "file": "a.yaml", "replacement": "v: 2"}],
    }});
    let change_set =
        run(&automation(spec), json!({}), &files(&[("a.yaml", "v: 1\nlist: [1]\n")])).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a.yaml", "v: 2\nlist: [1, 2]\n")]);
}
