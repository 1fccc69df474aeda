//! Charts in an index and in a registry.

use super::*;
use crate::oci::fake::Fake;

const INDEX: &str = "apiVersion: v1
entries:
  app:
  - {version: 1.10.0, urls: [app-1.10.0.tgz], dependencies: [{name: x, version: '1'}]}
  - {version: v1.9.0, deprecated: true}
  - version: 1.2
  other: []
";

async fn listed(fake: &Fake, path: &str, chart: &str) -> Result<Vec<String>, Error> {
    let client = Client::new(crate::Options::default()).unwrap();
    versions(
        &client,
        &format!("http://{}{path}", fake.address),
        chart,
        &Credentials::Anonymous,
    )
    .await
}

#[tokio::test]
async fn an_index_has_the_versions_of_a_chart() {
    let fake = Fake::default().file("/charts/index.yaml", INDEX).start().await;
    for path in ["/charts", "/charts/"] {
        assert_eq!(listed(&fake, path, "app").await.unwrap(), ["1.10.0", "v1.9.0", "1.2"]);
    }
    assert_eq!(listed(&fake, "/charts", "other").await, Ok(vec![]));
}

#[tokio::test]
async fn what_is_wrong_with_an_index_is_said() {
    let fake = Fake::default()
        .file("/charts/index.yaml", INDEX)
        .file("/html/index.yaml", "<p>{")
        .start()
        .await;
    let error = listed(&fake, "/charts", "none").await.unwrap_err();
    assert_eq!((error.reason(), error.kind()), ("ChartNotFound", crate::Kind::Stalled));
    assert!(error.to_string().contains("has no chart none"), "{error}");
    assert_eq!(
        listed(&fake, "/nowhere", "app").await.unwrap_err().reason(),
        "RepositoryNotFound"
    );
    assert_eq!(
        listed(&fake, "/html", "app").await.unwrap_err().reason(),
        "RegistryUnreadable"
    );
}

#[tokio::test]
async fn a_chart_in_a_registry_is_a_repository_there() {
    let fake = Fake::default()
        .tags("charts/app", &["1.0.0", "1.1.0_build.2"])
        .start()
        .await;
    let client = Client::new(crate::Options::default()).unwrap();
    let url = format!("oci://{}/charts", fake.address);
    let found = versions(&client, &url, "app", &Credentials::Anonymous).await.unwrap();
    assert_eq!(found, ["1.0.0", "1.1.0+build.2"]);
}

#[test]
fn a_url_is_checked_before_it_is_asked() {
    for (url, words) in [
        ("charts.example.com", "write https://host/path"),
        ("ftp://charts.example.com", "none of https, http and oci"),
        ("https://user:secret@charts.example.com", "holds credentials"),
    ] {
        let error = index_url(url).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("secret"), "{error}");
    }
}

/// More nodes than the YAML reader takes by default.
#[test]
fn a_large_index_is_read() {
    let keywords = ["x"; 40].join(",");
    let entries: Vec<String> = (0..6_100)
        .map(|n| format!("  - {{version: 1.0.{n}, keywords: [{keywords}]}}\n"))
        .collect();
    let index = format!("entries:\n  app:\n{}", entries.concat());
    assert_eq!(parse(index.as_bytes()).unwrap().entries["app"].len(), 6_100);
}

async fn pulled(fake: &Fake, scheme: &str, version: &str) -> Result<Vec<String>, Error> {
    let client = Client::new(crate::Options::default()).unwrap();
    let url = format!("{scheme}://{}/charts", fake.address);
    let archive = chart(&client, &url, "app", version, &Credentials::Anonymous).await?;
    Ok(archive.into_keys().collect())
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn a_chart_comes_from_the_place_that_the_index_names() {
    let archive = archive::tests::packed(&[("app/Chart.yaml", b"name: app\n")]);
    let digest = sha256(&archive);
    let index = format!(
        "entries: {{app: [{{version: 1.2.0, urls: [files/app.tgz], digest: {digest}}}, \
         {{version: 1.3.0, urls: [files/app.tgz], digest: {}}}, {{version: 1.4.0}}, \
         {{version: 1.5.0, urls: [files/none.tgz]}}, {{version: 1.6.0, urls: [files/other.tgz]}}]}}",
        "0".repeat(64)
    );
    let fake = Fake::default()
        .file("/charts/index.yaml", index)
        .file("/charts/files/app.tgz", &archive)
        .file(
            "/charts/files/other.tgz",
            archive::tests::packed(&[("other/Chart.yaml", b"")]),
        )
        .start()
        .await;
    for version in ["1.2.0", "v1.2.0"] {
        assert_eq!(pulled(&fake, "http", version).await.unwrap(), ["app/Chart.yaml"]);
    }
    for (version, reason, words) in [
        ("1.3.0", "DigestMismatch", digest.as_str()),
        ("1.4.0", "RegistryUnreadable", "has no url"),
        ("1.5.0", "RepositoryNotFound", "files/none.tgz does not exist"),
        ("1.6.0", "InvalidChart", "is not in the folder app"),
        ("9.9.9", "ChartVersionNotFound", "has no version 9.9.9 of the chart app"),
    ] {
        let error = pulled(&fake, "http", version).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_chart_in_a_registry_is_found_by_tag_and_digest() {
    let archive = archive::tests::packed(&[("app/Chart.yaml", b"name: app\n")]);
    let digest = format!("sha256:{}", sha256(&archive));
    let layer = |kind: &str, digest: &str| {
        serde_json::json!({"layers": [
            {"mediaType": "application/vnd.cncf.helm.chart.provenance.v1.prov", "digest": "sha256:0"},
            {"mediaType": kind, "digest": digest},
        ]})
        .to_string()
    };
    let kind = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    let wrong = format!("sha256:{}", "1".repeat(64));
    let fake = Fake::default()
        .file("/v2/charts/app/manifests/1.2.0_build.7", layer(kind, &digest))
        .file(
            "/v2/charts/app/manifests/image",
            layer("application/vnd.oci.image.layer.v1.tar", &digest),
        )
        .file("/v2/charts/app/manifests/odd", layer(kind, "sha256:../../x"))
        .file("/v2/charts/app/manifests/wrong", layer(kind, &wrong))
        .file(&format!("/v2/charts/app/blobs/{digest}"), &archive)
        .file(&format!("/v2/charts/app/blobs/{wrong}"), &archive)
        .start()
        .await;
    assert_eq!(pulled(&fake, "oci", "1.2.0+build.7").await.unwrap(), ["app/Chart.yaml"]);
    for (version, reason) in [
        ("image", "RegistryUnreadable"),
        ("odd", "RegistryUnreadable"),
        ("wrong", "DigestMismatch"),
        ("none", "ChartVersionNotFound"),
    ] {
        let error = pulled(&fake, "oci", version).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{version}: {error}");
    }
}
