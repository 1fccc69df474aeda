//! The timeline of a demo: one line for everything that happens, with the seconds since the start. What was told once
//! is not told again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Something that is so, named by what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// What it is about. A fact takes the place of the one before it about the same.
    pub(super) about: String,
    /// The sentence.
    pub(super) sentence: String,
}

/// What happened so far.
#[derive(Debug)]
pub(super) struct Timeline {
    started: Instant,
    last: Instant,
    known: BTreeMap<String, String>,
}

impl Timeline {
    /// Begins now.
    pub(super) fn start() -> Self {
        let now = now();
        Self {
            started: now,
            last: now,
            known: BTreeMap::new(),
        }
    }

    /// Tells that something happens now.
    pub(super) fn say(&mut self, sentence: &str) -> Result<()> {
        self.last = now();
        super::say(&line(self.last.duration_since(self.started), sentence))
    }

    /// Tells those of the facts that are new.
    pub(super) fn news(&mut self, facts: Vec<Fact>) -> Result<()> {
        for sentence in new(&mut self.known, facts) {
            self.say(&sentence)?;
        }
        Ok(())
    }

    /// How long nothing has happened.
    pub(super) fn quiet(&self) -> Duration {
        self.last.elapsed()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long everything takes is for a person to see"
)]
fn now() -> Instant {
    Instant::now()
}

fn line(since: Duration, sentence: &str) -> String {
    format!("{:>7.1} s  {sentence}\n", since.as_secs_f64())
}

/// The sentences that were not known, which are known from now on.
fn new(known: &mut BTreeMap<String, String>, facts: Vec<Fact>) -> Vec<String> {
    facts
        .into_iter()
        .filter(|fact| known.insert(fact.about.clone(), fact.sentence.clone()).as_ref() != Some(&fact.sentence))
        .map(|fact| fact.sentence)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_told() {
        let fact = |about: &str, sentence: &str| Fact {
            about: about.to_owned(),
            sentence: sentence.to_owned(),
        };
        let mut known = BTreeMap::new();
        assert_eq!(
            new(&mut known, vec![fact("dev", "open"), fact("prod", "waits")]),
            ["open", "waits"]
        );
        assert_eq!(
            new(&mut known, vec![fact("dev", "merged"), fact("prod", "waits")]),
            ["merged"]
        );
        assert!(new(&mut known, vec![fact("dev", "merged")]).is_empty());
    }

    #[test]
    fn a_line_begins_with_the_seconds() {
        assert_eq!(
            line(Duration::from_millis(12_345), "dev is open"),
            "   12.3 s  dev is open\n"
        );
    }
}
