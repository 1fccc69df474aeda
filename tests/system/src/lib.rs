//! The whole system on real parts: the released binaries, the installed chart, a forge, a deployer and a registry, set
//! up as the tutorial's user would have them. The demo, the benchmarks and the whole-system tests share this; it uses
//! Stagecoach as a user does and knows none of its inner parts.

#![allow(
    clippy::disallowed_methods,
    reason = "the test house may ask for the environment and the time"
)]

mod binaries;
mod documents;
mod install;
mod look;
mod operator;
mod proxies;
mod scenario;

pub use binaries::Binaries;
pub use install::{NAMESPACE, SERVICE_ACCOUNT, install};
pub use look::{Seen, context_status, gate, plan_of, pull_request_of, stage};
pub use operator::{Operator, Settings};
pub use proxies::Proxies;
pub use scenario::{CHART, CdDemo, GITOPS, INFRA, Setup, needs};
