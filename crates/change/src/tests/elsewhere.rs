//! Templates of another repository, and charts: what is asked for, and what becomes of it.

use serde_json::{Value, json};

use super::{automation, changes, context, files};
use crate::{Automation, Chart, Elsewhere, Error, Files, compute, needs, validate};

fn creating(templates: &Value) -> Automation {
    automation(json!({"creates": {"templates": templates}}))
}

fn listed(content: &[(&str, &str)]) -> Files {
    let mut repository = files(content);
    repository.set_listing(content.iter().map(|(path, _)| (*path).to_owned()));
    repository
}

/// The repository with files of another place beside it.
fn beside(content: &[(&str, &str)], place: &Elsewhere, there: &[(&str, &str)]) -> Files {
    let mut repository = listed(content);
    repository.set_listing_at(place.clone(), there.iter().map(|(path, _)| (*path).to_owned()));
    for (path, text) in there {
        repository.insert_at(place.clone(), *path, text.as_bytes());
    }
    repository
}

#[test]
fn external_templates_are_asked_for_in_their_own_repository() {
    let automation = creating(&json!([
        {"source": "services/{{ context.kind }}", "destination": "apps/shop", "external": true},
        {"source": ".", "destination": ".", "external": true, "condition": "context.all == true"},
    ]));
    let values = context(json!({"kind": "web"}));
    let asked = needs(&automation, &values).expect("needs");
    assert!(asked.listing, "what stands at the destination");
    assert_eq!(asked.files.iter().collect::<Vec<_>>(), ["apps/shop"]);
    let there = &asked.elsewhere[&Elsewhere::Templates];
    assert_eq!(there.files.iter().collect::<Vec<_>>(), ["services/web"]);
    assert_eq!(
        there.select(["services/web/a", "services/db/a", "apps/shop/a"]),
        ["services/web/a"]
    );
    let everything = needs(&automation, &context(json!({"kind": "web", "all": true}))).expect("needs");
    let there = &everything.elsewhere[&Elsewhere::Templates];
    assert_eq!(there.select(["README.md", "x/y"]), ["README.md", "x/y"]);
}

#[test]
fn external_templates_are_rendered_into_the_repository() {
    let automation = creating(&json!([
        {"source": "web", "destination": "apps", "external": true, "context": {"tier": "dev"}},
        {"source": "one.yaml", "destination": "one.yaml", "external": true},
        {"source": "one.yaml", "destination": "two.yaml"},
    ]));
    let repository = beside(
        &[
            ("one.yaml", "old\n"),
            ("apps/b/c", "same"),
            ("web/here", "not this one"),
        ],
        &Elsewhere::Templates,
        &[
            ("web/a.yaml", "{{ context.tier }}\n"),
            ("web/b/c", "same"),
            ("one.yaml", "{{ context.tier }} one\n"),
        ],
    );
    let change_set = compute(&automation, &context(json!({})), &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [
            ("create", "apps/a.yaml", "dev\n"),
            ("update", "one.yaml", "dev one\n"),
            ("create", "two.yaml", "dev one\n"),
        ]
    );
}

#[test]
fn an_external_template_that_is_not_there_says_where_it_was_looked_for() {
    let automation = creating(&json!([{"source": "none", "destination": "x", "external": true}]));
    let repository = beside(&[("none", "here")], &Elsewhere::Templates, &[("some", "")]);
    let error = compute(&automation, &context(json!({})), &repository).expect_err("missing");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "spec.creates.templates[0].source: the file \"none\" does not exist in the repository of the templates"
        ),
        "{text}"
    );
    for wrong in ["../secret", "/etc/passwd", ".git/config"] {
        let automation = creating(&json!([{"source": wrong, "destination": "x", "external": true}]));
        let error = needs(&automation, &context(json!({}))).expect_err(wrong);
        assert_eq!(error.reason(), "InvalidPath", "{error}");
    }
}

fn vendoring(helm: &Value) -> Automation {
    automation(json!({"vendor": {"helm": helm}}))
}

#[test]
fn a_chart_is_unpacked_below_its_destination_and_other_files_stay() {
    let helm = json!({
        "url": "oci://registry.example/charts", "chart": "{{ context.chart }}", "version": "{{ context.version }}",
        "destination": "vendor/{{ context.pipeline.stage.name }}",
    });
    let automation = vendoring(&helm);
    assert_eq!(validate(&automation), []);
    let values = context(json!({"chart": "redis", "version": "1.2.3"}));
    let chart = Elsewhere::Chart(Chart {
        url: "oci://registry.example/charts".to_owned(),
        name: "redis".to_owned(),
        version: "1.2.3".to_owned(),
    });
    let asked = needs(&automation, &values).expect("needs");
    assert_eq!(
        asked.select(["vendor/dev/redis/a", "vendor/dev/redis-2/a"]),
        ["vendor/dev/redis/a"]
    );
    assert_eq!(
        asked.elsewhere[&chart].select(["redis/Chart.yaml"]),
        ["redis/Chart.yaml"]
    );
    let repository = beside(
        &[
            ("vendor/dev/redis/Chart.yaml", "version: 1.2.2\n"),
            ("vendor/dev/redis/mine.yaml", "stays"),
        ],
        &chart,
        &[
            ("redis/Chart.yaml", "version: 1.2.3\n"),
            ("redis/templates/a.yaml", "{{ .Values.a }}\n"),
        ],
    );
    let change_set = compute(&automation, &values, &repository).expect("a change set");
    assert_eq!(
        changes(&change_set),
        [
            ("update", "vendor/dev/redis/Chart.yaml", "version: 1.2.3\n"),
            ("create", "vendor/dev/redis/templates/a.yaml", "{{ .Values.a }}\n"),
        ]
    );
}

#[test]
fn a_chart_that_leads_elsewhere_is_refused() {
    let with = |field: &str, value: &str| {
        let mut helm = json!({"url": "https://charts.example", "chart": "redis", "version": "1", "destination": "v"});
        helm[field] = json!(value);
        helm
    };
    for (field, value, reason) in [
        ("chart", "a/b", "InvalidPath"),
        ("chart", "..", "InvalidPath"),
        ("chart", " ", "IncompleteAutomation"),
        ("version", "{{ context.none }}", "IncompleteAutomation"),
        ("destination", "../x", "InvalidPath"),
        ("destination", ".git/hooks", "InvalidPath"),
    ] {
        let error = needs(&vendoring(&with(field, value)), &context(json!({}))).expect_err(value);
        assert_eq!(error.reason(), reason, "{error}");
        assert_eq!(error.field(), format!("spec.vendor.helm.{field}"), "{error}");
    }
    let problems = validate(&vendoring(&with("url", "charts.example")));
    assert_eq!(
        problems.iter().map(Error::field).collect::<Vec<_>>(),
        ["spec.vendor.helm.url"]
    );
}
