//! One way to make HTTP clients for loopback. Certificates are not checked: the parts make their own when they start.
//! Connections are not kept, because tests run on runtimes that come and go, and a kept connection dies with its runtime.

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Client, ClientBuilder, redirect};

/// The longest time that an answer on loopback may take; a busy machine is slow.
const DEADLINE: Duration = Duration::from_mins(1);

/// A client for calls that are answered at once.
pub(crate) fn short_calls() -> Result<Client> {
    let builder = plain().timeout(DEADLINE).pool_max_idle_per_host(0);
    builder.build().context("cannot make an HTTP client")
}

/// Settings for a client that changes nothing on the way: no proxy, no redirects followed, no bodies unpacked.
pub(crate) fn plain() -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .no_gzip()
        .redirect(redirect::Policy::none())
        .tls_danger_accept_invalid_certs(true)
        .connect_timeout(Duration::from_secs(5))
}
