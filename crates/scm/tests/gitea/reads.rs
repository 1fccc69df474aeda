//! Questions: what is there, what is not, and who may see it.

use std::sync::{Arc, atomic::AtomicUsize};

use anyhow::Result;
use stagecoach_scm::{CommitSha, Error, Kind, Read, RepositoryId, Write};
use stagecoach_testbed::Gitea as Forge;

use crate::{Room, client};

#[tokio::test]
async fn a_repository_says_what_it_is() -> Result<()> {
    let room = Room::new("described").await?;
    let repository = room.write.read().repository(&room.repository).await?;
    assert_eq!(
        (repository.id.as_str(), repository.default_branch.as_str()),
        (room.slug(), "main")
    );
    assert_eq!(repository.html_url, format!("{}/{}", room.forge.url(), room.slug()));
    assert_eq!(
        repository.clone_url,
        format!("{}/{}.git", room.forge.url(), room.slug())
    );
    assert!(!repository.archived);
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() -> Result<()> {
    let room = Room::new("not-there").await?;
    let read = room.write.read();
    let base = room.base().await?;
    let nowhere = RepositoryId::parse("forge-admin/nowhere")?;
    let unknown = CommitSha::parse(&"1".repeat(40))?;

    let before = room.calls();
    assert_eq!(room.file(&base, "none.yaml").await?, None);
    assert_eq!(room.file(&base, "deploy/none/none.yaml").await?, None);
    assert_eq!(room.calls() - before, 2, "a missing file costs one call like any other");
    assert_eq!(room.branch("none").await?, None);
    assert_eq!(read.find_pull_request(&room.repository, "main", "none").await?, None);

    let missing = async |result: Result<(), Error>, what: &str| {
        let error = result.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason()),
            (Kind::Stalled, "ForgeNotFound"),
            "{error}"
        );
        assert!(error.to_string().contains(&format!("{what} was not found")), "{error}");
    };
    missing(
        read.repository(&nowhere).await.map(drop),
        "repository forge-admin/nowhere",
    )
    .await;
    missing(
        read.branch_head(&nowhere, "main").await.map(drop),
        "repository forge-admin/nowhere",
    )
    .await;
    missing(
        read.read_file(&nowhere, &base, "x").await.map(drop),
        "repository forge-admin/nowhere",
    )
    .await;
    missing(
        read.find_pull_request(&nowhere, "main", "x").await.map(drop),
        "repository forge-admin/nowhere",
    )
    .await;
    missing(
        read.read_file(&room.repository, &unknown, "x").await.map(drop),
        "commit 11111111",
    )
    .await;
    missing(
        read.contains(&room.repository, &unknown, &base).await.map(drop),
        "commit 11111111",
    )
    .await;
    missing(
        read.pull_request(&room.repository, 99).await.map(drop),
        "pull request 99",
    )
    .await;

    let folder = read.read_file(&room.repository, &base, "deploy").await.unwrap_err();
    assert!(folder.to_string().contains("it is a folder"), "{folder}");
    Ok(())
}

#[tokio::test]
async fn a_token_is_judged_in_words() -> Result<()> {
    let room = Room::new("tokens").await?;
    let with = |token: &str| client(&room.forge.url(), token, &Arc::new(AtomicUsize::new(0)));
    let wrong = with("0123456789012345678901234567890123456789")?;
    let error = wrong.whoami().await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Stalled, "ForgeUnauthorized"));
    assert!(!error.to_string().contains("0123456789"), "{error}");
    assert_eq!(
        wrong.repository(&room.repository).await.unwrap_err().reason(),
        "ForgeUnauthorized"
    );

    let user = room
        .forge
        .create_token(Forge::ADMIN, "tokens-user", &["read:user"])
        .await?;
    assert_eq!(with(&user)?.whoami().await?, Some(Forge::ADMIN.to_owned()));
    assert_eq!(
        room.write.read().whoami().await?,
        None,
        "its scope is repositories alone, and that is enough"
    );

    let reader = room
        .forge
        .create_token(Forge::ADMIN, "tokens-reader", &["read:repository"])
        .await?;
    let reader = Write::new(Arc::new(with(&reader)?));
    let error = reader
        .commit_on_new_branch(&room.intent("stagecoach/x").await?)
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Stalled, "ForgeForbidden"));
    assert!(
        error.to_string().contains("commit 3 files to branch stagecoach/x"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn ancestors_are_contained_and_others_are_not() -> Result<()> {
    let room = Room::new("ancestors").await?;
    let (first, repository) = (room.base().await?, &room.repository);
    let second = room.person_commits("main", "x", "x\n").await?;
    let aside = room.commit(&room.intent("stagecoach/x").await?).await?.sha;
    let third = room.person_commits("main", "y", "y\n").await?;
    let read = room.write.read();
    for (ancestor, descendant, expected) in [
        (&first, &third, true),
        (&second, &third, true),
        (&third, &third, true),
        (&second, &aside, true),
        (&third, &first, false),
        (&aside, &third, false),
        (&third, &aside, false),
    ] {
        assert_eq!(
            read.contains(repository, ancestor, descendant).await?,
            expected,
            "{ancestor} in {descendant}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_too_large_for_json_is_read_all_the_same() -> Result<()> {
    let room = Room::new("large").await?;
    let text = "0123456789abcde\n".repeat(750_000);
    let at = room.person_commits("main", "large.txt", &text).await?;
    let file = room.file(&at, "large.txt").await?.unwrap();
    assert_eq!(file.bytes.len(), 12_000_000);
    assert!(*file.bytes == *text.as_bytes());
    Ok(())
}
