//! Gitea by script: which calls are made in which order, and what becomes of every kind of answer.

mod branches;
mod lists;
mod pulls;
mod script;
mod statuses;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{CommitSha, FileChange, NewCommit, NewPath, NewPullRequest, Person, RepositoryId};

fn repository() -> RepositoryId {
    RepositoryId::parse("team/app").unwrap()
}

/// A commit id that a reader can tell from others.
fn id(digit: char) -> CommitSha {
    CommitSha::parse(&digit.to_string().repeat(40)).unwrap()
}

fn intent() -> NewCommit {
    NewCommit {
        repository: repository(),
        branch: "stagecoach/run-1".to_owned(),
        base_branch: "main".to_owned(),
        base: id('a'),
        message: "Update app to 1.2.3".to_owned(),
        author: Person {
            name: "Stagecoach".to_owned(),
            email: "stagecoach@example.com".to_owned(),
        },
        date: "2026-01-02T03:04:05Z".parse().unwrap(),
        changes: vec![
            FileChange {
                path: "deploy/dev.yaml".to_owned(),
                change: NewPath::Update {
                    content: b"tag: 1.2.3\n".to_vec(),
                    previous: "b10b".to_owned(),
                    mode: None,
                },
            },
            FileChange {
                path: "old.yaml".to_owned(),
                change: NewPath::Delete {
                    previous: "01d".to_owned(),
                },
            },
        ],
    }
}

fn new_pull_request(head_is_new: bool) -> NewPullRequest {
    NewPullRequest {
        repository: repository(),
        head: "stagecoach/run-1".to_owned(),
        base: "main".to_owned(),
        title: "Update app".to_owned(),
        body: "to 1.2.3".to_owned(),
        head_is_new,
    }
}

fn repository_json() -> Value {
    json!({
        "full_name": "team/app", "default_branch": "main", "archived": false,
        "html_url": "https://git.example.com/team/app", "clone_url": "https://git.example.com/team/app.git",
    })
}

fn branch_json(head: &CommitSha) -> Value {
    json!({ "name": "whatever", "commit": { "id": head.as_str() } })
}

fn created_json(sha: &CommitSha, parent: &CommitSha) -> Value {
    json!({ "files": [], "commit": { "sha": sha.as_str(), "parents": [{ "sha": parent.as_str() }] } })
}

/// The commit of [`intent`] as the forge lists it.
fn commit_json(sha: &CommitSha, parent: &CommitSha) -> Value {
    let person =
        json!({ "name": "Stagecoach", "email": "stagecoach@example.com", "date": "2026-01-02T04:04:05+01:00" });
    json!({
        "sha": sha.as_str(), "parents": [{ "sha": parent.as_str() }],
        "commit": { "message": "Update app to 1.2.3\n", "author": person },
    })
}

fn persons_commit_json(sha: &CommitSha, parent: &CommitSha) -> Value {
    let mut commit = commit_json(sha, parent);
    commit["commit"]["message"] = json!("Fix it by hand");
    commit
}

fn file_json(content: &[u8]) -> Value {
    json!({ "type": "file", "sha": "b10b", "size": content.len(), "content": BASE64_STANDARD.encode(content) })
}

/// What Gitea says about a path that a commit has not.
fn no_file_json(path: &str) -> Value {
    json!({ "message": "GetContentsOrList", "errors": [format!("object does not exist [id: , rel_path: {path}]")] })
}

fn not_found_json() -> Value {
    json!({ "message": "not found", "errors": null })
}

fn pull_json(number: u64, state: &str) -> Value {
    json!({
        "number": number, "html_url": format!("https://git.example.com/team/app/pulls/{number}"),
        "title": "Update app", "body": "to 1.2.3", "state": state, "merged": false, "merged_at": null,
        "merge_commit_sha": null, "mergeable": false, "updated_at": "2026-01-01T10:00:00Z",
        "head": { "label": "stagecoach/run-1", "ref": "stagecoach/run-1", "sha": id('c').as_str(), "repo_id": 1 },
        "base": { "label": "main", "ref": "main", "sha": id('a').as_str(), "repo_id": 1 },
    })
}

fn merged_json(number: u64) -> Value {
    let mut pull = pull_json(number, "closed");
    pull["merged"] = json!(true);
    pull["merged_at"] = json!("2026-01-01T10:00:00Z");
    pull["merge_commit_sha"] = json!(id('e').as_str());
    pull
}
