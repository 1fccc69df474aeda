//! The one door to the time of day.
//!
//! Everything else is given a [`Clock`] or a timestamp, so that a test decides what time it is.

use std::sync::Arc;

use jiff::{Timestamp, Unit};

/// A source of the time of day.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The clock of the machine.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
pub fn system() -> Clock {
    Arc::new(Timestamp::now)
}

/// The same instant without its fraction of a second. Statuses hold whole seconds only, so that what was written is
/// equal to what is read back.
#[must_use]
pub fn whole_seconds(at: Timestamp) -> Timestamp {
    at.round(
        jiff::TimestampRound::new()
            .smallest(Unit::Second)
            .mode(jiff::RoundMode::Floor),
    )
    .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_drops_the_fraction_and_is_stable() {
        let at: Timestamp = "2026-03-01T10:00:59.999999Z".parse().unwrap();
        let whole = whole_seconds(at);
        assert_eq!(whole.to_string(), "2026-03-01T10:00:59Z");
        assert_eq!(whole_seconds(whole), whole);
    }
}
