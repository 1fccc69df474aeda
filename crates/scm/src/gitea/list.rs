//! The list of a commit's files: one call for a thousand paths.

use reqwest::StatusCode;

use super::{
    Gitea,
    wire::{WireTree, WireTreeEntry},
};
use crate::{
    error::Error,
    http::Call,
    id::{CommitSha, RepositoryId},
    repository::TreeEntry,
};

/// Paths of a commit that are listed, folders included.
const LIMIT: usize = 100_000;

impl Gitea {
    /// All pages of a commit's tree. A commit never changes, so the pages fit together.
    pub(super) async fn list(&self, repository: &RepositoryId, at: &CommitSha) -> Result<Vec<TreeEntry>, Error> {
        let doing = format!("list the files of {repository} at {}", at.short());
        let (mut entries, mut seen) = (Vec::new(), 0);
        for page in 1.. {
            let tree = self.tree(repository, at, page, &doing).await?;
            let place = self.client.place(doing.clone());
            let (count, listed) = (tree.total_count, tree.tree.unwrap_or_default());
            if count > LIMIT {
                return Err(Error::TooManyFiles {
                    at: place,
                    count,
                    limit: LIMIT,
                });
            }
            if listed.is_empty() && seen < count {
                return Err(Error::Unreadable {
                    at: place,
                    message: format!("the list of its {count} files and folders ends after {seen}"),
                });
            }
            seen += listed.len();
            entries.extend(listed.into_iter().filter_map(WireTreeEntry::into_entry));
            if seen >= count {
                break;
            }
        }
        Ok(entries)
    }

    async fn tree(
        &self,
        repository: &RepositoryId,
        at: &CommitSha,
        page: usize,
        doing: &str,
    ) -> Result<WireTree, Error> {
        let mut url = self.url(repository, &["git", "trees", at.as_str()])?;
        url.query_pairs_mut()
            .append_pair("recursive", "true")
            .append_pair("page", &page.to_string());
        let answer = self.client.call(Call::get("trees", url, doing.to_owned())).await?;
        match answer.status {
            // A commit that is not there.
            StatusCode::BAD_REQUEST if answer.words().contains(at.as_str()) => Err(Error::NotFound {
                at: answer.at,
                what: format!("commit {}", at.short()),
            }),
            // An empty repository, or none.
            StatusCode::NOT_FOUND => Err(answer.into_error(format!("repository {repository}"))),
            _ => answer.json(format!("commit {}", at.short())),
        }
    }
}
