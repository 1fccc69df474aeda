//! The forge keeps repositories and merges pull requests. All tests share one, each with repositories of its own.

use anyhow::{Context as _, Result};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use stagecoach_testbed::{FileChange, Gitea, PullRequest, shared_forge};

/// A pull request that adds one file.
async fn open_pull_request(forge: &Gitea, repository: &str, branch: &str) -> Result<PullRequest> {
    let file = json!({"operation": "create", "path": format!("{branch}.txt"), "content": "aGVsbG8="});
    let commit = json!({"branch": "main", "new_branch": branch, "message": "Add a file", "files": [file]});
    let (status, value) = forge
        .call(Method::POST, &format!("/repos/{repository}/contents"), Some(&commit))
        .await?;
    assert_eq!(status, StatusCode::CREATED, "{value}");
    let body = json!({"base": "main", "head": branch, "title": "A file", "body": "Please."});
    let (status, value) = forge
        .call(Method::POST, &format!("/repos/{repository}/pulls"), Some(&body))
        .await?;
    assert_eq!(status, StatusCode::CREATED, "{value}");
    forge
        .pull_request(repository, value["number"].as_u64().context("no number")?)
        .await
}

#[tokio::test]
async fn many_files_change_in_one_commit() -> Result<()> {
    let forge = shared_forge().await?;
    forge.create_organization("one-commit").await?;
    let repository = "one-commit/config";
    let first = [
        FileChange::write("dev/app.yaml", "version: 0.0.1\n"),
        FileChange::write("old.txt", "old"),
        FileChange::write("bytes.bin", vec![0, 255, 10]),
    ];
    forge.create_repository(repository, &first).await?;
    let changes = [
        FileChange::write("dev/app.yaml", "version: 0.1.0\n"),
        FileChange::write("prod/app.yaml", "version: 0.1.0\n"),
        FileChange::delete("old.txt"),
    ];
    let commit = forge.commit(repository, "main", "Move the version", &changes).await?;
    let read = async |path: &str| forge.read_file(repository, &commit, path).await;
    assert_eq!(
        read("dev/app.yaml").await?.as_deref(),
        Some(b"version: 0.1.0\n".as_slice())
    );
    assert_eq!(
        read("prod/app.yaml").await?.as_deref(),
        Some(b"version: 0.1.0\n".as_slice())
    );
    assert_eq!(read("bytes.bin").await?.as_deref(), Some([0, 255, 10].as_slice()));
    assert_eq!(read("old.txt").await?, None);
    let (_, commits) = forge
        .call(Method::GET, &format!("/repos/{repository}/commits"), None)
        .await?;
    let messages: Vec<_> = commits
        .as_array()
        .context("no list")?
        .iter()
        .map(|commit| &commit["commit"]["message"])
        .collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    Ok(())
}

#[tokio::test]
async fn a_pull_request_is_merged_as_by_a_person() -> Result<()> {
    let forge = shared_forge().await?;
    forge.create_user("merger").await?;
    let repository = "merger/config";
    forge
        .create_repository(repository, &[FileChange::write("README", "hello")])
        .await?;
    let opened = open_pull_request(forge, repository, "add").await?;
    assert_eq!(
        (opened.state.as_str(), opened.merged, opened.head.name.as_str()),
        ("open", false, "add")
    );
    let commit = forge.merge(repository, opened.number).await?;
    assert!(forge.read_file(repository, &commit, "add.txt").await?.is_some());
    let merged = forge.pull_request(repository, opened.number).await?;
    assert_eq!((merged.state.as_str(), merged.merged), ("closed", true));
    Ok(())
}

#[tokio::test]
async fn a_pull_request_is_closed_without_a_merge() -> Result<()> {
    let forge = shared_forge().await?;
    forge.create_user("closer").await?;
    let repository = "closer/config";
    forge
        .create_repository(repository, &[FileChange::write("README", "hello")])
        .await?;
    let opened = open_pull_request(forge, repository, "add").await?;
    forge.close(repository, opened.number).await?;
    let closed = forge.pull_requests(repository, "closed").await?;
    assert_eq!(
        closed
            .iter()
            .map(|found| (found.number, found.merged))
            .collect::<Vec<_>>(),
        [(opened.number, false)]
    );
    assert!(forge.pull_requests(repository, "open").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_protected_branch_takes_changes_by_pull_request_only() -> Result<()> {
    let forge = shared_forge().await?;
    forge.create_user("guard").await?;
    forge.create_user("writer").await?;
    let repository = "guard/config";
    forge
        .create_repository(repository, &[FileChange::write("README", "hello")])
        .await?;
    forge.add_collaborator(repository, "writer", "write").await?;
    forge.protect_branch(repository, "main", &Value::Null).await?;
    let file = json!({"operation": "create", "path": "direct.txt", "content": "aGVsbG8="});
    let commit = json!({"branch": "main", "message": "No", "files": [file]});
    let path = format!("/repos/{repository}/contents");
    let (status, _) = forge.call_as("writer", Method::POST, &path, Some(&commit)).await?;
    assert_eq!(status, StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test]
async fn a_token_can_do_what_its_scopes_say() -> Result<()> {
    let forge = shared_forge().await?;
    forge.create_user("robot").await?;
    forge
        .create_repository("robot/config", &[FileChange::write("README", "hello")])
        .await?;
    let token = forge.create_token("robot", "narrow", &["read:user"]).await?;
    let client = reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .build()?;
    let ask = async |path: &str| {
        let request = client.get(format!("{}/api/v1{path}", forge.url())).bearer_auth(&token);
        anyhow::Ok(request.send().await?.status())
    };
    assert_eq!(ask("/user").await?, StatusCode::OK);
    assert_eq!(ask("/repos/robot/config/pulls").await?, StatusCode::FORBIDDEN);
    Ok(())
}
