use std::sync::Arc;

use serde_json::{Value, json};
use stagecoach_api::PrAutomation;

use super::*;

/// A recipe that can be used, on a connection that can.
fn observed(more: &Value) -> Observed {
    let mut spec = json!({
        "scmConnectionRef": {"name": "github"}, "identifier": "org/repo", "title": "t", "message": "m",
        "updates": {"regexReplacements": [{"file": "a", "regex": "b", "replacement": "c"}]},
    });
    let wanted = spec.as_object_mut().unwrap();
    for (key, value) in more.as_object().unwrap() {
        wanted.insert(key.clone(), value.clone());
    }
    let automation: PrAutomation = serde_json::from_value(json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "PrAutomation", "metadata": {"name": "bump"},
        "spec": spec,
    }))
    .unwrap();
    Observed {
        automation: Arc::new(automation),
        connection: Connection::Ready,
        missing_templates: None,
        repository_elsewhere: false,
        management_repository: stagecoach_delivery::ManagementRepository::Unknown,
    }
}

fn unusable(more: &Value) -> (&'static str, String) {
    match decide(&observed(more)) {
        Verdict::Unusable { reason, message } => (reason, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_usable_recipe_says_what_it_does() {
    assert_eq!(
        decide(&observed(&json!({}))).message(),
        "opens pull requests in org/repo through ScmConnection github"
    );
    let url = json!({"identifier": "https://git.example.com/org/repo.git"});
    assert!(matches!(decide(&observed(&url)), Verdict::Usable { .. }));
}

#[test]
fn what_is_wrong_is_named_with_its_field_and_place() {
    let regexes = json!({"updates": {"regexReplacements": [{"file": "a", "regex": "tag: (", "replacement": "c"}]}});
    let (reason, message) = unusable(&regexes);
    assert_eq!(reason, "InvalidRegex");
    for word in ["spec.updates.regexReplacements[0].regex", "`tag: (`", "character"] {
        assert!(message.contains(word), "{word} in {message}");
    }
    let (reason, message) = unusable(&json!({"title": "a {{ context.x | nofilter }}"}));
    assert_eq!(reason, "InvalidTemplate", "{message}");
    assert!(message.contains("spec.title, line 1, column"), "{message}");
    assert_eq!(unusable(&json!({"identifier": "repo"})).0, "InvalidRepository");
    assert_eq!(
        unusable(&json!({"identifier": "mgmt"})).0,
        "ManagementRepositoryMissing"
    );
    assert_eq!(unusable(&json!({"identifier": ""})).0, "RepositoryMissing");
    let ai = "spec.ai is not supported yet; write the edit as spec.updates, or take the field out";
    assert_eq!(
        unusable(&json!({"ai": {"enabled": true, "prompt": "p"}})),
        ("Unsupported", ai.to_owned())
    );
}

#[test]
fn external_templates_need_a_place() {
    let creates = json!({"templates": [{"source": "a", "destination": "b", "external": true}]});
    let git = json!({"folder": "catalog", "ref": "main"});
    for (more, usable) in [
        (json!({"creates": creates}), false),
        (json!({"creates": creates, "git": git}), false),
        (
            json!({"creates": creates, "repositoryRef": {"name": "scaffolds"}}),
            false,
        ),
        (
            json!({"creates": creates, "git": git, "repositoryRef": {"name": "scaffolds"}}),
            true,
        ),
        (
            json!({"creates": creates, "git": {"folder": ".", "ref": "main", "url": "https://h/a/b"}}),
            true,
        ),
        (json!({"lua": {"folder": "scripts", "external": true}}), false),
    ] {
        match decide(&observed(&more)) {
            Verdict::Usable { .. } => assert!(usable, "{more}"),
            Verdict::Unusable { reason, .. } => assert_eq!((usable, reason), (false, "TemplatesUnnamed"), "{more}"),
            other @ Verdict::Waiting { .. } => panic!("{more}: {other:?}"),
        }
    }
}

#[test]
fn a_recipe_for_patches_can_be_used_and_says_what_it_does() {
    let Verdict::Usable { message } = decide(&observed(&json!({"patch": true}))) else {
        panic!("it can be used");
    };
    assert!(message.starts_with("makes patches for "), "{message}");
    assert!(message.contains("opens no pull requests"), "{message}");
}

#[test]
fn many_problems_are_listed_in_part() {
    let broken = json!({"file": "a", "regex": "(", "replacement": "c"});
    let (_, message) = unusable(&json!({"updates": {"regexReplacements": vec![broken; 7]}}));
    assert_eq!(message.matches("is not valid at character").count(), 5, "{message}");
    assert!(message.ends_with("; and 2 more"), "{message}");
}

#[test]
fn a_repository_may_come_from_the_pipelines_or_the_operator() {
    let mut from_pipeline = observed(&json!({"identifier": null}));
    from_pipeline.repository_elsewhere = true;
    assert!(matches!(decide(&from_pipeline), Verdict::Usable { .. }));
    let mut management = observed(&json!({"identifier": "mgmt"}));
    management.management_repository = stagecoach_delivery::ManagementRepository::Known("org/fleet".to_owned());
    assert!(decide(&management).message().contains("in org/fleet through"));
}

#[test]
fn a_connection_speaks_for_itself() {
    let of = |connection: Connection| {
        decide(&Observed {
            connection,
            ..observed(&json!({}))
        })
    };
    let missing = of(Connection::Missing);
    assert_eq!(missing.reason(), "ConnectionMissing");
    assert!(
        missing
            .message()
            .contains("ScmConnection github does not exist: create it")
    );
    assert!(matches!(of(Connection::Unknown), Verdict::Waiting { .. }));
    let message = "the token was refused".to_owned();
    let stalled = of(Connection::NotReady {
        stalled: true,
        message: message.clone(),
    });
    assert!(matches!(&stalled, Verdict::Unusable { .. }));
    assert!(stalled.message().ends_with("is not ready: the token was refused"));
    assert!(matches!(
        of(Connection::NotReady {
            stalled: false,
            message
        }),
        Verdict::Waiting { .. }
    ));
}

#[test]
fn templates_must_be_somewhere() {
    let verdict = decide(&Observed {
        missing_templates: Some("scaffolds".to_owned()),
        ..observed(&json!({}))
    });
    assert_eq!(verdict.reason(), "RepositoryNotFound");
    assert!(verdict.message().contains("GitRepository scaffolds does not exist"));
}
