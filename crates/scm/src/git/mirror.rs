//! One mirror: the trees of commits that were asked for, and the files that were read; nothing of their history.
//!
//! Two bare repositories share one folder of objects. `store.git` fetches; it knows where its objects come from, so git
//! would fetch what is missing there one by one, at every look. `reader.git` knows nothing of that: what it does not find
//! is missing, and is fetched by us, in one go.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    cache::{self, Cache, Place},
    command::{Failure, Job},
    listing::{self, Entry, Sizes},
    remote::{Remote, Trouble},
};
use crate::{id::CommitSha, repository::TreeEntry};

/// Packs that a mirror may have: with more it is slow, and fetched anew.
const MOST_PACKS: usize = 100;
/// Paths in one command.
const PATHS_AT_ONCE: usize = 200;
/// Objects that are written about in a line of at most this many bytes.
const LINE: usize = 128;

/// A mirror while somebody has its turn.
#[derive(Clone)]
pub(super) struct Mirror<'m> {
    pub(super) remote: &'m Remote,
    pub(super) cache: &'m Cache,
    pub(super) place: Arc<Place>,
}

/// Whether a server gave what was asked for.
pub(super) enum Fetched {
    Done,
    /// There is no such object.
    Missing,
    /// It gives only what a branch or a tag is at.
    Refused,
}

impl Mirror<'_> {
    fn store(&self) -> PathBuf {
        self.place.folder.join("store.git")
    }

    fn reader(&self) -> PathBuf {
        self.place.folder.join("reader.git")
    }

    /// There where the server gives no single files, and commits are fetched with all of theirs.
    fn whole(&self) -> PathBuf {
        self.place.folder.join("whole")
    }

    fn reference(at: &CommitSha) -> String {
        format!("refs/stagecoach/{at}")
    }

    /// Throws away what was fetched.
    pub(super) async fn clear(&self) -> Result<(), Trouble> {
        Ok(self.cache.clear(&[self.store(), self.reader()]).await?)
    }

    /// Makes sure that the trees of a commit are there.
    pub(super) async fn ensure(&self, at: &CommitSha) -> Result<Fetched, Trouble> {
        // Git writes the name only when everything behind it has come.
        if self.store().join(Self::reference(at)).is_file() {
            return Ok(Fetched::Done);
        }
        if self.packs() > MOST_PACKS || self.remote.is_too_large(&self.store()).await {
            self.clear().await?;
        }
        self.init(at).await?;
        let filter = if self.whole().is_file() {
            "--no-filter"
        } else {
            "--filter=blob:none"
        };
        let refspec = format!("+{at}:{}", Self::reference(at));
        let fetched = self.fetch(&["--depth=1", filter], &[&refspec], Vec::new()).await;
        self.cache.trim(&self.place).await?;
        fetched
    }

    /// Every file, link and submodule of a commit.
    pub(super) async fn list(&self, at: &CommitSha) -> Result<Vec<TreeEntry>, Trouble> {
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", at.as_str()];
        let printed = self.look(&arguments, Vec::new(), listing::MOST_BYTES).await;
        let printed = printed.map_err(|trouble| match trouble {
            Trouble::Failed(Failure::TooLarge(_)) => self.remote.too_many_files().into(),
            other => other,
        })?;
        let entries = listing::entries(&printed)?;
        if entries.len() > listing::MOST_FILES {
            return Err(self.remote.too_many_files().into());
        }
        Ok(entries.into_iter().filter_map(Entry::into_tree_entry).collect())
    }

    /// What stands at some paths of a commit.
    pub(super) async fn stat(&self, at: &CommitSha, paths: &[String]) -> Result<Vec<Entry>, Trouble> {
        let mut entries = Vec::new();
        for some in paths.chunks(PATHS_AT_ONCE) {
            let mut arguments = vec!["ls-tree", "-z", "--full-tree", at.as_str(), "--"];
            arguments.extend(some.iter().map(String::as_str));
            let printed = self.look(&arguments, Vec::new(), listing::MOST_BYTES).await?;
            entries.extend(listing::entries(&printed)?);
        }
        Ok(entries)
    }

    /// The sizes of files, which are fetched where they are not there yet; those of `at`, where the server gives no
    /// single ones.
    pub(super) async fn sizes(&self, at: &CommitSha, blobs: &BTreeSet<String>) -> Result<Sizes, Trouble> {
        let found = self.known_sizes(blobs).await?;
        let missing: Vec<&str> = blobs
            .iter()
            .filter(|blob| !found.contains_key(*blob))
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let arguments = ["--filter=blob:none", "--stdin"];
        let input = missing.join("\n").into_bytes();
        let fetched = self.fetch(&arguments, &[], input).await?;
        if !matches!(fetched, Fetched::Done) {
            fs::write(self.whole(), "")?;
            self.clear().await?;
            self.ensure(at).await?;
        }
        self.cache.trim(&self.place).await?;
        let found = self.known_sizes(blobs).await?;
        if found.len() < blobs.len() {
            return Err(Trouble::Broken("files are missing in the mirror".to_owned()));
        }
        Ok(found)
    }

    async fn known_sizes(&self, blobs: &BTreeSet<String>) -> Result<Sizes, Trouble> {
        let input = listing::lines(blobs);
        let printed = self
            .look(&["cat-file", "--batch-check"], input, blobs.len() * LINE)
            .await?;
        listing::sizes(&printed)
    }

    /// The bytes of files that are there.
    pub(super) async fn contents(&self, sizes: &Sizes) -> Result<BTreeMap<String, Arc<[u8]>>, Trouble> {
        let bytes: u64 = sizes.values().sum();
        let prints = usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .saturating_add(sizes.len() * LINE);
        let input = listing::lines(sizes.keys());
        let printed = self.look(&["cat-file", "--batch"], input, prints).await?;
        listing::contents(&printed)
    }

    /// Both repositories, where they are not there yet.
    async fn init(&self, at: &CommitSha) -> Result<(), Trouble> {
        cache::make(&self.place.folder)?;
        let format = if at.as_str().len() == 64 { "sha256" } else { "sha1" };
        for folder in [self.store(), self.reader()] {
            if !folder.join("HEAD").is_file() {
                let format = format!("--object-format={format}");
                let mut arguments =
                    arguments(&["init", "--quiet", "--bare", "--template=", &format, "--end-of-options"]);
                arguments.push(folder.into_os_string());
                self.run(arguments, None, Vec::new(), 0).await?;
            }
        }
        Ok(())
    }

    async fn fetch(&self, options: &[&str], refspecs: &[&str], input: Vec<u8>) -> Result<Fetched, Trouble> {
        let mut all = arguments(&[
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
        ]);
        all.extend(arguments(&["--no-recurse-submodules"]));
        all.extend(arguments(options));
        all.extend(arguments(&["--end-of-options", "origin"]));
        all.extend(arguments(refspecs));
        let mut job = self.job(all, Some(self.store()), input, 0);
        job.config.push((
            "fetch.negotiationAlgorithm",
            if refspecs.is_empty() { "noop" } else { "consecutive" }.into(),
        ));
        job.writes = Some((self.store(), self.remote.most_bytes()));
        match self
            .remote
            .connect(job, &self.place.folder, self.cache, "a fetch")
            .await
        {
            Ok(_) => Ok(Fetched::Done),
            Err(Trouble::Failed(Failure::Words(words))) => match String::from_utf8_lossy(&words) {
                says if says.contains("not our ref") || says.contains("couldn't find remote ref") => {
                    Ok(Fetched::Missing)
                }
                says if says.contains("unadvertised object") => Ok(Fetched::Refused),
                _ => Err(Trouble::Broken(self.remote.cleaned(&words))),
            },
            Err(Trouble::Failed(Failure::TooLarge(limit))) => {
                self.clear().await?;
                Err(Failure::TooLarge(limit).into())
            }
            Err(other) => Err(other),
        }
    }

    /// Asks the reader, which never asks the server.
    async fn look(&self, says: &[&str], input: Vec<u8>, prints: usize) -> Result<Vec<u8>, Trouble> {
        if !self.reader().join("HEAD").is_file() {
            return Err(Trouble::Broken("the mirror is gone".to_owned()));
        }
        let found = self.run(arguments(says), Some(self.reader()), input, prints).await;
        found.map_err(|trouble| match trouble {
            Trouble::Failed(Failure::Words(words)) => Trouble::Broken(self.remote.cleaned(&words)),
            other => other,
        })
    }

    async fn run(
        &self,
        arguments: Vec<OsString>,
        repository: Option<PathBuf>,
        input: Vec<u8>,
        prints: usize,
    ) -> Result<Vec<u8>, Trouble> {
        let job = self.job(arguments, repository, input, prints);
        Ok(self.remote.git().run(job).await?)
    }

    fn job(&self, arguments: Vec<OsString>, repository: Option<PathBuf>, input: Vec<u8>, prints: usize) -> Job {
        let objects = self.store().join("objects").into_os_string();
        let variables = repository.map(|folder| [("GIT_DIR", folder.into()), ("GIT_OBJECT_DIRECTORY", objects)]);
        Job {
            arguments,
            variables: variables.into_iter().flatten().collect(),
            folder: self.place.folder.clone(),
            input,
            prints,
            ..Job::default()
        }
    }

    fn packs(&self) -> usize {
        let entries = fs::read_dir(self.store().join("objects/pack"))
            .into_iter()
            .flatten()
            .flatten();
        let is_pack = |path: &Path| path.extension().is_some_and(|end| end == "pack");
        entries.filter(|entry| is_pack(&entry.path())).count()
    }
}

fn arguments(texts: &[&str]) -> Vec<OsString> {
    texts.iter().map(OsString::from).collect()
}
