//! What it means when a regular expression matches nothing.

use serde_json::{Value, json};

use super::{automation, changes, files, replacing, run};

const FILES: [(&str, &str); 2] = [("a.yaml", "v: 1\n"), ("b.yaml", "w: 1\n")];

fn entries(no_match: Option<&str>, regexes: &[&str]) -> crate::Automation {
    let entry = |regex: &&str| json!({"regex": regex, "file": "a.yaml", "replacement": "v: 2"});
    let entries: Vec<Value> = regexes.iter().map(entry).collect();
    let mut updates = json!({"regexReplacements": entries});
    if let Some(no_match) = no_match {
        updates["noMatch"] = json!(no_match);
    }
    automation(json!({"updates": updates}))
}

#[test]
fn a_miss_beside_a_hit_is_a_warning() {
    let change_set = run(&entries(None, &["v: \\d", "x: \\d"]), json!({}), &files(&FILES)).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a.yaml", "v: 2\n")]);
    assert_eq!(
        change_set.warnings,
        [
            "spec.updates.regexReplacements[1]: the regular expression `x: \\d` in \"a.yaml\" matches nothing, so nothing changes there"
        ]
    );
}

#[test]
fn only_misses_are_an_error() {
    let error = run(&entries(Some("Warn"), &["x", "y", "z", "q"]), json!({}), &files(&FILES)).expect_err("nothing");
    assert_eq!(error.reason(), "NothingMatched");
    assert_eq!(
        error.to_string(),
        "none of the regular expressions matches anything (`x` in \"a.yaml\", `y` in \"a.yaml\", `z` in \"a.yaml\", and 1 more), so there is nothing to promote; correct them, or set spec.updates.noMatch to Ignore"
    );
}

#[test]
fn fail_fails_and_ignore_ignores() {
    let error = run(&entries(Some("Fail"), &["v: \\d", "x"]), json!({}), &files(&FILES)).expect_err("a miss");
    assert_eq!(error.reason(), "NoMatch");
    assert_eq!(
        error.to_string(),
        "spec.updates.regexReplacements[1]: the regular expression `x` matches nothing in \"a.yaml\" (spec.updates.noMatch is Fail)"
    );
    let change_set = run(&entries(Some("Ignore"), &["x"]), json!({}), &files(&FILES)).expect("ignored");
    assert_eq!((changes(&change_set), change_set.warnings.len()), (vec![], 0));
}

/// The idiom of real automations: an expression that comes out as `a^` where the stage is another.
#[test]
fn an_expression_that_was_written_to_miss_is_not_counted() {
    let regex = "{% if context.pipeline.stage.name == \"prod\" %}v: \\d{% else %}a^{% endif %}";
    for no_match in [None, Some("Fail"), Some("Ignore")] {
        let change_set = run(&entries(no_match, &[regex]), json!({}), &files(&FILES)).expect("a success");
        assert_eq!(
            (changes(&change_set), change_set.warnings.len()),
            (vec![], 0),
            "{no_match:?}"
        );
    }
    let error = run(&entries(None, &[regex, "x"]), json!({}), &files(&FILES)).expect_err("the other one misses");
    assert_eq!(error.reason(), "NothingMatched");
}

#[test]
fn matched_and_unchanged_is_a_match() {
    let change_set = run(&entries(None, &["v: 1", "v: 2"]), json!({}), &files(&FILES)).expect("a change set");
    assert_eq!((change_set.edits[1].matches, change_set.edits[1].changed), (1, false));
}

#[test]
fn entries_edit_one_after_the_other() {
    let chain = replacing(&[
        ("v: 1", "a.yaml", "v: 2"),
        ("v: 2", "./a.yaml", "v: 3"),
        ("w", "b.yaml", "$0$0"),
    ]);
    let change_set = run(&chain, json!({}), &files(&FILES)).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [("update", "a.yaml", "v: 3\n"), ("update", "b.yaml", "ww: 1\n")]
    );
    let back = replacing(&[("v: 1", "a.yaml", "v: 2"), ("v: 2", "a.yaml", "v: 1")]);
    assert_eq!(
        changes(&run(&back, json!({}), &files(&FILES)).expect("a change set")),
        []
    );
}

#[test]
fn a_group_that_does_not_exist_is_a_warning() {
    let typo = replacing(&[("v: (\\d)", "a.yaml", "v: $1x")]);
    let change_set = run(&typo, json!({}), &files(&FILES)).expect("a change set");
    assert_eq!(changes(&change_set), [("update", "a.yaml", "v: \n")]);
    assert!(
        change_set.warnings[0].contains("the group `1x`"),
        "{:?}",
        change_set.warnings
    );
}

#[test]
fn templated_false_leaves_the_expression_alone() {
    let spec = json!({"updates": {"regexReplacements": [{
        "regex": "\\{\\{ (\\w+) \\}\\}", "file": "{{ context.file }}", "replacement": "{{ context.v }}", "templated": false,
    }]}});
    let change_set = run(
        &automation(spec),
        json!({"file": "chart/x.yaml", "v": "done"}),
        &files(&[("chart/x.yaml", "image: {{ tag }}\n")]),
    )
    .expect("a change set");
    assert_eq!(changes(&change_set), [("update", "chart/x.yaml", "image: done\n")]);
}
