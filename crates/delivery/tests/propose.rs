//! From an automation to a commit on a real Gitea: what is read, what it costs, and what stands there afterwards.

#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it must be")]

#[path = "propose/charts.rs"]
mod charts;
#[path = "propose/room.rs"]
mod room;

use anyhow::Result;
use serde_json::{Value, json};
use stagecoach_runtime::Classify as _;
use stagecoach_scm::CommitSha;
use stagecoach_testbed::{FileChange, GitMode, GitServer, Gitea, shared_forge};

use room::Room;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_costs_one_call_more_and_a_delete_reads_nothing() -> Result<()> {
    let files = [
        ("apps/a/values.yaml", "tag: 1.0.0\n"),
        ("apps/b/values.yaml", "tag: 1.0.0\n"),
        ("apps/b/README.md", "tag: 1.0.0\n"),
        ("old/a.yaml", "x\n"),
        ("old/b.yaml", "x\n"),
        ("old/keep.txt", "x\n"),
    ];
    let room = Room::new("propose-search", &files).await?;
    let edits = [room.edit(json!({
        "updates": {
            "files": ["apps/.*/values\\.yaml"], "regexes": ["tag: .*"], "matchStrategy": "ANY",
            "replaceTemplate": "tag: {{ context.version }}",
        },
        "deletes": {"files": ["old/*.yaml"]},
    }))?];
    let proposal = room.propose(&edits).await?;
    assert_eq!(room.calls(), 1 + 2, "{:?}", room.endpoints.lock().unwrap());
    let changed: Vec<&str> = proposal.changes.keys().map(String::as_str).collect();
    assert_eq!(
        changed,
        ["apps/a/values.yaml", "apps/b/values.yaml", "old/a.yaml", "old/b.yaml"]
    );
    assert_eq!(
        proposal.changes["apps/a/values.yaml"].text_after().as_deref(),
        Some("tag: 1.2.3\n")
    );
    assert_eq!(
        room.committed(&proposal).await?,
        [
            "apps/a/values.yaml",
            "apps/b/README.md",
            "apps/b/values.yaml",
            "old/keep.txt"
        ]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_costs_one_call_a_file() -> Result<()> {
    let room = Room::new("propose-named", &[("a.yaml", "tag: 1\n"), ("b.yaml", "tag: 1\n")]).await?;
    let replacement = |file: &str| json!({"file": file, "regex": "tag: .*", "replacement": "tag: 2"});
    let edits = [room.edit(json!({
        "updates": {"regexReplacements": [replacement("a.yaml"), replacement("b.yaml")]},
    }))?];
    assert_eq!(room.propose(&edits).await?.changes.len(), 2);
    assert_eq!(room.calls(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_templates_is_made_once_and_is_then_at_its_target() -> Result<()> {
    let files = [
        ("templates/app/deployment.yaml", "version: {{ context.version }}\n"),
        ("templates/app/nested/service.yaml", "kind: Service\n"),
        ("apps/nested/service.yaml", "kind: Service\n"),
    ];
    let room = Room::new("propose-creates", &files).await?;
    let edits = [room.edit(json!({"creates": {"templates": [
        {"source": "templates/app", "destination": "apps", "external": false},
    ]}}))?];
    let proposal = room.propose(&edits).await?;
    let changed: Vec<&str> = proposal.changes.keys().map(String::as_str).collect();
    assert_eq!(changed, ["apps/deployment.yaml"], "what is there already is no change");
    let paths = room.committed(&proposal).await?;
    assert!(paths.contains(&"apps/deployment.yaml".to_owned()), "{paths:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_ref_has_is_copied() -> Result<()> {
    let files = [("dev/app.yaml", "tag: 1\n"), ("prod/app.yaml", "tag: 0\n")];
    let mut room = Room::new("propose-copies", &files).await?;
    let gitea = shared_forge().await?;
    let slug = room.repository.as_str();
    let tag = json!({"tag_name": "released/v1", "target": room.base.as_str()});
    gitea
        .call(http::Method::POST, &format!("/repos/{slug}/tags"), Some(&tag))
        .await?;
    let newer = [FileChange::write("dev/app.yaml", "tag: 2\n")];
    let head = gitea.commit(slug, "main", "Newer", &newer).await?;
    room.base = CommitSha::parse(&head)?;
    let copy = |at: &str| room.edit(json!({"updates": {"copies": [{"from": "dev", "to": "prod", "ref": at}]}}));
    let proposal = room.propose(&[copy("released/v1")?]).await?;
    assert_eq!(
        proposal.changes["prod/app.yaml"].text_after().as_deref(),
        Some("tag: 1\n")
    );
    let error = room.propose(&[copy("nowhere")?]).await.unwrap_err();
    assert!(
        error.to_string().contains("no branch, tag or commit nowhere"),
        "{error}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_that_the_forge_cannot_set_is_told_and_is_no_change() -> Result<()> {
    let mut room = Room::new("propose-modes", &[("bin/same.sh", "run\n"), ("README.md", "x\n")]).await?;
    let gitea = shared_forge().await?;
    let slug = room.repository.as_str();
    let script = "diff --git a/t.sh b/t.sh\nnew file mode 100755\n--- /dev/null\n+++ b/t.sh\n@@ -0,0 +1 @@\n+run\n";
    let body = json!({"branch": "main", "message": "A script", "content": script});
    gitea
        .call(http::Method::POST, &format!("/repos/{slug}/diffpatch"), Some(&body))
        .await?;
    room.go_to("main").await?;
    let copy = |to: &str| json!({"from": "t.sh", "to": to});
    let spec = json!({"updates": {"copies": [copy("bin/new.sh"), copy("bin/same.sh")]}});
    let proposal = room.propose(&[room.edit(spec.clone())?]).await?;
    let changed: Vec<&str> = proposal.changes.keys().map(String::as_str).collect();
    assert_eq!(changed, ["bin/new.sh"]);
    let command = "`git update-index --chmod=+x -- bin/new.sh bin/same.sh`";
    assert!(proposal.warnings[0].contains(command), "{:?}", proposal.warnings);
    assert!(room.committed(&proposal).await?.contains(&"bin/new.sh".to_owned()));

    // What is asked once it is merged: nothing is left to do, and it is told again what is left to people.
    room.go_to("stagecoach/x").await?;
    let again = room.propose(&[room.edit(spec)?]).await?;
    assert!(again.changes.is_empty(), "{:?}", again.changes.keys());
    assert_eq!(again.warnings, proposal.warnings);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn external_templates_come_from_their_own_repository() -> Result<()> {
    let files = [
        ("catalog/service/app.yaml", "version: {{ context.version }}\n"),
        ("catalog/service/same.yaml", "same\n"),
        ("other/service/app.yaml", "not this one\n"),
    ];
    Room::new("scaffolds", &files).await?;
    let room = Room::new("propose-external", &[("apps/shop/same.yaml", "same\n")]).await?;
    let with = |reference: Value| {
        let mut spec = json!({
            "git": {"folder": "unused", "ref": "unused"},
            "creates": {
                "git": {"folder": "./catalog/", "ref": "main"},
                "templates": [{"source": "service", "destination": "apps/shop", "external": true}],
            },
        });
        for (key, value) in reference.as_object().unwrap() {
            let target = if key == "url" {
                &mut spec["creates"]["git"]
            } else {
                &mut spec
            };
            target[key] = value.clone();
        }
        room.edit(spec)
    };
    let gitea = shared_forge().await?;
    let address = format!("{}/{}/scaffolds", gitea.url(), Gitea::ADMIN);
    for reference in [
        json!({"repositoryRef": {"name": "scaffolds", "namespace": "infra"}}),
        json!({"url": address}),
    ] {
        room.endpoints.lock().unwrap().clear();
        let proposal = room.propose(&[with(reference)?]).await?;
        let changed: Vec<&String> = proposal.changes.keys().collect();
        assert_eq!(
            changed,
            ["apps/shop/app.yaml"],
            "what is the same already is left alone"
        );
        let made = proposal.changes["apps/shop/app.yaml"].text_after();
        assert_eq!(made.as_deref(), Some("version: 1.2.3\n"));
    }
    for (reference, reason) in [
        (json!({"repositoryRef": {"name": "none"}}), "TemplatesMissing"),
        (json!({"repositoryRef": {"name": "elsewhere"}}), "TemplatesElsewhere"),
    ] {
        let error = with(reference).err().unwrap();
        assert_eq!(error.reason(), reason, "{error}");
    }
    let error = room.propose(&[with(json!({}))?]).await.unwrap_err();
    assert_eq!(error.reason(), "TemplatesUnnamed", "{error}");
    Ok(())
}

/// A git server that is no forge, and that nobody registered.
#[tokio::test(flavor = "multi_thread")]
async fn external_templates_come_from_a_plain_git_server() -> Result<()> {
    let server = GitServer::start().await?;
    let files = [
        (
            "catalog/service/app.yaml",
            GitMode::File,
            &b"version: {{ context.version }}\n"[..],
        ),
        ("catalog/service/run.sh", GitMode::Executable, b"#!/bin/sh\n"),
        ("other/app.yaml", GitMode::File, b"not this one\n"),
    ];
    server.commit("infra/scaffolds", "main", &files).await?;
    let room = Room::new("propose-plain", &[("README.md", "x\n")]).await?;
    let make = |at: &str| {
        room.edit(json!({"creates": {
            "git": {"url": server.address("infra/scaffolds"), "folder": "catalog", "ref": at},
            "templates": [{"source": "service", "destination": "apps/shop", "external": true}],
        }}))
    };
    let proposal = room.propose(&[make("main")?]).await?;
    let changed: Vec<&String> = proposal.changes.keys().collect();
    assert_eq!(changed, ["apps/shop/app.yaml", "apps/shop/run.sh"]);
    let made = proposal.changes["apps/shop/app.yaml"].text_after();
    assert_eq!(made.as_deref(), Some("version: 1.2.3\n"));
    let error = room.propose(&[make("nowhere")?]).await.unwrap_err();
    assert_eq!(error.reason(), "RefMissing");
    assert!(
        error.to_string().contains("has no branch, tag or commit nowhere"),
        "{error}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_reads_what_it_asks_for() -> Result<()> {
    let files = [
        ("versions.json", "{\"app\": \"4.5.6\"}"),
        ("app.yaml", "tag: 1\n"),
        ("scripts/edit.lua", SCRIPT),
        ("untouched.yaml", "x\n"),
    ];
    let room = Room::new("propose-script", &files).await?;
    let edits = [room.edit(json!({"lua": {"folder": "scripts"}}))?];
    let proposal = room.propose(&edits).await?;
    assert_eq!(
        proposal.changes["app.yaml"].text_after().as_deref(),
        Some("tag: 4.5.6\n")
    );
    let endpoints = room.endpoints.lock().unwrap().clone();
    assert_eq!(endpoints, ["trees", "contents", "contents", "contents"]);
    Ok(())
}

const SCRIPT: &str = r#"
local versions = encoding.jsonDecode(fs.read("versions.json"))
prAutomation["updates"] = {
  regexReplacements = {{ file = "app.yaml", regex = "tag: .*", replacement = "tag: " .. versions.app }},
}
"#;
