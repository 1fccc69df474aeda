//! The copy itself: which of two versions of an object is the newer, and what changed. No I/O.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use kube::{Resource, core::DeserializeGuard, runtime::watcher::Event};

use super::{Change, ObjectKey};

/// kubectl's copy of the whole manifest; doubles the size of an object and nobody here reads it.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Deletions that are remembered, so that a late answer to a write does not bring an object back.
const TOMBSTONES: usize = 1024;

/// All objects of one kind.
pub(super) struct Objects<K> {
    live: BTreeMap<ObjectKey, Arc<K>>,
    /// The list that is coming in, until it is complete.
    listing: Option<Listing<K>>,
    tombstones: Tombstones,
    /// Versions of objects that do not parse, so that each is logged once.
    malformed: HashMap<ObjectKey, String>,
}

impl<K> Default for Objects<K> {
    fn default() -> Self {
        Self {
            live: BTreeMap::new(),
            listing: None,
            tombstones: Tombstones::default(),
            malformed: HashMap::new(),
        }
    }
}

struct Listing<K> {
    objects: BTreeMap<ObjectKey, Arc<K>>,
    /// The newest version on the list; the list is at least as new.
    newest: u64,
    /// Written by us while the list was under way: it may be older than they are.
    remembered: Vec<ObjectKey>,
    /// Listed, but not readable.
    malformed: HashSet<ObjectKey>,
}

impl<K> Default for Listing<K> {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            newest: 0,
            remembered: Vec::new(),
            malformed: HashSet::new(),
        }
    }
}

impl<K> Objects<K> {
    pub(super) fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.live.get(key).cloned()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Arc<K>> {
        self.live.values()
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }
}

impl<K: Resource> Objects<K> {
    /// Takes in one event of the watch; says what changed.
    pub(super) fn apply(&mut self, watch: &str, event: Event<DeserializeGuard<K>>) -> Vec<Change<K>> {
        match event {
            Event::Init => {
                self.listing = Some(Listing::default());
                Vec::new()
            }
            Event::InitApply(object) => {
                self.listed(watch, object);
                Vec::new()
            }
            Event::InitDone => self.list_done(),
            Event::Apply(object) => {
                let key = ObjectKey::of(&object);
                self.parsed(watch, &key, object)
                    .and_then(|object| self.put(key, object))
                    .into_iter()
                    .collect()
            }
            Event::Delete(object) => self.delete(&object).into_iter().collect(),
        }
    }

    /// Takes in what a write of ours returned, when it is newer than what is here.
    pub(super) fn remember(&mut self, object: K) -> Option<Change<K>> {
        let key = ObjectKey::of(&object);
        if self.tombstones.covers(&key, version(&object)) {
            return None;
        }
        if let Some(listing) = &mut self.listing {
            listing.remembered.push(key.clone());
        }
        self.put(key, object)
    }

    fn put(&mut self, key: ObjectKey, mut object: K) -> Option<Change<K>> {
        let old = self.live.get(&key).cloned();
        if old.as_ref().is_some_and(|old| !is_newer(&object, old.as_ref())) {
            return None;
        }
        slim(&mut object);
        let new = Arc::new(object);
        self.live.insert(key.clone(), Arc::clone(&new));
        Some(Change::Object {
            key,
            old,
            new: Some(new),
        })
    }

    fn delete(&mut self, object: &DeserializeGuard<K>) -> Option<Change<K>> {
        let key = ObjectKey::of(object);
        let gone = version(object);
        // The object may have been made anew, and we know because we wrote it.
        if self.live.get(&key).is_some_and(|live| version(live.as_ref()) > gone) {
            return None;
        }
        self.malformed.remove(&key);
        self.tombstones.add(key.clone(), gone);
        let old = self.live.remove(&key)?;
        Some(Change::Object {
            key,
            old: Some(old),
            new: None,
        })
    }

    fn listed(&mut self, watch: &str, object: DeserializeGuard<K>) {
        let key = ObjectKey::of(&object);
        let listed = version(&object).unwrap_or_default();
        let parsed = self.parsed(watch, &key, object).map(|mut object| {
            slim(&mut object);
            Arc::new(object)
        });
        let Some(listing) = &mut self.listing else { return };
        listing.newest = listing.newest.max(listed);
        if parsed.is_none() {
            listing.malformed.insert(key.clone());
        }
        // An object that is there but unreadable is not gone: what could be read of it before stays.
        if let Some(object) = parsed.or_else(|| self.live.get(&key).cloned()) {
            listing.objects.insert(key, object);
        }
    }

    /// The list is complete: it replaces the copy, but for what is newer here.
    fn list_done(&mut self) -> Vec<Change<K>> {
        let Some(Listing {
            mut objects,
            newest,
            remembered,
            malformed,
        }) = self.listing.take()
        else {
            return Vec::new();
        };
        for (key, listed) in &mut objects {
            if let Some(live) = self.live.get(key)
                && !is_newer(listed.as_ref(), live.as_ref())
            {
                *listed = Arc::clone(live);
            }
        }
        for key in remembered {
            if let Some(live) = self.live.get(&key)
                && !objects.contains_key(&key)
                && version(live.as_ref()) > Some(newest)
            {
                objects.insert(key, Arc::clone(live));
            }
        }
        self.malformed.retain(|key, _| malformed.contains(key));
        let before = std::mem::replace(&mut self.live, objects);
        difference(before, &self.live)
    }

    /// The object, or `None` and one line in the log when it does not parse.
    fn parsed(&mut self, watch: &str, key: &ObjectKey, object: DeserializeGuard<K>) -> Option<K> {
        match object.0 {
            Ok(object) => {
                self.malformed.remove(key);
                Some(object)
            }
            Err(invalid) => {
                let version = invalid.metadata.resource_version.unwrap_or_default();
                if self.malformed.insert(key.clone(), version.clone()) != Some(version) {
                    tracing::error!(watch, object = %key, error = invalid.error, "object does not parse, it is left out");
                }
                None
            }
        }
    }
}

/// What changed between two copies.
fn difference<K>(before: BTreeMap<ObjectKey, Arc<K>>, after: &BTreeMap<ObjectKey, Arc<K>>) -> Vec<Change<K>> {
    let mut changes = Vec::new();
    for (key, new) in after {
        let old = before.get(key).cloned();
        if !old.as_ref().is_some_and(|old| Arc::ptr_eq(old, new)) {
            changes.push(Change::Object {
                key: key.clone(),
                old,
                new: Some(Arc::clone(new)),
            });
        }
    }
    for (key, old) in before {
        if !after.contains_key(&key) {
            changes.push(Change::Object {
                key,
                old: Some(old),
                new: None,
            });
        }
    }
    changes
}

/// Resource versions of one kind are numbers that grow. Without one, the object counts as new.
fn is_newer<K: Resource>(candidate: &K, known: &K) -> bool {
    match (version(candidate), version(known)) {
        (Some(candidate), Some(known)) => candidate > known,
        _ => true,
    }
}

fn version<K: Resource>(object: &K) -> Option<u64> {
    object.meta().resource_version.as_deref()?.parse().ok()
}

fn slim<K: Resource>(object: &mut K) {
    object.meta_mut().managed_fields = None;
    if let Some(annotations) = &mut object.meta_mut().annotations {
        annotations.remove(LAST_APPLIED);
    }
}

/// The versions of the last deletions.
#[derive(Default)]
struct Tombstones {
    versions: HashMap<ObjectKey, u64>,
    order: VecDeque<ObjectKey>,
}

impl Tombstones {
    fn add(&mut self, key: ObjectKey, gone: Option<u64>) {
        let Some(gone) = gone else { return };
        if self.versions.insert(key.clone(), gone).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > TOMBSTONES
            && let Some(oldest) = self.order.pop_front()
        {
            self.versions.remove(&oldest);
        }
    }

    /// The object in this version was deleted already.
    fn covers(&self, key: &ObjectKey, version: Option<u64>) -> bool {
        match (self.versions.get(key), version) {
            (Some(gone), Some(version)) => version <= *gone,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
