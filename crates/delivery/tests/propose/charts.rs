//! Charts of a private repository: a real Helm packs one, a real Gitea keeps it, and only who is known may read it.

use anyhow::Result;
use serde_json::json;
use stagecoach_runtime::Classify as _;
use stagecoach_testbed::{Helm, shared_forge};

use super::room::Room;

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_comes_with_the_credentials_of_its_repository() -> Result<()> {
    let room = Room::new("propose-charts", &[("README.md", "x\n")]).await?;
    let gitea = shared_forge().await?;
    let helm = Helm::new().await?;
    let archive = std::fs::read(helm.package("shop", "1.2.3").await?)?;
    for owner in ["charts", "unready", "tenant"] {
        let organization = json!({"username": owner, "visibility": "private"});
        gitea.call(http::Method::POST, "/orgs", Some(&organization)).await?;
        gitea.upload_chart(owner, archive.clone()).await?;
    }
    let vendor = |owner: &str| {
        let url = format!("{}/api/packages/{owner}/helm", gitea.url());
        let chart = json!({"url": url, "chart": "shop", "version": "{{ context.version }}", "destination": "vendor"});
        room.edit(json!({"vendor": {"helm": chart}}))
    };
    let proposal = room.propose(&[vendor("charts")?]).await?;
    let changed: Vec<&str> = proposal.changes.keys().map(String::as_str).collect();
    assert_eq!(changed, ["vendor/shop/Chart.yaml", "vendor/shop/templates/a.yaml"]);

    for (owner, reason, words) in [
        (
            "unready",
            "SecretMissing",
            "HelmRepository stagecoach/unready: secret stagecoach/none does not exist",
        ),
        ("tenant", "RegistryUnauthorized", "no credentials"),
    ] {
        let error = room.propose(&[vendor(owner)?]).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    Ok(())
}
