//! The work queue of a reconciler.
//!
//! One key is never worked on twice at once, a key that is queued again waits once and with the earliest time, and at
//! most `concurrency` keys are worked on at a time. What comes next for a key follows from what its pass returned: see
//! [`Next`]. A pass that panics takes the queue down with it, and the supervisor the process: a bug must be seen.

use std::{collections::HashMap, fmt, hash::Hash, pin::Pin, time::Duration};

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use jiff::Timestamp;
use kube::runtime::scheduler::{ScheduleRequest, Scheduler, scheduler};
use tokio::{
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{Class, Runtime};

mod backoff;

pub use backoff::{LONGEST, SHORTEST, backoff};

/// Stalled objects are tried again after this time even when no object changed: a mended token changes none.
pub const STALLED: Duration = Duration::from_mins(10);
/// A time that is already past comes again after this pause, so that a clock that lags is no busy loop.
const OVERDUE: Duration = Duration::from_millis(200);

/// What one pass over a key wants next. A trigger always comes through, whatever was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing until something changes.
    Done,
    /// Again at this time.
    At(Timestamp),
    /// Again after this time; zero means at once.
    After(Duration),
    /// It failed; the class says when it comes again.
    Failed(Class),
}

impl Next {
    /// The label of the metric.
    fn result(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::At(_) | Self::After(_) => "requeued",
            Self::Failed(Class::Retry) => "retry",
            Self::Failed(Class::Wait(_)) => "waiting",
            Self::Failed(Class::Stalled) => "stalled",
        }
    }
}

/// Works on the keys that `triggers` brings until the shutdown, and then until the passes that run have ended.
///
/// `name` is the kind, for logs and metrics. `concurrency` must not be zero.
pub async fn run<K, F, Fut>(
    name: &'static str,
    triggers: BoxStream<'static, K>,
    concurrency: usize,
    runtime: Runtime,
    shutdown: CancellationToken,
    reconcile: F,
) where
    K: Hash + Eq + Clone + fmt::Display + Send + Sync + 'static,
    F: Fn(K) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Next> + Send + 'static,
{
    let concurrency = concurrency.max(1);
    let (again, requeued) = mpsc::channel(concurrency);
    let requests = requests(triggers, requeued);
    let mut scheduler = std::pin::pin!(scheduler(requests));
    let mut work = Work {
        name,
        runtime,
        again,
        failures: HashMap::new(),
        running: HashMap::new(),
        set: JoinSet::new(),
    };
    let mut claim = work.runtime.claim.clone();
    loop {
        let held = work.running.len() >= concurrency || !claim.is_held();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            Some(ended) = work.set.join_next_with_id() => work.ended(ended),
            () = claim.changed() => {}
            Some(key) = next_key(scheduler.as_mut(), &work.running, held) => work.start(key, &reconcile),
        }
    }
    while let Some(ended) = work.set.join_next_with_id().await {
        work.ended(ended);
    }
}

/// Triggers are due at once; what a pass asked for, at its time. Never ends, because the scheduler would end with it.
fn requests<K: Send + 'static>(
    triggers: BoxStream<'static, K>,
    requeued: mpsc::Receiver<ScheduleRequest<K>>,
) -> impl Stream<Item = ScheduleRequest<K>> + Send {
    let triggers = triggers.map(|message| ScheduleRequest {
        message,
        run_at: Instant::now(),
    });
    let requeued = stream::unfold(requeued, |mut requeued| async move {
        Some((requeued.recv().await?, requeued))
    });
    stream::select(triggers, requeued).chain(stream::pending())
}

/// The next key that is due and not being worked on. While `held`, requests are taken in but nothing is given out.
async fn next_key<K, R>(mut scheduler: Pin<&mut Scheduler<K, R>>, running: &HashMap<K, Run>, held: bool) -> Option<K>
where
    K: Hash + Eq + Clone,
    R: Stream<Item = ScheduleRequest<K>>,
{
    if held {
        scheduler.as_mut().hold().next().await
    } else {
        scheduler
            .as_mut()
            .hold_unless(|key| !running.contains_key(key))
            .next()
            .await
    }
}

/// A pass that runs.
struct Run {
    task: Id,
    since: Instant,
}

/// The passes that run, and how often each key failed in a row.
struct Work<K> {
    name: &'static str,
    runtime: Runtime,
    again: mpsc::Sender<ScheduleRequest<K>>,
    failures: HashMap<K, u32>,
    running: HashMap<K, Run>,
    set: JoinSet<(K, Next)>,
}

impl<K: Hash + Eq + Clone + fmt::Display + Send + 'static> Work<K> {
    fn start<F, Fut>(&mut self, key: K, reconcile: &F)
    where
        F: Fn(K) -> Fut,
        Fut: Future<Output = Next> + Send + 'static,
    {
        self.runtime.metrics.reconcile_started(self.name);
        let pass = reconcile(key.clone());
        let tagged = key.clone();
        let handle = self.set.spawn(async move { (tagged, pass.await) });
        self.running.insert(
            key,
            Run {
                task: handle.id(),
                since: Instant::now(),
            },
        );
    }

    fn ended(&mut self, ended: Result<(Id, (K, Next)), JoinError>) {
        let (key, next) = match ended {
            Ok((_, ended)) => ended,
            Err(error) => self.broken(error),
        };
        if let Some(run) = self.running.remove(&key) {
            self.runtime
                .metrics
                .reconcile_ended(self.name, next.result(), run.since.elapsed());
        }
        let pause = self.pause(&key, next);
        if let Some(pause) = pause {
            let request = ScheduleRequest {
                message: key,
                run_at: Instant::now() + pause,
            };
            // There is room: each pass sends once, and no more passes run than the channel holds.
            if self.again.try_send(request).is_err() {
                tracing::error!(
                    kind = self.name,
                    "the queue lost a key, it comes again with the next change"
                );
            }
        }
    }

    /// A pass that panicked: the panic goes on.
    fn broken(&self, error: JoinError) -> (K, Next) {
        let key = self
            .running
            .iter()
            .find(|(_, run)| run.task == error.id())
            .map(|(key, _)| key);
        if let Some(key) = key {
            tracing::error!(kind = self.name, object = %key, "a reconcile panicked, the process ends");
        }
        std::panic::resume_unwind(error.into_panic())
    }

    /// How long the key waits for its next pass; `None` when only a trigger brings it back.
    fn pause(&mut self, key: &K, next: Next) -> Option<Duration> {
        if next != Next::Failed(Class::Retry) {
            self.failures.remove(key);
        }
        match next {
            Next::Done => None,
            Next::After(pause) => Some(pause),
            Next::At(at) | Next::Failed(Class::Wait(at)) => Some(self.until(at)),
            Next::Failed(Class::Stalled) => Some(STALLED),
            Next::Failed(Class::Retry) => {
                let attempt = self.failures.entry(key.clone()).or_insert(0);
                *attempt = attempt.saturating_add(1);
                Some(backoff(
                    *attempt,
                    backoff::jitter(&self.runtime.identity, key, *attempt),
                ))
            }
        }
    }

    fn until(&self, at: Timestamp) -> Duration {
        let left = at.duration_since((self.runtime.clock)());
        Duration::try_from(left).unwrap_or(Duration::ZERO).max(OVERDUE)
    }
}

#[cfg(test)]
mod tests;
