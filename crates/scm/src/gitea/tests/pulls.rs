//! Pull requests: opened once, listed cheaply, closed and merged without doing it twice.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    id, intent, merged_json, new_pull_request, not_found_json, pull_json, repository, repository_json,
    script::{Exchange, Script, on},
};
use crate::{Error, Kind, Merge, MergeMethod, Opened, PullRequest, Read, State, Write};

const PULLS: &str = "POST /repos/team/app/pulls";
const BY_BRANCHES: &str = "GET /repos/team/app/pulls/main/stagecoach%2Frun-1";
const PULL: &str = "GET /repos/team/app/pulls/7";
const MERGE: &str = "POST /repos/team/app/pulls/7/merge";
const COMMENTS: &str = "/repos/team/app/issues/7/comments";
const OPEN_LIST: &str = "GET /repos/team/app/pulls?state=open&base_branch=main&limit=50&page=1";

async fn open(head_is_new: bool, exchanges: Vec<Exchange>) -> Result<Opened, Error> {
    let script = Script::new(exchanges).await;
    let write = Write::new(Arc::new(script.forge()));
    let result = write.open_pull_request(&new_pull_request(head_is_new)).await;
    script.played();
    result.map(|effect| effect.done().unwrap())
}

fn exists() -> Exchange {
    on(
        PULLS,
        409,
        json!({ "message": "pull request already exists for these targets" }),
    )
}

#[tokio::test]
async fn behind_a_branch_that_was_found_the_pull_request_is_looked_for() {
    let none = vec![
        on(BY_BRANCHES, 404, not_found_json()),
        on("GET /repos/team/app", 200, repository_json()),
        on(PULLS, 201, pull_json(7, "open")),
    ];
    assert!(open(false, none).await.unwrap().created);
    let there = open(false, vec![on(BY_BRANCHES, 200, pull_json(7, "open"))])
        .await
        .unwrap();
    assert_eq!((there.created, there.pull_request.state), (false, State::Open));
    let merged = open(false, vec![on(BY_BRANCHES, 200, merged_json(7))]).await.unwrap();
    let at = "2026-01-01T10:00:00Z".parse().unwrap();
    assert_eq!(merged.pull_request.state, State::Merged { commit: id('e'), at });
}

#[tokio::test]
async fn a_closed_pull_request_is_not_opened_a_second_time() {
    let closed = on(BY_BRANCHES, 200, pull_json(7, "closed"));
    let found = open(false, vec![closed.clone(), on(OPEN_LIST, 200, json!([]))])
        .await
        .unwrap();
    assert_eq!((found.created, found.pull_request.state), (false, State::Closed));
    // Unless a person did: the open one counts, and not that of a fork.
    let mut of_a_fork = pull_json(8, "open");
    of_a_fork["head"]["repo_id"] = json!(2);
    let list = on(OPEN_LIST, 200, json!([of_a_fork, pull_json(9, "open")]));
    let found = open(false, vec![closed, list]).await.unwrap();
    assert_eq!((found.pull_request.number, found.pull_request.state), (9, State::Open));
}

#[tokio::test]
async fn a_pull_request_that_somebody_opened_faster_is_found() {
    let found = open(true, vec![exists(), on(BY_BRANCHES, 200, pull_json(7, "open"))])
        .await
        .unwrap();
    assert_eq!((found.created, found.pull_request.number), (false, 7));
}

#[tokio::test]
async fn mergeable_is_true_or_unknown() {
    let script = Script::new([on(PULL, 200, pull_json(7, "open")), {
        let mut checked = pull_json(7, "open");
        checked["mergeable"] = json!(true);
        on(PULL, 200, checked)
    }])
    .await;
    let forge = script.forge();
    assert_eq!(forge.pull_request(&repository(), 7).await.unwrap().mergeable, None);
    assert_eq!(
        forge.pull_request(&repository(), 7).await.unwrap().mergeable,
        Some(true)
    );
}

fn page(page: usize, limit: usize, body: Value) -> Exchange {
    on(
        &format!("GET /repos/team/app/pulls?state=all&sort=recentupdate&limit={limit}&page={page}"),
        200,
        body,
    )
}

/// Pull requests `from` down to `to`; number n was updated n seconds after ten.
fn pulls(from: u64, to: u64) -> Value {
    let mut all = vec![];
    for number in (to..=from).rev() {
        let mut pull = pull_json(number, "open");
        pull["updated_at"] = json!(format!("2026-01-01T10:{:02}:{:02}Z", number / 60, number % 60));
        all.push(pull);
    }
    Value::Array(all)
}

async fn listed(since: &str, exchanges: Vec<Exchange>) -> (Vec<u64>, bool) {
    let script = Script::new(exchanges).await;
    let listing = script
        .forge()
        .pull_requests(&repository(), since.parse().unwrap())
        .await
        .unwrap();
    script.played();
    (
        listing.pull_requests.iter().map(|pull| pull.number).collect(),
        listing.complete,
    )
}

#[tokio::test]
async fn a_list_is_read_down_to_what_was_seen() {
    // The newest that was seen comes again: another one may have changed within that second.
    let seen = listed("2026-01-01T10:01:58Z", vec![page(1, 10, pulls(120, 111))]).await;
    assert_eq!(seen, (vec![120, 119, 118], true));
    // Pages move while they are read: 61 is on two of them, and is listed once.
    let three = vec![
        page(1, 10, pulls(120, 111)),
        page(1, 50, pulls(120, 71)),
        page(2, 50, pulls(71, 22)),
    ];
    let (numbers, complete) = listed("2026-01-01T10:01:01Z", three).await;
    assert_eq!((numbers, complete), ((61..=120).rev().collect(), true));
    assert_eq!(
        listed("2026-01-01T00:00:00Z", vec![page(1, 10, pulls(3, 1))]).await,
        (vec![3, 2, 1], true)
    );
    assert_eq!(
        listed("2026-01-01T00:00:00Z", vec![page(1, 10, json!([]))]).await,
        (vec![], true)
    );
}

#[tokio::test]
async fn a_list_without_end_is_cut_and_says_so() {
    let same = pulls(50, 1);
    let mut exchanges = vec![page(1, 10, pulls(50, 41))];
    exchanges.extend((1..=40).map(|number| page(number, 50, same.clone())));
    assert!(!listed("2026-01-01T00:00:00Z", exchanges).await.1);
}

async fn close(exchanges: Vec<Exchange>) -> PullRequest {
    let script = Script::new(exchanges).await;
    let write = Write::new(Arc::new(script.forge()));
    let closed = write
        .close_pull_request(&repository(), 7, Some("superseded by run 2"))
        .await
        .unwrap();
    script.played();
    closed.done().unwrap()
}

#[tokio::test]
async fn a_pull_request_is_closed_with_one_comment() {
    let patch = |status, body| on("PATCH /repos/team/app/pulls/7", status, body).sends(r#""state":"closed""#);
    let none = on(&format!("GET {COMMENTS}"), 200, json!([]));
    let comment = on(&format!("POST {COMMENTS}"), 201, json!({})).sends("superseded by run 2");
    let opened = || on(PULL, 200, pull_json(7, "open"));
    let closed = close(vec![opened(), none.clone(), comment, patch(201, json!({}))]).await;
    assert_eq!(closed.state, State::Closed);
    // After a crash between the two, the comment is there.
    let there = on(
        &format!("GET {COMMENTS}"),
        200,
        json!([{ "body": "superseded by run 2\n" }]),
    );
    assert_eq!(
        close(vec![opened(), there.clone(), patch(201, json!({}))]).await.state,
        State::Closed
    );
    assert_eq!(
        close(vec![on(PULL, 200, pull_json(7, "closed"))]).await.state,
        State::Closed
    );
    // Merged in between: that is what the caller learns.
    let late = patch(412, json!({ "message": "it was already merged" }));
    let merged = close(vec![opened(), there, late, on(PULL, 200, merged_json(7))]).await;
    assert!(matches!(merged.state, State::Merged { .. }));
}

async fn merge(exchanges: Vec<Exchange>) -> Result<PullRequest, Error> {
    let script = Script::new(exchanges).await;
    let merge = Merge {
        repository: repository(),
        number: 7,
        head: id('c'),
        method: MergeMethod::Squash,
        title: Some("Update app".to_owned()),
        message: None,
        delete_branch: true,
    };
    let result = Write::new(Arc::new(script.forge())).merge(&merge).await;
    script.played();
    result.map(|effect| effect.done().unwrap())
}

#[tokio::test]
async fn a_merge_gives_the_merge_result() {
    let request = on(MERGE, 200, "")
        .sends(r#""Do":"squash""#)
        .sends(&format!(r#""head_commit_id":"{}""#, id('c')));
    let merged = merge(vec![request, on(PULL, 200, merged_json(7))]).await.unwrap();
    assert!(matches!(merged.state, State::Merged { commit, .. } if commit == id('e')));
    // A replay is told that it is merged already, and that is what was wanted.
    let already = on(MERGE, 405, json!({ "message": "The PR is already merged" }));
    assert!(merge(vec![already, on(PULL, 200, merged_json(7))]).await.is_ok());
}

#[tokio::test]
async fn a_merge_that_does_not_go_through_says_why() {
    let later = on(MERGE, 405, json!({ "message": "Please try again later" }));
    let error = merge(vec![later, on(PULL, 200, pull_json(7, "open"))])
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.reason()), (Kind::Retry, "PullRequestNotMergeable"));
    assert!(error.to_string().contains("Please try again later"), "{error}");
    let stale = on(MERGE, 409, json!({ "message": "head out of date" }));
    let error = merge(vec![stale, on(PULL, 200, pull_json(7, "open"))])
        .await
        .unwrap_err();
    assert_eq!(error.reason(), "ForgeConflict");
    let closed = on(MERGE, 404, not_found_json());
    let error = merge(vec![closed, on(PULL, 200, pull_json(7, "closed"))])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("it was closed"), "{error}");
}

#[tokio::test]
async fn a_dry_run_makes_no_call_and_prints_what_it_would_do() {
    let script = Script::new([]).await;
    let write = Write::dry_run(Arc::new(script.forge()));
    assert_eq!(write.plan().to_string(), "nothing to do\n");
    assert_eq!(write.commit_on_new_branch(&intent()).await.unwrap().done(), None);
    assert_eq!(
        write.open_pull_request(&new_pull_request(true)).await.unwrap().done(),
        None
    );
    write
        .add_labels(&repository(), 7, &["promotion".to_owned()])
        .await
        .unwrap();
    write
        .close_pull_request(&repository(), 6, Some("superseded\nby 7"))
        .await
        .unwrap();
    assert_eq!(
        write.plan().to_string(),
        "create branch stagecoach/run-1 of team/app from main at aaaaaaaa
  message: Update app to 1.2.3
  update deploy/dev.yaml (11 bytes)
  delete old.yaml
open a pull request in team/app: stagecoach/run-1 -> main
  title: Update app
  body: to 1.2.3
label team/app#7: promotion
close team/app#6
  comment: superseded
    by 7
"
    );
    let mut empty = intent();
    empty.changes.clear();
    assert_eq!(
        write.commit_on_new_branch(&empty).await.unwrap_err().reason(),
        "InvalidChangeSet"
    );
    script.played();
}
