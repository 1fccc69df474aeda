//! Secrets that change while the operator runs.

use anyhow::Result;
use futures::StreamExt;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{
    Api,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use secrecy::ExposeSecret;
use stagecoach_runtime::{Classify, ObjectKey, Secrets, Tasks};
use stagecoach_testbed::{Look, eventually};

use crate::{DEADLINE, Room, one};

fn token(room: &Room, name: &str, value: &str) -> Secret {
    Secret {
        metadata: room.meta(name),
        data: Some(one("token", ByteString(value.as_bytes().to_vec()))),
        ..Secret::default()
    }
}

#[tokio::test]
async fn a_rotated_token_is_read_without_a_restart() -> Result<()> {
    let room = Room::new("secrets-rotation").await?;
    let api: Api<Secret> = room.api();
    api.create(&PostParams::default(), &token(&room, "scm-forge", "old"))
        .await?;
    let mut tasks = Tasks::new();
    let secrets = Secrets::start(&room.client, [room.namespace.clone()], &mut tasks);
    secrets.ready().await;
    let value = || secrets.get(&room.namespace, "scm-forge", "token");
    assert_eq!(value()?.expose_secret(), "old");

    let mut changes = secrets.changes();
    let key = ObjectKey::namespaced(&room.namespace, "scm-forge");
    let patch = Patch::Apply(token(&room, "scm-forge", "new"));
    api.patch("scm-forge", &PatchParams::apply("person").force(), &patch)
        .await?;
    eventually("the new token", DEADLINE, async || {
        let found = changes.next().await == Some(key.clone()) && value()?.expose_secret() == "new";
        Ok(Look::or_not_yet(found.then_some(()), "the old one"))
    })
    .await?;

    api.delete("scm-forge", &DeleteParams::default()).await?;
    eventually("its absence", DEADLINE, async || {
        Ok(Look::or_not_yet(
            value().err().filter(|error| error.reason() == "SecretMissing"),
            "it is there",
        ))
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn other_namespaces_and_the_releases_of_helm_are_not_watched() -> Result<()> {
    let room = Room::new("secrets-allowed").await?;
    let api: Api<Secret> = room.api();
    let release = Secret {
        type_: Some("helm.sh/release.v1".to_owned()),
        ..token(&room, "release", "big")
    };
    api.create(&PostParams::default(), &release).await?;
    api.create(&PostParams::default(), &token(&room, "scm-forge", "value"))
        .await?;
    assert_eq!(api.list(&ListParams::default()).await?.items.len(), 2);

    let mut tasks = Tasks::new();
    let secrets = Secrets::start(&room.client, [room.namespace.clone()], &mut tasks);
    secrets.ready().await;
    let reason = |namespace: &str, name: &str| secrets.get(namespace, name, "token").err().map(|error| error.reason());
    assert_eq!(reason(&room.namespace, "scm-forge"), None);
    assert_eq!(reason(&room.namespace, "release"), Some("SecretMissing"));
    assert_eq!(reason("default", "scm-forge"), Some("SecretForbidden"));
    Ok(())
}
