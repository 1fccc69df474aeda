//! The JSON that Gitea answers, as far as it is used, and how it becomes this crate's types. Pure.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    commit::{Commit, Person},
    error::{Error, Place},
    id::{CommitSha, RepositoryId},
    pull_request::{PullRequest, State},
    repository::{EntryKind, Repository, TreeEntry},
};

/// An answer that has the right shape and impossible content.
fn unreadable(at: &Place, message: &dyn std::fmt::Display) -> Error {
    Error::Unreadable {
        at: at.clone(),
        message: message.to_string(),
    }
}

pub(super) fn sha(text: &str, at: &Place) -> Result<CommitSha, Error> {
    CommitSha::parse(text).map_err(|error| unreadable(at, &error))
}

#[derive(Deserialize)]
pub(super) struct WireUser {
    pub(super) login: String,
}

#[derive(Deserialize)]
pub(super) struct WireRepository {
    full_name: String,
    default_branch: String,
    html_url: String,
    clone_url: String,
    #[serde(default)]
    archived: bool,
}

impl WireRepository {
    pub(super) fn into_repository(self, at: &Place) -> Result<Repository, Error> {
        Ok(Repository {
            id: RepositoryId::parse(&self.full_name).map_err(|error| unreadable(at, &error))?,
            default_branch: self.default_branch,
            html_url: self.html_url,
            clone_url: self.clone_url,
            archived: self.archived,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct WireBranch {
    pub(super) commit: WireBranchCommit,
}

#[derive(Deserialize)]
pub(super) struct WireBranchCommit {
    pub(super) id: String,
}

/// A path at a commit that is no folder: a folder answers a list.
#[derive(Deserialize)]
pub(super) struct WireEntry {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) sha: String,
    #[serde(default)]
    pub(super) size: u64,
    /// Base64; none for files larger than the forge puts into JSON.
    pub(super) content: Option<String>,
}

/// One page of a commit's tree.
#[derive(Deserialize)]
pub(super) struct WireTree {
    /// Null behind the last page.
    #[serde(default)]
    pub(super) tree: Option<Vec<WireTreeEntry>>,
    /// Entries of all pages. What `truncated` means depends on the forge's version.
    pub(super) total_count: usize,
}

#[derive(Deserialize)]
pub(super) struct WireTreeEntry {
    path: String,
    mode: String,
    #[serde(default)]
    size: u64,
    sha: String,
}

impl WireTreeEntry {
    /// None for a folder.
    pub(super) fn into_entry(self) -> Option<TreeEntry> {
        Some(TreeEntry {
            kind: EntryKind::of_mode(&self.mode)?,
            path: self.path,
            blob: self.sha,
            size: Some(self.size),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct WireCommit {
    sha: String,
    parents: Vec<WireSha>,
    commit: WireCommitText,
}

#[derive(Deserialize)]
struct WireCommitText {
    message: String,
    author: WirePerson,
}

#[derive(Deserialize)]
struct WirePerson {
    name: String,
    email: String,
    date: Timestamp,
}

#[derive(Deserialize)]
pub(super) struct WireSha {
    pub(super) sha: String,
}

impl WireCommit {
    pub(super) fn into_commit(self, at: &Place) -> Result<Commit, Error> {
        let WirePerson { name, email, date } = self.commit.author;
        Ok(Commit {
            sha: sha(&self.sha, at)?,
            parents: self
                .parents
                .iter()
                .map(|parent| sha(&parent.sha, at))
                .collect::<Result<_, _>>()?,
            message: self.commit.message,
            author: Person { name, email },
            date,
        })
    }
}

/// The answer to a commit over the contents API.
#[derive(Deserialize)]
pub(super) struct WireCreated {
    pub(super) commit: WireCreatedCommit,
}

#[derive(Deserialize)]
pub(super) struct WireCreatedCommit {
    pub(super) sha: String,
    pub(super) parents: Vec<WireSha>,
}

#[derive(Deserialize)]
pub(super) struct WireComment {
    #[serde(default)]
    pub(super) body: String,
}

#[derive(Deserialize)]
pub(super) struct WirePullRequest {
    number: u64,
    html_url: String,
    title: String,
    #[serde(default)]
    body: Option<String>,
    state: String,
    #[serde(default)]
    merged: bool,
    merged_at: Option<Timestamp>,
    merge_commit_sha: Option<String>,
    #[serde(default)]
    mergeable: bool,
    updated_at: Timestamp,
    pub(super) head: WireEnd,
    pub(super) base: WireEnd,
}

/// One end of a pull request. `label` is the branch also after it was deleted, `ref` then is not.
#[derive(Deserialize)]
pub(super) struct WireEnd {
    pub(super) label: String,
    #[serde(default)]
    sha: String,
    #[serde(default)]
    pub(super) repo_id: i64,
}

impl WirePullRequest {
    pub(super) fn into_pull_request(self, at: &Place) -> Result<PullRequest, Error> {
        let state = match (self.merged, self.state.as_str(), self.merge_commit_sha, self.merged_at) {
            (true, _, Some(commit), Some(merged_at)) => State::Merged {
                commit: sha(&commit, at)?,
                at: merged_at,
            },
            (true, ..) => return Err(unreadable(at, &"a merged pull request without its merge commit")),
            (false, "open", ..) => State::Open,
            (false, "closed", ..) => State::Closed,
            (false, other, ..) => return Err(unreadable(at, &format!("pull request state {other:?}"))),
        };
        Ok(PullRequest {
            number: self.number,
            url: self.html_url,
            title: self.title,
            body: self.body.unwrap_or_default(),
            // False may mean conflict, being checked, or work in progress: nobody can tell.
            mergeable: (state == State::Open && self.mergeable).then_some(true),
            state,
            head_sha: end_sha(&self.head, at)?,
            head: self.head.label,
            base_sha: end_sha(&self.base, at)?,
            base: self.base.label,
            updated_at: self.updated_at,
        })
    }
}

fn end_sha(end: &WireEnd, at: &Place) -> Result<Option<CommitSha>, Error> {
    if end.sha.is_empty() {
        Ok(None)
    } else {
        sha(&end.sha, at).map(Some)
    }
}
