//! What tests ask of the forge, as its administrator. Repositories are named `owner/name`.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Gitea;
use crate::wait::{self, Look};

/// Gitea looks for conflicts in the background before it lets anybody merge.
const MERGE_DEADLINE: Duration = Duration::from_secs(30);

/// One file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileChange {
    /// The file has these bytes afterwards, whether it was there or not.
    Write {
        /// Its path in the repository.
        path: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// The file is gone afterwards.
    Delete {
        /// Its path in the repository.
        path: String,
    },
}

impl FileChange {
    /// A file with this content.
    pub fn write(path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self::Write {
            path: path.to_owned(),
            bytes: content.into(),
        }
    }

    /// No such file.
    pub fn delete(path: &str) -> Self {
        Self::Delete { path: path.to_owned() }
    }

    /// All files of a folder on disk, under a folder of the repository (`""` is its root).
    pub fn folder(from: &Path, into: &str) -> Result<Vec<Self>> {
        let mut changes = Vec::new();
        let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let target = if into.is_empty() {
                name
            } else {
                format!("{into}/{name}")
            };
            if path.is_dir() {
                changes.extend(Self::folder(&path, &target)?);
            } else {
                let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                changes.push(Self::Write { path: target, bytes });
            }
        }
        Ok(changes)
    }

    fn path(&self) -> &str {
        match self {
            Self::Write { path, .. } | Self::Delete { path } => path,
        }
    }
}

/// What a person sees of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// The title.
    pub title: String,
    /// The description.
    pub body: String,
    /// `open` or `closed`.
    pub state: String,
    /// Whether it was merged.
    pub merged: bool,
    /// The commit on the base branch, once merged.
    pub merge_commit_sha: Option<String>,
    /// The page in a browser.
    pub html_url: String,
    /// Where the changes are.
    pub head: Branch,
    /// Where they go.
    pub base: Branch,
}

/// One end of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Branch {
    /// The branch.
    #[serde(rename = "ref")]
    pub name: String,
    /// Its commit.
    pub sha: String,
}

/// Every user of a test forge has such a password.
pub(super) fn password_of(user: &str) -> String {
    format!("{user}-password")
}

impl Gitea {
    /// Any call of the API as the administrator; the path begins behind `/api/v1`.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
        self.call_as(Self::ADMIN, method, path, body).await
    }

    /// Any call of the API as a user of this forge.
    pub async fn call_as(
        &self,
        user: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let url = format!("{}/api/v1{path}", self.url());
        let what = format!("{method} {path}");
        let mut request = self
            .client
            .request(method, url)
            .basic_auth(user, Some(password_of(user)));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("the forge did not answer {what}"))?;
        let status = answer.status();
        let bytes = answer
            .bytes()
            .await
            .with_context(|| format!("the forge did not finish its answer to {what}"))?;
        // Some answers have no body, and errors of a router have no JSON.
        let value = serde_json::from_slice(&bytes);
        Ok((
            status,
            value.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        ))
    }

    async fn must(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let what = format!("{method} {path}");
        let (status, value) = self.call(method, path, body).await?;
        if status.is_success() {
            Ok(value)
        } else {
            Err(refused(&what, status, &value))
        }
    }

    /// Puts the archive of a chart into the chart repository of an owner, as `helm cm-push` does.
    pub async fn upload_chart(&self, owner: &str, archive: Vec<u8>) -> Result<()> {
        let url = format!("{}/api/packages/{owner}/helm/api/charts", self.url());
        let request = self
            .client
            .post(url)
            .basic_auth(Self::ADMIN, Some(password_of(Self::ADMIN)));
        let answer = request
            .body(archive)
            .send()
            .await
            .context("the forge did not answer an upload")?;
        answer.error_for_status().context("the forge did not take the chart")?;
        Ok(())
    }

    /// Makes a user. The password is `NAME-password`.
    pub async fn create_user(&self, name: &str) -> Result<()> {
        let body = json!({
            "username": name,
            "password": password_of(name),
            "email": format!("{name}@example.com"),
            "must_change_password": false,
        });
        self.must(Method::POST, "/admin/users", Some(&body)).await.map(drop)
    }

    /// Makes an organization, owned by the administrator.
    pub async fn create_organization(&self, name: &str) -> Result<()> {
        self.must(Method::POST, "/orgs", Some(&json!({"username": name})))
            .await
            .map(drop)
    }

    /// Makes a token of a user, for example with the scopes `write:repository` and `read:user`.
    pub async fn create_token(&self, user: &str, name: &str, scopes: &[&str]) -> Result<String> {
        let path = format!("/users/{user}/tokens");
        let body = json!({"name": name, "scopes": scopes});
        let (status, value) = self.call_as(user, Method::POST, &path, Some(&body)).await?;
        let token = value["sha1"].as_str().map(str::to_owned);
        token.ok_or_else(|| refused(&format!("POST {path}"), status, &value))
    }

    /// Makes a public repository of a user or an organization, with a first commit on `main` when files are given.
    pub async fn create_repository(&self, repository: &str, files: &[FileChange]) -> Result<()> {
        let (owner, name) = repository.split_once('/').context("a repository is named owner/name")?;
        let body = json!({"name": name, "default_branch": "main", "private": false});
        self.must(Method::POST, &format!("/admin/users/{owner}/repos"), Some(&body))
            .await?;
        if !files.is_empty() {
            self.commit(repository, "main", "First commit", files).await?;
        }
        Ok(())
    }

    /// Lets a user write to a repository (`read`, `write` or `admin`).
    pub async fn add_collaborator(&self, repository: &str, user: &str, permission: &str) -> Result<()> {
        let path = format!("/repos/{repository}/collaborators/{user}");
        self.must(Method::PUT, &path, Some(&json!({"permission": permission})))
            .await
            .map(drop)
    }

    /// Protects a branch: changes come by pull request only. `more` is merged into the rule, as the API names it.
    pub async fn protect_branch(&self, repository: &str, branch: &str, more: &Value) -> Result<()> {
        let mut rule = json!({"rule_name": branch, "enable_push": false});
        if let (Some(rule), Some(more)) = (rule.as_object_mut(), more.as_object()) {
            rule.extend(more.clone());
        }
        self.must(
            Method::POST,
            &format!("/repos/{repository}/branch_protections"),
            Some(&rule),
        )
        .await
        .map(drop)
    }

    /// Commits all changes at once to a branch that is there (or to the first branch of an empty repository), and
    /// returns the commit.
    pub async fn commit(
        &self,
        repository: &str,
        branch: &str,
        message: &str,
        changes: &[FileChange],
    ) -> Result<String> {
        let known = self.blobs(repository, branch).await?;
        let mut files = Vec::new();
        for change in changes {
            files.push(operation(change, known.get(change.path()).map(String::as_str))?);
        }
        let body = json!({"branch": branch, "message": message, "files": files});
        let made = self
            .must(Method::POST, &format!("/repos/{repository}/contents"), Some(&body))
            .await?;
        Ok(made["commit"]["sha"]
            .as_str()
            .context("the forge named no commit")?
            .to_owned())
    }

    /// The bytes of a file at a branch, tag or commit; none when there is no such file.
    pub async fn read_file(&self, repository: &str, at: &str, path: &str) -> Result<Option<Vec<u8>>> {
        let what = format!("/repos/{repository}/contents/{path}?ref={at}");
        let (status, value) = self.call(Method::GET, &what, None).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let text = value["content"]
            .as_str()
            .ok_or_else(|| refused(&format!("GET {what}"), status, &value))?;
        let bytes = BASE64_STANDARD.decode(text).context("the forge's file is no base64")?;
        Ok(Some(bytes))
    }

    /// The newest pull requests first; `state` is `open`, `closed` or `all`.
    pub async fn pull_requests(&self, repository: &str, state: &str) -> Result<Vec<PullRequest>> {
        let path = format!("/repos/{repository}/pulls?state={state}&limit=50");
        let value = self.must(Method::GET, &path, None).await?;
        serde_json::from_value(value).context("the forge's pull requests have another shape")
    }

    /// One pull request.
    pub async fn pull_request(&self, repository: &str, number: u64) -> Result<PullRequest> {
        let value = self
            .must(Method::GET, &format!("/repos/{repository}/pulls/{number}"), None)
            .await?;
        serde_json::from_value(value).context("the forge's pull request has another shape")
    }

    /// Merges with a merge commit, as a person would with the button, and returns the commit on the base branch.
    pub async fn merge(&self, repository: &str, number: u64) -> Result<String> {
        let path = format!("/repos/{repository}/pulls/{number}/merge");
        let what = format!("pull request {number} of {repository} to be mergeable");
        wait::eventually(&what, MERGE_DEADLINE, async || {
            let (status, value) = self.call(Method::POST, &path, Some(&json!({"Do": "merge"}))).await?;
            match status {
                StatusCode::OK => Ok(Look::Found(())),
                // Still looking for conflicts, or there are some: the same answer.
                StatusCode::METHOD_NOT_ALLOWED => Ok(Look::NotYet(value.to_string())),
                other => Err(refused(&format!("POST {path}"), other, &value)),
            }
        })
        .await?;
        let merged = self.pull_request(repository, number).await?;
        merged
            .merge_commit_sha
            .context("a merged pull request without a merge commit")
    }

    /// Closes a pull request without merging it.
    pub async fn close(&self, repository: &str, number: u64) -> Result<()> {
        let path = format!("/repos/{repository}/pulls/{number}");
        self.must(Method::PATCH, &path, Some(&json!({"state": "closed"})))
            .await
            .map(drop)
    }

    /// The blob of every file on a branch; nothing where the branch is not there yet.
    async fn blobs(&self, repository: &str, branch: &str) -> Result<BTreeMap<String, String>> {
        let path = format!("/repos/{repository}/git/trees/{branch}?recursive=true&per_page=1000");
        let (status, value) = self.call(Method::GET, &path, None).await?;
        if !status.is_success() {
            return Ok(BTreeMap::new());
        }
        if value["truncated"] == true {
            bail!("{repository} has more files than a test's repository should have");
        }
        let entries = value["tree"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        Ok(entries
            .iter()
            .map(|entry| (text(entry, "path"), text(entry, "sha")))
            .collect())
    }
}

/// A change as the API wants it: a file that is there needs its blob.
fn operation(change: &FileChange, blob: Option<&str>) -> Result<Value> {
    match (change, blob) {
        (FileChange::Write { path, bytes }, None) => {
            Ok(json!({"operation": "create", "path": path, "content": BASE64_STANDARD.encode(bytes)}))
        }
        (FileChange::Write { path, bytes }, Some(blob)) => {
            Ok(json!({"operation": "update", "path": path, "content": BASE64_STANDARD.encode(bytes), "sha": blob}))
        }
        (FileChange::Delete { path }, Some(blob)) => Ok(json!({"operation": "delete", "path": path, "sha": blob})),
        (FileChange::Delete { path }, None) => bail!("cannot delete {path}: there is no such file"),
    }
}

fn refused(what: &str, status: StatusCode, body: &Value) -> anyhow::Error {
    anyhow!("the forge refused {what}: {status} {body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_becomes_changes_with_paths_from_its_root() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("dev")).unwrap();
        fs::write(folder.path().join("dev/app.yaml"), "a").unwrap();
        fs::write(folder.path().join("top.yaml"), "b").unwrap();
        let changes = FileChange::folder(folder.path(), "bootstrap").unwrap();
        assert_eq!(
            changes,
            [
                FileChange::write("bootstrap/dev/app.yaml", "a"),
                FileChange::write("bootstrap/top.yaml", "b")
            ]
        );
    }

    #[test]
    fn a_write_is_an_update_where_the_file_is_there() {
        let write = FileChange::write("a", "text");
        assert_eq!(operation(&write, None).unwrap()["operation"], "create");
        assert_eq!(operation(&write, Some("blob")).unwrap()["sha"], "blob");
        assert_eq!(
            operation(&FileChange::delete("a"), Some("blob")).unwrap()["operation"],
            "delete"
        );
        operation(&FileChange::delete("a"), None).unwrap_err();
    }
}
