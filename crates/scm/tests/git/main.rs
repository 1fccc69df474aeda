//! Mirrors against a real git server: `git http-backend` behind HTTP, and sshd. Every test has a server, a repository and a
//! cache folder of its own.

#![expect(clippy::unwrap_used, reason = "a test ends where its world is not as it must be")]

mod faults;
mod reads;
mod ssh;

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf, time::Duration};

use anyhow::Result;
use secrecy::SecretString;
use stagecoach_scm::{
    CommitSha, Content as _, Error,
    git::{self, Credentials, ENVIRONMENT, Login, Mirrors, Options, Remote},
};
use stagecoach_testbed::{GitFile, GitMode, GitServer};
use tempfile::TempDir;

/// The repository of every test.
const REPOSITORY: &str = "infra/templates";
/// What is in it at first.
const FILES: [GitFile<'static>; 5] = [
    ("README.md", GitMode::File, b"templates\n"),
    ("catalog/app.yaml", GitMode::File, b"version: 1\n"),
    ("catalog/run.sh", GitMode::Executable, b"#!/bin/sh\n"),
    ("catalog/logo.png", GitMode::File, b"\x89PNG\r\n\0\xff\n"),
    ("catalog/latest", GitMode::Link, b"app.yaml"),
];

/// A server with a repository, and a cache of mirrors.
struct Room {
    server: GitServer,
    cache: TempDir,
    head: CommitSha,
}

impl Room {
    async fn new() -> Result<Self> {
        let server = GitServer::start().await?;
        let head = server.commit(REPOSITORY, "main", &FILES).await?;
        Ok(Self {
            server,
            cache: tempfile::tempdir()?,
            head: CommitSha::parse(&head)?,
        })
    }

    fn options(&self) -> Options {
        let mut options = Options::new(self.cache.path().join("mirrors"));
        options.environment = environment();
        options
    }

    /// Who asks anonymously.
    fn remote(&self) -> Remote {
        self.remote_with(None)
    }

    fn remote_with(&self, credentials: Option<Credentials>) -> Remote {
        let address = self.server.address(REPOSITORY);
        Mirrors::new(self.options()).remote(&address, credentials).unwrap()
    }

    async fn commit(&self, branch: &str, files: &[GitFile<'_>]) -> Result<CommitSha> {
        Ok(CommitSha::parse(&self.server.commit(REPOSITORY, branch, files).await?)?)
    }

    /// Mirrors in the cache.
    fn mirrors(&self) -> Vec<PathBuf> {
        let folder = self.cache.path().join("mirrors/0/mirrors");
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a binary gives git of its own environment"
)]
fn environment() -> Vec<(String, OsString)> {
    let set = ENVIRONMENT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?)));
    set.collect()
}

fn password(user: &str, password: &str) -> Credentials {
    let login = Login::Password {
        user: user.to_owned(),
        password: SecretString::from(password),
    };
    Credentials::new("Secret infra/templates".to_owned(), login)
}

/// Files as text; `None` for those that do not exist.
async fn read(remote: &Remote, at: &CommitSha, paths: &[&str]) -> Result<BTreeMap<String, Option<String>>, Error> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let files = remote.read_files(at, paths).await?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let texts = files
        .into_iter()
        .map(|(path, file)| (path, file.map(|file| text(&file.bytes))));
    Ok(texts.collect())
}

/// The text of one file that exists.
async fn one(remote: &Remote, at: &CommitSha, path: &str) -> Result<String, Error> {
    let found = read(remote, at, &[path]).await?;
    Ok(found[path].clone().unwrap())
}

/// The error of a git server.
fn git_error(error: Error) -> git::Error {
    match error {
        Error::Git(error) => error,
        other => unreachable!("not about git: {other}"),
    }
}

const SOON: Duration = Duration::from_mins(1);
