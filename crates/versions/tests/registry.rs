//! The lister against real registries: one that lets everybody in, and one with the dance for a token.

use anyhow::{Result, ensure};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use stagecoach_testbed::{Helm, Needs, Testbed, shared_forge};
use stagecoach_versions::{
    Client, Credentials, Kind, Options, Order, Rules, helm,
    oci::{Reference, tags},
    pick,
};

async fn list(url: &str, credentials: &Credentials) -> Result<Vec<String>, stagecoach_versions::Error> {
    tags(&Client::new(Options::default())?, &Reference::parse(url)?, credentials).await
}

#[tokio::test]
async fn a_pushed_tag_is_seen_and_a_dead_registry_is_no_version() -> Result<()> {
    let testbed = Testbed::start(&Needs::nothing().with_registry()).await?;
    let registry = testbed.registry()?;
    let url = format!("{}/team/app", registry.address());
    let rules = Rules::new(Order::Semver, None)?;
    let newest = async |last: Option<&str>| {
        let listed = list(&url, &Credentials::Anonymous).await?;
        pick(&rules, last, None, listed.iter().map(String::as_str))
    };

    let error = newest(None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Stalled, "RepositoryNotFound"),
        "{error}"
    );
    registry.push_image("team/app", "latest").await?;
    assert_eq!(newest(None).await.unwrap_err().reason(), "NoVersions");
    registry.push_image("team/app", "0.1.0").await?;
    assert_eq!(newest(None).await?.as_deref(), Some("0.1.0"));
    registry.push_image("team/app", "0.2.0").await?;
    registry.push_image("team/app", "0.10.0").await?;
    assert_eq!(newest(Some("0.1.0")).await?.as_deref(), Some("0.10.0"));
    assert_eq!(newest(Some("0.10.0")).await?, None);

    registry.stop();
    let error = newest(Some("0.1.0")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Retry, "RegistryUnavailable"),
        "{error}"
    );
    registry.start_again().await?;
    assert_eq!(newest(Some("0.1.0")).await?.as_deref(), Some("0.10.0"));
    Ok(())
}

#[tokio::test]
async fn a_registry_with_tokens_is_danced_with() -> Result<()> {
    let forge = shared_forge().await?;
    let (user, password) = forge.login();
    for tag in ["1.0.0", "1.1.0", "1.2.0"] {
        push(&forge.url(), &user, &password, "dance", tag).await?;
    }
    let url = format!("oci://{}/{user}/dance", forge.url().trim_start_matches("http://"));
    let known = |password: &str| Credentials::Basic {
        username: user.clone(),
        password: SecretString::from(password.to_owned()),
    };
    for credentials in [Credentials::Anonymous, known(&password)] {
        assert_eq!(list(&url, &credentials).await?, ["1.0.0", "1.1.0", "1.2.0"]);
    }
    let error = list(&url, &known("s3cret")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Stalled, "RegistryUnauthorized"),
        "{error}"
    );
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let error = list(&format!("{url}-none"), &Credentials::Anonymous).await.unwrap_err();
    assert_eq!(error.reason(), "RepositoryNotFound", "{error}");
    Ok(())
}

/// Pushes an image without layers, as a client that knows the password.
async fn push(registry: &str, user: &str, password: &str, name: &str, tag: &str) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let base = format!("{registry}/v2/{user}/{name}");
    let configuration =
        json!({ "architecture": "amd64", "os": "linux", "rootfs": { "type": "layers", "diff_ids": [] } });
    let configuration = configuration.to_string();
    let digest = format!("sha256:{}", hex::encode(Sha256::digest(configuration.as_bytes())));
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": configuration.len(),
        },
        "layers": [],
        "annotations": { "tag": tag },
    });
    let upload = client
        .post(format!("{base}/blobs/uploads/?digest={digest}"))
        .body(configuration);
    let put = client.put(format!("{base}/manifests/{tag}")).body(manifest.to_string());
    let put = put.header("content-type", "application/vnd.oci.image.manifest.v1+json");
    for request in [upload, put] {
        let answer = request.basic_auth(user, Some(password)).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{status} {}", answer.text().await?);
    }
    Ok(())
}

/// What `helm push` leaves in a registry is what an automation unpacks.
#[tokio::test]
async fn a_chart_that_helm_pushed_is_pulled_and_unpacked() -> Result<()> {
    let testbed = Testbed::start(&Needs::nothing().with_registry()).await?;
    let address = testbed.registry()?.address();
    let registry = format!("oci://{address}/charts");
    let helm = Helm::new().await?;
    helm.push(&helm.package("shop", "1.2.3+build.4").await?, &registry)
        .await?;

    let client = Client::new(Options::default())?;
    let pulled = async |version: &str| helm::chart(&client, &registry, "shop", version, &Credentials::Anonymous).await;
    let files = pulled("1.2.3+build.4").await?;
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(paths, ["shop/Chart.yaml", "shop/templates/a.yaml"]);
    assert_eq!(files["shop/templates/a.yaml"].bytes, b"kind: ConfigMap\n");
    let error = pulled("9.9.9").await.unwrap_err();
    assert_eq!(error.reason(), "ChartVersionNotFound", "{error}");
    Ok(())
}
