//! One repository on a git server, as one asker sees it. Every question that a mirror could answer alone begins with one to
//! the server, so that nobody reads what its credentials do not open.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    sync::Arc,
};

use async_trait::async_trait;

use super::{
    Shared,
    address::Address,
    cache::Cache,
    command::{Failure, Git, Job, size},
    credentials::Credentials,
    error::Error,
    listing,
    mirror::{Fetched, Mirror},
    reference::Reference,
    words,
};
use crate::{
    commit::is_inside,
    content::Content,
    id::CommitSha,
    repository::{EntryKind, File, TreeEntry},
};

/// The largest file that is read.
const FILE_LIMIT: u64 = 50_000_000;
/// Bytes of one read, which are in memory twice for a moment.
const READ_LIMIT: u64 = 64 << 20;
/// Bytes that a server may answer about names.
const NAMES_LIMIT: usize = 1 << 20;

/// A repository on a git server. Cheap to clone.
#[derive(Clone)]
pub struct Remote {
    pub(super) shared: Arc<Shared>,
    pub(super) address: Address,
    pub(super) credentials: Credentials,
    /// Of its mirror.
    pub(super) key: String,
}

/// Why a command of a mirror came to nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is told.
    Told(Error),
    /// Something that only the mirror itself explains: it is thrown away, and fetched once more.
    Broken(String),
    /// Not read yet.
    Failed(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Failed(Failure::System(error))
    }
}

impl Remote {
    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Who asks, and where that is written.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// True when nothing says whether its server is the one that is meant.
    pub fn is_first_answer_believed(&self) -> bool {
        self.credentials.is_first_answer_believed(&self.address)
    }

    /// Whether the server answers, has the repository, and takes the credentials.
    pub async fn probe(&self) -> Result<(), Error> {
        self.names(vec!["HEAD".to_owned()]).await.map(drop)
    }

    /// What the server says to some names: `ID TAB NAME`, one a line.
    async fn names(&self, names: Vec<String>) -> Result<String, Error> {
        let cache = self.shared.cache().await?;
        let place = cache.place(&self.key);
        let asked = async {
            super::cache::make(&place.folder)?;
            let peeled = names.iter().map(|name| format!("{name}^{{}}"));
            let says = ["ls-remote", "--quiet", "--end-of-options", "origin"].map(str::to_owned);
            let arguments = says.into_iter().chain(names.iter().cloned()).chain(peeled);
            let job = Job {
                arguments: arguments.map(Into::into).collect(),
                // No repository is needed, and one that happens to be around is none of ours.
                variables: vec![("GIT_DIR", "/dev/null".into())],
                folder: place.folder.clone(),
                prints: NAMES_LIMIT,
                ..Job::default()
            };
            self.connect(job, &place.folder, cache, "a question").await
        };
        let asked = asked.await;
        drop(place);
        let tidied = cache.tidy().await.map_err(Trouble::from);
        let printed = asked.and_then(|printed| tidied.map(|()| printed));
        let printed = printed.map_err(|trouble| self.told(trouble, "a question"))?;
        Ok(String::from_utf8_lossy(&printed).into_owned())
    }

    /// A command that speaks with the server.
    pub(super) async fn connect(
        &self,
        mut job: Job,
        mirror: &Path,
        cache: &Cache,
        doing: &'static str,
    ) -> Result<Vec<u8>, Trouble> {
        let prepared = self.credentials.prepare(&self.address, mirror, &cache.keys())?;
        job.config.push(("remote.origin.url", self.address.as_str().into()));
        job.config.extend(prepared.config.iter().cloned());
        job.variables.extend(prepared.variables.iter().cloned());
        tracing::debug!(address = self.address.as_str(), doing, "git asks the server");
        match self.git().run(job).await {
            Err(Failure::Words(printed)) => {
                let told = words::read(&self.cleaned(&printed), &self.address, &self.credentials);
                Err(told.map_or(Trouble::Failed(Failure::Words(printed)), Trouble::Told))
            }
            other => Ok(other?),
        }
    }

    /// Asks the mirror, in turn. One that is broken is thrown away and asked once more.
    async fn mirrored<'s, T, F>(&'s self, ask: impl Fn(Mirror<'s>) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let cache = self.shared.cache().await?;
        let place = cache.place(&self.key);
        let mirror = Mirror {
            remote: self,
            cache,
            place: Arc::clone(&place),
        };
        let turn = tokio::time::timeout(self.shared.patience(), place.turn.acquire()).await;
        let _turn = turn.map_err(|_| self.deadline("others are still reading it", self.shared.patience()))?;
        let outcome = match ask(mirror.clone()).await {
            Err(Trouble::Broken(why)) => {
                tracing::warn!(
                    address = self.address.as_str(),
                    why,
                    "the mirror is broken and is fetched anew"
                );
                match mirror.clear().await {
                    Ok(()) => ask(mirror).await,
                    Err(trouble) => Err(trouble),
                }
            }
            other => other,
        };
        outcome.map_err(|trouble| self.told(trouble, "a look at its mirror"))
    }

    /// As [`Mirror::ensure`], where a commit that cannot be had is an error.
    async fn must_have(&self, mirror: &Mirror<'_>, at: &CommitSha) -> Result<(), Trouble> {
        match mirror.ensure(at).await? {
            Fetched::Done => Ok(()),
            Fetched::Missing | Fetched::Refused => Err(self.refused(at).into()),
        }
    }

    async fn read(
        &self,
        mirror: &Mirror<'_>,
        at: &CommitSha,
        paths: &[String],
    ) -> Result<BTreeMap<String, Option<File>>, Trouble> {
        self.must_have(mirror, at).await?;
        let inside: Vec<String> = paths.iter().filter(|path| is_inside(path)).cloned().collect();
        let entries = listing::by_path(mirror.stat(at, &inside).await?);
        if let Some(other) = entries
            .values()
            .find(|entry| !entry.kind.is_some_and(EntryKind::is_file))
        {
            return Err(Trouble::Told(Error::NotAFile {
                address: self.name(),
                path: other.path.clone(),
                kind: other.word(),
            }));
        }
        let blobs: BTreeSet<String> = entries.values().map(|entry| entry.blob.clone()).collect();
        let mut contents = BTreeMap::new();
        if !blobs.is_empty() {
            let sizes = mirror.sizes(at, &blobs).await?;
            for entry in entries.values() {
                let size = sizes.get(&entry.blob).copied().unwrap_or_default();
                if size > FILE_LIMIT {
                    return Err(Trouble::Told(Error::FileTooLarge {
                        address: self.name(),
                        path: entry.path.clone(),
                        size,
                        limit: FILE_LIMIT,
                    }));
                }
            }
            if sizes.values().sum::<u64>() > READ_LIMIT {
                return Err(self.too_large(READ_LIMIT).into());
            }
            contents = mirror.contents(&sizes).await?;
        }
        let file = |path: &String| {
            let blob = &entries.get(path)?.blob;
            let bytes = Arc::clone(contents.get(blob)?);
            Some(File {
                bytes,
                blob: blob.clone(),
            })
        };
        Ok(paths.iter().map(|path| (path.clone(), file(path))).collect())
    }

    /// The error that people read.
    fn told(&self, trouble: Trouble, doing: &'static str) -> Error {
        let address = self.name();
        match trouble {
            Trouble::Told(error) => error,
            Trouble::Broken(words) => Error::Refused { address, words },
            Trouble::Failed(Failure::Words(words)) => Error::Refused {
                address,
                words: self.cleaned(&words),
            },
            Trouble::Failed(Failure::Missing) => words::missing(&self.address, "git"),
            Trouble::Failed(Failure::Deadline(deadline)) => self.deadline(doing, deadline),
            Trouble::Failed(Failure::TooLarge(limit)) => self.too_large(limit),
            Trouble::Failed(Failure::System(error)) => Error::Folder { why: error.to_string() },
        }
    }

    pub(super) fn cleaned(&self, printed: &[u8]) -> String {
        words::cleaned(printed, &self.credentials.secrets())
    }

    pub(super) fn git(&self) -> &Git {
        &self.shared.git
    }

    /// Bytes that its mirror may have.
    pub(super) fn most_bytes(&self) -> u64 {
        self.shared.options.mirror_bytes
    }

    pub(super) async fn is_too_large(&self, folder: &Path) -> bool {
        size(folder).await > self.most_bytes() / 2
    }

    pub(super) fn too_many_files(&self) -> Error {
        Error::TooManyFiles {
            address: self.name(),
            limit: listing::MOST_FILES,
        }
    }

    fn too_large(&self, limit: u64) -> Error {
        let address = self.name();
        Error::TooLarge { address, limit }
    }

    fn deadline(&self, doing: &'static str, deadline: std::time::Duration) -> Error {
        let address = self.name();
        Error::Deadline {
            address,
            doing,
            deadline,
        }
    }

    fn refused(&self, commit: &CommitSha) -> Error {
        Error::CommitRefused {
            address: self.name(),
            commit: commit.short().to_owned(),
        }
    }
}

#[async_trait]
impl Content for Remote {
    fn name(&self) -> String {
        self.address.as_str().to_owned()
    }

    async fn resolve(&self, reference: &str) -> Result<Option<CommitSha>, crate::Error> {
        let Some(reference) = Reference::parse(reference) else {
            return Ok(None);
        };
        let names = self.names(reference.candidates()).await?;
        let Some(commit) = reference.commit() else {
            return Ok(reference.pick(&names));
        };
        match self
            .mirrored(|mirror| async move { mirror.ensure(commit).await })
            .await?
        {
            Fetched::Done => Ok(Some(commit.clone())),
            Fetched::Missing => Ok(None),
            Fetched::Refused => Err(self.refused(commit).into()),
        }
    }

    async fn list_files(&self, at: &CommitSha) -> Result<Vec<TreeEntry>, crate::Error> {
        let listed = self.mirrored(|mirror| async move {
            self.must_have(&mirror, at).await?;
            mirror.list(at).await
        });
        Ok(listed.await?)
    }

    async fn read_files(
        &self,
        at: &CommitSha,
        paths: Vec<String>,
    ) -> Result<BTreeMap<String, Option<File>>, crate::Error> {
        let paths = paths.as_slice();
        let read = self.mirrored(|mirror| async move { self.read(&mirror, at, paths).await });
        Ok(read.await?)
    }
}
