//! How a forge is talked to, and who is told of it. Data that callers fill in.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use url::Url;

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Who is told of every call.
pub type Observer = Arc<dyn Fn(&CallReport) + Send + Sync>;

/// One call, for counting. It has no path: names of repositories do not belong into metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallReport {
    /// GET, POST, ...
    pub method: &'static str,
    /// The name of the endpoint, from a fixed set.
    pub endpoint: &'static str,
    /// The status; none when there was no answer.
    pub status: Option<u16>,
}

/// How a forge is talked to.
#[derive(Clone)]
pub struct Options {
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long a whole call may take.
    pub timeout: Duration,
    /// A proxy; the environment is not asked.
    pub proxy: Option<Url>,
    /// Told of every call.
    pub on_call: Option<Observer>,
    /// Asked for the time when a forge says how long to wait.
    pub clock: Clock,
    /// How a person knows the connection, for messages; without it, its host stands alone.
    pub name: Option<String>,
    /// Where the token came from, for the message that it was refused.
    pub token_from: Option<String>,
}

impl Options {
    /// Connects within 5 s, answers within 30 s, no proxy, no observer.
    pub fn new(clock: Clock) -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            proxy: None,
            on_call: None,
            clock,
            name: None,
            token_from: None,
        }
    }
}
