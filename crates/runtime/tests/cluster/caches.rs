//! The watched copy.

use std::sync::Arc;

use anyhow::Result;
use kube::{
    Api,
    api::{DeleteParams, DynamicObject, PostParams},
    core::ApiResource,
    runtime::watcher,
};
use serde_json::json;
use stagecoach_runtime::{Cache, ObjectKey, Tasks, apply_status};
use stagecoach_testbed::{Look, eventually};

use crate::{
    DEADLINE, Room,
    widget::{self, Widget, WidgetStatus},
};

fn cache(room: &Room, tasks: &mut Tasks) -> Cache<Widget> {
    Cache::start(
        Api::namespaced(room.client.clone(), &room.namespace),
        watcher::Config::default(),
        tasks,
    )
}

async fn sees(cache: &Cache<Widget>, room: &Room, name: &str, size: Option<i64>) -> Result<()> {
    eventually(&format!("{name} with size {size:?}"), DEADLINE, async || {
        let seen = cache.get(Some(&room.namespace), name).map(|widget| widget.spec.size);
        Ok(Look::or_not_yet((seen == size).then_some(()), format!("{seen:?}")))
    })
    .await
}

#[tokio::test]
async fn objects_that_come_change_and_go_are_followed() -> Result<()> {
    let room = Room::with_widgets("cache-follows").await?;
    room.put_widget("a", 1).await?;
    let mut tasks = Tasks::new();
    let cache = cache(&room, &mut tasks);
    cache.ready().await;
    let held = cache.get(Some(&room.namespace), "a").expect("the first list is in");
    assert!(held.metadata.managed_fields.is_none());

    room.put_widget("a", 2).await?;
    room.put_widget("b", 7).await?;
    sees(&cache, &room, "a", Some(2)).await?;
    sees(&cache, &room, "b", Some(7)).await?;
    room.api::<Widget>().delete("a", &DeleteParams::default()).await?;
    sees(&cache, &room, "a", None).await?;
    assert_eq!(cache.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_object_that_does_not_parse_is_left_out_and_the_others_are_there() -> Result<()> {
    let room = Room::with_widgets("cache-malformed").await?;
    room.put_widget("good", 1).await?;
    let broken = json!({
        "apiVersion": "test.stagecoach.dev/v1",
        "kind": "Widget",
        "metadata": {"name": "broken", "namespace": room.namespace},
        "spec": {"size": "many"},
    });
    let resource = ApiResource::erase::<Widget>(&());
    let raw: Api<DynamicObject> = Api::namespaced_with(room.client.clone(), &room.namespace, &resource);
    raw.create(&PostParams::default(), &serde_json::from_value(broken)?)
        .await?;

    let mut tasks = Tasks::new();
    let cache = cache(&room, &mut tasks);
    cache.ready().await;
    let names: Vec<_> = cache
        .list()
        .iter()
        .map(|widget| ObjectKey::of(widget.as_ref()).name)
        .collect();
    assert_eq!(names, ["good"]);
    room.put_widget("good", 5).await?;
    sees(&cache, &room, "good", Some(5)).await?;
    room.put_widget("broken", 9).await?;
    sees(&cache, &room, "broken", Some(9)).await
}

#[tokio::test]
async fn our_own_write_is_seen_at_once() -> Result<()> {
    let room = Room::with_widgets("cache-remembers").await?;
    let api: Api<Widget> = room.api();
    room.put_widget("a", 1).await?;
    let mut tasks = Tasks::new();
    let cache = cache(&room, &mut tasks);
    cache.ready().await;
    // Many times, because the watch is often quick enough by itself.
    for seen in 0..50 {
        let held: Arc<Widget> = cache.get(Some(&room.namespace), "a").expect("it is there");
        let next = WidgetStatus::seen(seen);
        let written = apply_status(&api, &held, held.status.as_ref(), &next, "stagecoach.dev/widget-status").await?;
        cache.remember(written.expect("it differed"));
        let held = cache.get(Some(&room.namespace), "a").expect("it is there");
        assert_eq!(held.status, Some(next));
    }
    Ok(())
}

#[tokio::test]
async fn a_kind_that_is_not_served_is_told_and_followed_when_it_comes() -> Result<()> {
    let room = Room::new("cache-unserved").await?;
    let resource = ApiResource {
        group: "test.stagecoach.dev".to_owned(),
        version: "v1".to_owned(),
        api_version: "test.stagecoach.dev/v1".to_owned(),
        kind: "Gadget".to_owned(),
        plural: "gadgets".to_owned(),
    };
    let mut tasks = Tasks::new();
    let cache: Cache<DynamicObject> = Cache::start(
        Api::namespaced_with(room.client.clone(), &room.namespace, &resource),
        watcher::Config::default(),
        &mut tasks,
    );
    eventually("the reason why there is no list", DEADLINE, async || {
        let problem = cache.problem().unwrap_or_default();
        let told = problem.starts_with("cannot list gadgets in cache-unserved: ");
        Ok(Look::or_not_yet(told.then_some(()), problem))
    })
    .await?;
    assert!(!cache.is_ready());

    widget::install_kind(&room.client, "Gadget").await?;
    tokio::time::timeout(DEADLINE, cache.ready()).await?;
    assert_eq!(cache.problem(), None);
    Ok(())
}
