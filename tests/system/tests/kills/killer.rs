//! Kills the operator with -9 at every point of a table, and starts it again under the same identity.

use std::collections::BTreeSet;
use std::future::pending;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use http::Method;
use stagecoach_system::{CdDemo, GITOPS, Operator};
use stagecoach_testbed::{FileChange, Held, Look, PullRequest, eventually};
use tokio::task::JoinSet;

use crate::points::{Kill, Meanwhile, Via};

/// A whole table.
const DEADLINE: Duration = Duration::from_mins(5);
/// The last points, once the person is done.
const LAST: Duration = Duration::from_secs(15);

/// Kills at `kills` while `person` does what a person does. Every point must have been reached when the person is done.
pub(crate) async fn kill_at(
    demo: &CdDemo,
    kills: &'static [Kill],
    person: impl Future<Output = Result<()>>,
) -> Result<()> {
    let reached = Reached::default();
    let person = async {
        person.await?;
        // The last kill is at the write that the person has just seen.
        eventually("every point to be reached", LAST, async || {
            let missing = reached.missing(kills);
            Ok(Look::or_not_yet(missing.is_empty().then_some(()), missing.join(", ")))
        })
        .await
    };
    let done = tokio::select! {
        failed = kill(demo, kills, &reached) => failed,
        done = person => done,
    };
    done.with_context(|| format!("killed so far: {}", reached.names().join(", ")))
}

/// The points that were reached, in order.
#[derive(Default)]
struct Reached(Mutex<Vec<String>>);

impl Reached {
    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn missing(&self, kills: &[Kill]) -> Vec<String> {
        let names = self.names();
        let all = kills.iter().map(Kill::name);
        all.filter(|name| !names.contains(name)).collect()
    }

    fn add(&self, kill: &Kill) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(kill.name());
    }
}

/// Ends only with an error: when all is done, the last operator lives as long as this future.
async fn kill(demo: &CdDemo, kills: &'static [Kill], reached: &Reached) -> Result<()> {
    demo.operator()?.kill();
    let mut left: Vec<&'static Kill> = kills.iter().collect();
    let mut waiting = Waiting::default();
    loop {
        waiting.arm(demo, &mut left)?;
        let operator = Operator::start(demo.testbed(), demo.binaries(), &demo.settings).await?;
        let Some((kill, held)) = waiting.next().await? else {
            return pending().await;
        };
        operator.kill();
        let mut hit = vec![(kill, held)];
        hit.extend(waiting.also());
        for (kill, held) in hit {
            held.cut();
            reached.add(kill);
            meanwhile(demo, kill.meanwhile).await.with_context(|| kill.name())?;
        }
    }
}

/// The points that are armed: of each request the first that is left.
#[derive(Default)]
struct Waiting {
    armed: BTreeSet<&'static str>,
    stops: JoinSet<Result<(&'static Kill, Held)>>,
}

impl Waiting {
    fn arm(&mut self, demo: &CdDemo, left: &mut Vec<&'static Kill>) -> Result<()> {
        let proxies = demo.proxies()?;
        let mut later = Vec::new();
        for kill in left.drain(..) {
            if !self.armed.insert(kill.request) {
                later.push(kill);
                continue;
            }
            let proxy = match kill.via {
                Via::Forge => &proxies.forge,
                Via::ApiServer => &proxies.api_server,
            };
            let stop = proxy.stop_at(1, kill.at, kill.is);
            self.stops.spawn(async move {
                let held = stop.reached(DEADLINE).await.with_context(|| kill.name())?;
                Ok((kill, held))
            });
        }
        *left = later;
        Ok(())
    }

    /// The next point that is reached; none when none is left.
    async fn next(&mut self) -> Result<Option<(&'static Kill, Held)>> {
        match self.stops.join_next().await {
            None => Ok(None),
            Some(reached) => {
                let (kill, held) = reached??;
                self.armed.remove(kill.request);
                Ok(Some((kill, held)))
            }
        }
    }

    /// Other requests of the operator that was just killed, held at the same moment.
    fn also(&mut self) -> Vec<(&'static Kill, Held)> {
        let mut also = Vec::new();
        while let Some(Ok(Ok((kill, held)))) = self.stops.try_join_next() {
            self.armed.remove(kill.request);
            also.push((kill, held));
        }
        also
    }
}

async fn meanwhile(demo: &CdDemo, deed: Meanwhile) -> Result<()> {
    match deed {
        Meanwhile::Nothing => {}
        Meanwhile::Merge => {
            demo.forge().merge(GITOPS, the_open_one(demo).await?.number).await?;
        }
        Meanwhile::Close => {
            let open = the_open_one(demo).await?;
            demo.forge().close(GITOPS, open.number).await?;
            let branch = format!("/repos/{GITOPS}/branches/{}", open.head.name);
            let (status, answer) = demo.forge().call(Method::DELETE, &branch, None).await?;
            ensure!(status.is_success(), "the branch is not deleted: {answer}");
        }
        Meanwhile::Approve => approve(demo).await?,
        Meanwhile::MoveBase => {
            let change = FileChange::write("README.md", "somebody else was here\n");
            demo.forge().commit(GITOPS, "main", "Say hello", &[change]).await?;
        }
    }
    Ok(())
}

async fn the_open_one(demo: &CdDemo) -> Result<PullRequest> {
    let mut open = demo.forge().pull_requests(GITOPS, "open").await?;
    if open.len() > 1 {
        bail!("{} pull requests are open", open.len());
    }
    open.pop().context("no pull request is open")
}

/// With the plugin, as the administrator, as soon as it finds the gate.
async fn approve(demo: &CdDemo) -> Result<()> {
    let kubeconfig = demo.testbed().control_plane()?.kubeconfig();
    let contexts = demo.contexts().await?;
    let name = contexts
        .iter()
        .filter_map(|context| context.metadata.name.as_deref())
        .next_back();
    let name = name.context("there is no context")?;
    eventually("the approval", Duration::from_secs(10), async || {
        let mut command = tokio::process::Command::new(demo.binaries().plugin());
        command
            .env("KUBECONFIG", &kubeconfig)
            .args(["approve", name, "-n", "infra"])
            .stdin(Stdio::null());
        let output = command.output().await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Look::or_not_yet(output.status.success().then_some(()), said))
    })
    .await
}
