//! What keeps it from running is said in one sentence.

use std::{net::TcpListener, process::Command};

use anyhow::{Context as _, Result};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use serde_json::json;
use stagecoach_testbed::shared_control_plane;

use crate::house::House;

async fn house(name: &str) -> Result<House> {
    let control_plane = shared_control_plane().await?;
    House::new(control_plane.client().await?, &control_plane.kubeconfig(), name).await
}

/// The last line of a log.
fn last_line(log: &str) -> &str {
    log.trim_end().lines().last().unwrap_or_default()
}

#[tokio::test]
async fn a_lease_that_is_lost() -> Result<()> {
    let house = house("lost").await?;
    house.install_kinds().await?;
    let replica = house.start("pod-a")?;
    replica.says("ok: leading").await?;
    let api: Api<Lease> = Api::namespaced(house.client.clone(), "lost");
    let taken = Patch::Merge(json!({"spec": {"holderIdentity": "pod-b"}}));
    api.patch("stagecoach", &PatchParams::default(), &taken).await?;
    let status = replica.ended().await?;
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        last_line(&replica.log()?),
        "stagecoach: the lease failed: the lease lost/stagecoach was lost to pod-b, this replica must start again as a \
         standby"
    );
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_taken() -> Result<()> {
    let house = house("taken").await?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let replica = house.start_with("pod-a", &address, &[])?;
    assert_eq!(replica.ended().await?.code(), Some(1));
    let log = replica.log()?;
    let expected = format!("stagecoach: cannot listen on {address}, choose another with --listen: ");
    assert!(last_line(&log).starts_with(&expected), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_log_filter_that_is_wrong() -> Result<()> {
    let house = house("filter").await?;
    let replica = house.start_with("pod-a", "127.0.0.1:0", &["--log-filter=info,=x=y"])?;
    assert_eq!(replica.ended().await?.code(), Some(1));
    let log = replica.log()?;
    assert!(
        log.starts_with("stagecoach: the log filter \"info,=x=y\" is not valid, write for example info,"),
        "{log}"
    );
    Ok(())
}

#[test]
fn no_identity_and_no_cluster() -> Result<()> {
    let folder = std::env::temp_dir();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stagecoach"))
            .args(arguments)
            .env_clear()
            .env("HOME", folder.join("stagecoach-no-such-home"))
            .output()
            .context("it does not start")?;
        anyhow::Ok((
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    };
    let (code, text) = run(&[])?;
    assert_eq!(code, Some(2));
    assert!(text.contains("--identity <NAME>"), "{text}");

    let (code, text) = run(&["--identity=pod-a"])?;
    assert_eq!(code, Some(1), "{text}");
    let expected = "stagecoach: no way to reach a cluster: set KUBECONFIG, or run inside one: ";
    assert!(last_line(&text).starts_with(expected), "{text}");
    Ok(())
}
