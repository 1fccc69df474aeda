//! From a proposal to an open pull request, and back. Every effect is find-or-create.

use jiff::Timestamp;
use stagecoach_scm::{
    self as scm, CommitSha, Effect, NewCommit, NewPullRequest, Person, PullRequest, RepositoryId, State,
};

use crate::{Error, Forge, Proposal};

/// What was written down before anything was made.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// Where.
    pub repository: &'a RepositoryId,
    /// Base branch.
    pub base: &'a str,
    /// The commit of the base branch that the proposal was computed on.
    pub base_commit: &'a CommitSha,
    /// Head branch.
    pub branch: &'a str,
    /// Author date and committer date.
    pub date: Timestamp,
    /// Title, verbatim.
    pub title: &'a str,
    /// Commit message, verbatim.
    pub message: &'a str,
    /// Body, verbatim.
    pub body: &'a str,
    /// The change.
    pub proposal: &'a Proposal,
}

/// Author and committer of every commit.
pub(crate) fn author() -> Person {
    Person {
        name: "Stagecoach".to_owned(),
        email: "stagecoach@stagecoach.dev".to_owned(),
    }
}

/// Makes or finds the commit, the branch and the pull request of an intent. Returns the head commit and the pull
/// request, which may be merged or closed already when it was found.
pub async fn open(forge: &Forge, intent: &Intent<'_>) -> Result<(CommitSha, PullRequest), Error> {
    let commit = NewCommit {
        repository: intent.repository.clone(),
        branch: intent.branch.to_owned(),
        base_branch: intent.base.to_owned(),
        base: intent.base_commit.clone(),
        message: intent.message.to_owned(),
        author: author(),
        date: intent.date,
        changes: intent.proposal.file_changes(),
    };
    let committed = done(forge.write().commit_on_new_branch(&commit).await?)?;
    let wanted = NewPullRequest {
        repository: intent.repository.clone(),
        head: intent.branch.to_owned(),
        base: intent.base.to_owned(),
        title: intent.title.to_owned(),
        body: intent.body.to_owned(),
        head_is_new: committed.created,
    };
    let opened = done(forge.write().open_pull_request(&wanted).await?)?;
    Ok((committed.head, opened.pull_request))
}

/// Makes sure that a pull request has these labels. Called before the pull request is written down, so that a replay brings
/// them too. A label that the forge does not take is no reason to go without a pull request: what comes back is a warning.
pub async fn label(
    forge: &Forge,
    repository: &RepositoryId,
    number: u64,
    labels: &[String],
) -> Result<Option<String>, Error> {
    if labels.is_empty() {
        return Ok(None);
    }
    match forge.write().add_labels(repository, number, labels).await {
        Ok(labelled) => done(labelled).map(|()| None),
        Err(error) if error.kind() == scm::Kind::Stalled => Ok(Some(format!("spec.labels: {error}"))),
        Err(error) => Err(error.into()),
    }
}

/// Connections hand out real writers only; a dry run has nothing to go on with.
fn done<T>(effect: Effect<T>) -> Result<T, Error> {
    effect.done().ok_or(Error::DryRun)
}

/// Closes the pull request of a branch, with a comment that says why. Returns where it stands afterwards; `None` where
/// none was ever made.
pub async fn close(
    forge: &Forge,
    repository: &RepositoryId,
    base: &str,
    branch: &str,
    comment: &str,
) -> Result<Option<State>, Error> {
    match forge.read().find_pull_request(repository, base, branch).await? {
        Some(found) if found.state == State::Open => {
            let closed = forge
                .write()
                .close_pull_request(repository, found.number, Some(comment))
                .await?;
            Ok(Some(done(closed)?.state))
        }
        found => Ok(found.map(|found| found.state)),
    }
}

/// Puts a comment, once, on the pull request of a branch; nothing where it is not open, or none was ever made.
pub async fn comment(
    forge: &Forge,
    repository: &RepositoryId,
    base: &str,
    branch: &str,
    text: &str,
) -> Result<(), Error> {
    let found = forge.read().find_pull_request(repository, base, branch).await?;
    if let Some(found) = found.filter(|found| found.state == State::Open) {
        done(forge.write().comment(repository, found.number, text).await?)?;
    }
    Ok(())
}
