//! The door for effects. [`Write`] makes every effect find-or-create by rules that hold for every forge;
//! [`Api`] is what a forge has to offer for that. In a dry run nothing is sent and a [`Plan`] is kept.
//!
//! Called by `stagecoach-delivery` in the second pass of a reconciler, when the intent is in a status already.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{
    commit::{self, Committed, NewCommit},
    error::Error,
    id::{CommitSha, RepositoryId},
    pull_request::{Merge, NewPullRequest, Opened, PullRequest},
    read::Read,
};

mod branch;
mod plan;
mod pull;

pub use plan::{Plan, Step};

/// The bare effects of a forge: one or two calls each, no second thoughts. Implemented once a forge and called
/// by [`Write`] alone.
#[async_trait]
pub trait Api: Read {
    /// Whether a commit can give a file a mode. Where it cannot, a new file is one that may not be run, and a file that is
    /// there keeps its mode.
    fn sets_modes(&self) -> bool;

    /// Puts one commit with all changes on a new branch, or changes nothing and fails: with
    /// [`Error::Conflict`], [`Error::Refused`] or [`Error::NotFound`] where branch or files are not as expected.
    async fn create_commit(&self, commit: &NewCommit) -> Result<Created, Error>;

    /// The same on a branch that exists, which then holds nothing else.
    async fn replace_branch(&self, commit: &NewCommit) -> Result<Created, Error>;

    /// Deletes a branch; one that does not exist is deleted.
    async fn delete_branch(&self, repository: &RepositoryId, branch: &str) -> Result<(), Error>;

    /// Opens a pull request; [`Error::Conflict`] when one is open.
    async fn create_pull_request(&self, new: &NewPullRequest) -> Result<PullRequest, Error>;

    /// Closes an open pull request; [`Error::Conflict`] when it was merged meanwhile.
    async fn close(&self, repository: &RepositoryId, number: u64) -> Result<(), Error>;

    /// Comments on a pull request.
    async fn create_comment(&self, repository: &RepositoryId, number: u64, text: &str) -> Result<(), Error>;

    /// The texts of the comments on a pull request, of the newest ones at least 50.
    async fn comments(&self, repository: &RepositoryId, number: u64) -> Result<Vec<String>, Error>;

    /// Puts labels, by name, on a pull request that may have others.
    async fn add_labels(&self, repository: &RepositoryId, number: u64, labels: &[String]) -> Result<(), Error>;

    /// Merges a pull request; [`Error::NotMergeable`] or [`Error::Conflict`] when it cannot be done now.
    async fn merge(&self, merge: &Merge) -> Result<(), Error>;
}

/// What a forge made of a [`NewCommit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The new commit.
    pub sha: CommitSha,
    /// Its parent. Where an API takes a branch and no commit as start, it may be another one than intended.
    pub parent: CommitSha,
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect<T> {
    /// It stands at the forge.
    Done(T),
    /// This is a dry run: it is in the plan.
    Planned,
}

impl<T> Effect<T> {
    /// What stands at the forge; none in a dry run.
    pub fn done(self) -> Option<T> {
        match self {
            Self::Done(value) => Some(value),
            Self::Planned => None,
        }
    }
}

/// Effects on a forge, each find-or-create.
pub struct Write {
    api: Arc<dyn Api>,
    /// Filled in a dry run; none means that effects are real.
    plan: Option<Mutex<Plan>>,
}

impl Write {
    /// Effects are real.
    pub fn new(api: Arc<dyn Api>) -> Self {
        Self { api, plan: None }
    }

    /// Effects are only planned; not one call is made.
    pub fn dry_run(api: Arc<dyn Api>) -> Self {
        Self {
            api,
            plan: Some(Mutex::default()),
        }
    }

    /// What a dry run would have done so far; empty when effects are real.
    pub fn plan(&self) -> Plan {
        self.plan.as_ref().map_or_else(Plan::default, |plan| {
            plan.lock().unwrap_or_else(PoisonError::into_inner).clone()
        })
    }

    /// The same forge, for questions.
    pub fn read(&self) -> &dyn Read {
        self.api.as_ref()
    }

    /// [`Api::sets_modes`]: whoever puts a commit together asks for modes only where there are some to be had.
    pub fn sets_modes(&self) -> bool {
        self.api.sets_modes()
    }

    /// Makes sure that the branch holds the intended commit. A replay finds it, also under commits that a
    /// person put on top. When the base has moved nothing is left behind and [`Error::BaseMoved`] says where
    /// it is now; when the branch holds something else, [`Error::BranchTaken`] leaves it alone.
    pub async fn commit_on_new_branch(&self, intent: &NewCommit) -> Result<Effect<Committed>, Error> {
        commit::validate(intent, self.sets_modes())?;
        if self.planned(|| Step::Commit(intent.clone())) {
            return Ok(Effect::Planned);
        }
        branch::commit(self.api.as_ref(), intent).await.map(Effect::Done)
    }

    /// Makes sure that a branch which was at `expected` holds the intended commit alone: the edits again, on a
    /// base that has moved. What others put on the branch since `expected` is never lost.
    pub async fn replace_branch(&self, intent: &NewCommit, expected: &CommitSha) -> Result<Effect<Committed>, Error> {
        commit::validate(intent, self.sets_modes())?;
        if self.planned(|| Step::Replace(intent.clone())) {
            return Ok(Effect::Planned);
        }
        branch::replace(self.api.as_ref(), intent, expected)
            .await
            .map(Effect::Done)
    }

    /// Makes sure that a pull request exists; one that was closed or merged meanwhile is returned as it is.
    pub async fn open_pull_request(&self, new: &NewPullRequest) -> Result<Effect<Opened>, Error> {
        if self.planned(|| Step::Open(new.clone())) {
            return Ok(Effect::Planned);
        }
        pull::open(self.api.as_ref(), new).await.map(Effect::Done)
    }

    /// Makes sure that a pull request is not open. When it is, the comment is put on it first, once.
    pub async fn close_pull_request(
        &self,
        repository: &RepositoryId,
        number: u64,
        comment: Option<&str>,
    ) -> Result<Effect<PullRequest>, Error> {
        let step = || Step::Close {
            repository: repository.clone(),
            number,
            comment: comment.map(str::to_owned),
        };
        if self.planned(step) {
            return Ok(Effect::Planned);
        }
        pull::close(self.api.as_ref(), repository, number, comment)
            .await
            .map(Effect::Done)
    }

    /// Makes sure that a pull request has a comment of these very words.
    pub async fn comment(&self, repository: &RepositoryId, number: u64, text: &str) -> Result<Effect<()>, Error> {
        let step = || Step::Comment {
            repository: repository.clone(),
            number,
            text: text.to_owned(),
        };
        if self.planned(step) {
            return Ok(Effect::Planned);
        }
        pull::comment(self.api.as_ref(), repository, number, text)
            .await
            .map(Effect::Done)
    }

    /// Makes sure that a pull request has these labels, among others.
    pub async fn add_labels(
        &self,
        repository: &RepositoryId,
        number: u64,
        labels: &[String],
    ) -> Result<Effect<()>, Error> {
        let step = || Step::Label {
            repository: repository.clone(),
            number,
            labels: labels.to_vec(),
        };
        if self.planned(step) {
            return Ok(Effect::Planned);
        }
        self.api.add_labels(repository, number, labels).await.map(Effect::Done)
    }

    /// Makes sure that a pull request is merged, and returns it with the merge result. One that is closed is
    /// [`Error::Conflict`].
    pub async fn merge(&self, merge: &Merge) -> Result<Effect<PullRequest>, Error> {
        if self.planned(|| Step::Merge(merge.clone())) {
            return Ok(Effect::Planned);
        }
        pull::merge(self.api.as_ref(), merge).await.map(Effect::Done)
    }

    /// Keeps the step when this is a dry run.
    fn planned(&self, step: impl FnOnce() -> Step) -> bool {
        let Some(plan) = &self.plan else { return false };
        plan.lock().unwrap_or_else(PoisonError::into_inner).steps.push(step());
        true
    }
}
