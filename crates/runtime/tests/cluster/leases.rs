//! Who leads, with real leases.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;
use stagecoach_runtime::{
    Claim, Metrics, clock,
    lease::{self, Leadership, LeaseError, Settings},
};
use stagecoach_testbed::{Look, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{DEADLINE, Room};

/// A process that runs for the lease.
pub(crate) struct Replica {
    pub(crate) claim: Claim,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), LeaseError>>,
}

pub(crate) fn replica(room: &Room, identity: &str) -> Replica {
    let (leadership, claim) = Claim::channel();
    let stop = CancellationToken::new();
    let settings = Settings {
        namespace: room.namespace.clone(),
        name: "stagecoach".to_owned(),
        identity: identity.to_owned(),
    };
    let run = lease::run(
        room.client.clone(),
        settings,
        clock::system(),
        Metrics::new(),
        leadership,
        stop.clone(),
    );
    Replica {
        claim,
        stop,
        task: tokio::spawn(run),
    }
}

/// How long it takes until the replica leads.
#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
pub(crate) async fn leads(replica: &Replica) -> Result<Duration> {
    let begun = Instant::now();
    tokio::time::timeout(DEADLINE, replica.claim.held())
        .await
        .context("it does not lead")?;
    Ok(begun.elapsed())
}

async fn stands_by(replica: &Replica, holder: &str) -> Result<()> {
    let expected = Leadership::Standby {
        holder: holder.to_owned(),
    };
    eventually("a standby", DEADLINE, async || {
        let seen = replica.claim.leadership();
        Ok(Look::or_not_yet((seen == expected).then_some(()), seen.to_string()))
    })
    .await
}

#[tokio::test]
async fn a_standby_takes_over_within_fifteen_seconds_after_a_kill() -> Result<()> {
    let room = Room::new("lease-kill").await?;
    let first = replica(&room, "a");
    leads(&first).await?;
    let second = replica(&room, "b");
    stands_by(&second, "a").await?;
    first.task.abort();
    let took = leads(&second).await?;
    assert!(took < Duration::from_secs(15), "{took:?}");
    let lease = room.api::<Lease>().get("stagecoach").await?.spec.context("no spec")?;
    assert_eq!(
        (lease.holder_identity.as_deref(), lease.lease_transitions),
        (Some("b"), Some(1))
    );
    Ok(())
}

#[tokio::test]
async fn the_same_identity_leads_again_at_once() -> Result<()> {
    let room = Room::new("lease-same").await?;
    let first = replica(&room, "a");
    leads(&first).await?;
    first.task.abort();
    let took = leads(&replica(&room, "a")).await?;
    assert!(took < Duration::from_secs(2), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn a_lease_that_is_given_back_is_taken_at_once() -> Result<()> {
    let room = Room::new("lease-stop").await?;
    let (first, second) = (replica(&room, "a"), replica(&room, "b"));
    eventually("one leader", DEADLINE, async || {
        let one = first.claim.is_held() != second.claim.is_held();
        Ok(Look::or_not_yet(one.then_some(()), "none, or two"))
    })
    .await?;
    let (leader, standby) = if first.claim.is_held() {
        (first, second)
    } else {
        (second, first)
    };
    leader.stop.cancel();
    leader.task.await??;
    let took = leads(&standby).await?;
    assert!(took < Duration::from_secs(4), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn a_leader_whose_lease_is_taken_ends_with_a_sentence() -> Result<()> {
    let room = Room::new("lease-lost").await?;
    let first = replica(&room, "a");
    leads(&first).await?;
    let api: Api<Lease> = room.api();
    eventually("the lease in another's hand", DEADLINE, async || {
        let mut lease = api.get("stagecoach").await?;
        if let Some(spec) = &mut lease.spec {
            spec.holder_identity = Some("b".to_owned());
        }
        let taken = api
            .replace("stagecoach", &kube::api::PostParams::default(), &lease)
            .await;
        Ok(Look::or_not_yet(taken.ok(), "a conflict"))
    })
    .await?;
    let lost = tokio::time::timeout(DEADLINE, first.task).await??.expect_err("it ends");
    assert_eq!(
        lost.to_string(),
        "the lease lease-lost/stagecoach was lost to b, this replica must start again as a standby"
    );
    Ok(())
}
