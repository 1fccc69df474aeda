//! A branch that holds one intended commit: made, found, or left alone.

use std::sync::Arc;

use serde_json::json;

use super::{
    branch_json, commit_json, created_json, file_json, id, intent, new_pull_request, no_file_json, not_found_json,
    persons_commit_json, pull_json, repository, repository_json,
    script::{Exchange, Script, on},
};
use crate::{Committed, Effect, Error, Kind, Write};

const COMMIT: &str = "POST /repos/team/app/contents";
const BRANCH: &str = "/repos/team/app/branches/stagecoach%2Frun-1";
const BASE: &str = "GET /repos/team/app/branches/main";
const PULL: &str = "GET /repos/team/app/pulls/main/stagecoach%2Frun-1";

fn exists() -> Exchange {
    on(
        COMMIT,
        422,
        json!({ "message": "branch already exists [name: stagecoach/run-1]" }),
    )
}

fn head_is(digit: char) -> Exchange {
    on(&format!("GET {BRANCH}"), 200, branch_json(&id(digit)))
}

fn commits(head: char, body: serde_json::Value) -> Exchange {
    let (base, head) = (id('a'), id(head));
    let query = format!("sha={head}&not={base}&limit=50&stat=false&verification=false&files=false");
    on(&format!("GET /repos/team/app/commits?{query}"), 200, body)
}

fn files_as_intended(at: char) -> [Exchange; 2] {
    let at = id(at);
    [
        on(
            &format!("GET /repos/team/app/contents/deploy/dev.yaml?ref={at}"),
            200,
            file_json(b"tag: 1.2.3\n"),
        ),
        on(
            &format!("GET /repos/team/app/contents/old.yaml?ref={at}"),
            404,
            no_file_json("old.yaml"),
        ),
    ]
}

async fn commit(exchanges: impl IntoIterator<Item = Exchange>) -> Result<Committed, Error> {
    let script = Script::new(exchanges).await;
    let result = Write::new(Arc::new(script.forge()))
        .commit_on_new_branch(&intent())
        .await;
    script.played();
    result.map(|effect| effect.done().unwrap())
}

#[tokio::test]
async fn a_promotion_costs_three_calls_and_one_for_each_file() {
    let script = Script::new([
        on(BASE, 200, branch_json(&id('a'))),
        on(
            &format!("GET /repos/team/app/contents/deploy/dev.yaml?ref={}", id('a')),
            200,
            file_json(b"tag: 1\n"),
        ),
        on(
            &format!("GET /repos/team/app/contents/old.yaml?ref={}", id('a')),
            200,
            file_json(b""),
        ),
        on(COMMIT, 201, created_json(&id('c'), &id('a')))
            .sends(r#""branch":"main""#)
            .sends(r#""new_branch":"stagecoach/run-1""#)
            .sends(r#""dates":{"author":"2026-01-02T03:04:05Z","committer":"2026-01-02T03:04:05Z"}"#)
            .sends(r#"{"content":"dGFnOiAxLjIuMwo=","operation":"update","path":"deploy/dev.yaml","sha":"b10b"}"#)
            .sends(r#"{"operation":"delete","path":"old.yaml","sha":"01d"}"#),
        on("POST /repos/team/app/pulls", 201, pull_json(7, "open")).sends(r#""title":"Update app""#),
    ])
    .await;
    let write = Write::new(Arc::new(script.forge()));
    let read = write.read();
    assert_eq!(read.branch_head(&repository(), "main").await, Ok(Some(id('a'))));
    assert_eq!(
        read.read_file(&repository(), &id('a'), "deploy/dev.yaml")
            .await
            .unwrap()
            .unwrap()
            .bytes[..],
        *b"tag: 1\n"
    );
    assert!(
        read.read_file(&repository(), &id('a'), "old.yaml")
            .await
            .unwrap()
            .is_some()
    );
    let committed = write.commit_on_new_branch(&intent()).await.unwrap().done().unwrap();
    assert_eq!(
        committed,
        Committed {
            sha: id('c'),
            head: id('c'),
            created: true
        }
    );
    let opened = write
        .open_pull_request(&new_pull_request(committed.created))
        .await
        .unwrap()
        .done()
        .unwrap();
    assert_eq!((opened.pull_request.number, opened.created), (7, true));
    script.played();
    let endpoints: Vec<&str> = script.reports().iter().map(|report| report.endpoint).collect();
    assert_eq!(endpoints, ["branch", "contents", "contents", "contents", "pulls"]);
}

#[tokio::test]
async fn a_replay_finds_the_commit_of_the_first_pass() {
    let mut calls = vec![
        exists(),
        head_is('c'),
        commits('c', json!([commit_json(&id('c'), &id('a'))])),
    ];
    calls.extend(files_as_intended('c'));
    assert_eq!(
        commit(calls).await,
        Ok(Committed {
            sha: id('c'),
            head: id('c'),
            created: false
        })
    );
}

#[tokio::test]
async fn a_commit_under_the_commits_of_a_person_is_found() {
    let listed = json!([persons_commit_json(&id('d'), &id('c')), commit_json(&id('c'), &id('a'))]);
    let mut calls = vec![exists(), head_is('d'), commits('d', listed)];
    calls.extend(files_as_intended('c'));
    assert_eq!(
        commit(calls).await,
        Ok(Committed {
            sha: id('c'),
            head: id('d'),
            created: false
        })
    );
}

#[tokio::test]
async fn a_branch_of_somebody_else_is_left_alone() {
    let listed = json!([persons_commit_json(&id('d'), &id('a'))]);
    let error = commit([exists(), head_is('d'), commits('d', listed)])
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Stalled, "BranchTaken"));
    let words = error.to_string();
    assert!(
        words.contains("stagecoach/run-1") && words.contains("team/app") && words.contains("dddddddd"),
        "{words}"
    );
}

#[tokio::test]
async fn our_name_over_other_content_is_not_ours() {
    let other = on(
        &format!("GET /repos/team/app/contents/deploy/dev.yaml?ref={}", id('c')),
        200,
        file_json(b"tag: 6.6.6\n"),
    );
    let listed = json!([commit_json(&id('c'), &id('a'))]);
    let error = commit([exists(), head_is('c'), commits('c', listed), other])
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "BranchTaken");
}

#[tokio::test]
async fn a_base_that_moved_leaves_nothing_behind() {
    let calls = [
        on(COMMIT, 201, created_json(&id('c'), &id('b'))),
        on(&format!("DELETE {BRANCH}"), 204, ""),
    ];
    let error = commit(calls).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Retry, "BaseMoved"));
    assert!(
        matches!(&error, Error::BaseMoved { parent, .. } if *parent == id('b')),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("branch main has moved from aaaaaaaa to bbbbbbbb"),
        "{error}"
    );
}

#[tokio::test]
async fn a_base_that_moved_under_a_file_is_told_from_a_refusal() {
    let refused = || {
        on(
            COMMIT,
            422,
            json!({ "message": "sha does not match [given: b10b, expected: 5ee]" }),
        )
    };
    let none = || on(&format!("GET {BRANCH}"), 404, not_found_json());
    let there = || on("GET /repos/team/app", 200, repository_json());
    let moved = on(BASE, 200, branch_json(&id('b')));
    let error = commit([refused(), none(), there(), moved]).await.unwrap_err();
    assert_eq!(error.reason(), "BaseMoved");
    let unmoved = on(BASE, 200, branch_json(&id('a')));
    let error = commit([refused(), none(), there(), unmoved]).await.unwrap_err();
    assert_eq!(error.reason(), "ForgeRefused");
    assert!(error.to_string().contains("sha does not match"), "{error}");
}

#[tokio::test]
async fn what_a_crash_left_on_another_base_goes_unless_a_pull_request_hangs_on_it() {
    let listed = || json!([commit_json(&id('c'), &id('b')), persons_commit_json(&id('b'), &id('a'))]);
    let found = || [exists(), head_is('c'), commits('c', listed())];
    let no_pull = || {
        [
            on(PULL, 404, not_found_json()),
            on("GET /repos/team/app", 200, repository_json()),
        ]
    };
    let mut calls: Vec<Exchange> = found().into_iter().chain(no_pull()).collect();
    calls.push(on(&format!("DELETE {BRANCH}"), 204, ""));
    assert_eq!(commit(calls).await.unwrap_err().reason(), "BaseMoved");
    let calls = found().into_iter().chain([on(PULL, 200, pull_json(7, "open"))]);
    assert_eq!(commit(calls).await.unwrap_err().reason(), "BaseMoved");
    // A person has built on it: theirs is not thrown away.
    let above = json!([persons_commit_json(&id('d'), &id('c')), commit_json(&id('c'), &id('b'))]);
    let calls = [exists(), head_is('d'), commits('d', above)]
        .into_iter()
        .chain(no_pull());
    assert_eq!(commit(calls).await.unwrap_err().reason(), "BranchTaken");
}

#[tokio::test]
async fn an_unanswered_commit_is_tried_again_and_not_looked_into() {
    let error = commit([on(COMMIT, 502, "bad gateway")]).await.unwrap_err();
    assert_eq!(error.reason(), "ForgeUnavailable");
}

#[tokio::test]
async fn a_branch_is_replaced_only_where_it_was_seen() {
    let replace = async |exchanges: Vec<Exchange>| {
        let script = Script::new(exchanges).await;
        let result = Write::new(Arc::new(script.forge()))
            .replace_branch(&intent(), &id('f'))
            .await;
        script.played();
        result
    };
    let made = on(COMMIT, 201, created_json(&id('c'), &id('a')))
        .sends(r#""force_push":true"#)
        .sends(r#""force_overwrite_new_branch":true"#);
    let committed = replace(vec![head_is('f'), made]).await.unwrap();
    assert_eq!(
        committed,
        Effect::Done(Committed {
            sha: id('c'),
            head: id('c'),
            created: true
        })
    );
    let error = replace(vec![
        head_is('d'),
        commits('d', json!([persons_commit_json(&id('d'), &id('f'))])),
    ])
    .await;
    assert_eq!(error.unwrap_err().reason(), "BranchTaken");
    let mut replay = vec![head_is('c'), commits('c', json!([commit_json(&id('c'), &id('a'))]))];
    replay.extend(files_as_intended('c'));
    let found = replace(replay).await.unwrap();
    assert_eq!(
        found,
        Effect::Done(Committed {
            sha: id('c'),
            head: id('c'),
            created: false
        })
    );
}
