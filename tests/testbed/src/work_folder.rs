//! The folder in which one testbed keeps data, logs and sockets. It goes with the testbed; what a killed process left
//! behind is swept away by the next one. After a failed test the logs are kept.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context as _, Result, bail};

use crate::environment::Environment;

/// Of how many failed tests the logs are kept.
const KEPT: usize = 10;

/// A folder of a testbed's own.
#[derive(Debug)]
pub struct WorkFolder {
    path: PathBuf,
    kept: PathBuf,
    _lock: File,
}

impl WorkFolder {
    /// Makes a new, empty folder, private to the user, and removes those whose process is gone.
    pub fn create(environment: &Environment) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let scratch = environment.scratch();
        make_private(scratch)?;
        let all = scratch.join("run");
        let kept = scratch.join("kept");
        for folder in [&all, &kept] {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let path = all.join(format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        ));
        // Nobody sweeps between the making of a folder and its lock.
        let turn = File::create(scratch.join("sweep.lock")).context("cannot create the sweep lock")?;
        turn.lock().context("cannot take the sweep lock")?;
        sweep(&all);
        let lock = claim(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self {
            path,
            kept,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder in it, made if need be.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            keep_logs(&self.path, &self.kept);
        }
        // Grandchildren (git) may still write for a moment; what stays is swept by the next testbed.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn claim(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path)?;
    let lock = File::create(path.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// A name in a folder for all could belong to somebody else: then it is not used.
fn make_private(folder: &Path) -> Result<()> {
    if !folder.exists() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let owner = fs::symlink_metadata(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    if !owner.is_dir() || owner.uid() != rustix::process::getuid().as_raw() {
        bail!(
            "{} is not a folder of this user: remove it, or set TMPDIR to another folder",
            folder.display()
        );
    }
    Ok(())
}

/// Removes the folders whose lock nobody holds.
fn sweep(all: &Path) {
    let Ok(entries) = fs::read_dir(all) else { return };
    for folder in entries.flatten().map(|entry| entry.path()) {
        let held = File::open(folder.join("lock")).is_ok_and(|lock| lock.try_lock().is_err());
        if !held {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

/// Copies the logs to a place that is not swept, and forgets the oldest.
fn keep_logs(from: &Path, kept: &Path) {
    let Some(name) = from.file_name() else { return };
    let to = kept.join(name);
    let mut folders = vec![from.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && folder == from {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "log") {
                let _ = fs::create_dir_all(&to);
                let _ = fs::copy(&path, to.join(entry.file_name()));
            }
        }
    }
    forget_oldest(kept);
}

fn forget_oldest(kept: &Path) {
    let Ok(entries) = fs::read_dir(kept) else { return };
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort_by_key(|path| changed(path));
    let too_many = folders.len().saturating_sub(KEPT);
    for folder in folders.iter().take(too_many) {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_swept_only_when_its_process_is_gone() {
        let all = tempfile::tempdir().unwrap();
        let (alive, dead) = (all.path().join("alive"), all.path().join("dead"));
        let _held = claim(&alive).unwrap();
        drop(claim(&dead).unwrap());
        sweep(all.path());
        assert!(alive.exists());
        assert!(!dead.exists());
    }

    #[test]
    fn a_folder_goes_when_it_is_dropped() {
        let folder = WorkFolder::create(&Environment::of_process().unwrap()).unwrap();
        let path = folder.path().to_owned();
        fs::write(folder.folder("gitea").unwrap().join("gitea.log"), "text").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn the_logs_of_a_failed_test_are_kept_and_the_oldest_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let (run, kept) = (place.path().join("run-1"), place.path().join("kept"));
        fs::create_dir_all(run.join("gitea/data")).unwrap();
        fs::write(run.join("gitea/gitea.log"), "text").unwrap();
        for number in 0..KEPT {
            fs::create_dir_all(kept.join(number.to_string())).unwrap();
        }
        keep_logs(&run, &kept);
        assert_eq!(fs::read_to_string(kept.join("run-1/gitea.log")).unwrap(), "text");
        assert_eq!(fs::read_dir(&kept).unwrap().count(), KEPT);
    }
}
