//! What can go wrong at a git server, in words for a person.

use std::time::Duration;

use crate::error::Kind;

/// A question to a git server that was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A program that git needs, or git itself.
    #[error(
        "{address} is read by git, and the program {program} is not installed: run the operator from the image with git \
         and ssh, or name the ScmConnection of the repository's forge in spec.connectionRef of its GitRepository"
    )]
    Missing {
        /// The repository.
        address: String,
        /// What is not there.
        program: String,
    },
    /// A text that is no address of a repository. It is not repeated, because it may hold a password.
    #[error("the address of the git repository cannot be used: {why}")]
    InvalidAddress {
        /// What is wrong, or how one looks.
        why: &'static str,
    },
    /// The server's name stands for no address.
    #[error("{address}: the host {host} is not known; correct the address, or the cluster's DNS; it is tried again")]
    HostUnknown {
        /// The repository.
        address: String,
        /// The server.
        host: String,
    },
    /// No connection, one that broke, or a server that says that it is not able to.
    #[error("{address}: the git server is not available ({words}); it is tried again")]
    Unavailable {
        /// The repository.
        address: String,
        /// What git says.
        words: String,
    },
    /// Credentials that the server does not take, or none where it wants some.
    #[error("{address}: the git server refuses {source_name} ({words}); {remedy}")]
    Unauthorized {
        /// The repository.
        address: String,
        /// Where the credentials are.
        source_name: String,
        /// What git says.
        words: String,
        /// What to write where.
        remedy: &'static str,
    },
    /// The private key cannot be used.
    #[error(
        "the private key of {source_name} cannot be used: write a key that ssh takes, and the passphrase that belongs to it ({words})"
    )]
    InvalidKey {
        /// Where the key is.
        source_name: String,
        /// What ssh says.
        words: String,
    },
    /// The server is not the one that it should be.
    #[error(
        "{address}: the host key of the git server is not the one that is known ({words}); if it has a new one, write that \
         line into the key known_hosts of the repository's Secret"
    )]
    HostKey {
        /// The repository.
        address: String,
        /// What ssh says.
        words: String,
    },
    /// The server's certificate is not trusted.
    #[error(
        "{address}: the certificate of the git server is not trusted ({words}); give the operator its authority by the \
         variable GIT_SSL_CAINFO"
    )]
    Certificate {
        /// The repository.
        address: String,
        /// What git says.
        words: String,
    },
    /// There is no such repository, or the credentials may not see it.
    #[error("{address} was not found; check the address, and that {source_name} may see it ({words})")]
    NotFound {
        /// The repository.
        address: String,
        /// Where the credentials are.
        source_name: String,
        /// What git says.
        words: String,
    },
    /// The server points elsewhere; credentials are never taken along.
    #[error(
        "{address} redirects elsewhere, and credentials are not taken along: write the address that it redirects to, often the same with .git at its end"
    )]
    Redirected {
        /// The repository.
        address: String,
    },
    /// The server gives no commits by their ids.
    #[error("{address}: the git server gives no commit by its id ({commit}): name a branch or a tag that is at it")]
    CommitRefused {
        /// The repository.
        address: String,
        /// The commit.
        commit: String,
    },
    /// A server of the old kind.
    #[error(
        "{address}: the server only hands out files, and speaks no git over HTTP: let it run git http-backend, or write an address for ssh"
    )]
    Dumb {
        /// The repository.
        address: String,
    },
    /// A command took too long and was killed.
    #[error("{address}: git did not end in {} s ({doing}); it is tried again", .deadline.as_secs())]
    Deadline {
        /// The repository.
        address: String,
        /// What it was about.
        doing: &'static str,
        /// The time that it had.
        deadline: Duration,
    },
    /// More than we are ready to hold.
    #[error(
        "{address}: what is asked for is larger than {limit} bytes, which is more than a promotion reads: keep templates in a smaller repository"
    )]
    TooLarge {
        /// The repository.
        address: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A repository with more paths than we are ready to hold.
    #[error(
        "{address}: it has more than {limit} files; keep templates in a smaller repository, or name files instead of folders"
    )]
    TooManyFiles {
        /// The repository.
        address: String,
        /// The limit.
        limit: usize,
    },
    /// A file that no promotion reads.
    #[error("{address}: {path} has {size} bytes, and files of more than {limit} bytes are not read")]
    FileTooLarge {
        /// The repository.
        address: String,
        /// The path.
        path: String,
        /// Its bytes.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A path with something else than a file.
    #[error("{address}: {path} is a {kind}, and only files are read")]
    NotAFile {
        /// The repository.
        address: String,
        /// The path.
        path: String,
        /// What stands there.
        kind: &'static str,
    },
    /// Git says something else.
    #[error("{address}: git says: {words}")]
    Refused {
        /// The repository.
        address: String,
        /// What git says.
        words: String,
    },
    /// The folder of mirrors cannot be used.
    #[error(
        "the folder of git mirrors cannot be used ({why}): give --git-cache a folder that can be written, with some space"
    )]
    Folder {
        /// What the system says.
        why: String,
    },
}

impl Error {
    /// What the caller does next.
    pub fn kind(&self) -> Kind {
        match self {
            Self::HostUnknown { .. } | Self::Unavailable { .. } | Self::Deadline { .. } | Self::Refused { .. } => {
                Kind::Retry
            }
            Self::Missing { .. }
            | Self::InvalidAddress { .. }
            | Self::Unauthorized { .. }
            | Self::InvalidKey { .. }
            | Self::HostKey { .. }
            | Self::Certificate { .. }
            | Self::NotFound { .. }
            | Self::Redirected { .. }
            | Self::CommitRefused { .. }
            | Self::Dumb { .. }
            | Self::TooLarge { .. }
            | Self::TooManyFiles { .. }
            | Self::FileTooLarge { .. }
            | Self::NotAFile { .. }
            | Self::Folder { .. } => Kind::Stalled,
        }
    }

    /// True when only other content or another automation helps.
    pub fn is_about_content(&self) -> bool {
        matches!(
            self,
            Self::TooLarge { .. } | Self::TooManyFiles { .. } | Self::FileTooLarge { .. } | Self::NotAFile { .. }
        )
    }

    /// One word for a condition, an event and a metric.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "GitMissing",
            Self::InvalidAddress { .. } => "InvalidRepository",
            Self::HostUnknown { .. } => "GitHostUnknown",
            Self::Unavailable { .. } => "GitUnavailable",
            Self::Unauthorized { .. } => "GitUnauthorized",
            Self::InvalidKey { .. } => "InvalidPrivateKey",
            Self::HostKey { .. } => "GitHostKeyRefused",
            Self::Certificate { .. } => "GitCertificateRefused",
            Self::NotFound { .. } => "GitNotFound",
            Self::Redirected { .. } => "GitRedirected",
            Self::CommitRefused { .. } => "GitCommitRefused",
            Self::Dumb { .. } | Self::Refused { .. } => "GitRefused",
            Self::Deadline { .. } => "GitDeadline",
            Self::TooLarge { .. } | Self::FileTooLarge { .. } => "FileTooLarge",
            Self::TooManyFiles { .. } => "TooManyFiles",
            Self::NotAFile { .. } => "NotAFile",
            Self::Folder { .. } => "GitCacheUnusable",
        }
    }
}
