//! The tutorial (section 10.9 of the contract): one changed line, byte for byte the rest.

use serde_json::json;

use super::{automation, changes, context, files, run};
use crate::{Automation, Op, texts};

const DEV: &str = "\
apiVersion: deployments.plural.sh/v1alpha1
kind: ServiceDeployment
metadata:
  name: cd-demo-dev
  namespace: infra
spec:
  namespace: cd-demo
  git:
    folder: helm # this is where the helm chart is located in the git repository
    ref: main
  repositoryRef:
    kind: GitRepository
    name: cd-demo
    namespace: infra
  helm:
    values:
      image:
        repository: registry.example/cd-test
        tag: latest # VERSION
  clusterRef:
    kind: Cluster
    name: dev
    namespace: infra
";

fn tutorial() -> Automation {
    let text = "Updating cd-demo version to {{ context.version }} (stage={{ context.pipeline.stage.name }})";
    automation(json!({
        "title": text, "message": text,
        "updates": {"regexReplacements": [{
            "regex": "tag: (.*) # VERSION",
            "file": "bootstrap/cd-demo/{{ context.pipeline.stage.name }}.yaml",
            "replacement": "tag: {{ context.version }} # VERSION",
        }]},
        "configuration": [{"name": "version", "type": "STRING", "documentation": "The version tag to use"}],
    }))
}

#[test]
fn one_line_changes_and_no_other_byte() {
    let repository = files(&[
        ("bootstrap/cd-demo/dev.yaml", DEV),
        ("bootstrap/cd-demo/prod.yaml", "untouched"),
    ]);
    let change_set = run(&tutorial(), json!({"version": "0.1.0"}), &repository).expect("a change set");
    assert_eq!(change_set.title, "Updating cd-demo version to 0.1.0 (stage=dev)");
    assert_eq!(change_set.message, change_set.title);
    assert_eq!(change_set.branch, None);
    let wanted = DEV.replace("tag: latest # VERSION", "tag: 0.1.0 # VERSION");
    assert_eq!(
        changes(&change_set),
        [("update", "bootstrap/cd-demo/dev.yaml", wanted.as_str())]
    );
    let differing = DEV
        .lines()
        .zip(wanted.lines())
        .filter(|(before, after)| before != after);
    assert_eq!(
        differing.collect::<Vec<_>>(),
        [("        tag: latest # VERSION", "        tag: 0.1.0 # VERSION")]
    );
    let change = &change_set.changes[0];
    assert_eq!(
        (change.op, change.previous.as_deref()),
        (Op::Update, Some(DEV.as_bytes()))
    );
    assert!(change_set.warnings.is_empty());
    assert_eq!((change_set.edits[0].matches, change_set.edits[0].changed), (1, true));
}

#[test]
fn at_its_target_it_is_an_empty_success() {
    let done = DEV.replace("latest", "0.1.0");
    let repository = files(&[("bootstrap/cd-demo/dev.yaml", &done)]);
    let change_set = run(&tutorial(), json!({"version": "0.1.0"}), &repository).expect("a success");
    assert_eq!(changes(&change_set), []);
    assert!(change_set.warnings.is_empty());
    assert_eq!((change_set.edits[0].matches, change_set.edits[0].changed), (1, false));
}

#[test]
fn a_wrong_context_is_refused_before_anything_is_read() {
    let repository = files(&[("bootstrap/cd-demo/dev.yaml", DEV)]);
    for (values, reason) in [(json!({}), "MissingValue"), (json!({"version": 1.2}), "InvalidValue")] {
        assert_eq!(
            run(&tutorial(), values, &repository).expect_err("refused").reason(),
            reason
        );
    }
}

#[test]
fn texts_are_verbatim() {
    let spec = |spec| texts(&automation(spec), &context(json!({"v": "1"}))).expect("texts");
    let both = spec(json!({
        "title": "t {{ context.v }}\n", "message": "first\n\nPlural Service: a/b\n", "branch": "release-{{ context.v }}",
    }));
    assert_eq!(
        (both.title.as_str(), both.message.as_str(), both.branch.as_deref()),
        ("t 1", "first\n\nPlural Service: a/b\n", Some("release-1"))
    );
    let title_only = spec(json!({"title": "t"}));
    assert_eq!((title_only.title.as_str(), title_only.message.as_str()), ("t", "t"));
    let message_only: Automation = serde_json::from_value(json!({"message": "first\nsecond"})).expect("an automation");
    assert_eq!(texts(&message_only, &context(json!({}))).expect("texts").title, "first");
}
