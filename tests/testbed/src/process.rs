//! Child processes that end with this one, also when this one is killed with SIGKILL.
//!
//! Every program is started through `setpriv --pdeathsig KILL`: the kernel kills it when the *thread* that started it
//! ends. So all of them are started by one thread that lives as long as the process. Programs get a clean environment
//! and write to a log file; a program that ends early is shown with the last lines of its log.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::{environment::Environment, wait};

/// How many lines of a log are shown when its program ended early.
const LINES_SHOWN: usize = 12;

/// What to start. The environment is empty but for `PATH`, `HOME`, `TMPDIR` (both the folder) and what is added.
#[derive(Debug)]
pub struct Program {
    name: String,
    folder: PathBuf,
    command: Command,
}

impl Program {
    /// `name` is the log file's name too, which is in `folder`, where the program also runs.
    pub fn new(name: &str, path: &Path, folder: &Path, environment: &Environment) -> Self {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(path)
            .current_dir(folder);
        command
            .env_clear()
            .env("PATH", environment.search_path())
            .env("HOME", folder)
            .env("TMPDIR", folder);
        command.env("LANG", "C.UTF-8");
        Self {
            name: name.to_owned(),
            folder: folder.to_owned(),
            command,
        }
    }

    /// One argument more.
    /// One argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Arguments that are all text.
    pub fn args<'text>(mut self, arguments: impl IntoIterator<Item = &'text str>) -> Self {
        self.command.args(arguments);
        self
    }

    /// `--flag value` as one argument.
    pub fn flag(self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut argument = OsString::from(format!("--{name}="));
        argument.push(value);
        self.arg(argument)
    }

    /// One variable of its environment.
    /// One variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it. Its output goes to the end of `NAME.log`.
    pub fn start(mut self) -> Result<Process> {
        let log = self.folder.join(format!("{}.log", self.name));
        let file = File::options().create(true).append(true).open(&log);
        let file = file.with_context(|| format!("cannot write the log {}", log.display()))?;
        let errors = file.try_clone().context("cannot share a log file")?;
        self.command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = spawn(self.command).with_context(|| format!("cannot start {}", self.name))?;
        Ok(Process {
            name: self.name,
            log,
            child: Mutex::new(child),
        })
    }

    /// Runs it to its end, which must be a success.
    pub async fn run(self, deadline: Duration) -> Result<()> {
        let process = self.start()?;
        let what = format!("{} to end", process.name);
        let status = wait::eventually(&what, deadline, async || {
            Ok(wait::Look::or_not_yet(process.ended()?, "running"))
        })
        .await?;
        if !status.success() {
            bail!(process.story(status));
        }
        Ok(())
    }
}

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Mutex<Child>,
}

impl Process {
    /// How it ended, if it did.
    pub fn ended(&self) -> Result<Option<ExitStatus>> {
        self.child()
            .try_wait()
            .with_context(|| format!("cannot ask for the state of {}", self.name))
    }

    /// An error with the last lines of its log, if it ended.
    pub fn must_run(&self) -> Result<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => Err(anyhow!(self.story(status))),
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child().id()
    }

    /// Kills it with SIGKILL and waits for its end.
    pub fn kill(&self) {
        let mut child = self.child();
        // Nothing is left to do when it has ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// The file that its output goes to.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn story(&self, status: ExitStatus) -> Ended {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
        Ended {
            name: self.name.clone(),
            status,
            log: self.log.clone(),
            last,
        }
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A program that should run has ended.
#[derive(Debug, thiserror::Error)]
#[error("{name} ended with {status}; the end of its log ({}):\n{last}", log.display())]
pub(crate) struct Ended {
    name: String,
    status: ExitStatus,
    log: PathBuf,
    last: String,
}

impl Ended {
    /// Whether it found its port taken by somebody else.
    pub(crate) fn port_was_taken(&self) -> bool {
        self.last.contains("address already in use")
    }
}

type Request = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts a child from the thread that outlives every test and every runtime of this process.
fn spawn(command: Command) -> io::Result<Child> {
    static STARTER: OnceLock<mpsc::Sender<Request>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, requests) = mpsc::channel::<Request>();
        thread::spawn(move || {
            for (mut command, answer) in requests {
                // The asker waits for the answer; if it is gone, the child is dropped and nobody misses it.
                let _ = answer.send(command.spawn());
            }
        });
        sender
    });
    let gone = || io::Error::other("the thread that starts programs is gone");
    let (answer, child) = mpsc::channel();
    starter.send((command, answer)).map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, folder: &Path) -> Program {
        let environment = Environment::of_process().unwrap();
        Program::new("shell", Path::new("/bin/sh"), folder, &environment).args(["-c", script])
    }

    #[tokio::test]
    async fn a_program_that_ends_early_is_shown_with_the_end_of_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let error = shell("echo no such thing >&2; exit 3", folder.path())
            .run(Duration::from_secs(10))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("shell ended with exit status: 3"), "{text}");
        assert!(text.ends_with("no such thing"), "{text}");
    }

    #[tokio::test]
    async fn a_dropped_program_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let process = shell("sleep 600", folder.path()).start().unwrap();
        let entry = PathBuf::from(format!("/proc/{}", process.child().id()));
        assert!(entry.exists());
        drop(process);
        assert!(!entry.exists());
    }

    #[tokio::test]
    async fn a_program_outlives_the_thread_that_asked_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let asker = thread::spawn(move || shell("sleep 600", &path).start().unwrap());
        let process = asker.join().unwrap();
        // Long enough for the kernel to tell the program, if the asker had been its parent.
        for _ in 0..3 {
            shell("true", folder.path()).run(Duration::from_secs(10)).await.unwrap();
        }
        assert!(process.ended().unwrap().is_none());
    }

    #[tokio::test]
    async fn programs_do_not_inherit_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        shell("env > seen", folder.path())
            .run(Duration::from_secs(10))
            .await
            .unwrap();
        let seen = fs::read_to_string(folder.path().join("seen")).unwrap();
        assert!(seen.contains(&format!("HOME={}", folder.path().display())), "{seen}");
        assert!(!seen.contains("CARGO"), "{seen}");
    }
}
