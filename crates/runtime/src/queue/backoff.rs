//! How long a key that failed waits, by the number of its failures in a row. Pure.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

/// The pause after the first failure.
pub const SHORTEST: Duration = Duration::from_secs(2);
/// No pause is longer.
pub const LONGEST: Duration = Duration::from_mins(5);
/// Pauses are lengthened by up to this part, so that what failed together does not come back together.
const SPREAD: f64 = 0.25;

/// The pause after failure number `attempt` (the first is 1). `jitter` is from 0 to 1.
#[must_use]
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let ceiling = LONGEST.div_f64(1.0 + SPREAD);
    let doublings = attempt.saturating_sub(1).min(16);
    let pause = SHORTEST.saturating_mul(1 << doublings).min(ceiling);
    pause.mul_f64(1.0 + SPREAD * jitter.clamp(0.0, 1.0))
}

/// A number from 0 to 1 that differs between replicas, keys and attempts, and is the same each time it is asked for.
pub(super) fn jitter<K: Hash>(identity: &str, key: &K, attempt: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (identity, attempt).hash(&mut hasher);
    key.hash(&mut hasher);
    let low = u32::try_from(hasher.finish() & u64::from(u32::MAX)).unwrap_or_default();
    f64::from(low) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_two_seconds_to_five_minutes() {
        let seconds: Vec<u64> = (1..=9).map(|attempt| backoff(attempt, 0.0).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 240, 240]);
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST);
        assert_eq!(backoff(0, 0.0), SHORTEST);
    }

    #[test]
    fn jitter_lengthens_a_pause_by_at_most_a_quarter() {
        assert_eq!(backoff(1, 1.0), Duration::from_millis(2500));
        assert_eq!(backoff(1, 7.0), Duration::from_millis(2500));
    }

    #[test]
    fn jitter_is_repeatable_and_differs_between_keys() {
        let of = |key: &str| jitter("pod-a", &key, 1);
        assert!((of("a") - of("a")).abs() < f64::EPSILON);
        let distinct: std::collections::BTreeSet<u64> =
            (0..100).map(|number| of(&number.to_string()).to_bits()).collect();
        assert!(distinct.len() > 95);
    }
}
