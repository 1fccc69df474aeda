//! A branch that holds one intended commit: make it, or find it. The rules are the same for every forge.
//!
//! The trap that shapes this file: an API may start a branch from another *branch* only, so a base that moves
//! between intent and effect gives a commit with another parent. The parent is therefore always looked at.

use crate::{
    commit::{Committed, NewCommit},
    error::Error,
    id::CommitSha,
    write::{Api, Created},
};

/// See [`super::Write::commit_on_new_branch`].
pub(super) async fn commit(api: &dyn Api, intent: &NewCommit) -> Result<Committed, Error> {
    match api.create_commit(intent).await {
        Ok(created) if created.parent == intent.base => Ok(made(created)),
        Ok(created) => {
            // Nobody can know this branch yet: it goes, so that the intent can be written anew.
            api.delete_branch(&intent.repository, &intent.branch).await?;
            Err(base_moved(intent, created.parent))
        }
        Err(error @ (Error::Conflict { .. } | Error::Refused { .. } | Error::NotFound { .. })) => {
            // Forges word it differently, so the state is asked and not the message.
            match api.branch_head(&intent.repository, &intent.branch).await? {
                Some(head) => find(api, intent, head).await,
                None => Err(explain(api, intent, error).await?),
            }
        }
        Err(error) => Err(error),
    }
}

/// See [`super::Write::replace_branch`].
pub(super) async fn replace(api: &dyn Api, intent: &NewCommit, expected: &CommitSha) -> Result<Committed, Error> {
    match api.branch_head(&intent.repository, &intent.branch).await? {
        None => commit(api, intent).await,
        Some(head) if head == *expected => {
            let created = match api.replace_branch(intent).await {
                Ok(created) => created,
                Err(error @ (Error::Conflict { .. } | Error::Refused { .. } | Error::NotFound { .. })) => {
                    return Err(explain(api, intent, error).await?);
                }
                Err(error) => return Err(error),
            };
            // The branch stays where it is now, a pull request hangs on it: an intent on that parent finds it.
            if created.parent == intent.base {
                Ok(made(created))
            } else {
                Err(base_moved(intent, created.parent))
            }
        }
        Some(head) => match search(api, intent, &head).await? {
            Found::Intended(sha) => Ok(Committed {
                sha,
                head,
                created: false,
            }),
            Found::OnAnotherBase { .. } | Found::Nothing => Err(taken(intent, head)),
        },
    }
}

/// The branch exists at `head`: is it the work of an earlier pass?
async fn find(api: &dyn Api, intent: &NewCommit, head: CommitSha) -> Result<Committed, Error> {
    match search(api, intent, &head).await? {
        Found::Intended(sha) => Ok(Committed {
            sha,
            head,
            created: false,
        }),
        Found::OnAnotherBase { sha, parent } => {
            // An earlier pass died between commit and delete. When a pull request hangs on the branch, a later
            // intent has accepted it instead: then ours is the outdated one, and the branch is not touched.
            let found = api
                .find_pull_request(&intent.repository, &intent.base_branch, &intent.branch)
                .await?;
            if found.is_none() && sha == head {
                api.delete_branch(&intent.repository, &intent.branch).await?;
            } else if found.is_none() {
                return Err(taken(intent, head));
            }
            Err(base_moved(intent, parent))
        }
        Found::Nothing => Err(taken(intent, head)),
    }
}

enum Found {
    /// The intended commit, parent and content included.
    Intended(CommitSha),
    /// The commit of this intent, made on a base that had moved.
    OnAnotherBase { sha: CommitSha, parent: CommitSha },
    /// Commits of others, or other content.
    Nothing,
}

/// Looks for the intended commit among those that `head` has more than the base.
async fn search(api: &dyn Api, intent: &NewCommit, head: &CommitSha) -> Result<Found, Error> {
    let commits = api.commits_since(&intent.repository, &intent.base, head).await?;
    let Some(candidate) = commits.into_iter().find(|commit| commit.is_of(intent)) else {
        return Ok(Found::Nothing);
    };
    match candidate.parents.as_slice() {
        [parent] if *parent == intent.base => {}
        [parent] => {
            return Ok(Found::OnAnotherBase {
                sha: candidate.sha,
                parent: parent.clone(),
            });
        }
        _ => return Ok(Found::Nothing),
    }
    for change in &intent.changes {
        let file = api.read_file(&intent.repository, &candidate.sha, &change.path).await?;
        if file.as_ref().map(|file| &*file.bytes) != change.change.content() {
            return Ok(Found::Nothing);
        }
    }
    Ok(Found::Intended(candidate.sha))
}

/// No branch was made: because the base moved under the files, or for the reason that the forge gave.
async fn explain(api: &dyn Api, intent: &NewCommit, error: Error) -> Result<Error, Error> {
    Ok(match api.branch_head(&intent.repository, &intent.base_branch).await? {
        Some(now) if now != intent.base => base_moved(intent, now),
        _ => error,
    })
}

fn made(created: Created) -> Committed {
    Committed {
        head: created.sha.clone(),
        sha: created.sha,
        created: true,
    }
}

fn base_moved(intent: &NewCommit, parent: CommitSha) -> Error {
    Error::BaseMoved {
        repository: intent.repository.clone(),
        base_branch: intent.base_branch.clone(),
        base: intent.base.clone(),
        parent,
    }
}

fn taken(intent: &NewCommit, head: CommitSha) -> Error {
    Error::BranchTaken {
        repository: intent.repository.clone(),
        branch: intent.branch.clone(),
        head,
    }
}
