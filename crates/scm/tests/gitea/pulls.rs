//! Pull requests on a real forge, whose answers to a second pull request, a merge and a close are its own.

use std::time::Duration;

use anyhow::Result;
use http::Method;
use serde_json::json;
use stagecoach_scm::{CommitSha, Error, Merge, MergeMethod, PullRequest, State};
use stagecoach_testbed::{Look, eventually};

use crate::Room;

/// The forge looks for conflicts in the background.
const DEADLINE: Duration = Duration::from_mins(1);
const BRANCH: &str = "stagecoach/run-1/dev";

async fn open(room: &Room, head_is_new: bool) -> Result<stagecoach_scm::Opened> {
    let opened = room
        .write
        .open_pull_request(&room.new_pull_request(BRANCH, head_is_new))
        .await?;
    Ok(opened.done().unwrap())
}

async fn by_hand(room: &Room, method: Method, path: &str, body: serde_json::Value) -> Result<()> {
    let path = format!("/repos/{}{path}", room.slug());
    let (status, answer) = room.forge.call(method, &path, Some(&body)).await?;
    anyhow::ensure!(status.is_success(), "{status} {answer}");
    Ok(())
}

#[tokio::test]
async fn there_is_never_a_second_pull_request() -> Result<()> {
    let room = Room::new("once").await?;
    let first = room.opened(BRANCH).await?;
    for head_is_new in [true, false] {
        let again = open(&room, head_is_new).await?;
        assert_eq!((again.created, again.pull_request.number), (false, first.number));
    }
    // Closed by a person between open and record: reported, not opened again.
    room.forge.close(room.slug(), first.number).await?;
    let closed = open(&room, false).await?;
    assert_eq!((closed.created, closed.pull_request.state), (false, State::Closed));
    assert_eq!(room.forge.pull_requests(room.slug(), "all").await?.len(), 1);
    // When a person opens another one for the branch, that one counts.
    by_hand(
        &room,
        Method::POST,
        "/pulls",
        json!({ "head": BRANCH, "base": "main", "title": "again" }),
    )
    .await?;
    let theirs = open(&room, false).await?;
    assert_eq!(
        (theirs.pull_request.title.as_str(), theirs.pull_request.state),
        ("again", State::Open)
    );
    Ok(())
}

#[tokio::test]
async fn one_that_was_merged_meanwhile_is_found_as_merged() -> Result<()> {
    let room = Room::new("merged-meanwhile").await?;
    let opened = room.opened(BRANCH).await?;
    let commit = CommitSha::parse(&room.forge.merge(room.slug(), opened.number).await?)?;
    let found = open(&room, false).await?;
    assert!(matches!(&found.pull_request.state, State::Merged { commit: seen, .. } if *seen == commit));
    // Also when the branch went with it.
    room.person_deletes(BRANCH).await?;
    let found = room
        .write
        .read()
        .find_pull_request(&room.repository, "main", BRANCH)
        .await?
        .unwrap();
    assert_eq!(
        (found.number, found.head.as_str(), found.head_sha),
        (opened.number, BRANCH, opened.head_sha)
    );
    Ok(())
}

#[tokio::test]
async fn a_base_branch_may_have_a_slash() -> Result<()> {
    let room = Room::new("slash").await?;
    by_hand(
        &room,
        Method::POST,
        "/branches",
        json!({ "new_branch_name": "release/1.0" }),
    )
    .await?;
    let mut intent = room.intent(BRANCH).await?;
    intent.base_branch = "release/1.0".to_owned();
    room.commit(&intent).await?;
    let mut new = room.new_pull_request(BRANCH, true);
    new.base = "release/1.0".to_owned();
    assert!(room.write.open_pull_request(&new).await?.done().unwrap().created);
    let again = room.write.open_pull_request(&new).await?.done().unwrap();
    assert_eq!(
        (again.created, again.pull_request.base.as_str()),
        (false, "release/1.0")
    );
    Ok(())
}

#[tokio::test]
async fn a_pull_request_is_closed_with_its_reason_once() -> Result<()> {
    let room = Room::new("closed").await?;
    let number = room.opened(BRANCH).await?.number;
    let why = "Superseded by run 2.\n\nIts pull request is #2.";
    room.write.comment(&room.repository, number, why).await?;
    let closed = room
        .write
        .close_pull_request(&room.repository, number, Some(why))
        .await?
        .done()
        .unwrap();
    assert_eq!(closed.state, State::Closed);
    assert_eq!(
        room.write.read().pull_request(&room.repository, number).await?.state,
        State::Closed
    );
    room.write
        .close_pull_request(&room.repository, number, Some("another reason"))
        .await?;
    let path = format!("/repos/{}/issues/{number}/comments", room.slug());
    let (_, comments) = room.forge.call(Method::GET, &path, None).await?;
    assert_eq!(comments.as_array().map(Vec::len), Some(1), "{comments}");
    assert_eq!(comments[0]["body"], why);
    Ok(())
}

#[tokio::test]
async fn labels_are_put_on_by_name() -> Result<()> {
    let room = Room::new("labels").await?;
    let number = room.opened(BRANCH).await?.number;
    by_hand(
        &room,
        Method::POST,
        "/labels",
        json!({ "name": "promotion", "color": "#00aabb" }),
    )
    .await?;
    room.write
        .add_labels(&room.repository, number, &["promotion".to_owned()])
        .await?;
    room.write
        .add_labels(&room.repository, number, &["promotion".to_owned()])
        .await?;
    let path = format!("/repos/{}/issues/{number}/labels", room.slug());
    let (_, labels) = room.forge.call(Method::GET, &path, None).await?;
    assert_eq!(
        (labels.as_array().map(Vec::len), &labels[0]["name"]),
        (Some(1), &json!("promotion"))
    );
    Ok(())
}

/// Merges as soon as the forge knows that it can.
async fn merge(room: &Room, merge: &Merge) -> Result<PullRequest> {
    eventually("the forge to merge", DEADLINE, async || {
        match room.write.merge(merge).await {
            Ok(effect) => Ok(Look::Found(effect.done().unwrap())),
            Err(error @ Error::NotMergeable { .. }) => Ok(Look::NotYet(error.to_string())),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

#[tokio::test]
async fn every_way_to_merge_gives_the_commit_on_the_base_branch() -> Result<()> {
    let ways = [
        ("merge", MergeMethod::Merge),
        ("squash", MergeMethod::Squash),
        ("rebase", MergeMethod::Rebase),
        ("fast-forward", MergeMethod::FastForward),
    ];
    for (name, method) in ways {
        let room = Room::new(&format!("way-{name}")).await?;
        let opened = room.opened(BRANCH).await?;
        let order = Merge {
            repository: room.repository.clone(),
            number: opened.number,
            head: opened.head_sha.clone().unwrap(),
            method,
            title: Some("Promote".to_owned()),
            message: None,
            delete_branch: true,
        };
        let merged = merge(&room, &order).await?;
        let base = room.base().await?;
        assert!(
            matches!(&merged.state, State::Merged { commit, .. } if *commit == base),
            "{name}: {merged:?}"
        );
        assert_eq!(room.branch(BRANCH).await?, None, "{name}");
        assert_eq!(
            room.file(&base, "deploy/dev.yaml").await?.unwrap().bytes[..],
            *b"tag: 1.2.3 # VERSION\n"
        );
        // A replay finds it merged.
        assert_eq!(
            room.write.merge(&order).await?.done().unwrap().state,
            merged.state,
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_head_that_moved_on_is_not_merged() -> Result<()> {
    let room = Room::new("stale-head").await?;
    let opened = room.opened(BRANCH).await?;
    room.person_commits(BRANCH, "x", "unseen\n").await?;
    let order = Merge {
        repository: room.repository.clone(),
        number: opened.number,
        head: opened.head_sha.unwrap(),
        method: MergeMethod::Merge,
        title: None,
        message: None,
        delete_branch: false,
    };
    let error = merge(&room, &order).await.unwrap_err();
    assert!(error.to_string().contains("head out of date"), "{error}");
    room.forge.close(room.slug(), opened.number).await?;
    let error = room.write.merge(&order).await.unwrap_err();
    assert!(error.to_string().contains("it was closed"), "{error}");
    Ok(())
}

#[tokio::test]
async fn mergeable_is_known_when_it_is_and_unknown_on_a_conflict() -> Result<()> {
    let room = Room::new("mergeable").await?;
    let number = room.opened(BRANCH).await?.number;
    let wait_for = async |mergeable: Option<bool>| {
        eventually("the forge to look for conflicts", DEADLINE, async || {
            let seen = room
                .write
                .read()
                .pull_request(&room.repository, number)
                .await?
                .mergeable;
            Ok(if seen == mergeable {
                Look::Found(())
            } else {
                Look::NotYet(format!("{seen:?}"))
            })
        })
        .await
    };
    wait_for(Some(true)).await?;
    room.person_commits("main", "deploy/dev.yaml", "tag: 2.0.0 # VERSION\n")
        .await?;
    wait_for(None).await?;
    // The edits again on the new base, and it can be merged.
    let seen = room.head(BRANCH).await?;
    room.write.replace_branch(&room.intent(BRANCH).await?, &seen).await?;
    wait_for(Some(true)).await
}

#[tokio::test]
async fn a_list_has_what_changed_since() -> Result<()> {
    let room = Room::new("listed").await?;
    let first = room.opened("stagecoach/one").await?;
    let second = room.opened("stagecoach/two").await?;
    room.forge.merge(room.slug(), first.number).await?;
    let read = room.write.read();
    let all = read
        .pull_requests(&room.repository, "2020-01-01T00:00:00Z".parse()?)
        .await?;
    assert!(all.complete);
    let mut numbers: Vec<u64> = all.pull_requests.iter().map(|pull| pull.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [first.number, second.number]);
    let newest = all.pull_requests.iter().map(|pull| pull.updated_at).max().unwrap();
    // Idle: one call, and what shares the newest second comes again.
    let before = room.calls();
    let again = read.pull_requests(&room.repository, newest).await?;
    assert_eq!(room.calls() - before, 1);
    assert!(again.pull_requests.iter().all(|pull| pull.updated_at == newest));
    // Every change that a run waits for moves a pull request to the front: here a push to its branch.
    room.person_commits("stagecoach/two", "x", "pushed\n").await?;
    eventually("the push to be listed", DEADLINE, async || {
        let listed = read.pull_requests(&room.repository, newest).await?.pull_requests;
        let pushed = listed
            .into_iter()
            .find(|pull| pull.number == second.number && pull.head_sha != second.head_sha);
        Ok(Look::or_not_yet(pushed, "the old head"))
    })
    .await?;
    Ok(())
}
