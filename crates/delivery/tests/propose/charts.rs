//! Charts of a private repository: a real Helm packs one, a real Gitea keeps it, and only who is known may read it.

use anyhow::{Result, ensure};
use serde_json::json;
use stagecoach_runtime::Classify as _;
use stagecoach_testbed::{Gitea, Parts, Silent, Testbed, shared_forge};

use super::room::Room;

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_comes_with_the_credentials_of_its_repository() -> Result<()> {
    let room = Room::new("propose-charts", &[("README.md", "x\n")]).await?;
    let gitea = shared_forge().await?;
    let archive = packed().await?;
    for owner in ["charts", "unready", "tenant"] {
        let organization = json!({"username": owner, "visibility": "private"});
        gitea.call(http::Method::POST, "/orgs", Some(&organization)).await?;
        upload(gitea, owner, archive.clone()).await?;
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

async fn packed() -> Result<Vec<u8>> {
    let built = Testbed::build(Parts::helm(), Silent).await?;
    let folder = tempfile::tempdir()?;
    let chart = folder.path().join("shop");
    std::fs::create_dir_all(chart.join("templates"))?;
    std::fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.2.3\n")?;
    std::fs::write(chart.join("templates/a.yaml"), "kind: ConfigMap\n")?;
    let output = tokio::process::Command::new(built.program("helm")?)
        .args(["package", "shop"])
        .current_dir(folder.path())
        .env("HELM_CACHE_HOME", folder.path())
        .env("HELM_CONFIG_HOME", folder.path())
        .env("HELM_DATA_HOME", folder.path())
        .output()
        .await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read(folder.path().join("shop-1.2.3.tgz"))?)
}

/// As `helm cm-push` does.
async fn upload(gitea: &Gitea, owner: &str, archive: Vec<u8>) -> Result<()> {
    let (user, password) = gitea.login();
    let address = format!("{}/api/packages/{owner}/helm/api/charts", gitea.url());
    let request = reqwest::Client::new().post(address).basic_auth(user, Some(password));
    request.body(archive).send().await?.error_for_status()?;
    Ok(())
}
