//! `yamlPatches`, `helmValues`, `kustomizeImages` and `jsonPatches` in automations.

use serde_json::{Value, json};

use super::{automation, changes, files, run};
use crate::{Automation, Error, validate};

fn updating(updates: &Value) -> Automation {
    automation(json!({"updates": updates}))
}

const DEPLOYMENT: &str = "# dev\nspec:\n  replicas: 2\n  containers:\n    - name: app # main\n      image: \"shop/app:1.0\"\n    - name: log\n      image: log:1\n";

#[test]
fn yaml_patches_render_address_and_value() {
    let automation = updating(&json!({"yamlPatches": [
        {"file": "{{ context.pipeline.stage.name }}.yaml", "path": "spec.containers[name={{ context.app }}].image", "value": "shop/app:{{ context.version }}"},
        {"file": "dev.yaml", "path": "spec.replicas", "value": 3},
        {"file": "dev.yaml", "path": "spec.containers[name=log]", "op": "Delete"},
        {"file": "dev.yaml", "path": "spec.args", "op": "Append", "value": "--v={{ context.version }}"},
    ]}));
    let repository = files(&[("dev.yaml", DEPLOYMENT)]);
    let values = json!({"app": "app", "version": "1.1"});
    let change_set = run(&automation, values.clone(), &repository).expect("a change set");
    let wanted = "# dev\nspec:\n  replicas: 3\n  containers:\n    - name: app # main\n      image: \"shop/app:1.1\"\n  args:\n    - \"--v=1.1\"\n";
    assert_eq!(changes(&change_set), [("update", "dev.yaml", wanted)]);
    assert_eq!(change_set.edits.len(), 4);
    // What was to go has gone: a warning, and no change.
    let again = run(&automation, values, &files(&[("dev.yaml", wanted)])).expect("a success");
    assert_eq!((changes(&again), again.warnings.len()), (vec![], 1));
}

#[test]
fn texts_stay_texts_and_templates_may_be_off() {
    let automation = updating(&json!({"yamlPatches": [
        {"file": "a.yaml", "path": "a", "value": "{{ context.v }}"},
        {"file": "a.yaml", "path": "b", "value": {"c": ["{{ context.v }}"]}, "templated": false},
    ]}));
    let change_set = run(&automation, json!({"v": "1.10"}), &files(&[("a.yaml", "a: x\n")])).expect("a change set");
    let wanted = "a: \"1.10\"\nb:\n  c:\n    - \"{{ context.v }}\"\n";
    assert_eq!(changes(&change_set), [("update", "a.yaml", wanted)]);
}

#[test]
fn helm_values_are_set_by_address() {
    let automation = updating(&json!({"helmValues": [
        {"file": "values.yaml", "values": {"image.tag": "{{ context.version }}", "ingress.hosts[0].host": "x.example", "podAnnotations.\"a.b/c\"": "d"}},
    ]}));
    let text = "image:\n  repository: shop/app\n  tag: '1.0' # VERSION\ningress: {hosts: [{host: y.example}]}\n";
    let change_set =
        run(&automation, json!({"version": "1.1"}), &files(&[("values.yaml", text)])).expect("a change set");
    let wanted = "image:\n  repository: shop/app\n  tag: '1.1' # VERSION\ningress: {hosts: [{host: x.example}]}\npodAnnotations:\n  a.b/c: d\n";
    assert_eq!(changes(&change_set), [("update", "values.yaml", wanted)]);
}

#[test]
fn kustomize_images_are_matched_by_name() {
    let image = |image: Value| updating(&json!({"kustomizeImages": [image]}));
    let base =
        "resources: [x.yaml]\nimages:\n- name: app # main\n  newTag: \"1.0\"\n- name: log\n  digest: sha256:aa\n";
    for (entry, wanted) in [
        (
            json!({"name": "app", "newTag": "{{ context.version }}"}),
            base.replace("1.0", "1.1"),
        ),
        (
            json!({"name": "app", "digest": "sha256:bb"}),
            base.replace("newTag: \"1.0\"", "digest: sha256:bb"),
        ),
        (
            json!({"name": "log", "newTag": "v2", "newName": "mirror/log"}),
            base.replace("  digest: sha256:aa", "  newName: mirror/log\n  newTag: v2"),
        ),
        (
            json!({"name": "new", "newTag": "v1"}),
            format!("{base}- name: new\n  newTag: v1\n"),
        ),
    ] {
        let mut entry = entry;
        entry["file"] = json!("kustomization.yaml");
        let automation = image(entry);
        let values = json!({"version": "1.1"});
        let change_set =
            run(&automation, values.clone(), &files(&[("kustomization.yaml", base)])).expect("a change set");
        assert_eq!(
            changes(&change_set),
            [("update", "kustomization.yaml", wanted.as_str())]
        );
        let again = run(&automation, values, &files(&[("kustomization.yaml", &wanted)])).expect("a success");
        assert_eq!(changes(&again), []);
    }
    let without = image(json!({"file": "k.yaml", "name": "app", "newTag": "v1"}));
    let change_set = run(&without, json!({}), &files(&[("k.yaml", "resources: []\n")])).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [(
            "update",
            "k.yaml",
            "resources: []\nimages:\n  - name: app\n    newTag: v1\n"
        )]
    );
}

#[test]
fn json_patches_keep_the_rest() {
    let automation = updating(&json!({"jsonPatches": [
        {"file": "package.json", "path": "version", "value": "{{ context.version }}"},
        {"file": "package.json", "path": "files", "op": "Append", "value": "dist"},
    ]}));
    let text = "{\n\t\"name\": \"x\",\n\t\"version\": \"1.0\",\n\t\"files\": []\n}\n";
    let change_set = run(
        &automation,
        json!({"version": "1.1"}),
        &files(&[("package.json", text)]),
    )
    .expect("a change set");
    let wanted = "{\n\t\"name\": \"x\",\n\t\"version\": \"1.1\",\n\t\"files\": [\"dist\"]\n}\n";
    assert_eq!(changes(&change_set), [("update", "package.json", wanted)]);
}

#[test]
fn toml_and_hcl_patches_keep_the_rest() {
    let automation = updating(&json!({
        "hclPatches": [{"file": "main.tf", "path": "module.app.version", "value": "{{ context.version }}"}],
        "tomlPatches": [{"file": "Cargo.toml", "path": "package.version", "value": "{{ context.version }}"}],
    }));
    let repository = files(&[
        ("main.tf", "module \"app\" {\n  version = \"1.0\" # VERSION\n}\n"),
        ("Cargo.toml", "[package]\nversion = '1.0' # VERSION\n"),
    ]);
    let change_set = run(&automation, json!({"version": "1.1"}), &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [
            ("update", "Cargo.toml", "[package]\nversion = '1.1' # VERSION\n"),
            (
                "update",
                "main.tf",
                "module \"app\" {\n  version = \"1.1\" # VERSION\n}\n"
            ),
        ]
    );
    let fields: Vec<&str> = change_set.edits.iter().map(|edit| edit.field.as_str()).collect();
    assert_eq!(fields, ["spec.updates.tomlPatches[0]", "spec.updates.hclPatches[0]"]);
}

#[test]
fn a_place_that_is_not_there_is_what_no_match_says() {
    let patch = |no_match: &str| {
        updating(&json!({"noMatch": no_match, "yamlPatches": [{"file": "a.yaml", "path": "l[name=x].v", "value": 1}]}))
    };
    let repository = files(&[("a.yaml", "l: []\n")]);
    let error = run(&patch("Fail"), json!({}), &repository).expect_err("a miss");
    assert_eq!(
        (error.reason(), error.to_string().as_str()),
        (
            "NoMatch",
            "spec.updates.yamlPatches[0]: there is nothing at `l[name=x].v` in \"a.yaml\": the list has no item `[name=x]` (spec.updates.noMatch is Fail)"
        )
    );
    let error = run(&patch("Warn"), json!({}), &repository).expect_err("nothing to promote");
    assert_eq!(
        (error.reason(), error.to_string().as_str()),
        (
            "NothingMatched",
            "none of the edits finds its place (`l[name=x].v` in \"a.yaml\"), so there is nothing to promote; correct them, or set spec.updates.noMatch to Ignore"
        )
    );
    let change_set = run(&patch("Ignore"), json!({}), &repository).expect("ignored");
    assert_eq!((changes(&change_set), change_set.warnings.len()), (vec![], 0));
}

#[test]
fn what_is_wrong_is_named_before_anyone_uses_it() {
    let automation = updating(&json!({
        "yamlPatches": [
            {"file": "../a", "path": "a[x]", "value": "{{ a | nope }}"},
            {"file": "a", "path": "a"},
            {"file": "a", "path": "a", "op": "Delete", "value": 1},
            {"file": "a", "path": "{{ context.p }}[x]", "value": 1},
        ],
        "helmValues": [{"file": "a", "values": {"a..b": 1}}],
        "kustomizeImages": [{"file": "a", "name": ""}, {"file": "a", "name": "x"}],
        "jsonPatches": [{"file": "a", "path": "a.", "value": 1}],
        "copies": [{"from": "/a", "to": "b", "ref": "a..b"}],
    }));
    let problems = validate(&automation);
    let seen: Vec<(&str, &str)> = problems.iter().map(|error| (error.field(), error.reason())).collect();
    assert_eq!(
        seen,
        [
            ("spec.updates.copies[0].from", "InvalidPath"),
            ("spec.updates.copies[0].ref", "InvalidPath"),
            ("spec.updates.yamlPatches[0].file", "InvalidPath"),
            ("spec.updates.yamlPatches[0].value", "InvalidTemplate"),
            ("spec.updates.yamlPatches[0].path", "InvalidAddress"),
            ("spec.updates.yamlPatches[1].value", "IncompleteAutomation"),
            ("spec.updates.yamlPatches[2].value", "Unsupported"),
            ("spec.updates.helmValues[0].values", "InvalidAddress"),
            ("spec.updates.kustomizeImages[0].name", "IncompleteAutomation"),
            ("spec.updates.kustomizeImages[1].newTag", "IncompleteAutomation"),
            ("spec.updates.jsonPatches[0].path", "InvalidAddress"),
        ]
    );
    assert_eq!(
        problems[4].to_string(),
        "spec.updates.yamlPatches[0].path: the path `a[x]` is not valid at character 3: brackets hold a number, as in [0], or a key and its value, as in [name=app]"
    );
}

#[test]
fn a_file_that_does_not_fit_is_named() {
    let repository = files(&[
        ("a.yaml", "a: {{ .Values.x }}\n"),
        ("b.json", "{a: 1}"),
        ("c.yaml", "a: [1]\n"),
    ]);
    for (list, file, words) in [
        (
            "yamlPatches",
            "a.yaml",
            "the file \"a.yaml\" is not valid YAML: line 1 column 5",
        ),
        (
            "jsonPatches",
            "b.json",
            "the file \"b.json\" is not valid JSON: line 1 column 2",
        ),
        (
            "yamlPatches",
            "c.yaml",
            "the file \"c.yaml\" has a list where `b` needs a mapping",
        ),
        ("yamlPatches", "d.yaml", "the file \"d.yaml\" does not exist"),
    ] {
        let patch = json!({"file": file, "path": "a.b", "value": 1});
        let error: Error = run(&updating(&json!({list: [patch]})), json!({}), &repository).expect_err(file);
        assert!(
            error
                .to_string()
                .starts_with(&format!("spec.updates.{list}[0]: {words}")),
            "{error}"
        );
    }
}
