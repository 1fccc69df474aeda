//! What of a promotion's time is the operator's own: all of it in which no call that it needs is under way. The forge alone differs
//! from one commit to the next by more than the operator may take, so this is what its budget can be held against.

use std::time::{Duration, Instant};

use stagecoach_testbed::Counted;

/// The time from `begin` to `end` outside of the calls. One that was not answered yet lasts to the end.
pub(super) fn own_time<'c>(calls: impl IntoIterator<Item = &'c Counted>, begin: Instant, end: Instant) -> Duration {
    let span = |call: &Counted| {
        let over = call.took.map_or(end, |took| call.came + took);
        (call.came.max(begin), over.min(end))
    };
    let mut spans: Vec<(Instant, Instant)> = calls.into_iter().map(span).filter(|(from, to)| from < to).collect();
    spans.sort_unstable();
    let mut own = Duration::ZERO;
    let mut covered = begin;
    for (from, to) in spans {
        own += from.saturating_duration_since(covered);
        covered = covered.max(to);
    }
    own + end.saturating_duration_since(covered)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::bench::promotions::now;

    #[test]
    fn calls_beside_one_another_count_once() {
        let begin = now();
        let at = |milliseconds: u64| begin + Duration::from_millis(milliseconds);
        let call = |from: u64, took: Option<u64>| Counted {
            number: 1,
            method: Method::GET,
            path: String::new(),
            query: String::new(),
            body: String::new(),
            status: None,
            came: at(from),
            took: took.map(Duration::from_millis),
        };
        let calls = [
            call(50, Some(20)),
            call(10, Some(20)),
            call(15, Some(30)),
            call(90, None),
        ];
        assert_eq!(own_time(&calls, begin, at(100)), Duration::from_millis(10 + 5 + 20));
        assert_eq!(own_time(&[], begin, at(100)), Duration::from_millis(100));
        assert_eq!(own_time(&calls, at(95), at(100)), Duration::ZERO);
    }
}
