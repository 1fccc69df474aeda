//! The door for questions: nothing here changes anything on a forge. Implemented once a forge.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    commit::Commit,
    error::Error,
    id::{CommitSha, RepositoryId},
    pull_request::{Listing, PullRequest},
    repository::{File, Repository, TreeEntry},
};

/// Questions to a forge. Every call has a deadline and a bound on what it reads.
#[async_trait]
pub trait Read: Send + Sync {
    /// Who the token belongs to. `None`: the token is valid, but may not read its own user.
    async fn whoami(&self) -> Result<Option<String>, Error>;

    /// The repository; [`Error::NotFound`] when it does not exist or the token may not see it.
    async fn repository(&self, repository: &RepositoryId) -> Result<Repository, Error>;

    /// What a branch points at; `None` when the repository has no such branch.
    async fn branch_head(&self, repository: &RepositoryId, branch: &str) -> Result<Option<CommitSha>, Error>;

    /// The commit that a branch, a tag or a commit's id stands for; `None` when the repository has none of that name.
    async fn resolve(&self, repository: &RepositoryId, reference: &str) -> Result<Option<CommitSha>, Error>;

    /// A file at a commit; `None` when the commit has no such path. At most 50 MB.
    async fn read_file(&self, repository: &RepositoryId, at: &CommitSha, path: &str) -> Result<Option<File>, Error>;

    /// Every path of a commit that is no folder, in the order of git; [`Error::TooManyFiles`] where there are more than
    /// 100,000, folders included.
    async fn list_files(&self, repository: &RepositoryId, at: &CommitSha) -> Result<Vec<TreeEntry>, Error>;

    /// The newest commits (at most 50) that `head` has and `base` has not, newest first.
    async fn commits_since(
        &self,
        repository: &RepositoryId,
        base: &CommitSha,
        head: &CommitSha,
    ) -> Result<Vec<Commit>, Error>;

    /// Whether `descendant` is, or has among its ancestors, `ancestor`.
    async fn contains(
        &self,
        repository: &RepositoryId,
        ancestor: &CommitSha,
        descendant: &CommitSha,
    ) -> Result<bool, Error>;

    /// One pull request.
    async fn pull_request(&self, repository: &RepositoryId, number: u64) -> Result<PullRequest, Error>;

    /// The pull request of two branches of the repository: the open one, else the merged or closed one.
    async fn find_pull_request(
        &self,
        repository: &RepositoryId,
        base: &str,
        head: &str,
    ) -> Result<Option<PullRequest>, Error>;

    /// The pull requests in any state that changed at or after `since`. Times are whole seconds and two changes
    /// may share one, so a caller that asks with the newest time it has seen gets that one again.
    async fn pull_requests(&self, repository: &RepositoryId, since: Timestamp) -> Result<Listing, Error>;
}
