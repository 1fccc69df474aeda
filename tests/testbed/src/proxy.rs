//! A counting proxy on loopback before a forge or an API server. It notes every request, holds the n-th one before it is
//! passed on or after it was answered, so that a test can kill its client exactly there, and answers or cuts in the
//! upstream's place.
//!
//! Clients speak plain HTTP to it; the upstream may be HTTPS. Streams (watches) pass as they come.

mod forward;
mod rules;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{AbortHandle, JoinSet},
};

pub use self::rules::{Counted, Fault, Held, Point};
use self::{forward::Upstream, rules::Rules};

/// A running proxy. It ends when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    rules: Arc<Rules>,
    server: AbortHandle,
}

/// A request that has not come yet.
#[derive(Debug)]
pub struct Stop {
    held: oneshot::Receiver<Held>,
}

impl Stop {
    /// Waits until the request has come. It is held until the [`Held`] says what becomes of it.
    pub async fn reached(self, deadline: Duration) -> Result<Held> {
        let waited = tokio::time::timeout(deadline, self.held).await;
        let held = waited.with_context(|| format!("the request to stop at did not come within {deadline:?}"))?;
        held.context("the proxy ended before the request came")
    }
}

impl Proxy {
    /// Starts a proxy before `upstream` (scheme, host and port).
    pub async fn start(upstream: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port for a proxy")?;
        let address = listener.local_addr().context("a proxy without an address")?;
        let rules = Arc::new(Rules::default());
        let upstream = Arc::new(Upstream::new(upstream, Arc::clone(&rules))?);
        let server = tokio::spawn(serve(listener, upstream)).abort_handle();
        Ok(Self {
            url: format!("http://{address}"),
            rules,
            server,
        })
    }

    /// Where clients reach it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What came so far, in order. Only the first hundred thousand requests are kept.
    pub fn requests(&self) -> Vec<Counted> {
        self.rules.requests()
    }

    /// How many of the requests so far are like this.
    pub fn count(&self, select: impl Fn(&Counted) -> bool) -> usize {
        self.requests().iter().filter(|request| select(request)).count()
    }

    /// Holds the `nth` request (from 1, counted from now) among those that `select` picks.
    pub fn stop_at(&self, nth: usize, point: Point, select: impl Fn(&Counted) -> bool + Send + 'static) -> Stop {
        Stop {
            held: self.rules.arm(nth, point, Box::new(select)),
        }
    }

    /// From now on, the requests that `select` picks meet this fault. Of several, the newest counts.
    pub fn break_with(&self, fault: Fault, select: impl Fn(&Counted) -> bool + Send + 'static) {
        self.rules.break_with(fault, Box::new(select));
    }

    /// No more faults.
    pub fn mend(&self) {
        self.rules.mend();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Connections live in the set, so that they end with the server.
async fn serve(listener: TcpListener, upstream: Arc<Upstream>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted is nobody's loss.
                if let Ok((stream, _)) = accepted {
                    // Head and body of an answer come apart; together with a late acknowledgement that would be 40 ms.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(forward::serve_connection(stream, Arc::clone(&upstream)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
