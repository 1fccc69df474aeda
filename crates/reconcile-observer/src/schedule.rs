//! When an observer polls. Pure.

use croner::Cron;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt as _;
use stagecoach_api::Observer;
use stagecoach_runtime::Next;

/// Annotation by which a person asks for a poll now.
pub(crate) const POLL: &str = "stagecoach.dev/poll";

/// Whether it is time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Now,
    At(Timestamp),
}

/// An observer polls when it is first seen, when its spec changes, when a person asks, after a failure, and by its
/// crontab.
pub(crate) fn due(observer: &Observer, now: Timestamp) -> Due {
    let Some(status) = &observer.status else {
        return Due::Now;
    };
    let asked = observer.annotations().get(POLL);
    let failed = status
        .conditions
        .iter()
        .any(|condition| condition.type_ == "Ready" && condition.status != "True");
    if status.observed_generation != observer.metadata.generation || asked != status.handled_poll.as_ref() || failed {
        return Due::Now;
    }
    match status.next_poll_at {
        Some(at) if at > now => Due::At(at),
        Some(_) | None => Due::Now,
    }
}

/// The next time after `now` that the crontab names; `None` when it names none.
pub(crate) fn next_poll(observer: &Observer, now: Timestamp) -> Option<Timestamp> {
    let cron: Cron = observer.spec.crontab.parse().ok()?;
    let next = cron.find_next_occurrence(&now.to_zoned(TimeZone::UTC), false).ok()?;
    Some(next.timestamp())
}

/// What the queue does after a poll.
pub(crate) fn next(observer: &Observer, now: Timestamp) -> Next {
    next_poll(observer, now).map_or(Next::Done, Next::At)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observer(status: &serde_json::Value) -> Observer {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "deployments.plural.sh/v1alpha1", "kind": "Observer",
            "metadata": {"name": "o", "namespace": "infra", "generation": 2},
            "spec": {
                "crontab": "*/5 * * * *",
                "target": {"type": "OCI", "order": "SEMVER", "oci": {"url": "localhost:5000/app"}},
            },
            "status": status,
        }))
        .unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_crontab_names_the_next_poll() {
        let observer = observer(&serde_json::json!(null));
        assert_eq!(
            next_poll(&observer, at("2026-01-01T10:03:20Z")),
            Some(at("2026-01-01T10:05:00Z"))
        );
        assert_eq!(
            next_poll(&observer, at("2026-01-01T10:05:00Z")),
            Some(at("2026-01-01T10:10:00Z"))
        );
    }

    #[test]
    fn it_is_due_at_first_sight_on_a_new_spec_when_asked_and_by_schedule() {
        let now = at("2026-01-01T10:03:00Z");
        assert_eq!(due(&observer(&serde_json::json!(null)), now), Due::Now);
        let rested = |generation: i64, next: &str| {
            observer(&serde_json::json!({"readonly": false, "observedGeneration": generation, "nextPollAt": next}))
        };
        assert_eq!(due(&rested(1, "2026-01-01T10:05:00Z"), now), Due::Now);
        let waiting = rested(2, "2026-01-01T10:05:00Z");
        assert_eq!(due(&waiting, now), Due::At(at("2026-01-01T10:05:00Z")));
        assert_eq!(due(&waiting, at("2026-01-01T10:05:00Z")), Due::Now);
        let mut asked = waiting;
        asked.annotations_mut().insert(POLL.to_owned(), "1".to_owned());
        assert_eq!(due(&asked, now), Due::Now);
        asked.status.as_mut().unwrap().handled_poll = Some("1".to_owned());
        assert_eq!(due(&asked, now), Due::At(at("2026-01-01T10:05:00Z")));
    }
}
