//! The one place of the test house that asks for the time. It measures how long real programs take to start.

use std::time::Instant;

/// The monotonic time now.
#[expect(
    clippy::disallowed_methods,
    reason = "real programs are started and waited for: there is no time to pass in"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
