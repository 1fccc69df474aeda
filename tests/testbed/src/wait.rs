//! Waiting for something to become true, with a deadline and a reason when it does not. Nothing here sleeps for a fixed
//! time and hopes.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::{clock, process::Process};

/// How often a condition is looked at.
const INTERVAL: Duration = Duration::from_millis(25);

/// What one look at a condition found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look<T> {
    /// It is true, and this is what was found.
    Found(T),
    /// Not yet; the text says what was seen instead.
    NotYet(String),
}

impl<T> Look<T> {
    /// `Found` where there is something.
    pub fn or_not_yet(found: Option<T>, instead: impl Into<String>) -> Self {
        found.map_or_else(|| Self::NotYet(instead.into()), Self::Found)
    }
}

/// Looks again and again until the condition is true. An error of `look` ends the wait at once; the deadline ends it
/// with `what` and what the last look saw.
pub async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut look: impl AsyncFnMut() -> Result<Look<T>>,
) -> Result<T> {
    let started = clock::now();
    let mut seen = String::from("nothing");
    let watched = async {
        loop {
            match look().await? {
                Look::Found(found) => return Ok(found),
                Look::NotYet(instead) => seen = instead,
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    match tokio::time::timeout(deadline, watched).await {
        Ok(result) => result,
        Err(_) => bail!(
            "waited {:.1} s for {what}; last seen: {seen}",
            started.elapsed().as_secs_f64()
        ),
    }
}

/// The same, for a condition that the given programs must bring about: when one of them ends, so does the wait.
pub(crate) async fn ready<T>(
    what: &str,
    deadline: Duration,
    programs: &[&Process],
    mut look: impl AsyncFnMut() -> Result<Look<T>>,
) -> Result<T> {
    eventually(what, deadline, async || {
        for program in programs {
            program.must_run()?;
        }
        look().await
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_as_soon_as_the_condition_is_true() {
        let mut looks = 0;
        let found = eventually("three looks", Duration::from_secs(5), async || {
            looks += 1;
            Ok(Look::or_not_yet((looks == 3).then_some("there"), "not there"))
        });
        assert_eq!(found.await.unwrap(), "there");
        assert_eq!(looks, 3);
    }

    #[tokio::test]
    async fn a_missed_deadline_says_what_was_waited_for_and_what_was_seen() {
        let never = eventually::<()>("rain", Duration::from_millis(60), async || {
            Ok(Look::NotYet("sun".to_owned()))
        });
        let text = never.await.unwrap_err().to_string();
        assert!(
            text.starts_with("waited 0.") && text.ends_with(" s for rain; last seen: sun"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn an_error_ends_the_wait_at_once() {
        let wait = eventually::<()>("rain", Duration::from_mins(1), async || bail!("the sky fell"));
        assert_eq!(wait.await.unwrap_err().to_string(), "the sky fell");
    }
}
