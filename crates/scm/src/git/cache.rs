//! The folder of mirrors: which there are, who may use one now, and which go when there are too many or too large ones.
//!
//! A process has a folder of its own in it, held by a lock that ends with the process; the next one takes the folder over
//! with what is in it. A mirror may be lost at any time: it is fetched anew.

use std::{
    collections::HashMap,
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::sync::Semaphore;

use super::command;

/// Processes that share a cache folder.
const SLOTS: usize = 64;
/// How often a lock that is held is tried again, and after which time.
const PATIENCE: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);
/// Where mirrors are in a process's folder.
const MIRRORS: &str = "mirrors";
/// Where keys are while a command runs.
const KEYS: &str = "keys";
/// What is about to be deleted.
const TRASH: &str = "trash";

/// How much the mirrors may be together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) mirrors: usize,
    pub(super) bytes: u64,
}

/// The mirrors of this process.
#[derive(Debug)]
pub(super) struct Cache {
    folder: PathBuf,
    bounds: Bounds,
    known: Mutex<HashMap<String, Arc<Place>>>,
    /// Counts uses, so that the oldest is known.
    uses: AtomicU64,
    _lock: File,
}

/// The place of one mirror.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    /// One uses it at a time.
    pub(super) turn: Semaphore,
    used: AtomicU64,
    bytes: AtomicU64,
}

impl Cache {
    /// Takes the first folder that nobody holds.
    pub(super) fn open(root: &Path, bounds: Bounds) -> io::Result<Self> {
        make(root)?;
        for slot in 0..SLOTS {
            let folder = root.join(slot.to_string());
            make(&folder)?;
            let lock = File::create(folder.join("lock"))?;
            // The first is the one that an ended process left, and worth to wait for.
            if is_free(&lock, if slot == 0 { PATIENCE } else { 0 }) {
                return Self::take_over(folder, lock, bounds);
            }
        }
        Err(io::Error::other(format!("{SLOTS} processes use it already")))
    }

    fn take_over(folder: PathBuf, lock: File, bounds: Bounds) -> io::Result<Self> {
        for leftover in [KEYS, TRASH] {
            remove(&folder.join(leftover))?;
            make(&folder.join(leftover))?;
        }
        make(&folder.join(MIRRORS))?;
        let mut found = Vec::new();
        for entry in fs::read_dir(folder.join(MIRRORS))? {
            let entry = entry?;
            found.push((entry.metadata()?.modified()?, entry.file_name()));
        }
        found.sort();
        let cache = Self {
            folder,
            bounds,
            known: Mutex::default(),
            uses: AtomicU64::new(0),
            _lock: lock,
        };
        for (_, name) in found {
            let place = cache.place(&name.to_string_lossy());
            place.bytes.store(command::size_of(&place.folder), Ordering::Relaxed);
        }
        Ok(cache)
    }

    /// A folder that only this user reads, on the same disk.
    pub(super) fn keys(&self) -> PathBuf {
        self.folder.join(KEYS)
    }

    /// The place of the mirror of that name.
    pub(super) fn place(&self, name: &str) -> Arc<Place> {
        let mut known = self.known();
        let place = known.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Place {
                folder: self.folder.join(MIRRORS).join(name),
                turn: Semaphore::new(1),
                used: AtomicU64::new(0),
                bytes: AtomicU64::new(0),
            })
        });
        place
            .used
            .store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Arc::clone(place)
    }

    /// Measures a place that grew, and tidies up.
    pub(super) async fn trim(&self, place: &Place) -> io::Result<()> {
        place.bytes.store(command::size(&place.folder).await, Ordering::Relaxed);
        self.tidy().await
    }

    /// Deletes what was used longest ago, until the rest is within the bounds. What is in use stays.
    pub(super) async fn tidy(&self) -> io::Result<()> {
        for gone in self.surplus()? {
            delete(gone).await?;
        }
        Ok(())
    }

    /// Throws away what is in a place, which the caller has the turn of; what is remembered of servers stays.
    pub(super) async fn clear(&self, folders: &[PathBuf]) -> io::Result<()> {
        for folder in folders {
            if let Some(gone) = self.trash(folder)? {
                delete(gone).await?;
            }
        }
        Ok(())
    }

    /// Takes out what is too much. Nobody can have a place that is taken out: places are handed out under this lock.
    fn surplus(&self) -> io::Result<Vec<PathBuf>> {
        let mut known = self.known();
        let mut oldest: Vec<(u64, String)> = known
            .iter()
            .filter(|(_, place)| Arc::strong_count(place) == 1)
            .map(|(name, place)| (place.used.load(Ordering::Relaxed), name.clone()))
            .collect();
        oldest.sort();
        let mut gone = Vec::new();
        for (_, name) in oldest {
            let bytes: u64 = known.values().map(|place| place.bytes.load(Ordering::Relaxed)).sum();
            if known.len() <= self.bounds.mirrors && bytes <= self.bounds.bytes {
                break;
            }
            if let Some(place) = known.remove(&name) {
                gone.extend(self.trash(&place.folder)?);
            }
        }
        Ok(gone)
    }

    /// Moves a folder out of the way, at once.
    fn trash(&self, folder: &Path) -> io::Result<Option<PathBuf>> {
        let number = self.uses.fetch_add(1, Ordering::Relaxed);
        let to = self.folder.join(TRASH).join(number.to_string());
        match fs::rename(folder, &to) {
            Ok(()) => Ok(Some(to)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Place>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a lock, after some more tries. A child that its holder started has it too until it becomes another program, and so a
/// moment longer than the holder.
#[expect(
    clippy::disallowed_methods,
    reason = "nobody waits for this thread, and the tries have an end"
)]
fn is_free(lock: &File, tries: u32) -> bool {
    let mut again = (0..tries).map(|_| thread::sleep(PAUSE));
    lock.try_lock().is_ok() || again.any(|()| lock.try_lock().is_ok())
}

/// Makes a folder for this user alone, where there is none. Who could write to another's would let git run what it likes.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let owner = fs::symlink_metadata(folder)?.uid();
    // A mounted volume belongs to root.
    if owner == 0 || owner == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    let why = format!("{} belongs to another user", folder.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn delete(folder: PathBuf) -> io::Result<()> {
    let deleted = tokio::task::spawn_blocking(move || remove(&folder)).await;
    deleted.unwrap_or(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(root: &Path, mirrors: usize, bytes: u64) -> Cache {
        Cache::open(root, Bounds { mirrors, bytes }).unwrap()
    }

    async fn fill(cache: &Cache, name: &str, bytes: usize) {
        let place = cache.place(name);
        make(&place.folder).unwrap();
        fs::write(place.folder.join("pack"), vec![0; bytes]).unwrap();
        cache.trim(&place).await.unwrap();
    }

    fn there(cache: &Cache) -> Vec<String> {
        let entries = fs::read_dir(cache.folder.join(MIRRORS)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn the_oldest_goes_when_there_are_too_many_or_too_large_ones() {
        let root = tempfile::tempdir().unwrap();
        let cache = cache(root.path(), 3, 1000);
        for name in ["a", "b", "c", "d"] {
            fill(&cache, name, 10).await;
        }
        assert_eq!(there(&cache), ["b", "c", "d"]);
        drop(cache.place("b"));
        fill(&cache, "e", 985).await;
        assert_eq!(there(&cache), ["b", "e"], "c and d were used before b");
        let in_use = cache.place("b");
        fill(&cache, "f", 5000).await;
        assert_eq!(there(&cache), ["b", "f"], "what is in use stays");
        drop(in_use);
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        let slot = root.path().join("0");
        fs::create_dir(&slot).unwrap();
        if std::os::unix::fs::chown(&slot, Some(12_345), None).is_err() {
            // Only root gives folders away.
            return;
        }
        let bounds = Bounds { mirrors: 1, bytes: 1 };
        let error = Cache::open(root.path(), bounds).unwrap_err();
        assert!(error.to_string().contains("belongs to another user"), "{error}");
    }

    #[test]
    fn a_lock_that_outlives_its_holder_for_a_moment_is_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let folder = cache(root.path(), 3, 1000).folder.clone();
        // As a child has it that is about to become another program.
        let inherited = File::open(folder.join("lock")).unwrap();
        inherited.lock().unwrap();
        let next = thread::scope(|scope| {
            let next = scope.spawn(|| cache(root.path(), 3, 1000));
            let another = root.path().join("1");
            let looks = (0..2000).take_while(|_| {
                thread::yield_now();
                !another.exists()
            });
            assert!(looks.count() > 0);
            drop(inherited);
            next.join().unwrap()
        });
        assert_eq!(next.folder, folder);
    }

    #[tokio::test]
    async fn the_next_process_finds_the_mirrors_and_another_one_has_a_folder_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        let first = cache(root.path(), 3, 1000);
        fill(&first, "a", 10).await;
        fs::write(first.keys().join("key"), "secret").unwrap();
        let second = cache(root.path(), 3, 1000);
        assert_ne!(first.folder, second.folder);
        let key = first.keys().join("key");
        drop(first);
        let third = cache(root.path(), 3, 15);
        assert_eq!(there(&third), ["a"]);
        assert!(!key.exists(), "a key that a killed process left is gone");
        fill(&third, "b", 10).await;
        assert_eq!(there(&third), ["b"], "what was found counts");
    }
}
