//! One control plane and one forge for all tests of a test binary, started by the first test that asks. Each test uses
//! namespaces, names and repositories of its own. They end with the process.

use anyhow::{Context as _, Result};
use tokio::sync::OnceCell;

use crate::{
    control_plane::ControlPlane,
    gitea::Gitea,
    testbed::{Needs, Testbed},
};

/// The control plane that the tests of this process share.
pub async fn shared_control_plane() -> Result<&'static ControlPlane> {
    static SHARED: OnceCell<Testbed> = OnceCell::const_new();
    let testbed = SHARED
        .get_or_try_init(async || Testbed::start(&Needs::control_plane()).await)
        .await;
    testbed.context("no shared control plane")?.control_plane()
}

/// The forge that the tests of this process share.
pub async fn shared_forge() -> Result<&'static Gitea> {
    static SHARED: OnceCell<Testbed> = OnceCell::const_new();
    let testbed = SHARED
        .get_or_try_init(async || Testbed::start(&Needs::nothing().with_forge()).await)
        .await;
    testbed.context("no shared forge")?.forge()
}
