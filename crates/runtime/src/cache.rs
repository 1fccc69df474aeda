//! A watched copy of all objects of one kind, shared by every reconciler of the process.
//!
//! One per kind, started once by the operator. kube's own shared reflector is not used: its subscribers get no
//! deletions and can stall. Here the copy and the stream of changes move together under one lock, changes are kept in a
//! bounded channel, and who falls behind is told to look at everything again.
//!
//! Fields that nobody reads and that cost memory (`managedFields`, kubectl's last applied configuration) are dropped.

use std::{
    fmt::Debug,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use futures::{Stream, StreamExt, stream::BoxStream};
use kube::{
    Api, Resource,
    core::DeserializeGuard,
    runtime::watcher::{self, Event},
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::{broadcast, watch},
    time::Instant,
};

use crate::Tasks;

mod key;
mod objects;
mod pace;

pub use key::{ObjectKey, plural_of};
use objects::Objects;
use pace::Trouble;

/// Changes that a subscriber may be behind before it is told to look at everything.
const CHANGES: usize = 4096;

/// When a kind that was not served is looked for again.
const NOT_SERVED: Duration = Duration::from_secs(30);

/// Whether there must be such a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The cluster serves it, or something is wrong.
    Served,
    /// Its CRD may be missing.
    Optional,
}

/// What a cached kind must be able to do.
pub trait Cached: Resource + Clone + Debug + DeserializeOwned + Send + Sync + 'static {}
impl<K> Cached for K where K: Resource + Clone + Debug + DeserializeOwned + Send + Sync + 'static {}

/// What a subscriber is told.
#[derive(Debug)]
pub enum Change<K> {
    /// Look at everything: the first list is in, or the subscriber fell behind.
    Relist,
    /// One object appeared, changed or went away.
    Object {
        /// Which one.
        key: ObjectKey,
        /// As it was; `None` when it appeared.
        old: Option<Arc<K>>,
        /// As it is; `None` when it went away.
        new: Option<Arc<K>>,
    },
}

impl<K> Clone for Change<K> {
    fn clone(&self) -> Self {
        match self {
            Self::Relist => Self::Relist,
            Self::Object { key, old, new } => Self::Object {
                key: key.clone(),
                old: old.clone(),
                new: new.clone(),
            },
        }
    }
}

/// The watched copy. Cheap to clone; all clones are the same copy.
pub struct Cache<K> {
    shared: Arc<Shared<K>>,
}

impl<K> Clone for Cache<K> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

struct Shared<K> {
    name: String,
    objects: RwLock<Objects<K>>,
    changes: broadcast::Sender<Change<K>>,
    /// `None` once the first list is in; until then, what is in the way of it, if anything.
    waiting: watch::Sender<Waiting>,
}

/// Why the first list is not in yet.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Waiting {
    No,
    ForList,
    Because(String),
}

impl<K: Cached> Cache<K> {
    /// Starts to watch. `api` says which kind and which namespaces; written `Api::all(client)`, its type follows from
    /// the cache's.
    pub fn start(api: Api<DeserializeGuard<K>>, config: watcher::Config, tasks: &mut Tasks) -> Self {
        Self::start_as(Kind::Served, api, config, tasks)
    }

    /// As [`Self::start`], for a kind that a cluster need not serve: there are no objects of it then.
    pub fn start_where_served(api: Api<DeserializeGuard<K>>, config: watcher::Config, tasks: &mut Tasks) -> Self {
        Self::start_as(Kind::Optional, api, config, tasks)
    }

    fn start_as(kind: Kind, api: Api<DeserializeGuard<K>>, config: watcher::Config, tasks: &mut Tasks) -> Self {
        let url = api.resource_url().to_owned();
        let cache = Self::new(key::place_of(&url));
        let watched = cache.clone();
        let events = watcher::watcher(api, config);
        tasks.spawn_endless(format!("the watch of {}", cache.shared.name), async move {
            watched.follow(kind, events).await;
        });
        cache
    }

    /// A copy of these objects that no watch feeds; only [`Self::remember`] changes it. For tests and for tools that
    /// read once.
    pub fn fixed(name: &str, objects: impl IntoIterator<Item = K>) -> Self {
        let cache = Self::new(name.to_owned());
        {
            let mut copy = cache.write();
            for object in objects {
                copy.remember(object);
            }
        }
        cache.shared.waiting.send_replace(Waiting::No);
        cache
    }

    /// A copy that nothing feeds yet.
    fn new(name: String) -> Self {
        let (changes, _) = broadcast::channel(CHANGES);
        let (waiting, _) = watch::channel(Waiting::ForList);
        Self {
            shared: Arc::new(Shared {
                name,
                objects: RwLock::new(Objects::default()),
                changes,
                waiting,
            }),
        }
    }

    /// Applies what the watch says, for ever. A watch that fails is begun again after a pause; kube's own would stay at
    /// its first, because each new try begins with an event.
    async fn follow(&self, kind: Kind, events: impl Stream<Item = watcher::Result<Event<DeserializeGuard<K>>>> + Send) {
        let mut events = std::pin::pin!(events);
        let mut trouble = Trouble::default();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => {
                    if !matches!(event, Event::Init) && trouble.over() {
                        tracing::info!(watch = self.shared.name, "watch goes on");
                    }
                    self.apply(event);
                }
                Err(error) if kind == Kind::Optional && is_not_served(&error) => {
                    if !self.is_ready() || !self.is_empty() {
                        tracing::info!(watch = self.shared.name, "the kind is not served here");
                    }
                    self.apply(Event::Init);
                    self.apply(Event::InitDone);
                    tokio::time::sleep(NOT_SERVED).await;
                }
                Err(error) => {
                    let message = said(&error);
                    let response = trouble.met(&message, Instant::now());
                    if response.say {
                        self.say(message);
                    }
                    tokio::time::sleep(response.pause).await;
                }
            }
        }
    }

    fn apply(&self, event: Event<DeserializeGuard<K>>) {
        let first = matches!(event, Event::InitDone) && !self.is_ready();
        let mut objects = self.write();
        let changes = objects.apply(&self.shared.name, event);
        if first {
            self.tell(Change::Relist);
            self.shared.waiting.send_replace(Waiting::No);
            tracing::info!(watch = self.shared.name, objects = objects.len(), "first list is in");
        } else if self.is_ready() {
            for change in changes {
                self.tell(change);
            }
        }
    }

    /// The log hears of it, and the readiness as long as there is no first list.
    fn say(&self, message: String) {
        tracing::warn!(
            watch = self.shared.name,
            error = message,
            "watch broke off, it begins again"
        );
        self.shared.waiting.send_if_modified(|waiting| {
            let first_list_is_missing = *waiting != Waiting::No;
            if first_list_is_missing {
                *waiting = Waiting::Because(message);
            }
            first_list_is_missing
        });
    }

    /// Takes in what a write of ours returned, so that the next pass does not decide from an older copy. What the watch
    /// brings afterwards and is older is ignored.
    pub fn remember(&self, object: K) {
        let mut objects = self.write();
        if let Some(change) = objects.remember(object)
            && self.is_ready()
        {
            self.tell(change);
        }
    }

    /// A send without subscribers is no error.
    fn tell(&self, change: Change<K>) {
        let _ = self.shared.changes.send(change);
    }

    fn write(&self) -> RwLockWriteGuard<'_, Objects<K>> {
        self.shared.objects.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> Cache<K> {
    /// What is watched, for people: `pipelines`, or `secrets in stagecoach`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// One object; `namespace` is `None` for kinds without namespaces.
    #[must_use]
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<Arc<K>> {
        self.read().get(&ObjectKey::new(namespace, name))
    }

    /// One object by its key.
    #[must_use]
    pub fn find(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.read().get(key)
    }

    /// All objects, in the order of their keys.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<K>> {
        self.filter(|_| true)
    }

    /// The objects that match, in the order of their keys. The test runs under the lock: keep it short.
    #[must_use]
    pub fn filter(&self, matches: impl Fn(&K) -> bool) -> Vec<Arc<K>> {
        self.read()
            .values()
            .filter(|object| matches(object))
            .map(Arc::clone)
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// There are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns once the first list is in.
    pub async fn ready(&self) {
        let mut waiting = self.shared.waiting.subscribe();
        // The sender lives as long as `self`, so this ends only with the list.
        let _ = waiting.wait_for(|waiting| *waiting == Waiting::No).await;
    }

    /// The first list is in.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self.shared.waiting.borrow() == Waiting::No
    }

    /// Why the first list is not in yet, in a sentence; `None` when it is.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match &*self.shared.waiting.borrow() {
            Waiting::No => None,
            Waiting::ForList => Some(format!("waiting for the first list of {}", self.shared.name)),
            Waiting::Because(message) => Some(format!("cannot list {}: {message}", self.shared.name)),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Objects<K>> {
        self.shared.objects.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Send + Sync + 'static> Cache<K> {
    /// Every change from now on, deletions included. It begins with a `Relist` as soon as the first list is in, so a
    /// subscriber misses nothing whenever it comes, and says `Relist` again to one that fell behind.
    #[must_use]
    pub fn changes(&self) -> BoxStream<'static, Change<K>> {
        let (receiver, first) = {
            // Under the lock no change can slip in between the two.
            let _objects = self.read();
            let first = if self.is_ready() { Some(Change::Relist) } else { None };
            (self.shared.changes.subscribe(), first)
        };
        let later = futures::stream::unfold(receiver, |mut receiver| async move {
            match receiver.recv().await {
                Ok(change) => Some((change, receiver)),
                Err(broadcast::error::RecvError::Lagged(_)) => Some((Change::Relist, receiver)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        });
        futures::stream::iter(first).chain(later).boxed()
    }

    /// The keys to queue when something changes here: `keys` is asked for the object as it was and as it is, and for
    /// every object after a `Relist`.
    pub fn triggers<Q, I>(&self, keys: impl Fn(&K) -> I + Send + Sync + 'static) -> BoxStream<'static, Q>
    where
        Q: PartialEq + Send + 'static,
        I: IntoIterator<Item = Q>,
    {
        let cache = self.clone();
        let of_change = move |change: Change<K>| -> Vec<Q> {
            match change {
                Change::Relist => cache.list().iter().flat_map(|object| keys(object)).collect(),
                Change::Object { old, new, .. } => {
                    let mut all: Vec<Q> = old.iter().flat_map(|object| keys(object)).collect();
                    for key in new.iter().flat_map(|object| keys(object)) {
                        if !all.contains(&key) {
                            all.push(key);
                        }
                    }
                    all
                }
            }
        };
        self.changes().map(of_change).flat_map(futures::stream::iter).boxed()
    }
}

/// Whether the API server has no such kind: it answers 404 to a list of one.
fn is_not_served(error: &watcher::Error) -> bool {
    match error {
        watcher::Error::InitialListFailed(kube::Error::Api(status))
        | watcher::Error::WatchStartFailed(kube::Error::Api(status)) => status.code == 404,
        _ => false,
    }
}

/// What went wrong with a watch, without the client's decoration.
fn said(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(source)
        | watcher::Error::WatchStartFailed(source)
        | watcher::Error::WatchFailed(source) => crate::error::said(source),
        watcher::Error::WatchError(status) => status.message.clone(),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
