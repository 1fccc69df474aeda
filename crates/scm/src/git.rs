//! Repositories on git servers that have no API that we speak: read through git's own program, and a small mirror each.
//!
//! Nothing is cloned. [`Remote::resolve`](crate::Content::resolve) asks the server what a name stands for; of a commit only
//! the trees come, once, and then the files that are read, all that are missing in one go. Mirrors are in a folder with
//! bounds, and a lost or broken one is fetched anew. Git runs in an environment of its own and asks nobody anything.

mod address;
mod cache;
mod command;
mod credentials;
mod error;
mod listing;
mod mirror;
mod reference;
mod remote;
mod words;

use std::{ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use cache::{Bounds, Cache};
use command::Git;

pub use address::{Address, Protocol};
pub use credentials::{Credentials, Login};
pub use error::Error;
pub use remote::Remote;

/// What the operator has around it that git gets as well.
pub const ENVIRONMENT: [&str; 13] = [
    "PATH",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
];

/// How git is run, and where mirrors are.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where mirrors are. It is made when first needed.
    pub folder: PathBuf,
    /// The variables of [`ENVIRONMENT`] that are set.
    pub environment: Vec<(String, OsString)>,
    /// Time for one command.
    pub deadline: Duration,
    /// Commands at the same time.
    pub at_once: usize,
    /// Mirrors that are kept.
    pub mirrors: usize,
    /// Bytes that all mirrors may have together when nobody fetches.
    pub bytes: u64,
    /// Bytes that one mirror may have.
    pub mirror_bytes: u64,
}

impl Options {
    /// The usual ones.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            environment: Vec::new(),
            deadline: Duration::from_mins(1),
            at_once: 4,
            mirrors: 64,
            bytes: 512 << 20,
            mirror_bytes: 256 << 20,
        }
    }
}

/// The way to git servers. Cheap to clone; nothing is run and nothing is written before the first question.
#[derive(Clone)]
pub struct Mirrors(Arc<Shared>);

struct Shared {
    options: Options,
    git: Git,
    cache: OnceCell<Cache>,
}

impl Mirrors {
    /// Mirrors with these options.
    pub fn new(options: Options) -> Self {
        let git = Git::new(options.environment.clone(), options.deadline, options.at_once);
        Self(Arc::new(Shared {
            options,
            git,
            cache: OnceCell::new(),
        }))
    }

    /// A repository, as it is with these credentials. Those that stand in the address itself count where none are given.
    pub fn remote(&self, address: &str, credentials: Option<Credentials>) -> Result<Remote, Error> {
        let (address, own) = Address::parse(address)?;
        let credentials = credentials.or(own).unwrap_or_else(Credentials::anonymous);
        // By where the credentials are and not by what they are: nothing on disk is made of a secret.
        let key = Sha256::digest(format!("{}\n{}", address.as_str(), credentials.source));
        Ok(Remote {
            shared: Arc::clone(&self.0),
            address,
            credentials,
            key: hex::encode(key),
        })
    }
}

impl Shared {
    async fn cache(&self) -> Result<&Cache, Error> {
        let bounds = Bounds {
            mirrors: self.options.mirrors,
            bytes: self.options.bytes,
        };
        let folder = self.options.folder.clone();
        let open = async || {
            let opened = tokio::task::spawn_blocking(move || Cache::open(&folder, bounds)).await;
            opened
                .map_err(|error| error.to_string())?
                .map_err(|error| error.to_string())
        };
        let found = self.cache.get_or_try_init(open).await;
        found.map_err(|why| {
            let why = format!("{}: {why}", self.options.folder.display());
            Error::Folder { why }
        })
    }

    /// How long an asker waits for those before it.
    fn patience(&self) -> Duration {
        self.options.deadline * 5
    }
}
