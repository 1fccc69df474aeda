use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use futures::channel::mpsc::{UnboundedSender, unbounded};
use tokio::{task::JoinHandle, time::sleep};

use super::*;
use crate::{Claim, Events, Metrics, lease::Leadership};

/// A runtime whose clock follows tokio's (paused) time and whose API server answers nothing.
fn runtime(claim: Claim) -> Runtime {
    let (service, _) =
        tower_test::mock::pair::<http::Request<kube::client::Body>, http::Response<kube::client::Body>>();
    let client = kube::Client::new(service, "default");
    let begun = Instant::now();
    Runtime {
        client: client.clone(),
        clock: Arc::new(move || Timestamp::UNIX_EPOCH + begun.elapsed()),
        events: Events::new(client, "pod-a"),
        metrics: Metrics::new(),
        namespace: "stagecoach".to_owned(),
        identity: "pod-a".to_owned(),
        claim,
    }
}

/// What the passes did: (key, begin, end) in milliseconds, in the order of their beginning.
type Journal = Arc<Mutex<Vec<(String, u128, u128)>>>;

struct House {
    triggers: UnboundedSender<String>,
    journal: Journal,
    shutdown: CancellationToken,
    queue: JoinHandle<()>,
    runtime: Runtime,
}

/// A queue whose passes take `takes`; what each returns is said by `answer` from the key and the count of its passes.
fn house(
    concurrency: usize,
    takes: Duration,
    claim: Claim,
    answer: impl Fn(&str, usize) -> Next + Send + Sync + 'static,
) -> House {
    let (triggers, stream) = unbounded();
    let journal = Journal::default();
    let shutdown = CancellationToken::new();
    let runtime = runtime(claim);
    let begun = Instant::now();
    let (book, answer) = (Arc::clone(&journal), Arc::new(answer));
    let reconcile = move |key: String| {
        let (book, answer) = (Arc::clone(&book), Arc::clone(&answer));
        async move {
            let since = begun.elapsed().as_millis();
            let (entry, count) = {
                let mut book = book.lock().unwrap();
                book.push((key.clone(), since, 0));
                (book.len() - 1, book.iter().filter(|(other, ..)| *other == key).count())
            };
            sleep(takes).await;
            book.lock().unwrap()[entry].2 = begun.elapsed().as_millis();
            answer(&key, count)
        }
    };
    let queue = tokio::spawn(run(
        "Test",
        stream.boxed(),
        concurrency,
        runtime.clone(),
        shutdown.clone(),
        reconcile,
    ));
    House {
        triggers,
        journal,
        shutdown,
        queue,
        runtime,
    }
}

impl House {
    fn trigger(&self, key: &str) {
        self.triggers.unbounded_send(key.to_owned()).unwrap();
    }

    /// When the passes over `key` began, in milliseconds.
    fn begins(&self, key: &str) -> Vec<u128> {
        self.journal
            .lock()
            .unwrap()
            .iter()
            .filter(|(name, ..)| name == key)
            .map(|(_, begin, _)| *begin)
            .collect()
    }

    async fn stop(self) -> Vec<(String, u128, u128)> {
        self.shutdown.cancel();
        self.queue.await.unwrap();
        self.journal.lock().unwrap().clone()
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_key_that_is_triggered_often_is_worked_on_once_and_never_twice_at_once() {
    let house = house(8, SECOND, Claim::always(), |_, _| Next::Done);
    (0..50).for_each(|_| house.trigger("a"));
    sleep(SECOND / 2).await;
    (0..50).for_each(|_| house.trigger("a"));
    sleep(SECOND * 10).await;
    assert_eq!(
        house.begins("a"),
        [0, 1000],
        "what came while it ran is one more pass after it"
    );
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn no_more_passes_run_than_allowed_and_no_key_is_lost() {
    let house = house(3, SECOND, Claim::always(), |_, _| Next::Done);
    (0..10).for_each(|number| house.trigger(&number.to_string()));
    sleep(SECOND * 20).await;
    let journal = house.stop().await;
    let mut at_once: BTreeMap<u128, usize> = BTreeMap::new();
    for (_, begin, _) in &journal {
        *at_once.entry(*begin).or_default() += 1;
    }
    assert_eq!(at_once.into_values().collect::<Vec<_>>(), [3, 3, 3, 1]);
}

#[tokio::test(start_paused = true)]
async fn failures_wait_longer_each_time_and_a_success_forgets_them() {
    let house = house(1, Duration::ZERO, Claim::always(), |_, count| {
        if count == 4 {
            Next::After(SECOND)
        } else {
            Next::Failed(Class::Retry)
        }
    });
    house.trigger("a");
    sleep(SECOND * 60).await;
    let begins = house.begins("a");
    let pauses: Vec<u128> = begins.windows(2).map(|pair| (pair[1] - pair[0]) / 100).collect();
    let within = [(20, 25), (40, 50), (80, 100), (10, 10), (20, 25), (40, 50)];
    for (pause, (least, most)) in pauses.iter().zip(within) {
        assert!((least..=most).contains(pause), "{pauses:?}");
    }
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_trigger_comes_through_a_pause() {
    let house = house(1, Duration::ZERO, Claim::always(), |_, count| {
        if count == 1 {
            Next::Failed(Class::Stalled)
        } else {
            Next::Done
        }
    });
    house.trigger("a");
    sleep(SECOND * 30).await;
    house.trigger("a");
    sleep(SECOND * 1000).await;
    assert_eq!(
        house.begins("a").len(),
        2,
        "and the pause is over with it, as the object is well"
    );
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn each_answer_has_its_pause() {
    let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
    let house = house(9, Duration::ZERO, Claim::always(), move |key, count| {
        match (key, count) {
            ("stalled", _) => Next::Failed(Class::Stalled),
            ("wait", 1) => Next::Failed(Class::Wait(at(90))),
            ("at", 1) => Next::At(at(30)),
            ("past", 1) => Next::At(at(-5)),
            ("now", 1) => Next::After(Duration::ZERO),
            _ => Next::Done,
        }
    });
    for key in ["done", "stalled", "wait", "at", "past", "now"] {
        house.trigger(key);
    }
    sleep(SECOND * 650).await;
    let seconds = |key| house.begins(key).iter().map(|begin| begin / 1000).collect::<Vec<_>>();
    assert_eq!(seconds("done"), [0]);
    assert_eq!(seconds("stalled"), [0, 600]);
    assert_eq!(seconds("wait"), [0, 90]);
    assert_eq!(seconds("at"), [0, 30]);
    assert_eq!(house.begins("past"), [0, OVERDUE.as_millis()]);
    assert!(house.begins("now")[1] <= 2, "{:?}", house.begins("now"));
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_the_running_pass_finish_and_begins_no_other() {
    let house = house(1, SECOND * 5, Claim::always(), |_, _| Next::After(Duration::ZERO));
    house.trigger("a");
    house.trigger("b");
    sleep(SECOND).await;
    let journal = house.stop().await;
    assert_eq!(journal.len(), 1);
    assert_eq!(journal[0].2, 5000, "it ran to its end");
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_while_the_lease_is_not_held_and_nothing_is_lost() {
    let (leadership, claim) = Claim::channel();
    let house = house(2, SECOND, claim, |_, _| Next::Done);
    house.trigger("a");
    sleep(SECOND * 5).await;
    assert_eq!(house.begins("a"), [0; 0]);

    leadership.send_replace(Leadership::Leading);
    sleep(SECOND * 2).await;
    assert_eq!(house.begins("a"), [5000]);

    leadership.send_replace(Leadership::Unsure);
    house.trigger("a");
    sleep(SECOND * 5).await;
    leadership.send_replace(Leadership::Leading);
    sleep(SECOND * 2).await;
    assert_eq!(house.begins("a"), [5000, 12000]);
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_pass_takes_the_queue_down() {
    let house = house(2, SECOND, Claim::always(), |_, _| panic!("a bug"));
    house.trigger("a");
    assert!(house.queue.await.unwrap_err().is_panic());
}

#[tokio::test(start_paused = true)]
async fn passes_are_counted_by_what_they_returned() {
    let house = house(2, SECOND, Claim::always(), |key, _| {
        if key == "a" {
            Next::Done
        } else {
            Next::Failed(Class::Stalled)
        }
    });
    house.trigger("a");
    house.trigger("b");
    sleep(SECOND * 5).await;
    let text = house.runtime.metrics.render().unwrap();
    for line in [
        r#"stagecoach_reconcile_duration_seconds_count{kind="Test",result="done"} 1"#,
        r#"stagecoach_reconcile_duration_seconds_sum{kind="Test",result="stalled"} 1.0"#,
    ] {
        assert!(text.contains(line), "{text}");
    }
    house.stop().await;
}
