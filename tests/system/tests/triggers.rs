//! Recipes that say whether they can be used, and pull requests outside of pipelines, on the whole system.

#[path = "triggers/kills.rs"]
mod kills;
#[path = "triggers/patches.rs"]
mod patches;
#[path = "triggers/scene.rs"]
mod scene;

use anyhow::Result;
use kube::api::DeleteParams;
use serde_json::json;
use stagecoach_system::{CdDemo, GITOPS, Setup};
use stagecoach_testbed::{Look, apply, eventually};

use scene::{
    LONG, changes_of, commit, condition, file, kubectl_get, one_event, pull_requests_of, recipe, recipe_is, stands,
    the_one_of, trigger, trigger_is, triggers, writes_version,
};

#[tokio::test(flavor = "multi_thread")]
async fn recipes_and_triggers() -> Result<()> {
    let mut demo = CdDemo::start(&Setup {
        proxied: true,
        without_observer: true,
        ..Setup::default()
    })
    .await?;
    the_tutorials_recipe_is_ready(&demo).await?;
    a_broken_recipe_says_where_and_mends(&demo).await?;
    mgmt_is_what_deployment_settings_say(&demo).await?;
    a_trigger_opens_one_pull_request_and_follows_it(&demo).await?;
    a_refused_value_is_named_and_nothing_is_opened(&demo).await?;
    a_new_generation_opens_another_and_leaves_the_old_one(&demo).await?;
    searches_and_deletes_go_through_the_forge(&demo).await?;
    patches::a_patch_comes_into_the_status_and_git_takes_it(&demo).await?;
    patches::a_pipeline_refuses_a_recipe_for_patches(&demo).await?;
    kills::no_kill_opens_a_second(&mut demo).await
}

async fn the_tutorials_recipe_is_ready(demo: &CdDemo) -> Result<()> {
    recipe_is(
        demo,
        "cd-demo-pipeline",
        "True",
        &["in acme/gitops through ScmConnection github"],
    )
    .await?;
    Ok(())
}

async fn a_broken_recipe_says_where_and_mends(demo: &CdDemo) -> Result<()> {
    let replacement = json!({"file": "triggers/app.yaml", "regex": "version: (.*", "replacement": "x"});
    recipe(
        demo,
        "broken",
        &json!({"updates": {"regexReplacements": [replacement]}}),
    )
    .await?;
    let place = [
        "spec.updates.regexReplacements[0].regex",
        "`version: (.*`",
        "at character",
    ];
    let message = recipe_is(demo, "broken", "False", &place).await?;
    let printed = kubectl_get(demo, &["prautomation", "broken", "-o", "wide"]).await?;
    assert!(printed.contains("False") && printed.contains(&message), "{printed}");
    one_event(demo, "broken", "InvalidRegex", &message).await?;

    recipe(demo, "broken", &writes_version("triggers/app.yaml")).await?;
    recipe_is(demo, "broken", "True", &["opens pull requests"]).await?;
    let mut elsewhere = writes_version("triggers/app.yaml");
    elsewhere["scmConnectionRef"] = json!({"name": "nowhere"});
    recipe(demo, "broken", &elsewhere).await?;
    recipe_is(
        demo,
        "broken",
        "False",
        &["ScmConnection nowhere does not exist: create it"],
    )
    .await?;
    Ok(())
}

/// Their CRD comes with consoles, and here after the operator was started.
async fn mgmt_is_what_deployment_settings_say(demo: &CdDemo) -> Result<()> {
    let mut edits = writes_version("triggers/app.yaml");
    edits["identifier"] = json!("mgmt");
    recipe(demo, "management", &edits).await?;
    recipe_is(demo, "management", "False", &["management repository, and none is set"]).await?;
    let crd = include_str!("../../../config/crds/optional/deploymentsettings.deployments.plural.sh.yaml");
    apply(demo.client(), crd, "infra").await?;
    let settings = json!({
        "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "DeploymentSettings", "metadata": {"name": "global"},
        "spec": {"managementRepo": format!("{}/{GITOPS}.git", demo.forge().url()), "wakeup": true},
    });
    eventually("DeploymentSettings are served", LONG, async || {
        let applied = apply(demo.client(), &settings.to_string(), "infra").await;
        Ok(Look::or_not_yet(
            applied.as_ref().ok().map(|_| ()),
            format!("{:?}", applied.err()),
        ))
    })
    .await?;
    recipe_is(demo, "management", "True", &["in acme/gitops"]).await?;
    Ok(())
}

async fn a_trigger_opens_one_pull_request_and_follows_it(demo: &CdDemo) -> Result<()> {
    commit(demo, &[("triggers/app.yaml", "# keep\nversion: 1.0.0\nother: 1\n")]).await?;
    recipe(demo, "app", &writes_version("triggers/app.yaml")).await?;
    trigger(demo, "bump", "app", "update/app-1.2.3", &json!({"version": "1.2.3"})).await?;
    let record = stands(demo, "bump", "Open").await?;
    let found = the_one_of(demo, "update/app-1.2.3").await?;
    assert_eq!(record["number"], found.number);
    let url = record["url"].as_str().unwrap_or_default();
    assert!(url.ends_with(&format!("/{GITOPS}/pulls/{}", found.number)), "{url}");
    assert_eq!((found.title.as_str(), found.base.name.as_str()), ("app 1.2.3", "main"));
    assert!(
        found.body.starts_with("app 1.2.3\n\nPlural Service: dev/app\n"),
        "{}",
        found.body
    );
    let changed = ("triggers/app.yaml".to_owned(), "changed".to_owned());
    assert_eq!(changes_of(demo, found.number).await?, [changed]);
    assert_eq!(
        file(demo, "update/app-1.2.3", "triggers/app.yaml").await?,
        "# keep\nversion: 1.2.3\nother: 1\n"
    );
    let printed = kubectl_get(demo, &["prautomationtrigger", "bump", "-n", "infra"]).await?;
    for word in ["app", "Open", url, "True"] {
        assert!(printed.contains(word), "{word} in {printed}");
    }
    let merge = demo.forge().merge(GITOPS, found.number).await?;
    let record = stands(demo, "bump", "Merged").await?;
    assert_eq!(record["mergeCommit"], merge);

    // The same values once more: nothing is left to change.
    trigger(demo, "again", "app", "update/again", &json!({"version": "1.2.3"})).await?;
    let again = stands(demo, "again", "Unchanged").await?;
    assert_eq!(again["number"], json!(null));
    let seen = triggers(demo).get("again").await?;
    assert_eq!(condition(&seen, "Ready")["reason"], "AlreadyAtTarget");
    assert!(pull_requests_of(demo, "update/again").await?.is_empty());
    Ok(())
}

async fn a_refused_value_is_named_and_nothing_is_opened(demo: &CdDemo) -> Result<()> {
    trigger(demo, "refused", "app", "update/refused", &json!({"version": "latest"})).await?;
    let refused = trigger_is(demo, "refused", "the value is refused", |trigger| {
        condition(trigger, "Ready")["reason"] == "InvalidValues"
    })
    .await?;
    let message = condition(&refused, "Ready")["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for word in ["PrAutomation app", "\"version\"", "\"latest\""] {
        assert!(message.contains(word), "{word} in {message}");
    }
    assert_eq!(condition(&refused, "Stalled")["status"], "True");
    one_event(demo, "refused", "InvalidValues", &message).await?;
    assert!(pull_requests_of(demo, "update/refused").await?.is_empty());

    trigger(demo, "refused", "app", "update/refused", &json!({"version": "1.3.0"})).await?;
    stands(demo, "refused", "Open").await?;
    the_one_of(demo, "update/refused").await?;
    // Its pull request is left to people when the trigger goes.
    triggers(demo).delete("refused", &DeleteParams::default()).await?;
    eventually("the trigger to be gone", LONG, async || {
        let left = triggers(demo).get_opt("refused").await?;
        Ok(Look::or_not_yet(left.is_none().then_some(()), "it is there"))
    })
    .await?;
    assert_eq!(the_one_of(demo, "update/refused").await?.state, "open");
    Ok(())
}

async fn a_new_generation_opens_another_and_leaves_the_old_one(demo: &CdDemo) -> Result<()> {
    trigger(demo, "often", "app", "update/often", &json!({"version": "2.0.0"})).await?;
    let first = stands(demo, "often", "Open").await?;
    trigger(demo, "often", "app", "update/often", &json!({"version": "2.1.0"})).await?;
    let second = stands(demo, "often", "Open").await?;
    assert_eq!(
        (&first["branch"], &second["branch"]),
        (&json!("update/often"), &json!("update/often-2"))
    );
    assert_eq!(the_one_of(demo, "update/often").await?.state, "open");
    assert_eq!(the_one_of(demo, "update/often-2").await?.title, "app 2.1.0");
    let seen = triggers(demo).get("often").await?;
    assert_eq!(json!(seen.status)["earlier"][0]["number"], first["number"]);
    // To apply the same again is nothing new.
    trigger(demo, "often", "app", "update/often", &json!({"version": "2.1.0"})).await?;
    assert_eq!(triggers(demo).get("often").await?.metadata.generation, Some(2));
    Ok(())
}

async fn searches_and_deletes_go_through_the_forge(demo: &CdDemo) -> Result<()> {
    let files = [
        ("search/a/values.yaml", "tag: 1.0.0\n"),
        ("search/b/values.yaml", "tag: 1.0.0\n"),
        ("search/b/README.md", "tag: 1.0.0\n"),
        ("search/old/a.yaml", "x\n"),
        ("search/old/keep.txt", "x\n"),
        ("search/templates/app.yaml", "version: {{ context.version }}\n"),
    ];
    commit(demo, &files).await?;
    let edits = json!({
        "updates": {
            "files": ["^search/.*/values\\.yaml$"], "regexes": ["tag: .*"],
            "replaceTemplate": "tag: {{ context.version }}", "matchStrategy": "ANY",
        },
        "creates": {"templates": [{"source": "search/templates", "destination": "search/made", "external": false}]},
        "deletes": {"files": ["search/old/*.yaml"]},
    });
    recipe(demo, "search", &edits).await?;
    recipe_is(demo, "search", "True", &["opens pull requests"]).await?;
    trigger(demo, "search", "search", "update/search", &json!({"version": "3.0.0"})).await?;
    stands(demo, "search", "Open").await?;
    let found = the_one_of(demo, "update/search").await?;
    let change = |path: &str, what: &str| (path.to_owned(), what.to_owned());
    assert_eq!(
        changes_of(demo, found.number).await?,
        [
            change("search/a/values.yaml", "changed"),
            change("search/b/values.yaml", "changed"),
            change("search/made/app.yaml", "added"),
            change("search/old/a.yaml", "deleted"),
        ]
    );
    assert_eq!(
        file(demo, "update/search", "search/made/app.yaml").await?,
        "version: 3.0.0\n"
    );
    assert_eq!(
        file(demo, "update/search", "search/a/values.yaml").await?,
        "tag: 3.0.0\n"
    );
    Ok(())
}
