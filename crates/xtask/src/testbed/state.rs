//! What is remembered about a testbed that was left running: a lock that its supervisor holds, and where its parts are.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use stagecoach_testbed::Environment;

/// How many lines of the supervisor's log are shown when it did not start.
const LINES_SHOWN: usize = 30;

/// Where the parts are. Parts that were not asked for are missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) pid: u32,
    pub(super) folder: PathBuf,
    /// How long the parts took to start.
    pub(super) seconds: f64,
    pub(super) cluster: Option<Cluster>,
    pub(super) forge: Option<Forge>,
    pub(super) registry: Option<String>,
    /// The namespace of Argo CD.
    pub(super) deployer: Option<String>,
}

/// The control plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cluster {
    pub(super) url: String,
    pub(super) kubeconfig: PathBuf,
    pub(super) kubectl: PathBuf,
}

/// The forge and its administrator. These credentials open a forge on loopback that lives as long as a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Forge {
    pub(super) url: String,
    pub(super) user: String,
    pub(super) password: String,
}

/// The folder `run/` of the cache.
#[derive(Debug)]
pub(super) struct Run {
    folder: PathBuf,
}

impl Run {
    pub(super) fn in_cache(environment: &Environment) -> Result<Self> {
        Self::at(&environment.cache().join("run"))
    }

    fn at(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("testbed.log")
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("testbed.lock")
    }

    fn state(&self) -> PathBuf {
        self.folder.join("testbed.json")
    }

    /// The process id of a running supervisor. The lock says whether it runs, so that an old number is never trusted.
    pub(super) fn supervisor(&self) -> Result<Option<u32>> {
        let path = self.lock();
        let Ok(file) = File::open(&path) else { return Ok(None) };
        if file.try_lock_shared().is_ok() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let pid = text.trim().parse();
        pid.map(Some)
            .with_context(|| format!("{} holds no process id", path.display()))
    }

    /// Takes the lock for this process. It is free again when the file is dropped and when the process is killed.
    pub(super) fn claim(&self) -> Result<File> {
        let path = self.lock();
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
        file.try_lock().context("another testbed is running")?;
        file.set_len(0)?;
        write!(file, "{}", std::process::id()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(file)
    }

    /// Writes the state at once, so that nobody reads half of it.
    pub(super) fn write(&self, state: &State) -> Result<()> {
        let half_done = self.folder.join("testbed.json.new");
        let bytes = serde_json::to_vec_pretty(state)?;
        let written = fs::write(&half_done, bytes).and_then(|()| fs::rename(&half_done, self.state()));
        written.with_context(|| format!("cannot write {}", self.state().display()))
    }

    pub(super) fn read(&self) -> Result<Option<State>> {
        let Ok(bytes) = fs::read(self.state()) else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .with_context(|| format!("cannot read {}", self.state().display()))
    }

    /// Removes the state that a killed supervisor left.
    pub(super) fn forget(&self) -> Result<()> {
        if self.state().exists() {
            fs::remove_file(self.state()).with_context(|| format!("cannot remove {}", self.state().display()))?;
        }
        Ok(())
    }

    pub(super) fn last_lines(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supervisor_is_known_only_while_it_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::at(folder.path()).unwrap();
        assert_eq!(run.supervisor().unwrap(), None);
        let held = run.claim().unwrap();
        assert_eq!(run.supervisor().unwrap(), Some(std::process::id()));
        assert_eq!(run.claim().unwrap_err().to_string(), "another testbed is running");
        drop(held);
        assert_eq!(run.supervisor().unwrap(), None);
    }

    #[test]
    fn the_state_is_read_as_it_was_written_and_can_be_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let run = Run::at(folder.path()).unwrap();
        assert_eq!(run.read().unwrap(), None);
        let state = State {
            pid: 7,
            folder: PathBuf::from("/somewhere"),
            seconds: 4.5,
            cluster: None,
            forge: None,
            registry: Some("127.0.0.1:5000".to_owned()),
            deployer: None,
        };
        run.write(&state).unwrap();
        assert_eq!(run.read().unwrap(), Some(state));
        run.forget().unwrap();
        assert_eq!(run.read().unwrap(), None);
    }
}
