//! Statuses and owned objects by server-side apply.

use anyhow::Result;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, ResourceExt};
use stagecoach_runtime::{Class, Classify, apply::apply_object, apply_status};

use crate::{
    Room, one,
    widget::{Widget, WidgetStatus},
};

const STATUS: &str = "stagecoach.dev/widget-status";

#[tokio::test]
async fn a_status_is_written_once_and_only_when_it_differs() -> Result<()> {
    let room = Room::with_widgets("status-once").await?;
    let api: Api<Widget> = room.api();
    let widget = room.put_widget("shop", 3).await?;
    let next = WidgetStatus::seen(3);

    let written = apply_status(&api, &widget, widget.status.as_ref(), &next, STATUS).await?;
    let written = written.expect("it differed");
    assert_eq!(written.status.as_ref(), Some(&next));
    assert_ne!(written.resource_version(), widget.resource_version());
    assert_eq!(
        written.metadata.generation, widget.metadata.generation,
        "the spec is left alone"
    );

    assert!(
        apply_status(&api, &written, written.status.as_ref(), &next, STATUS)
            .await?
            .is_none()
    );
    assert_eq!(api.get("shop").await?.resource_version(), written.resource_version());
    Ok(())
}

#[tokio::test]
async fn a_status_from_old_facts_is_refused() -> Result<()> {
    let room = Room::with_widgets("status-stale").await?;
    let api: Api<Widget> = room.api();
    let old = room.put_widget("shop", 3).await?;
    room.put_widget("shop", 4).await?;

    let error = apply_status(&api, &old, None, &WidgetStatus::seen(3), STATUS)
        .await
        .expect_err("it is old");
    assert!(error.is_conflict());
    assert_eq!((error.class(), error.reason()), (Class::Retry, "Conflict"));
    assert!(
        error
            .to_string()
            .starts_with("cannot write the status of Widget status-stale/shop: "),
        "{error}"
    );
    assert_eq!(api.get("shop").await?.status, None);
    Ok(())
}

#[tokio::test]
async fn a_field_that_is_given_no_longer_goes_and_those_of_others_stay() -> Result<()> {
    let room = Room::with_widgets("status-managers").await?;
    let api: Api<Widget> = room.api();
    let widget = room.put_widget("shop", 3).await?;
    let noted = WidgetStatus {
        seen: Some(3),
        note: Some("first".to_owned()),
    };
    let widget = apply_status(&api, &widget, None, &noted, STATUS)
        .await?
        .expect("it differed");

    let other = serde_json::json!({"other": true});
    let widget = apply_status(&api, &widget, None, &other, "stagecoach.dev/widget-other")
        .await?
        .expect("it differed");
    assert_eq!(widget.status, Some(noted.clone()));

    let widget = apply_status(&api, &widget, Some(&noted), &WidgetStatus::seen(3), STATUS)
        .await?
        .expect("it differed");
    assert_eq!(widget.status, Some(WidgetStatus::seen(3)));
    let raw: Api<kube::api::DynamicObject> = Api::namespaced_with(
        room.client.clone(),
        &room.namespace,
        &kube::core::ApiResource::erase::<Widget>(&()),
    );
    assert_eq!(raw.get("shop").await?.data["status"]["other"], true);
    Ok(())
}

#[tokio::test]
async fn a_status_of_an_object_that_is_gone_is_not_found() -> Result<()> {
    let room = Room::with_widgets("status-gone").await?;
    let api: Api<Widget> = room.api();
    let widget = room.put_widget("shop", 3).await?;
    api.delete("shop", &kube::api::DeleteParams::default()).await?;
    let error = apply_status(&api, &widget, None, &WidgetStatus::seen(3), STATUS)
        .await
        .expect_err("it is gone");
    assert!(error.is_not_found(), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_owned_object_is_made_and_changed_until_it_is_as_given() -> Result<()> {
    let room = Room::new("apply-owned").await?;
    let api: Api<ConfigMap> = room.api();
    let object = |key: &str| ConfigMap {
        metadata: room.meta("values"),
        data: Some(one(key, "1".to_owned())),
        ..ConfigMap::default()
    };
    let made = apply_object(&api, &object("first"), "stagecoach.dev/test").await?;
    let same = apply_object(&api, &object("first"), "stagecoach.dev/test").await?;
    assert_eq!(
        same.resource_version(),
        made.resource_version(),
        "an equal apply changes nothing"
    );
    let changed = apply_object(&api, &object("second"), "stagecoach.dev/test").await?;
    assert_eq!(changed.data, Some(one("second", "1".to_owned())));

    let elsewhere = ConfigMap {
        metadata: kube::api::ObjectMeta {
            namespace: None,
            ..room.meta("Bad_Name")
        },
        ..ConfigMap::default()
    };
    let error = apply_object(&api, &elsewhere, "stagecoach.dev/test")
        .await
        .expect_err("no such name");
    assert_eq!((error.class(), error.reason()), (Class::Stalled, "Refused"), "{error}");
    Ok(())
}
