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
