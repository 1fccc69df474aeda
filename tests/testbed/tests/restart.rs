//! Parts can be taken away and brought back, as faults in tests do.

use anyhow::Result;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use stagecoach_testbed::{FileChange, Needs, Testbed, apply};

#[tokio::test]
async fn what_was_stopped_comes_back_at_the_same_place_with_the_same_data() -> Result<()> {
    let testbed = Testbed::start(&Needs::control_plane().with_forge()).await?;
    let (control_plane, forge) = (testbed.control_plane()?, testbed.forge()?);
    let client = control_plane.client().await?;
    apply(
        &client,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}, data: {a: b}}",
        "default",
    )
    .await?;
    forge.create_user("ada").await?;
    forge
        .create_repository("ada/kept", &[FileChange::write("README", "hello")])
        .await?;
    let places = (control_plane.url(), forge.url());
    let maps: Api<ConfigMap> = Api::default_namespaced(client);

    control_plane.stop_apiserver();
    forge.stop();
    maps.get("kept").await.unwrap_err();
    forge.read_file("ada/kept", "main", "README").await.unwrap_err();

    control_plane.start_apiserver().await?;
    forge.start_again().await?;
    assert_eq!(places, (control_plane.url(), forge.url()));
    assert_eq!(maps.get("kept").await?.data.unwrap_or_default()["a"], "b");
    assert_eq!(
        forge.read_file("ada/kept", "main", "README").await?.as_deref(),
        Some(b"hello".as_slice())
    );
    Ok(())
}
