//! Questions to Gitea.

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use reqwest::StatusCode;
use url::Url;

use super::{
    Gitea,
    wire::{WireBranch, WireCommit, WireEntry, WirePullRequest, WireRepository, WireUser, sha},
};
use crate::{
    commit::{Commit, is_inside},
    error::{Error, Place},
    http::{Answer, Call},
    id::{CommitSha, RepositoryId},
    pull_request::{Listing, PullRequest, State},
    read::Read,
    repository::{File, Repository, TreeEntry},
};

/// The largest file that is read.
const FILE_LIMIT: usize = 50_000_000;
/// The same as base64 inside JSON.
const CONTENTS_LIMIT: usize = FILE_LIMIT / 3 * 4 + 64 * 1024;
/// The largest page that Gitea gives.
const PAGE: usize = 50;
/// Nearly always enough to reach what was seen before, and a fifth of the work.
const FIRST_PAGE: usize = 10;
/// Where one listing ends: 2,000 changed pull requests.
const MAX_PAGES: usize = 40;

#[async_trait]
impl Read for Gitea {
    async fn whoami(&self) -> Result<Option<String>, Error> {
        let call = Call::get(
            "user",
            self.client.url(&["user"]),
            "ask who the token belongs to".to_owned(),
        );
        match self.client.call(call).await {
            Ok(answer) => Ok(Some(answer.json::<WireUser>("the user of the token")?.login)),
            // A token for repositories alone may not read its user. It is known to the forge all the same.
            Err(Error::Forbidden { message, .. }) if message.contains("required scope") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn repository(&self, repository: &RepositoryId) -> Result<Repository, Error> {
        let call = Call::get(
            "repository",
            self.url(repository, &[])?,
            format!("look at {repository}"),
        );
        let answer = self.client.call(call).await?;
        let at = answer.at.clone();
        answer
            .json::<WireRepository>(format!("repository {repository}"))?
            .into_repository(&at)
    }

    async fn branch_head(&self, repository: &RepositoryId, branch: &str) -> Result<Option<CommitSha>, Error> {
        let url = self.url(repository, &["branches", branch])?;
        let call = Call::get("branch", url, format!("look at branch {branch} of {repository}"));
        let answer = self.client.call(call).await?;
        if answer.status == StatusCode::NOT_FOUND {
            // Branch and repository are missing in the same words.
            return self.repository(repository).await.map(|_| None);
        }
        let at = answer.at.clone();
        sha(&answer.json::<WireBranch>(format!("branch {branch}"))?.commit.id, &at).map(Some)
    }

    async fn resolve(&self, repository: &RepositoryId, reference: &str) -> Result<Option<CommitSha>, Error> {
        let mut url = self.url(repository, &["commits"])?;
        url.query_pairs_mut()
            .append_pair("sha", reference)
            .append_pair("limit", "1")
            .append_pair("stat", "false")
            .append_pair("verification", "false")
            .append_pair("files", "false");
        let doing = format!("look at {reference} of {repository}");
        let answer = self.client.call(Call::get("commits", url, doing)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            // Name and repository are missing in the same words.
            return self.repository(repository).await.map(|_| None);
        }
        let at = answer.at.clone();
        let listed: Vec<WireCommit> = answer.json(reference)?;
        let newest = listed.into_iter().next();
        Ok(newest
            .map(|commit| commit.into_commit(&at))
            .transpose()?
            .map(|commit| commit.sha))
    }

    async fn read_file(&self, repository: &RepositoryId, at: &CommitSha, path: &str) -> Result<Option<File>, Error> {
        let doing = format!("read {path} of {repository} at {}", at.short());
        if !is_inside(path) {
            let message = "the path leaves the repository or enters .git".to_owned();
            return Err(Error::Refused {
                at: self.client.place(doing),
                message,
            });
        }
        let url = self.file_url("contents", repository, at, path)?;
        let answer = self
            .client
            .call(Call::get("contents", url, doing).limit(CONTENTS_LIMIT))
            .await?;
        if answer.status == StatusCode::NOT_FOUND {
            return self.missing(answer, repository, at).await;
        }
        let place = answer.at.clone();
        let kind = if answer.body.starts_with(b"[") {
            "folder".to_owned()
        } else {
            let entry: WireEntry = answer.json(path)?;
            if entry.kind == "file" {
                return self.bytes(entry, place, repository, at, path).await.map(Some);
            }
            entry.kind
        };
        let message = format!("it is a {kind}, and only files can be promoted");
        Err(Error::Refused { at: place, message })
    }

    async fn list_files(&self, repository: &RepositoryId, at: &CommitSha) -> Result<Vec<TreeEntry>, Error> {
        self.list(repository, at).await
    }

    async fn commits_since(
        &self,
        repository: &RepositoryId,
        base: &CommitSha,
        head: &CommitSha,
    ) -> Result<Vec<Commit>, Error> {
        self.commits(repository, base, head, PAGE).await
    }

    async fn contains(
        &self,
        repository: &RepositoryId,
        ancestor: &CommitSha,
        descendant: &CommitSha,
    ) -> Result<bool, Error> {
        // Unlike a comparison this answers with one commit at most, however far the two are apart.
        Ok(ancestor == descendant || self.commits(repository, descendant, ancestor, 1).await?.is_empty())
    }

    async fn pull_request(&self, repository: &RepositoryId, number: u64) -> Result<PullRequest, Error> {
        let url = self.url(repository, &["pulls", &number.to_string()])?;
        let call = Call::get("pull", url, format!("look at pull request {number} of {repository}"));
        let answer = self.client.call(call).await?;
        let at = answer.at.clone();
        answer
            .json::<WirePullRequest>(format!("pull request {number}"))?
            .into_pull_request(&at)
    }

    async fn find_pull_request(
        &self,
        repository: &RepositoryId,
        base: &str,
        head: &str,
    ) -> Result<Option<PullRequest>, Error> {
        let url = self.url(repository, &["pulls", base, head])?;
        let doing = format!("look for a pull request from {head} to {base} in {repository}");
        let answer = self.client.call(Call::get("pull_by_branches", url, doing)).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return self.repository(repository).await.map(|_| None);
        }
        let at = answer.at.clone();
        let found = answer
            .json::<WirePullRequest>("the pull request")?
            .into_pull_request(&at)?;
        if found.state != State::Closed {
            return Ok(Some(found));
        }
        // Gitea answers with the oldest one. A person may have opened another for the same branch since.
        Ok(Some(
            self.open_pull_request_of(repository, base, head)
                .await?
                .unwrap_or(found),
        ))
    }

    async fn pull_requests(&self, repository: &RepositoryId, since: Timestamp) -> Result<Listing, Error> {
        let mut pull_requests: Vec<PullRequest> = Vec::new();
        let pages = std::iter::once((1, FIRST_PAGE)).chain((1..=MAX_PAGES).map(|page| (page, PAGE)));
        for (page, size) in pages {
            let query = [("state", "all"), ("sort", "recentupdate")];
            let (listed, at) = self.page(repository, &query, page, size).await?;
            let full = listed.len() >= size;
            let mut seen_all = !full;
            for wire in listed {
                let next = wire.into_pull_request(&at)?;
                if next.updated_at < since {
                    seen_all = true;
                } else if !pull_requests.iter().any(|known| known.number == next.number) {
                    // Pages move while they are read, and the small page is read again.
                    pull_requests.push(next);
                }
            }
            if seen_all {
                return Ok(Listing {
                    pull_requests,
                    complete: true,
                });
            }
        }
        Ok(Listing {
            pull_requests,
            complete: false,
        })
    }
}

impl Gitea {
    fn file_url(&self, endpoint: &str, repository: &RepositoryId, at: &CommitSha, path: &str) -> Result<Url, Error> {
        let mut parts = vec![endpoint];
        parts.extend(path.split('/'));
        let mut url = self.url(repository, &parts)?;
        url.query_pairs_mut().append_pair("ref", at.as_str());
        Ok(url)
    }

    /// The bytes of a file: from the JSON, or by a second call when it is too large for that.
    async fn bytes(
        &self,
        entry: WireEntry,
        place: Place,
        repository: &RepositoryId,
        at: &CommitSha,
        path: &str,
    ) -> Result<File, Error> {
        if entry.size > FILE_LIMIT as u64 {
            return Err(Error::TooLarge {
                at: place,
                limit: FILE_LIMIT,
            });
        }
        if let Some(content) = entry.content {
            let decoded = BASE64_STANDARD.decode(content);
            let bytes = decoded.map_err(|error| Error::Unreadable {
                at: place,
                message: error.to_string(),
            })?;
            return Ok(File {
                bytes: bytes.into(),
                blob: entry.sha,
            });
        }
        let url = self.file_url("raw", repository, at, path)?;
        let answer = self
            .client
            .call(Call::get("raw", url, place.doing).limit(FILE_LIMIT))
            .await?;
        if !answer.status.is_success() {
            return Err(answer.into_error(path));
        }
        Ok(File {
            bytes: answer.body.into(),
            blob: entry.sha,
        })
    }

    /// What a 404 for a path means: no such path, no such commit, or no such repository. Gitea says which one
    /// in its details; when it does not, the repository is asked.
    async fn missing(&self, answer: Answer, repository: &RepositoryId, at: &CommitSha) -> Result<Option<File>, Error> {
        if answer.words().contains(at.as_str()) {
            return Err(answer.into_error(format!("commit {}", at.short())));
        }
        if answer.words().contains("object does not exist") {
            return Ok(None);
        }
        self.repository(repository).await.map(|_| None)
    }

    /// Commits that `head` has and `base` has not, newest first.
    async fn commits(
        &self,
        repository: &RepositoryId,
        base: &CommitSha,
        head: &CommitSha,
        limit: usize,
    ) -> Result<Vec<Commit>, Error> {
        let mut url = self.url(repository, &["commits"])?;
        url.query_pairs_mut()
            .append_pair("sha", head.as_str())
            .append_pair("not", base.as_str())
            .append_pair("limit", &limit.to_string())
            .append_pair("stat", "false")
            .append_pair("verification", "false")
            .append_pair("files", "false");
        let doing = format!(
            "list the commits of {repository} from {} to {}",
            base.short(),
            head.short()
        );
        let answer = self.client.call(Call::get("commits", url, doing)).await?;
        let at = answer.at.clone();
        let listed: Vec<WireCommit> = answer.json(format!("commit {}", head.short()))?;
        listed.into_iter().map(|commit| commit.into_commit(&at)).collect()
    }

    async fn open_pull_request_of(
        &self,
        repository: &RepositoryId,
        base: &str,
        head: &str,
    ) -> Result<Option<PullRequest>, Error> {
        for page in 1..=MAX_PAGES {
            let (listed, at) = self
                .page(repository, &[("state", "open"), ("base_branch", base)], page, PAGE)
                .await?;
            let full = listed.len() >= PAGE;
            // A fork may have a branch of the same name.
            let ours = |wire: &WirePullRequest| wire.head.label == head && wire.head.repo_id == wire.base.repo_id;
            if let Some(wire) = listed.into_iter().find(ours) {
                return wire.into_pull_request(&at).map(Some);
            }
            if !full {
                break;
            }
        }
        Ok(None)
    }

    async fn page(
        &self,
        repository: &RepositoryId,
        query: &[(&str, &str)],
        page: usize,
        size: usize,
    ) -> Result<(Vec<WirePullRequest>, Place), Error> {
        let mut url = self.url(repository, &["pulls"])?;
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("limit", &size.to_string())
            .append_pair("page", &page.to_string());
        let call = Call::get("pulls", url, format!("list the pull requests of {repository}"));
        let answer = self.client.call(call).await?;
        let at = answer.at.clone();
        Ok((answer.json(format!("repository {repository}"))?, at))
    }
}
