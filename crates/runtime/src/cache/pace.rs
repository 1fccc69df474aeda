//! How soon a broken watch is begun again, and when that is worth a line in the log. Pure.

use std::time::Duration;

use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(10);
/// Trouble that was not met for this time is new trouble. A quiet watch has no other sign of health.
const FORGOTTEN: Duration = Duration::from_mins(1);

/// The trouble of one watch. Pauses double up to ten seconds: there are about fifteen watches, so a server that comes
/// back is not overrun, and nobody waits long for it.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    last: Option<Met>,
}

#[derive(Debug)]
struct Met {
    message: String,
    at: Instant,
    pause: Duration,
}

/// What to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// It was not said a moment ago.
    pub(super) say: bool,
    /// How long to wait before the next try.
    pub(super) pause: Duration,
}

impl Trouble {
    /// The watch failed.
    pub(super) fn met(&mut self, message: &str, now: Instant) -> Response {
        let last = self
            .last
            .take()
            .filter(|last| now.saturating_duration_since(last.at) < last.pause + FORGOTTEN);
        let pause = last.as_ref().map_or(FIRST, |last| (last.pause * 2).min(LONGEST));
        let say = last.is_none_or(|last| last.message != message);
        let message = message.to_owned();
        self.last = Some(Met {
            message,
            at: now,
            pause,
        });
        Response { say, pause }
    }

    /// The watch brought something. True when it had failed before.
    pub(super) fn over(&mut self) -> bool {
        self.last.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_the_same_trouble_is_said_once() {
        let mut trouble = Trouble::default();
        let mut now = Instant::now();
        let mut met = |message: &str| {
            let response = trouble.met(message, now);
            now += response.pause;
            (response.say, response.pause.as_millis())
        };
        assert_eq!(met("refused"), (true, 500));
        assert_eq!(met("refused"), (false, 1000));
        assert_eq!(met("forbidden"), (true, 2000));
        assert_eq!(
            [met("forbidden"), met("forbidden"), met("forbidden")],
            [(false, 4000), (false, 8000), (false, 10000)]
        );
    }

    #[test]
    fn trouble_that_was_overcome_or_is_long_past_is_new() {
        let mut trouble = Trouble::default();
        let now = Instant::now();
        trouble.met("refused", now);
        trouble.met("refused", now);
        assert!(trouble.over());
        assert!(!trouble.over());
        assert_eq!(
            trouble.met("refused", now),
            Response {
                say: true,
                pause: FIRST
            }
        );
        assert_eq!(
            trouble.met("refused", now + FORGOTTEN * 2),
            Response {
                say: true,
                pause: FIRST
            }
        );
    }
}
