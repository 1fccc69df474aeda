//! Killed with -9 at every step between a trigger and its pull request, the operator opens none twice.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use stagecoach_system::{CdDemo, GITOPS};
use stagecoach_testbed::Counted;
use stagecoach_testbed::Point::{self, After, Before};

use crate::scene::{LONG, changes_of, commit, recipe, stands, the_one_of, trigger, writes_version};

/// What the operator asks of the API server.
fn writes(request: &Counted, state: &str) -> bool {
    request.method == "PATCH"
        && request.path.contains("/prautomationtriggers/killed-")
        && request.path.ends_with("/status")
        && request.body.contains(&format!("\"state\":\"{state}\""))
}

fn commits(request: &Counted) -> bool {
    request.method == "POST" && request.path.ends_with("/gitops/contents")
}

fn opens(request: &Counted) -> bool {
    request.method == "POST" && request.path.ends_with("/gitops/pulls")
}

/// Where it is killed; true: at the forge, false: at the API server.
type Kill = (&'static str, bool, Point, fn(&Counted) -> bool);

const KILLS: [Kill; 8] = [
    ("the intent is written", false, Before, |r| writes(r, "Intended")),
    ("the intent is written", false, After, |r| writes(r, "Intended")),
    ("the commit", true, Before, commits),
    ("the commit", true, After, commits),
    ("the pull request", true, Before, opens),
    ("the pull request", true, After, opens),
    ("the number is written", false, Before, |r| writes(r, "Open")),
    ("the number is written", false, After, |r| writes(r, "Open")),
];

pub(crate) async fn no_kill_opens_a_second(demo: &mut CdDemo) -> Result<()> {
    commit(demo, &[("triggers/killed.yaml", "version: 0.0.0\n")]).await?;
    recipe(demo, "killed", &writes_version("triggers/killed.yaml")).await?;
    for (number, (what, at_forge, point, is)) in KILLS.into_iter().enumerate() {
        let context = || format!("killed {point:?} {what}");
        let name = format!("killed-{number}");
        let (proxies, branch) = (demo.proxies()?, format!("update/{name}"));
        let proxy = if at_forge { &proxies.forge } else { &proxies.api_server };
        let stop = proxy.stop_at(1, point, is);
        let values = json!({"version": format!("1.0.{number}")});
        trigger(demo, &name, "killed", &branch, &values).await?;
        let held = stop.reached(Duration::from_mins(1)).await.with_context(context)?;
        demo.operator()?.kill();
        held.cut();
        demo.restart().await.with_context(context)?;
        let record = stands(demo, &name, "Open").await.with_context(context)?;
        let found = the_one_of(demo, &branch).await.with_context(context)?;
        assert_eq!(record["number"], found.number, "{}", context());
        let changed = ("triggers/killed.yaml".to_owned(), "changed".to_owned());
        assert_eq!(changes_of(demo, found.number).await?, [changed], "{}", context());
    }
    a_merge_while_nobody_looks_is_seen(demo).await
}

/// The last one is merged while the operator is dead, and its branch is gone.
async fn a_merge_while_nobody_looks_is_seen(demo: &mut CdDemo) -> Result<()> {
    let stop = demo.proxies()?.api_server.stop_at(1, Before, |r| writes(r, "Open"));
    trigger(
        demo,
        "killed-late",
        "killed",
        "update/killed-late",
        &json!({"version": "2.0.0"}),
    )
    .await?;
    let held = stop.reached(LONG).await?;
    demo.operator()?.kill();
    held.cut();
    let found = the_one_of(demo, "update/killed-late").await?;
    demo.forge().merge(GITOPS, found.number).await?;
    let branch = format!("/repos/{GITOPS}/branches/{}", found.head.name);
    let (status, answer) = demo.forge().call(http::Method::DELETE, &branch, None).await?;
    assert!(status.is_success(), "{answer}");
    demo.restart().await?;
    let record = stands(demo, "killed-late", "Merged").await?;
    assert_eq!(record["number"], found.number);
    // Without its branch it is known by its title alone.
    let mut all = demo.all_pull_requests().await?;
    all.retain(|pull_request| pull_request.title == found.title);
    assert_eq!(all.len(), 1, "{all:#?}");
    Ok(())
}
