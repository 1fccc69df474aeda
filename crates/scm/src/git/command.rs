//! One run of git: with an environment of its own, a deadline, and bounds on what it prints and on what it writes to disk.
//! It ends with its children when the deadline passes, a bound is reached, or nobody waits for it any more.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    sync::Semaphore,
    time,
};

/// Bytes of what git complains of.
const WORDS: usize = 16 << 10;
/// How often the folder that git writes to is measured.
const MEASURE: Duration = Duration::from_millis(250);

/// Settings of every run: nothing is asked, nothing is run beside it, nothing is collected behind our back.
const CONFIG: [(&str, &str); 13] = [
    ("credential.helper", ""),
    ("core.askPass", ""),
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.unpackLimit", "1"),
    ("fetch.fsckObjects", "false"),
    ("transfer.bundleURI", "false"),
    ("protocol.version", "2"),
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "30"),
    ("advice.detachedHead", "false"),
];
/// Variables of every run.
const VARIABLES: [(&str, &str); 8] = [
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ALLOW_PROTOCOL", "http:https:ssh:git"),
    ("GIT_LITERAL_PATHSPECS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
];

/// Runs git.
#[derive(Debug)]
pub(super) struct Git {
    /// What it has of the operator's own environment.
    environment: Vec<(String, OsString)>,
    deadline: Duration,
    /// How many run at the same time.
    places: Semaphore,
}

/// What one run is about.
#[derive(Default)]
pub(super) struct Job {
    pub(super) arguments: Vec<OsString>,
    pub(super) config: Vec<(&'static str, OsString)>,
    pub(super) variables: Vec<(&'static str, OsString)>,
    pub(super) folder: PathBuf,
    pub(super) input: Vec<u8>,
    /// Bytes that it may print.
    pub(super) prints: usize,
    /// A folder, and the bytes that may be in it.
    pub(super) writes: Option<(PathBuf, u64)>,
}

/// Why a run came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// Git is not installed.
    Missing,
    /// It did not end in time.
    Deadline(Duration),
    /// It prints or writes more than it may.
    TooLarge(u64),
    /// The system does not let it run.
    System(io::Error),
    /// It says why, in its own words: they may hold secrets.
    Words(Vec<u8>),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl Git {
    pub(super) fn new(environment: Vec<(String, OsString)>, deadline: Duration, at_once: usize) -> Self {
        Self {
            environment,
            deadline,
            places: Semaphore::new(at_once),
        }
    }

    /// Runs to the end, and returns what was printed.
    pub(super) async fn run(&self, job: Job) -> Result<Vec<u8>, Failure> {
        // Never closed.
        let _place = self.places.acquire().await;
        let mut child = match self.command(&job).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound && job.folder.is_dir() => {
                return Err(Failure::Missing);
            }
            Err(error) => return Err(error.into()),
        };
        let mut group = Group::of(&child);
        let growing = grown(job.writes.clone());
        let outcome = tokio::select! {
            outcome = time::timeout(self.deadline, talk(&mut child, job.input, job.prints)) => outcome,
            limit = growing => return Err(Failure::TooLarge(limit)),
        };
        let printed = outcome.map_err(|_| Failure::Deadline(self.deadline))??;
        group.0 = None;
        match job.writes {
            Some((folder, limit)) if size(&folder).await > limit => Err(Failure::TooLarge(limit)),
            _ => Ok(printed),
        }
    }

    fn command(&self, job: &Job) -> Command {
        let mut command = Command::new("git");
        command
            .args(&job.arguments)
            .current_dir(&job.folder)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .envs(VARIABLES)
            .env("HOME", &job.folder)
            .envs(job.variables.iter().map(|(name, value)| (name, value)))
            .process_group(0)
            .kill_on_drop(true)
            .stdin(if job.input.is_empty() {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let own = CONFIG.iter().map(|(name, value)| (*name, OsString::from(value)));
        let config = own.chain(job.config.iter().cloned());
        let mut count = 0;
        for (name, value) in config {
            command.env(format!("GIT_CONFIG_KEY_{count}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command
    }
}

/// Everything that a run started; killed together unless it has ended by itself.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Who is gone already needs no signal.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

async fn talk(child: &mut Child, input: Vec<u8>, prints: usize) -> Result<Vec<u8>, Failure> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let Some(mut stdin) = stdin {
            // Who does not listen to the end says why.
            let _ = stdin.write_all(&input).await;
        }
        Ok(())
    };
    let ((), printed, words) = tokio::try_join!(feed, all(stdout, prints), end(stderr))?;
    let status = child.wait().await?;
    if status.success() {
        Ok(printed)
    } else {
        Err(Failure::Words(words))
    }
}

/// Everything, up to a limit.
async fn all(from: Option<impl AsyncRead + Unpin>, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() > limit {
        return Err(Failure::TooLarge(limit as u64));
    }
    Ok(bytes)
}

/// The end of it.
async fn end(from: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Failure> {
    let (mut kept, mut piece) = (Vec::new(), vec![0; WORDS / 4]);
    if let Some(mut from) = from {
        loop {
            let count = from.read(&mut piece).await?;
            if count == 0 {
                break;
            }
            kept.extend(piece.iter().take(count));
            let surplus = kept.len().saturating_sub(WORDS);
            kept.drain(..surplus);
        }
    }
    Ok(kept)
}

/// Returns the limit when there is more in the folder; never, where there is none.
async fn grown(bound: Option<(PathBuf, u64)>) -> u64 {
    let Some((folder, limit)) = bound else {
        return std::future::pending().await;
    };
    loop {
        time::sleep(MEASURE).await;
        if size(&folder).await > limit {
            return limit;
        }
    }
}

/// The bytes of all files below a folder. What goes meanwhile counts nothing.
pub(super) async fn size(folder: &Path) -> u64 {
    let folder = folder.to_owned();
    let measured = tokio::task::spawn_blocking(move || size_of(&folder)).await;
    measured.unwrap_or_default()
}

/// The same, in place.
pub(super) fn size_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}
