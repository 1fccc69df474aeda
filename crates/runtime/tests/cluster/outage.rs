//! The API server goes away and comes back: nothing ends, nothing is lost.

use anyhow::Result;
use kube::{Api, runtime::watcher};
use stagecoach_runtime::{Cache, Classify, Tasks, apply_status, lease::Leadership};
use stagecoach_testbed::{Look, Needs, Testbed, eventually};

use crate::{
    DEADLINE, Room,
    leases::{leads, replica},
    widget::{self, Widget, WidgetStatus},
};

#[tokio::test]
async fn caches_and_lease_live_through_a_restart_of_the_api_server() -> Result<()> {
    let testbed = Testbed::start(&Needs::control_plane()).await?;
    let control_plane = testbed.control_plane()?;
    let room = Room::on(control_plane, "outage").await?;
    widget::install(&room.client).await?;
    let held = room.put_widget("a", 1).await?;
    let mut tasks = Tasks::new();
    let cache: Cache<Widget> = Cache::start(
        Api::namespaced(room.client.clone(), "outage"),
        watcher::Config::default(),
        &mut tasks,
    );
    cache.ready().await;
    let leader = replica(&room, "a");
    leads(&leader).await?;

    control_plane.stop_apiserver();
    let next = WidgetStatus::seen(1);
    let error = apply_status(
        &room.api::<Widget>(),
        &held,
        None,
        &next,
        "stagecoach.dev/widget-status",
    )
    .await;
    let error = error.expect_err("nobody is there");
    assert_eq!(error.reason(), "ApiServerUnavailable", "{error}");
    assert!(
        error.to_string().to_lowercase().contains("connection refused"),
        "{error}"
    );
    eventually("a leader that is unsure", DEADLINE, async || {
        let seen = leader.claim.leadership();
        Ok(Look::or_not_yet(
            (seen == Leadership::Unsure).then_some(()),
            seen.to_string(),
        ))
    })
    .await?;
    assert!(cache.get(Some("outage"), "a").is_some(), "what was known is known");

    control_plane.start_apiserver().await?;
    leads(&leader).await?;
    room.put_widget("a", 2).await?;
    eventually("the change after the outage", DEADLINE, async || {
        let seen = cache.get(Some("outage"), "a").map(|widget| widget.spec.size);
        Ok(Look::or_not_yet((seen == Some(2)).then_some(()), format!("{seen:?}")))
    })
    .await?;
    leader.stop.cancel();
    leader.task.await??;
    Ok(())
}
