//! Counting proxies between the operator and what it talks to.

use anyhow::Result;
use stagecoach_testbed::{Proxy, Testbed};

/// One before the forge, one before the API server. Everybody but the operator goes past them.
#[derive(Debug)]
pub struct Proxies {
    /// Before the forge.
    pub forge: Proxy,
    /// Before the API server.
    pub api_server: Proxy,
}

impl Proxies {
    /// Starts both.
    ///
    /// # Errors
    /// When there is no port, or nothing to stand before.
    pub async fn start(testbed: &Testbed) -> Result<Self> {
        Ok(Self {
            forge: Proxy::start(&testbed.forge()?.url()).await?,
            api_server: Proxy::start(&testbed.control_plane()?.url()).await?,
        })
    }
}
