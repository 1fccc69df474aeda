//! Forges: hosts of repositories and pull requests.
//!
//! Two doors lead to a forge. [`Read`] asks and changes nothing. [`Write`] wraps an [`Api`] and makes every
//! effect find-or-create, so that a replay after a crash finds what the first pass made; its dry run only
//! records a [`Plan`]. Each forge has one folder that implements both traits: [`gitea`] (Gitea and Forgejo).
//!
//! This crate knows no Kubernetes, never asks for the time by itself ([`Options::clock`] does) and puts no
//! token into a log or an error. The reconcilers reach it through `stagecoach-delivery`.

mod commit;
mod content;
mod error;
pub mod git;
pub mod gitea;
mod http;
mod id;
mod pull_request;
mod read;
mod repository;
mod write;

pub use commit::{Commit, Committed, FileChange, FileMode, NewCommit, NewPath, Person};
pub use content::{Content, OnForge};
pub use error::{Error, Kind, Place};
pub use http::{CallReport, Clock, Observer, Options};
pub use id::{CommitSha, RepositoryId};
pub use pull_request::{Listing, Merge, MergeMethod, NewPullRequest, Opened, PullRequest, State};
pub use read::Read;
pub use repository::{EntryKind, File, Repository, TreeEntry};
pub use write::{Api, Created, Effect, Plan, Step, Write};
