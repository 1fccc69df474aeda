//! A plain git server: `git http-backend` behind a small HTTP server, with Basic authentication where a test wants it. It
//! has no API, no pull requests and no users: what a repository has is written by `git fast-import`.

mod backend;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpListener, process::Command, task::AbortHandle};

use self::backend::Backend;
use crate::environment::Environment;

/// What a path of a commit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitMode {
    /// A file.
    File,
    /// A file that may be run.
    Executable,
    /// A symbolic link; the bytes are where it leads.
    Link,
}

impl GitMode {
    fn text(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Link => "120000",
        }
    }
}

/// A path of a commit: what it is, and its bytes.
pub type GitFile<'f> = (&'f str, GitMode, &'f [u8]);

/// A running git server. It ends when this is dropped.
#[derive(Debug)]
pub struct GitServer {
    environment: Environment,
    url: String,
    folder: TempDir,
    settings: Arc<Mutex<Settings>>,
    server: AbortHandle,
}

/// How it answers.
#[derive(Debug, Default, Clone)]
struct Settings {
    login: Option<(String, String)>,
    is_old: bool,
}

impl GitServer {
    /// Starts one without repositories, which anybody may read.
    pub async fn start() -> Result<Self> {
        let environment = Environment::of_process()?;
        let folder = tempfile::tempdir().context("no folder for a git server")?;
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no port for a git server")?;
        let address = listener.local_addr().context("a git server without an address")?;
        let settings = Arc::new(Mutex::new(Settings::default()));
        let backend = Arc::new(Backend {
            environment: environment.clone(),
            folder: folder.path().to_owned(),
            settings: Arc::clone(&settings),
        });
        Ok(Self {
            environment,
            url: format!("http://{address}"),
            folder,
            settings,
            server: tokio::spawn(backend::serve(listener, backend)).abort_handle(),
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where git finds a repository by HTTP.
    pub fn address(&self, repository: &str) -> String {
        format!("{}/{repository}.git", self.url)
    }

    /// Where a repository is on disk.
    pub fn path(&self, repository: &str) -> PathBuf {
        self.folder.path().join(format!("{repository}.git"))
    }

    /// From now on only this user may read.
    pub fn require(&self, user: &str, password: &str) {
        self.set(|settings| settings.login = Some((user.to_owned(), password.to_owned())));
    }

    /// From now on it speaks as servers did before protocol 2.
    pub fn grow_old(&self) {
        self.set(|settings| settings.is_old = true);
    }

    fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Puts a commit with these files, beside those that are there, on a branch, and returns its id. A repository that is
    /// missing is made; it gives parts of itself, as the large forges do.
    pub async fn commit(&self, repository: &str, branch: &str, files: &[GitFile<'_>]) -> Result<String> {
        let path = self.path(repository);
        if !path.exists() {
            std::fs::create_dir_all(&path)?;
            self.git(&path, &["init", "--quiet", "--bare", "--initial-branch=main"], b"")
                .await?;
            self.configure(repository, "uploadpack.allowFilter", "true").await?;
        }
        let reference = format!("refs/heads/{branch}");
        let is_new = self
            .git(&path, &["rev-parse", "--verify", "--quiet", &reference], b"")
            .await
            .is_err();
        let mut import = format!("commit {reference}\ncommitter t <t@example.com> 1 +0000\ndata 1\nx\n").into_bytes();
        if !is_new {
            import.extend(format!("from {reference}^0\n").into_bytes());
        }
        for (path, mode, bytes) in files {
            import.extend(format!("M {} inline {path}\ndata {}\n", mode.text(), bytes.len()).into_bytes());
            import.extend(*bytes);
            import.push(b'\n');
        }
        self.git(&path, &["fast-import", "--quiet"], &import).await?;
        self.git(&path, &["rev-parse", &reference], b"").await
    }

    /// Tags what something is at; with a text, the tag is an object of its own.
    pub async fn tag(&self, repository: &str, name: &str, at: &str, text: Option<&str>) -> Result<()> {
        let path = self.path(repository);
        let mut arguments = vec!["-c", "user.name=t", "-c", "user.email=t@example.com", "tag"];
        arguments.extend(text.iter().flat_map(|text| ["-a", "-m", *text]));
        arguments.extend([name, at]);
        self.git(&path, &arguments, b"").await.map(drop)
    }

    /// Sets an option of a repository.
    pub async fn configure(&self, repository: &str, key: &str, value: &str) -> Result<()> {
        self.git(&self.path(repository), &["config", key, value], b"")
            .await
            .map(drop)
    }

    /// Runs git in a folder, and returns what it prints.
    async fn git(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Result<String> {
        let mut command = git(&self.environment, folder);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().context("git does not start")?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input).await.context("git does not listen")?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Git, with an environment of its own.
fn git(environment: &Environment, folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", environment.search_path())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .kill_on_drop(true);
    command
}
