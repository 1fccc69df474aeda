//! Events as `kubectl describe` shows them.

use anyhow::Result;
use k8s_openapi::api::{core::v1::ConfigMap, events::v1::Event};
use kube::{
    Resource,
    api::{ListParams, PostParams},
};
use stagecoach_runtime::Claim;

use crate::Room;

#[tokio::test]
async fn a_changed_text_is_a_new_event_and_the_same_text_is_counted() -> Result<()> {
    let room = Room::new("events").await?;
    let object = ConfigMap {
        metadata: room.meta("shop"),
        ..ConfigMap::default()
    };
    let object = room
        .api::<ConfigMap>()
        .create(&PostParams::default(), &object)
        .await?
        .object_ref(&());
    let events = room.runtime("pod-a", Claim::always()).events;

    events.normal(&object, "Promoted", "0.1.0 is in dev").await;
    events.normal(&object, "Promoted", "0.1.0 is in prod").await;
    events.normal(&object, "Promoted", "0.1.0 is in prod").await;
    events.warning(&object, "RepositoryGone", &"long ".repeat(1000)).await;

    let mut seen: Vec<_> = room
        .api::<Event>()
        .list(&ListParams::default())
        .await?
        .into_iter()
        .map(|event| {
            let note = event.note.unwrap_or_default();
            let count = event.series.map_or(1, |series| series.count);
            (
                event.type_.unwrap_or_default(),
                event.reason.unwrap_or_default(),
                note,
                count,
            )
        })
        .collect();
    seen.sort();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert_eq!(
        seen[0],
        (
            "Normal".to_owned(),
            "Promoted".to_owned(),
            "0.1.0 is in dev".to_owned(),
            1
        )
    );
    assert_eq!(
        seen[1],
        (
            "Normal".to_owned(),
            "Promoted".to_owned(),
            "0.1.0 is in prod".to_owned(),
            2
        )
    );
    assert_eq!((seen[2].1.as_str(), seen[2].2.len()), ("RepositoryGone", 1024));
    Ok(())
}
