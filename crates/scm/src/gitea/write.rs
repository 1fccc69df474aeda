//! Effects on Gitea. Find-or-create is not here: `crate::write` does it for all forges.

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Gitea,
    wire::{WireComment, WireCreated, WirePullRequest, sha},
};
use crate::{
    commit::{FileChange, NewCommit, NewPath},
    error::Error,
    http::{ANSWER_LIMIT, Answer, Call},
    id::RepositoryId,
    pull_request::{Merge, MergeMethod, NewPullRequest, PullRequest},
    write::{Api, Created},
};

#[async_trait]
impl Api for Gitea {
    /// The API of contents has no field for a mode: <https://github.com/go-gitea/gitea/issues/34945>. A new file is 100644, and
    /// an update keeps the mode that is there. Forgejo has the same.
    fn sets_modes(&self) -> bool {
        false
    }

    async fn create_commit(&self, commit: &NewCommit) -> Result<Created, Error> {
        self.commit(commit, false).await
    }

    async fn replace_branch(&self, commit: &NewCommit) -> Result<Created, Error> {
        self.commit(commit, true).await
    }

    async fn delete_branch(&self, repository: &RepositoryId, branch: &str) -> Result<(), Error> {
        let doing = format!("delete branch {branch} of {repository}");
        let url = self.url(repository, &["branches", branch])?;
        let call = Call {
            method: Method::DELETE,
            endpoint: "branch",
            url,
            body: None,
            limit: ANSWER_LIMIT,
            doing,
        };
        let answer = self.client.call(call).await?;
        if answer.status == StatusCode::NOT_FOUND {
            Ok(())
        } else {
            done(answer, branch)
        }
    }

    async fn create_pull_request(&self, new: &NewPullRequest) -> Result<PullRequest, Error> {
        let NewPullRequest {
            repository,
            head,
            base,
            title,
            body,
            head_is_new: _,
        } = new;
        let doing = format!("open a pull request from {head} to {base} in {repository}");
        let body = json!({ "head": head, "base": base, "title": title, "body": body });
        let answer = self
            .send(Method::POST, "pulls", repository, &["pulls"], &body, doing)
            .await?;
        let at = answer.at.clone();
        answer
            .json::<WirePullRequest>(format!("branch {head} or {base}"))?
            .into_pull_request(&at)
    }

    async fn close(&self, repository: &RepositoryId, number: u64) -> Result<(), Error> {
        let doing = format!("close pull request {number} of {repository}");
        let parts = ["pulls", &number.to_string()];
        let answer = self
            .send(
                Method::PATCH,
                "pull",
                repository,
                &parts,
                &json!({ "state": "closed" }),
                doing,
            )
            .await?;
        if answer.status == StatusCode::PRECONDITION_FAILED {
            // "It was already merged."
            return Err(Error::Conflict {
                message: answer.words().to_owned(),
                at: answer.at,
            });
        }
        done(answer, format!("pull request {number}"))
    }

    async fn create_comment(&self, repository: &RepositoryId, number: u64, text: &str) -> Result<(), Error> {
        let doing = format!("comment on pull request {number} of {repository}");
        let parts = ["issues", &number.to_string(), "comments"];
        let answer = self
            .send(
                Method::POST,
                "comments",
                repository,
                &parts,
                &json!({ "body": text }),
                doing,
            )
            .await?;
        done(answer, format!("pull request {number}"))
    }

    async fn comments(&self, repository: &RepositoryId, number: u64) -> Result<Vec<String>, Error> {
        let url = self.url(repository, &["issues", &number.to_string(), "comments"])?;
        let call = Call::get(
            "comments",
            url,
            format!("read the comments on pull request {number} of {repository}"),
        );
        let comments: Vec<WireComment> = self.client.call(call).await?.json(format!("pull request {number}"))?;
        Ok(comments.into_iter().map(|comment| comment.body).collect())
    }

    async fn add_labels(&self, repository: &RepositoryId, number: u64, labels: &[String]) -> Result<(), Error> {
        let doing = format!("label pull request {number} of {repository}");
        let parts = ["issues", &number.to_string(), "labels"];
        let answer = self
            .send(
                Method::POST,
                "labels",
                repository,
                &parts,
                &json!({ "labels": labels }),
                doing,
            )
            .await?;
        done(
            answer,
            format!("pull request {number}, or one of the labels {}", labels.join(", ")),
        )
    }

    async fn merge(&self, merge: &Merge) -> Result<(), Error> {
        let Merge {
            repository,
            number,
            head,
            method,
            title,
            message,
            delete_branch,
        } = merge;
        let doing = format!("merge pull request {number} of {repository}");
        let body = json!({
            "Do": match method {
                MergeMethod::Merge => "merge",
                MergeMethod::Squash => "squash",
                MergeMethod::Rebase => "rebase",
                MergeMethod::FastForward => "fast-forward-only",
            },
            "MergeTitleField": title.as_deref().unwrap_or_default(),
            "MergeMessageField": message.as_deref().unwrap_or_default(),
            "head_commit_id": head.as_str(),
            "delete_branch_after_merge": delete_branch,
        });
        let parts = ["pulls", &number.to_string(), "merge"];
        let answer = self
            .send(Method::POST, "merge", repository, &parts, &body, doing)
            .await?;
        if answer.status == StatusCode::METHOD_NOT_ALLOWED {
            return Err(Error::NotMergeable {
                message: answer.words().to_owned(),
                at: answer.at,
            });
        }
        done(answer, format!("an open pull request {number}"))
    }
}

impl Gitea {
    async fn commit(&self, commit: &NewCommit, replace: bool) -> Result<Created, Error> {
        let NewCommit {
            repository,
            branch,
            base_branch,
            changes,
            ..
        } = commit;
        let doing = format!("commit {} files to branch {branch} of {repository}", changes.len());
        // The answer repeats the files.
        let bytes: usize = changes
            .iter()
            .filter_map(|change| change.change.content())
            .map(<[u8]>::len)
            .sum();
        let url = self.url(repository, &["contents"])?;
        let call = Call::send(Method::POST, "contents", url, &commit_body(commit, replace), doing);
        let answer = self.client.call(call.limit(ANSWER_LIMIT + 2 * bytes)).await?;
        let at = answer.at.clone();
        let created: WireCreated = answer.json(format!("branch {base_branch}, or a file to change"))?;
        let Some(parent) = created.commit.parents.first() else {
            return Err(Error::Unreadable {
                at,
                message: "the new commit has no parent".to_owned(),
            });
        };
        Ok(Created {
            sha: sha(&created.commit.sha, &at)?,
            parent: sha(&parent.sha, &at)?,
        })
    }

    async fn send(
        &self,
        method: Method,
        endpoint: &'static str,
        repository: &RepositoryId,
        parts: &[&str],
        body: &Value,
        doing: String,
    ) -> Result<Answer, Error> {
        self.client
            .call(Call::send(method, endpoint, self.url(repository, parts)?, body, doing))
            .await
    }
}

fn commit_body(commit: &NewCommit, replace: bool) -> Value {
    let person = json!({ "name": commit.author.name, "email": commit.author.email });
    // Whole seconds: git keeps no more, and equal intents must give equal commits.
    let date = jiff::Timestamp::from_second(commit.date.as_second())
        .unwrap_or(commit.date)
        .to_string();
    let mut body = json!({
        "branch": commit.base_branch,
        "new_branch": commit.branch,
        "message": commit.message,
        "author": person,
        "committer": person,
        "dates": { "author": date, "committer": date },
        "files": commit.changes.iter().map(file_body).collect::<Vec<_>>(),
    });
    if replace {
        // The first name is Gitea's, the second Forgejo's.
        body["force_push"] = json!(true);
        body["force_overwrite_new_branch"] = json!(true);
    }
    body
}

fn file_body(FileChange { path, change }: &FileChange) -> Value {
    match change {
        NewPath::Create { content, mode: _ } => {
            json!({ "operation": "create", "path": path, "content": BASE64_STANDARD.encode(content) })
        }
        NewPath::Update {
            content,
            previous,
            mode: _,
        } => {
            json!({ "operation": "update", "path": path, "content": BASE64_STANDARD.encode(content), "sha": previous })
        }
        NewPath::Delete { previous } => json!({ "operation": "delete", "path": path, "sha": previous }),
    }
}

/// A success, or the error of anything else.
fn done(answer: Answer, what: impl Into<String>) -> Result<(), Error> {
    if answer.status.is_success() {
        Ok(())
    } else {
        Err(answer.into_error(what))
    }
}
