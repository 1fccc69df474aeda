//! What became of the pull requests that somebody waits for: one list a repository and interval feeds all who wait.
//!
//! A reconciler says with [`Poller::follow`] which pull requests it waits for, reads their state with
//! [`Poller::seen`] and is woken through [`Poller::wakes`] when one of them changed. The poller changes nothing on
//! the forge.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use stagecoach_runtime::{Class, Classify as _};
use stagecoach_scm::{Listing, PullRequest, RepositoryId};
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::{Connections, Error};

/// Repositories that are asked at the same time.
const CONCURRENT: usize = 8;
/// Wakes that may wait for a slow subscriber; one that falls behind is told to look at everything.
const WAKES: usize = 1024;
/// Failed polls in a row after which a fault that may go away by itself is told.
const TOLD: u32 = 2;

/// A repository behind a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryKey {
    /// Name of the ScmConnection.
    pub connection: String,
    /// Repository on its forge.
    pub repository: RepositoryId,
}

/// A pull request that somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Followed {
    /// Where it is.
    pub key: RepositoryKey,
    /// Its number.
    pub number: u64,
    /// A time before which it did not exist.
    pub since: Timestamp,
}

impl Followed {
    /// Of what a status remembers; `None` while the pull request has no number there.
    pub fn recorded(connection: &str, repository: &str, number: Option<i64>, since: Timestamp) -> Option<Self> {
        Some(Self {
            key: RepositoryKey {
                connection: connection.to_owned(),
                repository: RepositoryId::parse(repository).ok()?,
            },
            number: u64::try_from(number?).ok()?,
            since,
        })
    }
}

/// Who is to look again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake<O> {
    /// This one.
    One(O),
    /// Everybody: wakes were lost.
    All,
}

/// Why a repository cannot be read at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What to do about it.
    pub class: Class,
    /// One word.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

/// Polls repositories for those who follow pull requests in them. `O` names a follower. Cheap to clone.
#[derive(Clone)]
pub struct Poller<O> {
    connections: Connections,
    interval: Duration,
    desk: &'static str,
    state: Arc<Mutex<State<Owner<O>>>>,
    wakes: broadcast::Sender<Owner<O>>,
    /// Rung when a repository gets its first follower, so that a restarted operator does not wait an interval.
    unknown: Arc<Notify>,
}

/// A follower and its desk: objects of two kinds may have the same name.
type Owner<O> = (&'static str, O);

struct State<O> {
    followers: HashMap<O, BTreeSet<Followed>>,
    repositories: BTreeMap<RepositoryKey, Repository>,
}

#[derive(Default)]
struct Repository {
    /// Everything before was seen.
    seen_until: Option<Timestamp>,
    pull_requests: BTreeMap<u64, PullRequest>,
    trouble: Option<Trouble>,
    /// Polls in a row that failed.
    failed: u32,
}

impl<O: Clone + Ord + std::hash::Hash + Send + Sync + 'static> Poller<O> {
    /// A poller that asks every `interval`.
    pub fn new(connections: Connections, interval: Duration) -> Self {
        Self {
            connections,
            interval,
            desk: "",
            state: Arc::new(Mutex::new(State {
                followers: HashMap::new(),
                repositories: BTreeMap::new(),
            })),
            wakes: broadcast::channel(WAKES).0,
            unknown: Arc::new(Notify::new()),
        }
    }

    /// The same poller for followers of another kind: a repository is asked once for all of them.
    #[must_use]
    pub fn desk(&self, name: &'static str) -> Self {
        Self {
            desk: name,
            ..self.clone()
        }
    }

    /// Replaces what `owner` waits for; an empty set ends its interest.
    pub fn follow(&self, owner: &O, followed: BTreeSet<Followed>) {
        let owner = (self.desk, owner.clone());
        let mut state = self.lock();
        if followed.is_empty() {
            state.followers.remove(&owner);
        } else {
            for one in &followed {
                if !state.repositories.contains_key(&one.key) {
                    state.repositories.insert(one.key.clone(), Repository::default());
                    self.unknown.notify_one();
                }
            }
            state.followers.insert(owner, followed);
        }
        state.forget_unfollowed();
    }

    /// The pull request as last seen; `None` before the first look.
    pub fn seen(&self, key: &RepositoryKey, number: u64) -> Option<PullRequest> {
        self.lock().repositories.get(key)?.pull_requests.get(&number).cloned()
    }

    /// Why the repository cannot be read at the moment.
    pub fn trouble(&self, key: &RepositoryKey) -> Option<Trouble> {
        self.lock().repositories.get(key)?.trouble.clone()
    }

    /// Followers whose pull requests changed, or whose repository began or ceased to be readable.
    pub fn wakes(&self) -> BoxStream<'static, Wake<O>> {
        let (receiver, own) = (self.wakes.subscribe(), self.desk);
        let next = move |mut receiver: broadcast::Receiver<Owner<O>>| async move {
            loop {
                match receiver.recv().await {
                    Ok((desk, owner)) if desk == own => return Some((Wake::One(owner), receiver)),
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => return Some((Wake::All, receiver)),
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        };
        stream::unfold(receiver, next).boxed()
    }

    /// Polls until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.unknown.notified() => {}
                () = tokio::time::sleep(self.interval) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.poll() => {}
            }
        }
    }

    async fn poll(&self) {
        let questions = self.lock().questions();
        stream::iter(questions)
            .for_each_concurrent(CONCURRENT, |question| async move {
                let answer = self.ask(&question).await;
                let owners = self.lock().take(&question, answer);
                for owner in owners {
                    // Nobody listens before the reconciler runs, and it looks at everything when it starts.
                    let _ = self.wakes.send(owner);
                }
            })
            .await;
    }

    /// The list first; single pull requests only where it was cut short or could not reach back to them.
    async fn ask(&self, question: &Question) -> Result<Vec<PullRequest>, Error> {
        let forge = self.connections.forge(&question.key.connection)?;
        let repository = &question.key.repository;
        let Listing {
            mut pull_requests,
            complete,
        } = forge.read().pull_requests(repository, question.since).await?;
        if !complete {
            let listed: BTreeSet<u64> = pull_requests.iter().map(|listed| listed.number).collect();
            for &number in question.numbers.difference(&listed) {
                pull_requests.push(forge.read().pull_request(repository, number).await?);
            }
        }
        Ok(pull_requests)
    }

    fn lock(&self) -> MutexGuard<'_, State<Owner<O>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be asked of one repository.
struct Question {
    key: RepositoryKey,
    since: Timestamp,
    numbers: BTreeSet<u64>,
}

impl Repository {
    /// What there is to tell after an answer. One lost poll is no news, and the same trouble in other words is none
    /// either: every change of what is told here is a write to every object that waits.
    fn trouble_after(&mut self, error: Option<&Error>) -> Option<Trouble> {
        let Some(error) = error else {
            self.failed = 0;
            return None;
        };
        self.failed = self.failed.saturating_add(1);
        let (class, reason) = (error.class(), error.reason());
        let known = self.trouble.clone();
        let known = known.filter(|known| known.class == class && known.reason == reason);
        if known.is_some() || (class == Class::Retry && self.failed < TOLD) {
            return known;
        }
        let message = error.to_string();
        Some(Trouble { class, reason, message })
    }
}

impl<O: Clone + Ord + std::hash::Hash> State<O> {
    fn questions(&self) -> Vec<Question> {
        let mut questions: BTreeMap<&RepositoryKey, Question> = BTreeMap::new();
        for followed in self.followers.values().flatten() {
            let known = self.repositories.get(&followed.key);
            let unseen = known.is_none_or(|known| !known.pull_requests.contains_key(&followed.number));
            let until = known.and_then(|known| known.seen_until);
            // One that was never seen may have changed before what was seen last.
            let since = if unseen {
                until.map_or(followed.since, |until| until.min(followed.since))
            } else {
                until.unwrap_or(followed.since)
            };
            questions
                .entry(&followed.key)
                .and_modify(|question| {
                    question.since = question.since.min(since);
                    question.numbers.insert(followed.number);
                })
                .or_insert_with(|| Question {
                    key: followed.key.clone(),
                    since,
                    numbers: BTreeSet::from([followed.number]),
                });
        }
        questions.into_values().collect()
    }

    /// Takes an answer in; says whom it concerns.
    fn take(&mut self, question: &Question, answer: Result<Vec<PullRequest>, Error>) -> BTreeSet<O> {
        let Some(repository) = self.repositories.get_mut(&question.key) else {
            return BTreeSet::new();
        };
        let trouble = repository.trouble_after(answer.as_ref().err());
        let everybody = repository.trouble != trouble;
        if let (Some(trouble), true) = (&trouble, everybody) {
            tracing::warn!(
                connection = question.key.connection, repository = %question.key.repository,
                reason = trouble.reason, error = trouble.message, "cannot read pull requests"
            );
        }
        repository.trouble = trouble;
        let mut changed = BTreeSet::new();
        for pull_request in answer.unwrap_or_default() {
            repository.seen_until = repository.seen_until.max(Some(pull_request.updated_at));
            let number = pull_request.number;
            if question.numbers.contains(&number) && repository.pull_requests.get(&number) != Some(&pull_request) {
                changed.insert(number);
                repository.pull_requests.insert(number, pull_request);
            }
        }
        let concerns = |f: &Followed| f.key == question.key && (everybody || changed.contains(&f.number));
        let followers = self
            .followers
            .iter()
            .filter(|(_, followed)| followed.iter().any(concerns));
        followers.map(|(owner, _)| owner.clone()).collect()
    }

    fn forget_unfollowed(&mut self) {
        let mut wanted: BTreeMap<&RepositoryKey, BTreeSet<u64>> = BTreeMap::new();
        for followed in self.followers.values().flatten() {
            wanted.entry(&followed.key).or_default().insert(followed.number);
        }
        self.repositories.retain(|key, repository| match wanted.get(key) {
            Some(numbers) => {
                repository.pull_requests.retain(|number, _| numbers.contains(number));
                true
            }
            None => false,
        });
    }
}

#[cfg(test)]
mod tests;
