//! A whole reconciler: cache, queue and status.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use kube::{Api, runtime::watcher};
use stagecoach_runtime::{Cache, Claim, Next, ObjectKey, Tasks, apply_status, queue};
use stagecoach_testbed::{Look, eventually};
use tokio_util::sync::CancellationToken;

use crate::{
    DEADLINE, Room,
    widget::{Widget, WidgetStatus},
};

#[tokio::test]
async fn a_reconciler_that_writes_a_status_comes_to_rest() -> Result<()> {
    let room = Room::with_widgets("queue-rests").await?;
    let mut tasks = Tasks::new();
    let shutdown = CancellationToken::new();
    let api: Api<Widget> = room.api();
    let cache: Cache<Widget> = Cache::start(
        Api::namespaced(room.client.clone(), &room.namespace),
        watcher::Config::default(),
        &mut tasks,
    );
    let runtime = room.runtime("pod-a", Claim::always());
    let passes = Arc::new(AtomicUsize::new(0));
    let (counted, watched, reporter) = (Arc::clone(&passes), cache.clone(), runtime.clone());
    let reconcile = move |key: ObjectKey| {
        let (api, cache, runtime) = (api.clone(), watched.clone(), reporter.clone());
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let Some(widget) = cache.find(&key) else {
                return Next::Done;
            };
            let next = WidgetStatus::seen(widget.spec.size);
            match apply_status(
                &api,
                &widget,
                widget.status.as_ref(),
                &next,
                "stagecoach.dev/widget-status",
            )
            .await
            {
                Ok(Some(written)) => cache.remember(written),
                Ok(None) => {}
                Err(error) => return runtime.failed("Widget", &key, &error),
            }
            Next::Done
        }
    };
    let triggers = cache.triggers(|widget: &Widget| [ObjectKey::of(widget)]);
    tasks.spawn(
        "the queue",
        queue::run("Widget", triggers, 2, runtime, shutdown.clone(), reconcile),
    );

    for size in 1..=3 {
        room.put_widget("a", size).await?;
        eventually("the status", DEADLINE, async || {
            let status = room.api::<Widget>().get("a").await?.status;
            Ok(Look::or_not_yet(
                (status == Some(WidgetStatus::seen(size))).then_some(()),
                format!("{status:?}"),
            ))
        })
        .await?;
    }
    shutdown.cancel();
    tasks.watch(&shutdown).await?;
    tasks.drain(DEADLINE).await?;
    // For each size the change and our own write; the echo of the write is no third one.
    let passes = passes.load(Ordering::SeqCst);
    assert!((3..=6).contains(&passes), "{passes} passes");
    Ok(())
}
