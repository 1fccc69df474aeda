//! Commits on new branches: one call, the same commit every time, found after a crash, never over others' work.

use anyhow::Result;
use http::Method;
use serde_json::json;
use stagecoach_scm::{CommitSha, Committed, EntryKind, Error, FileMode, NewPath};

use crate::{Room, change};

const BRANCH: &str = "stagecoach/run-1/dev";

#[tokio::test]
async fn a_promotion_costs_three_calls_and_one_for_each_file() -> Result<()> {
    let room = Room::new("three-calls").await?;
    let before = room.calls();
    let intent = room.intent(BRANCH).await?; // the base head and two files
    let committed = room.commit(&intent).await?;
    let opened = room
        .write
        .open_pull_request(&room.new_pull_request(BRANCH, committed.created))
        .await?;
    assert_eq!(room.calls() - before, 2 + 3);

    let opened = opened.done().unwrap();
    assert!(opened.created);
    assert_eq!(opened.pull_request.head_sha, Some(committed.sha.clone()));
    assert_eq!(opened.pull_request.base_sha, Some(intent.base.clone()));
    assert_eq!(opened.pull_request.body, "Update app to 1.2.3\n\nstage=dev");
    assert_eq!(
        room.file(&committed.sha, "deploy/dev.yaml").await?.unwrap().bytes[..],
        *b"tag: 1.2.3 # VERSION\n"
    );
    assert_eq!(
        room.file(&committed.sha, "deploy/new.yaml").await?.unwrap().bytes[..],
        *b"new\n"
    );
    assert_eq!(room.file(&committed.sha, "old.yaml").await?, None);
    assert_eq!(room.base().await?, intent.base);
    Ok(())
}

#[tokio::test]
async fn the_same_intent_is_the_same_commit() -> Result<()> {
    let room = Room::new("same-commit").await?;
    let intent = room.intent(BRANCH).await?;
    let first = room.commit(&intent).await?;
    assert!(first.created);
    // The crash came before the commit was recorded: it is found.
    let again = room.commit(&intent).await?;
    assert_eq!(
        again,
        Committed {
            created: false,
            ..first.clone()
        }
    );
    // The branch is gone: it is made again, to the very same commit.
    room.person_deletes(BRANCH).await?;
    assert_eq!(room.commit(&intent).await?, first);
    // The same changes in another run are another branch.
    let mut other = intent.clone();
    other.branch = "stagecoach/run-2/dev".to_owned();
    other.date = "2026-01-02T03:04:06Z".parse()?;
    assert_ne!(room.commit(&other).await?.sha, first.sha);
    Ok(())
}

#[tokio::test]
async fn the_work_of_a_person_on_the_branch_is_kept() -> Result<()> {
    let room = Room::new("kept-work").await?;
    let intent = room.intent(BRANCH).await?;
    let first = room.commit(&intent).await?;
    let head = room.person_commits(BRANCH, "by-hand.yaml", "tag: 1.2.4\n").await?;
    assert_eq!(
        room.commit(&intent).await?,
        Committed {
            sha: first.sha,
            head,
            created: false
        }
    );
    Ok(())
}

#[tokio::test]
async fn a_branch_of_somebody_else_is_left_alone() -> Result<()> {
    let room = Room::new("taken").await?;
    let intent = room.intent(BRANCH).await?;
    let body = json!({ "new_branch_name": BRANCH, "old_ref_name": "main" });
    room.forge
        .call(Method::POST, &format!("/repos/{}/branches", room.slug()), Some(&body))
        .await?;
    let head = room.person_commits(BRANCH, "x", "mine\n").await?;
    let error = room.commit(&intent).await.unwrap_err();
    assert!(
        matches!(&error, Error::BranchTaken { head: seen, .. } if *seen == head),
        "{error}"
    );
    assert_eq!(room.head(BRANCH).await?, head);
    Ok(())
}

#[tokio::test]
async fn a_base_that_moved_leaves_no_branch() -> Result<()> {
    let room = Room::new("base-moved").await?;
    let stale = room.intent(BRANCH).await?;
    let head = room.person_commits("main", "elsewhere", "x\n").await?;
    let error = room.commit(&stale).await.unwrap_err();
    assert!(
        matches!(&error, Error::BaseMoved { parent, .. } if *parent == head),
        "{error}"
    );
    assert_eq!(room.branch(BRANCH).await?, None);
    // Written anew, it goes through under the same name.
    assert!(room.commit(&room.intent(BRANCH).await?).await?.created);
    Ok(())
}

#[tokio::test]
async fn a_base_that_moved_under_the_file_leaves_no_branch() -> Result<()> {
    let room = Room::new("file-moved").await?;
    for (path, text) in [
        ("deploy/dev.yaml", "tag: 1.1.0 # VERSION\n"),
        ("deploy/new.yaml", "theirs\n"),
    ] {
        let stale = room.intent(BRANCH).await?;
        let head = room.person_commits("main", path, text).await?;
        let error = room.commit(&stale).await.unwrap_err();
        assert!(
            matches!(&error, Error::BaseMoved { parent, .. } if *parent == head),
            "{error}"
        );
        assert_eq!(room.branch(BRANCH).await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn what_a_crash_left_on_a_moved_base_is_cleared_away() -> Result<()> {
    let room = Room::new("left-over").await?;
    let stale = room.intent(BRANCH).await?;
    let head = room.person_commits("main", "elsewhere", "x\n").await?;
    // The first pass died between its commit, on the moved base, and its delete.
    let mut left = stale.clone();
    left.base = head.clone();
    room.commit(&left).await?;
    let error = room.commit(&stale).await.unwrap_err();
    assert!(
        matches!(&error, Error::BaseMoved { parent, .. } if *parent == head),
        "{error}"
    );
    assert_eq!(room.branch(BRANCH).await?, None);
    // With a pull request on it, it is the work of a later intent and stays.
    let intended = room.opened(BRANCH).await?.head_sha.unwrap();
    assert!(matches!(room.commit(&stale).await, Err(Error::BaseMoved { .. })));
    assert_eq!(room.head(BRANCH).await?, intended);
    Ok(())
}

#[tokio::test]
async fn a_refusal_says_which_file_and_leaves_no_branch() -> Result<()> {
    let room = Room::new("refused").await?;
    let mut intent = room.intent(BRANCH).await?;
    intent
        .changes
        .push(change("deploy/prod.yaml", new_file(b"", FileMode::Regular)));
    let error = room.commit(&intent).await.unwrap_err();
    assert_eq!(error.reason(), "ForgeRefused");
    let words = error.to_string();
    assert!(
        words.contains("deploy/prod.yaml") && words.contains("already exists"),
        "{words}"
    );
    assert_eq!(room.branch(BRANCH).await?, None);
    Ok(())
}

#[tokio::test]
async fn odd_names_arrive_as_they_are() -> Result<()> {
    let room = Room::new("odd-names").await?;
    let mut intent = room.intent(BRANCH).await?;
    let path = "a b/ü #1?&%2F+.yaml";
    intent.changes = vec![change(path, new_file(&[0, 159, 146, 150, 13, 10], FileMode::Regular))];
    let sha = room.commit(&intent).await?.sha;
    let file = room.file(&sha, path).await?.unwrap();
    assert_eq!(file.bytes[..], [0, 159, 146, 150, 13, 10]);
    intent.branch = "stagecoach/run-2".to_owned();
    intent.changes = vec![change("a b", new_file(b"", FileMode::Regular))];
    assert!(room.commit(&intent).await?.created);
    Ok(())
}

#[tokio::test]
async fn an_executable_file_stays_executable() -> Result<()> {
    let room = Room::new("executable").await?;
    let patch =
        "diff --git a/run.sh b/run.sh\nnew file mode 100755\n--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1 @@\n+one\n";
    let body = json!({ "branch": "main", "message": "A script", "content": patch });
    let (status, answer) = room
        .forge
        .call(Method::POST, &format!("/repos/{}/diffpatch", room.slug()), Some(&body))
        .await?;
    assert!(status.is_success(), "{answer}");
    let mut intent = room.intent(BRANCH).await?;
    let previous = room.file(&intent.base, "run.sh").await?.unwrap().blob;
    intent.changes = vec![change(
        "run.sh",
        NewPath::Update {
            content: b"two\n".to_vec(),
            previous,
            mode: None,
        },
    )];
    let sha = room.commit(&intent).await?.sha;
    assert_eq!(mode(&room, &sha, "run.sh").await?, EntryKind::Executable);
    Ok(())
}

#[tokio::test]
async fn a_mode_that_the_forge_cannot_set_is_refused_before_anything_is_made() -> Result<()> {
    let room = Room::new("modes").await?;
    assert!(!room.write.sets_modes());
    let mut intent = room.intent(BRANCH).await?;
    intent.changes = vec![change("run.sh", new_file(b"one\n", FileMode::Executable))];
    let before = room.calls();
    let error = room.commit(&intent).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the forge cannot set the mode of \"run.sh\""),
        "{error}"
    );
    assert_eq!(room.calls(), before);
    intent.changes = vec![change("run.sh", new_file(b"one\n", FileMode::Regular))];
    let sha = room.commit(&intent).await?.sha;
    assert_eq!(mode(&room, &sha, "run.sh").await?, EntryKind::File);
    Ok(())
}

fn new_file(content: &[u8], mode: FileMode) -> NewPath {
    NewPath::Create {
        content: content.to_vec(),
        mode,
    }
}

async fn mode(room: &Room, at: &CommitSha, path: &str) -> Result<EntryKind> {
    let listed = room.write.read().list_files(&room.repository, at).await?;
    Ok(listed.into_iter().find(|entry| entry.path == path).unwrap().kind)
}

#[tokio::test]
async fn edits_are_applied_again_on_a_new_base() -> Result<()> {
    let room = Room::new("replaced").await?;
    let pull_request = room.opened(BRANCH).await?;
    let seen = pull_request.head_sha.unwrap();
    room.person_commits("main", "deploy/dev.yaml", "tag: 1.1.0 # VERSION\n")
        .await?;
    let intent = room.intent(BRANCH).await?;
    let replaced = room.write.replace_branch(&intent, &seen).await?.done().unwrap();
    assert!(replaced.created);
    assert_eq!(room.head(BRANCH).await?, replaced.sha);
    assert!(
        room.write
            .read()
            .contains(&room.repository, &intent.base, &replaced.sha)
            .await?
    );
    // A replay finds it; a head that nobody has seen is not overwritten.
    let again = room.write.replace_branch(&intent, &seen).await?.done().unwrap();
    assert_eq!(
        again,
        Committed {
            created: false,
            ..replaced.clone()
        }
    );
    let theirs = room.person_commits(BRANCH, "x", "theirs\n").await?;
    room.person_commits("main", "deploy/dev.yaml", "tag: 1.1.1 # VERSION\n")
        .await?;
    let error = room
        .write
        .replace_branch(&room.intent(BRANCH).await?, &replaced.sha)
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "BranchTaken");
    assert_eq!(room.head(BRANCH).await?, theirs);
    let still = room
        .write
        .read()
        .pull_request(&room.repository, pull_request.number)
        .await?;
    assert_eq!(still.head_sha, Some(theirs));
    Ok(())
}
