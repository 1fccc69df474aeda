//! The list of a commit's files, with what only git can put there.

use std::{path::Path, sync::Arc, sync::atomic::AtomicUsize};

use anyhow::{Result, ensure};
use stagecoach_scm::{CommitSha, EntryKind, FileChange, NewPath, Read as _};
use stagecoach_testbed::FileChange as Seed;

use crate::{Room, change};

/// Runs git in a folder.
async fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = tokio::process::Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .output()
        .await?;
    ensure!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Commits a symbolic link, a submodule and an executable file to `main`, as only git can.
async fn person_pushes_odd_things(room: &Room) -> Result<CommitSha> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let token = room
        .forge
        .create_token(stagecoach_testbed::Gitea::ADMIN, "lists-git", &["write:repository"])
        .await?;
    let address = format!("{}/{}.git", room.forge.url(), room.slug());
    let address = address.replacen("://", &format!("://git:{token}@"), 1);
    git(folder, &["clone", "--quiet", &address, "."]).await?;
    std::os::unix::fs::symlink("dev.yaml", folder.join("deploy/link.yaml"))?;
    std::fs::write(folder.join("run.sh"), "#!/bin/sh\n")?;
    git(folder, &["add", "--all"]).await?;
    git(folder, &["update-index", "--chmod=+x", "run.sh"]).await?;
    let module = format!("160000,{},module", "1".repeat(40));
    git(folder, &["update-index", "--add", "--cacheinfo", &module]).await?;
    git(folder, &["commit", "--quiet", "--message", "Odd things"]).await?;
    git(folder, &["push", "--quiet", "origin", "HEAD:main"]).await?;
    Ok(CommitSha::parse(&git(folder, &["rev-parse", "HEAD"]).await?)?)
}

#[tokio::test]
async fn every_file_of_a_commit_is_listed_with_its_kind_size_and_blob() -> Result<()> {
    let room = Room::new("lists").await?;
    let at = person_pushes_odd_things(&room).await?;
    let before = room.calls();
    let found = room.write.read().list_files(&room.repository, &at).await?;
    assert_eq!(room.calls() - before, 1);
    let kinds: Vec<(&str, EntryKind)> = found.iter().map(|entry| (entry.path.as_str(), entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("deploy/dev.yaml", EntryKind::File),
            ("deploy/link.yaml", EntryKind::Symlink),
            ("deploy/prod.yaml", EntryKind::File),
            ("module", EntryKind::Submodule),
            ("old.yaml", EntryKind::File),
            ("run.sh", EntryKind::Executable),
        ]
    );
    let listed = &found[0];
    let read = room.file(&at, "deploy/dev.yaml").await?.unwrap();
    assert_eq!((listed.size, &listed.blob), (Some(read.bytes.len() as u64), &read.blob));
    Ok(())
}

#[tokio::test]
async fn what_is_listed_is_deleted_without_being_read() -> Result<()> {
    let room = Room::new("lists-delete").await?;
    let base = room.base().await?;
    let found = room.write.read().list_files(&room.repository, &base).await?;
    let mut intent = room.intent("stagecoach/delete").await?;
    let gone = found.into_iter().filter(|entry| entry.path.starts_with("deploy/"));
    intent.changes = gone
        .map(|entry| change(&entry.path, NewPath::Delete { previous: entry.blob }))
        .collect::<Vec<FileChange>>();
    assert_eq!(intent.changes.len(), 2);
    let head = room.commit(&intent).await?.sha;
    let left = room.write.read().list_files(&room.repository, &head).await?;
    let left: Vec<&str> = left.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(left, ["old.yaml"]);
    Ok(())
}

#[tokio::test]
async fn pages_of_a_large_repository_are_put_together() -> Result<()> {
    let room = Room::new("lists-large").await?;
    let files: Vec<Seed> = (0..1_500)
        .map(|number| Seed::write(&format!("many/{number:04}.yaml"), "x\n"))
        .collect();
    let sha = room.forge.commit(room.slug(), "main", "Many", &files).await?;
    let at = CommitSha::parse(&sha)?;
    let before = room.calls();
    let found = room.write.read().list_files(&room.repository, &at).await?;
    assert_eq!(room.calls() - before, 2, "one call for a thousand files and folders");
    assert_eq!(found.len(), 1_503);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_listed_is_told_apart() -> Result<()> {
    let room = Room::new("lists-missing").await?;
    let read = room.write.read();
    let unknown = CommitSha::parse(&"1".repeat(40))?;
    let error = read.list_files(&room.repository, &unknown).await.unwrap_err();
    assert_eq!(error.reason(), "ForgeNotFound");
    assert!(error.to_string().contains("commit 11111111 was not found"), "{error}");
    let nowhere = stagecoach_scm::RepositoryId::parse("forge-admin/nowhere")?;
    let client = crate::client(
        &room.forge.url(),
        "0123456789012345678901234567890123456789",
        &Arc::new(AtomicUsize::new(0)),
    )?;
    assert_eq!(
        client.list_files(&nowhere, &unknown).await.unwrap_err().reason(),
        "ForgeUnauthorized"
    );
    let error = read.list_files(&nowhere, &unknown).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("repository forge-admin/nowhere was not found"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_branch_a_tag_and_a_commit_stand_for_a_commit() -> Result<()> {
    let room = Room::new("resolved").await?;
    let first = room.base().await?;
    room.commit(&room.intent("feature/x").await?).await?;
    let tag = serde_json::json!({"tag_name": "v1.0.0", "target": first.as_str()});
    let path = format!("/repos/{}/tags", room.slug());
    let (status, answer) = room.forge.call(http::Method::POST, &path, Some(&tag)).await?;
    ensure!(status.is_success(), "{answer}");
    let second = room.person_commits("main", "x", "x\n").await?;
    let feature = room.head("feature/x").await?;
    let read = room.write.read();
    for (reference, expected) in [
        ("main", Some(&second)),
        ("feature/x", Some(&feature)),
        ("v1.0.0", Some(&first)),
        (first.as_str(), Some(&first)),
        ("nowhere", None),
    ] {
        let found = read.resolve(&room.repository, reference).await?;
        assert_eq!(found.as_ref(), expected, "{reference}");
    }
    let nowhere = stagecoach_scm::RepositoryId::parse("forge-admin/nowhere")?;
    let error = read.resolve(&nowhere, "main").await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("repository forge-admin/nowhere was not found"),
        "{error}"
    );
    Ok(())
}
