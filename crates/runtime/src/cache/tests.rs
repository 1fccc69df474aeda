use futures::channel::mpsc;
use k8s_openapi::{api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::core::Status;

use super::*;

type Events = mpsc::UnboundedSender<watcher::Result<Event<DeserializeGuard<ConfigMap>>>>;

fn object(name: &str, version: u64) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some("team".to_owned()),
            resource_version: Some(version.to_string()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    }
}

fn good(name: &str, version: u64) -> DeserializeGuard<ConfigMap> {
    DeserializeGuard(Ok(object(name, version)))
}

/// A cache that follows events of the test's making.
fn followed() -> (Cache<ConfigMap>, Events) {
    followed_as(Kind::Served)
}

fn followed_as(kind: Kind) -> (Cache<ConfigMap>, Events) {
    let (sender, events) = mpsc::unbounded();
    let cache = Cache::new("configmaps".to_owned());
    let follower = cache.clone();
    tokio::spawn(async move { follower.follow(kind, events).await });
    (cache, sender)
}

fn send(events: &Events, event: Event<DeserializeGuard<ConfigMap>>) {
    events.unbounded_send(Ok(event)).unwrap();
}

fn list(events: &Events, objects: &[(&str, u64)]) {
    send(events, Event::Init);
    for (name, version) in objects {
        send(events, Event::InitApply(good(name, *version)));
    }
    send(events, Event::InitDone);
}

fn shown(change: &Change<ConfigMap>) -> String {
    match change {
        Change::Relist => "relist".to_owned(),
        Change::Object { key, old, new } => format!("{key} {} {}", old.is_some(), new.is_some()),
    }
}

async fn next(changes: &mut BoxStream<'static, Change<ConfigMap>>) -> String {
    let change = tokio::time::timeout(std::time::Duration::from_secs(5), changes.next()).await;
    shown(&change.expect("a change within 5 s").expect("the stream goes on"))
}

#[tokio::test]
async fn a_subscriber_before_the_first_list_is_told_of_it_and_of_all_later_changes() {
    let (cache, events) = followed();
    let mut changes = cache.changes();
    assert_eq!(cache.problem().unwrap(), "waiting for the first list of configmaps");
    list(&events, &[("a", 1), ("b", 2)]);
    assert_eq!(next(&mut changes).await, "relist");
    assert_eq!((cache.len(), cache.problem()), (2, None));

    send(&events, Event::Apply(good("c", 3)));
    send(&events, Event::Delete(good("a", 4)));
    cache.remember(object("late", 9));
    let mut told = vec![
        next(&mut changes).await,
        next(&mut changes).await,
        next(&mut changes).await,
    ];
    told.sort();
    assert_eq!(told, ["team/a true false", "team/c false true", "team/late false true"]);
}

#[tokio::test(start_paused = true)]
async fn of_a_kind_that_is_not_served_there_are_no_objects_until_it_is() {
    let not_found = || {
        let status = Status::failure("the server could not find the requested resource", "NotFound").with_code(404);
        watcher::Error::InitialListFailed(kube::Error::Api(Box::new(status)))
    };
    let (cache, events) = followed();
    events.unbounded_send(Err(not_found())).unwrap();
    tokio::time::sleep(2 * NOT_SERVED).await;
    assert!(!cache.is_ready(), "a kind of ours must be there");

    let (cache, events) = followed_as(Kind::Optional);
    events.unbounded_send(Err(not_found())).unwrap();
    cache.ready().await;
    assert!(cache.is_empty());
    let mut changes = cache.changes();
    assert_eq!(next(&mut changes).await, "relist");
    list(&events, &[("a", 1)]);
    tokio::time::sleep(2 * NOT_SERVED).await;
    assert_eq!(cache.len(), 1);
    events.unbounded_send(Err(not_found())).unwrap();
    tokio::time::sleep(2 * NOT_SERVED).await;
    assert!(cache.is_empty(), "its objects went with it");
}

#[tokio::test]
async fn a_subscriber_after_the_first_list_begins_with_a_look_at_everything() {
    let (cache, events) = followed();
    list(&events, &[("a", 1)]);
    cache.ready().await;
    let mut changes = cache.changes();
    assert_eq!(next(&mut changes).await, "relist");
    send(&events, Event::Apply(good("a", 2)));
    assert_eq!(next(&mut changes).await, "team/a true true");
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_looks_at_everything_again() {
    let cache = Cache::fixed("configmaps", []);
    let mut changes = cache.changes();
    assert_eq!(next(&mut changes).await, "relist");
    for version in 1..=u64::try_from(CHANGES).unwrap() + 1 {
        cache.remember(object("a", version));
    }
    assert_eq!(next(&mut changes).await, "relist");
    assert_eq!(next(&mut changes).await, "team/a true true");
}

#[tokio::test]
async fn triggers_name_the_owner_before_and_after_a_change() {
    let owned = |version, owner: &str| {
        let mut object = object("a", version);
        object.data = Some([("owner".to_owned(), owner.to_owned())].into());
        object
    };
    let cache = Cache::fixed("configmaps", [owned(1, "shop")]);
    let mut owners = cache.triggers(|object: &ConfigMap| {
        object
            .data
            .iter()
            .flatten()
            .map(|(_, owner)| owner.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(owners.next().await.unwrap(), "shop");
    cache.remember(owned(2, "till"));
    assert_eq!(owners.next().await.unwrap(), "shop");
    assert_eq!(owners.next().await.unwrap(), "till");
    cache.remember(owned(3, "till"));
    assert_eq!(owners.next().await.unwrap(), "till");
    cache.remember(owned(4, "shop"));
    assert_eq!(
        owners.next().await.unwrap(),
        "till",
        "one trigger for version 3, not two"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_says_why_and_is_asked_for_again() {
    let (cache, events) = followed();
    let refused = Status::failure("configmaps is forbidden", "Forbidden")
        .with_code(403)
        .boxed();
    events
        .unbounded_send(Err(watcher::Error::InitialListFailed(kube::Error::Api(refused))))
        .unwrap();
    let mut waiting = cache.shared.waiting.subscribe();
    waiting.wait_for(|waiting| *waiting != Waiting::ForList).await.unwrap();
    assert_eq!(
        cache.problem().unwrap(),
        "cannot list configmaps: configmaps is forbidden"
    );
    list(&events, &[]);
    cache.ready().await;
    assert_eq!(cache.problem(), None);
    assert!(cache.is_empty());
}

#[tokio::test]
async fn objects_are_found_by_name_and_listed_in_order() {
    let cache = Cache::fixed("configmaps", [object("b", 1), object("a", 2)]);
    let names: Vec<_> = cache
        .list()
        .iter()
        .map(|object| object.metadata.name.clone().unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert!(cache.get(Some("team"), "a").is_some());
    assert!(cache.get(Some("other"), "a").is_none());
    assert!(cache.find(&ObjectKey::namespaced("team", "b")).is_some());
    assert_eq!(
        cache
            .filter(|object| object.metadata.name.as_deref() == Some("b"))
            .len(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_keeps_failing_is_asked_for_ever_more_slowly() {
    let (cache, events) = followed();
    let begun = Instant::now();
    for _ in 0..6 {
        // Each try begins with the announcement of a list.
        send(&events, Event::Init);
        events.unbounded_send(Err(watcher::Error::NoResourceVersion)).unwrap();
    }
    list(&events, &[("a", 1)]);
    cache.ready().await;
    assert_eq!(begun.elapsed().as_millis(), 500 + 1000 + 2000 + 4000 + 8000 + 10000);
}
