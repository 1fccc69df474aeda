use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use k8s_openapi::{api::coordination::v1::LeaseSpec, apimachinery::pkg::apis::meta::v1::MicroTime};
use tokio::task::JoinHandle;

use super::*;

mod server;

use server::Server;

const SECOND: Duration = Duration::from_secs(1);

fn micros(second: i64) -> MicroTime {
    MicroTime(Timestamp::from_second(second).unwrap())
}

fn spec(holder: &str, acquired: i64) -> LeaseSpec {
    LeaseSpec {
        holder_identity: Some(holder.to_owned()),
        lease_duration_seconds: Some(10),
        acquire_time: Some(micros(acquired)),
        ..LeaseSpec::default()
    }
}

fn term(number: i32, acquired: i64) -> Term {
    let acquired = Some(micros(acquired));
    Term { number, acquired }
}

fn released() -> LeaseSpec {
    LeaseSpec {
        holder_identity: None,
        ..spec("", 1)
    }
}

/// What replica `a` does with this lease, first seen `seconds` ago.
fn decided(spec: Option<&LeaseSpec>, held: Option<&Term>, seconds: u32) -> Decision {
    let observed_at = Instant::now();
    let now = observed_at + SECOND * seconds;
    decide(spec, "a", held, now, observed_at)
}

#[test]
fn what_a_standby_does() {
    let lasting = |seconds| LeaseSpec {
        lease_duration_seconds: seconds,
        ..spec("b", 1)
    };
    let wait = |seconds: u64| Decision::Wait(Duration::from_secs(seconds));
    let table = [
        ("there is none", None, 0, Decision::Acquire),
        ("given back", Some(released()), 0, Decision::Acquire),
        ("ours from before the start", Some(spec("a", 1)), 0, Decision::Acquire),
        ("another's, just seen", Some(spec("b", 1)), 0, wait(10)),
        ("another's, seen for a while", Some(spec("b", 1)), 7, wait(3)),
        ("another's, run out", Some(spec("b", 1)), 10, Decision::Acquire),
        ("another's, long run out", Some(spec("b", 1)), 99, Decision::Acquire),
        ("another's of a longer duration", Some(lasting(Some(60))), 15, wait(45)),
        ("another's without a duration", Some(lasting(None)), 0, wait(10)),
        ("another's, senseless", Some(lasting(Some(-1))), 0, wait(10)),
    ];
    for (name, spec, seconds, expected) in table {
        assert_eq!(decided(spec.as_ref(), None, seconds), expected, "{name}");
    }
}

#[test]
fn what_a_leader_does() {
    let table = [
        ("deleted", None, term(0, 1), Decision::Acquire),
        ("emptied", Some(released()), term(0, 1), Decision::Acquire),
        ("ours", Some(spec("a", 1)), term(0, 1), Decision::Renew),
        ("our name, later", Some(spec("a", 1)), term(0, 2), Decision::Lost),
        ("our name, same moment", Some(spec("a", 1)), term(1, 1), Decision::Lost),
        ("another's", Some(spec("b", 1)), term(0, 1), Decision::Lost),
    ];
    for (name, spec, held, expected) in table {
        // However long ago the last renewal was: as long as nobody else took it, it is ours.
        for seconds in [0, 99] {
            assert_eq!(decided(spec.as_ref(), Some(&held), seconds), expected, "{name}");
        }
    }
}

/// A replica that runs for a lease.
struct Replica {
    claim: Claim,
    stop: CancellationToken,
    task: JoinHandle<Result<(), LeaseError>>,
}

fn replica(server: &Server, identity: &str) -> Replica {
    let (leadership, claim) = Claim::channel();
    let stop = CancellationToken::new();
    let settings = Settings {
        namespace: "stagecoach".to_owned(),
        name: "stagecoach".to_owned(),
        identity: identity.to_owned(),
    };
    let task = tokio::spawn(run(
        server.client(),
        settings,
        server.clock(),
        Metrics::new(),
        leadership,
        stop.clone(),
    ));
    Replica { claim, stop, task }
}

/// How long it takes until the replica leads.
async fn leads(replica: &Replica) -> Duration {
    let begun = Instant::now();
    tokio::time::timeout(SECOND * 60, replica.claim.held())
        .await
        .expect("it leads within a minute");
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn one_of_two_leads_and_the_other_says_who() {
    let server = Server::start();
    let (first, second) = (replica(&server, "a"), replica(&server, "b"));
    leads(&first).await;
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!(first.claim.leadership(), Leadership::Leading);
    assert_eq!(
        second.claim.leadership(),
        Leadership::Standby { holder: "a".to_owned() }
    );
    assert_eq!(second.claim.leadership().to_string(), "standby, a leads");
    assert_eq!(server.transitions(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_killed_is_followed_within_fifteen_seconds() {
    let server = Server::start();
    let first = replica(&server, "a");
    leads(&first).await;
    let second = replica(&server, "b");
    // The worst moment: just after a renewal.
    server.written().await;
    first.task.abort();
    let took = leads(&second).await;
    assert!((DURATION..SECOND * 15).contains(&took), "{took:?}");
    assert_eq!(server.transitions(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_identity_has_its_lease_back_at_once() {
    let server = Server::start();
    let first = replica(&server, "a");
    leads(&first).await;
    first.task.abort();
    assert!(leads(&replica(&server, "a")).await < SECOND);
}

#[tokio::test(start_paused = true)]
async fn two_processes_of_one_name_do_not_both_lead() {
    let server = Server::start();
    let first = replica(&server, "a");
    leads(&first).await;
    let second = replica(&server, "a");
    leads(&second).await;
    let lost = first.task.await.unwrap().unwrap_err();
    assert_eq!(
        lost.to_string(),
        "the lease stagecoach/stagecoach was lost to a, this replica must start again as a standby"
    );
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_stops_gives_the_lease_back() {
    let server = Server::start();
    let (first, second) = (replica(&server, "a"), replica(&server, "b"));
    leads(&first).await;
    first.stop.cancel();
    first.task.await.unwrap().unwrap();
    assert_eq!(server.holder(), None);
    assert!(leads(&second).await <= LOOK);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_cannot_reach_the_server_is_unsure_in_time_and_goes_on_afterwards() {
    for hangs in [false, true] {
        let server = Server::start();
        let first = replica(&server, "a");
        leads(&first).await;
        server.written().await;
        server.break_down(hangs);
        let begun = Instant::now();
        let mut claim = first.claim.clone();
        while claim.is_held() {
            claim.changed().await;
        }
        assert_eq!(claim.leadership(), Leadership::Unsure);
        assert!(begun.elapsed() < DURATION, "{:?}", begun.elapsed());

        tokio::time::sleep(SECOND * 60).await;
        server.mend();
        assert!(leads(&first).await <= CALL + AGAIN * 2, "hangs: {hangs}");
        assert_eq!(server.transitions(), 0, "nobody else had it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_finds_another_in_its_place_ends() {
    let server = Server::start();
    let first = replica(&server, "a");
    leads(&first).await;
    server.hand_to("b");
    let lost = first.task.await.unwrap().unwrap_err();
    assert_eq!(lost.holder, "b");
    assert!(!first.claim.is_held());
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_a_person_deletes_is_made_anew() {
    let server = Server::start();
    let first = replica(&server, "a");
    leads(&first).await;
    server.delete();
    server.written().await;
    assert_eq!(server.holder().as_deref(), Some("a"));
    assert!(first.claim.is_held());
}

#[tokio::test(start_paused = true)]
async fn a_standby_does_not_write() {
    let server = Server::start();
    server.hand_to("b");
    let writes = server.writes();
    let second = replica(&server, "a");
    tokio::time::sleep(SECOND * 9).await;
    assert_eq!(
        second.claim.leadership(),
        Leadership::Standby { holder: "b".to_owned() }
    );
    assert_eq!(server.writes(), writes);
}
