//! The test house: real components, built once, started on loopback, ended with the process that started them.
//!
//! A test says what it needs and gets handles to running programs:
//!
//! ```no_run
//! use stagecoach_testbed::{Needs, Testbed};
//!
//! # async fn example() -> anyhow::Result<()> {
//! let testbed = Testbed::start(&Needs::control_plane().with_forge()).await?;
//! let client = testbed.control_plane()?.client().await?;
//! let forge = testbed.forge()?.url();
//! # Ok(())
//! # }
//! ```
//!
//! Nothing in here is a mock, and nothing in here knows Stagecoach. `cargo xtask testbed`, the demo, the benchmarks and
//! the tests call it; no product crate may.

mod apply;
mod argo_cd;
mod build;
mod clock;
mod control_plane;
mod environment;
mod git_server;
mod gitea;
mod helm;
mod http_client;
mod parts;
mod ports;
mod process;
mod proxy;
mod registry;
mod shared;
mod ssh_server;
mod testbed;
mod wait;
mod work_folder;

pub use crate::{
    apply::apply,
    argo_cd::ArgoCd,
    build::{
        BuildError, Built, build,
        console::Console,
        progress::{Progress, Silent, Step},
    },
    control_plane::{ControlPlane, Identity, User},
    environment::Environment,
    git_server::{GitFile, GitMode, GitServer},
    gitea::{FileChange, Gitea, PullRequest},
    helm::Helm,
    parts::{Part, Parts},
    process::{Process, Program},
    proxy::{Counted, Fault, Held, Point, Proxy, Stop},
    registry::Registry,
    shared::{shared_control_plane, shared_forge},
    ssh_server::SshServer,
    testbed::{Needs, Testbed},
    wait::{Look, eventually},
    work_folder::WorkFolder,
};
