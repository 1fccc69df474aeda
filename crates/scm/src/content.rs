//! What one repository holds, whoever answers for it: a forge through its API, or a git server through a mirror.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::{
    error::Error,
    id::{CommitSha, RepositoryId},
    read::Read,
    repository::{File, TreeEntry},
};

/// Files that are read from a forge at the same time.
const CONCURRENT_READS: usize = 8;

/// Questions about the content of one repository. Every call has a deadline and a bound on what it reads.
#[async_trait]
pub trait Content: Send + Sync {
    /// The repository's name for people, without anything secret.
    fn name(&self) -> String;

    /// The commit that a branch, a tag or a commit's id stands for; `None` when the repository has none of that name.
    async fn resolve(&self, reference: &str) -> Result<Option<CommitSha>, Error>;

    /// Every path of a commit that is no folder; an error where there are more than 100,000.
    async fn list_files(&self, at: &CommitSha) -> Result<Vec<TreeEntry>, Error>;

    /// Files at a commit; `None` for those that do not exist. At most 50 MB each.
    async fn read_files(&self, at: &CommitSha, paths: Vec<String>) -> Result<BTreeMap<String, Option<File>>, Error>;
}

/// A repository on a forge.
#[derive(Clone)]
pub struct OnForge {
    forge: Arc<dyn Read>,
    repository: RepositoryId,
}

impl OnForge {
    /// The repository of that name.
    pub fn new(forge: Arc<dyn Read>, repository: RepositoryId) -> Self {
        Self { forge, repository }
    }
}

#[async_trait]
impl Content for OnForge {
    fn name(&self) -> String {
        self.repository.to_string()
    }

    async fn resolve(&self, reference: &str) -> Result<Option<CommitSha>, Error> {
        self.forge.resolve(&self.repository, reference).await
    }

    async fn list_files(&self, at: &CommitSha) -> Result<Vec<TreeEntry>, Error> {
        self.forge.list_files(&self.repository, at).await
    }

    async fn read_files(&self, at: &CommitSha, paths: Vec<String>) -> Result<BTreeMap<String, Option<File>>, Error> {
        let read = |path: String| async move {
            let file = self.forge.read_file(&self.repository, at, &path).await?;
            Ok((path, file))
        };
        let reads = stream::iter(paths).map(read).buffer_unordered(CONCURRENT_READS);
        reads.try_collect().await
    }
}
