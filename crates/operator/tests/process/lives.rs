//! From start to stop, and over to the next.

use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::Signal;
use stagecoach_testbed::{Needs, Testbed, shared_control_plane};

use crate::house::House;

async fn house(name: &str) -> Result<House> {
    let control_plane = shared_control_plane().await?;
    let house = House::new(control_plane.client().await?, &control_plane.kubeconfig(), name).await?;
    house.install_kinds().await?;
    Ok(house)
}

#[tokio::test]
async fn it_becomes_ready_and_gives_its_lease_back_when_it_is_asked_to_stop() -> Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let house = house(&format!("stops-{}", signal.as_raw())).await?;
        let replica = house.start("pod-a")?;
        replica.says("ok: leading").await?;
        assert_eq!(house.holder().await?.as_deref(), Some("pod-a"));
        assert_eq!(replica.get("/healthz").await, Ok((200, "ok\n".to_owned())));
        let metrics = replica.get("/metrics").await;
        assert!(
            matches!(&metrics, Ok((200, text)) if text.contains("stagecoach_leader 1")),
            "{metrics:?}"
        );

        replica.signal(signal)?;
        let status = replica.ended().await?;
        assert!(status.success(), "{status}: {}", replica.log()?);
        assert_eq!(house.holder().await?, None);
    }
    Ok(())
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
async fn a_standby_takes_over_from_one_that_was_killed() -> Result<()> {
    let house = house("takes-over").await?;
    let first = house.start("pod-a")?;
    first.says("ok: leading").await?;
    let second = house.start("pod-b")?;
    second.says("ok: standby, pod-a leads").await?;

    let begun = Instant::now();
    first.signal(Signal::KILL)?;
    second.says("ok: leading").await?;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");

    // And the one that comes back under its name stands by.
    let again = house.start("pod-a")?;
    again.says("ok: standby, pod-b leads").await
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test measures real time")]
async fn one_that_was_killed_leads_again_at_once() -> Result<()> {
    let house = house("comes-back").await?;
    let first = house.start("pod-a")?;
    first.says("ok: leading").await?;
    first.signal(Signal::KILL)?;
    first.ended().await?;
    let begun = Instant::now();
    house.start("pod-a")?.says("ok: leading").await?;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(8), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn it_waits_for_its_kinds_and_says_which() -> Result<()> {
    let testbed = Testbed::start(&Needs::control_plane()).await?;
    let control_plane = testbed.control_plane()?;
    let house = House::new(control_plane.client().await?, &control_plane.kubeconfig(), "waits").await?;
    let replica = house.start("pod-a")?;
    replica.says("cannot list pipelinecontexts: ").await?;
    let (code, _) = replica.get("/readyz").await.map_err(anyhow::Error::msg)?;
    assert_eq!(code, 503);
    assert_eq!(replica.get("/healthz").await, Ok((200, "ok\n".to_owned())));

    house.install_kinds().await?;
    replica.says("ok: leading").await
}

#[tokio::test]
async fn it_lives_through_a_restart_of_the_api_server() -> Result<()> {
    let testbed = Testbed::start(&Needs::control_plane()).await?;
    let control_plane = testbed.control_plane()?;
    let house = House::new(control_plane.client().await?, &control_plane.kubeconfig(), "outage").await?;
    house.install_kinds().await?;
    let replica = house.start("pod-a")?;
    replica.says("ok: leading").await?;
    control_plane.stop_apiserver();
    replica
        .says("the lease could not be renewed, waiting for the API server")
        .await?;
    control_plane.start_apiserver().await?;
    replica.says("ok: leading").await
}
