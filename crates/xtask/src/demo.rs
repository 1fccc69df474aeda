//! `cargo xtask demo`: the main job on real parts, from nothing, with a line for everything that happens. A person at a
//! terminal merges and approves; without one, or with `--yes`, it is done for them.

mod facts;
mod person;
mod timeline;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::json;
use stagecoach_api::{Observer, ServiceDeployment};
use stagecoach_system::{CdDemo, INFRA, Setup, context_status, needs, plan_of};
use stagecoach_testbed::{Console, Testbed};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

pub(crate) use self::person::ROLES;
use self::person::{Person, Task};
use self::timeline::Timeline;
use crate::binaries;

/// How often the cluster is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// When nothing has happened for so long, and nobody is asked to act, something is wrong.
const PATIENCE: Duration = Duration::from_mins(2);

/// Lines of the operator's log that are shown when something went wrong.
const LINES_SHOWN: usize = 20;

/// What the command takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Merge and approve by itself. The default where there is no terminal.
    #[arg(long)]
    yes: bool,
    /// Leave everything running at the end, until Ctrl-C.
    #[arg(long)]
    keep: bool,
    /// The version that travels.
    #[arg(long, default_value = "0.1.0", value_name = "TAG")]
    version: String,
}

/// Shows the main job.
///
/// # Errors
/// The first step that does not work.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let mut timeline = Timeline::start();
    timeline.say("the real parts are built, where they are not there yet")?;
    Testbed::build(needs().parts(), Console::new()).await?;
    timeline.say("the operator and the plugin are built")?;
    binaries::build()?;
    timeline.say("forge, registry, control plane and deployer start; the chart is installed; git is synced")?;
    let demo = CdDemo::start(&Setup::default()).await?;
    tell_where(&mut timeline, &demo)?;
    timeline.say("the pipeline is ready, dev and prod run `latest`")?;
    let by_itself = arguments.yes || !io::stdin().is_terminal();
    let mut person = Person::new(&demo, by_itself).await?;
    let outcome = main_job(&mut timeline, &demo, &mut person, &arguments.version).await;
    if outcome.is_err() {
        say(&last_lines(&demo)?)?;
    }
    if arguments.keep {
        if let Err(error) = &outcome {
            say(&format!("\nerror: {error:#}\n"))?;
        }
        person.keep(&demo)?;
        until_asked().await?;
    } else if outcome.is_ok() {
        say("\nEverything that was started ends now; `--keep` leaves it running.\n")?;
    }
    outcome
}

/// From the tag to the end of the run.
async fn main_job(timeline: &mut Timeline, demo: &CdDemo, person: &mut Person, version: &str) -> Result<()> {
    demo.push(version).await?;
    timeline.say(&format!("tag {version} is pushed to {}", demo.image()?))?;
    poll_now(demo).await?;
    travel(timeline, demo, person).await?;
    show_end(demo).await
}

/// The end of the operator's log, for whoever looks for the reason of a failure.
fn last_lines(demo: &CdDemo) -> Result<String> {
    let log = demo.operator()?.log();
    let text = std::fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()))?;
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
    Ok(format!("\nThe end of the operator's log:\n{last}\n\n"))
}

/// Where the parts are.
fn tell_where(timeline: &mut Timeline, demo: &CdDemo) -> Result<()> {
    let testbed = demo.testbed();
    let (user, password) = demo.forge().login();
    timeline.say(&format!("API server {}", testbed.control_plane()?.url()))?;
    timeline.say(&format!("forge      {} ({user} / {password})", demo.forge().url()))?;
    timeline.say(&format!("registry   {}", testbed.registry()?.url()))?;
    timeline.say(&format!("operator   http://{}/metrics", demo.operator()?.address()))
}

/// The tutorial's observer polls every five minutes; this asks it to poll now.
async fn poll_now(demo: &CdDemo) -> Result<()> {
    let observers: Api<Observer> = Api::namespaced(demo.client().clone(), INFRA);
    let patch = json!({"metadata": {"annotations": {"stagecoach.dev/poll": "demo"}}});
    observers
        .patch("cd-demo", &PatchParams::default(), &Patch::Merge(patch))
        .await
        .context("cannot ask the observer to poll")?;
    Ok(())
}

/// Looks at the cluster and tells what is new, until the run is over.
async fn travel(timeline: &mut Timeline, demo: &CdDemo, person: &mut Person) -> Result<()> {
    let services: Api<ServiceDeployment> = Api::namespaced(demo.client().clone(), INFRA);
    let mut looks = tokio::time::interval(LOOK);
    loop {
        looks.tick().await;
        demo.operator()?.must_run()?;
        for service in services.list(&ListParams::default()).await?.items {
            timeline.news(facts::of_service(&json!(service)))?;
        }
        // The observer makes one context; there is no other.
        let contexts = demo.contexts().await?;
        let Some(context) = contexts.last() else {
            hurry(timeline, "the observer has made no context")?;
            continue;
        };
        let object = json!(context);
        timeline.news(facts::of_context(&object))?;
        match Task::of(&object) {
            Some(task) => {
                if matches!(task, Task::Approve { .. }) && !person.knows(&task) {
                    show_kubectl(demo, &["get", "pipelinecontexts", "-n", INFRA]).await?;
                }
                person.see_to(timeline, demo, task).await?;
            }
            None => hurry(timeline, &plan_of(context))?,
        }
        let seen = context_status(context);
        match seen.phase.as_str() {
            "Succeeded" => return Ok(()),
            "Failed" | "Superseded" | "Cancelled" => bail!("the run ended as {}: {}", seen.phase, seen.message),
            _ => {}
        }
    }
}

/// An error when nothing has happened for too long.
fn hurry(timeline: &Timeline, stands: &str) -> Result<()> {
    if timeline.quiet() > PATIENCE {
        bail!("nothing has happened for {} s: {stands}", PATIENCE.as_secs());
    }
    Ok(())
}

/// What a person would type to see what is where.
async fn show_end(demo: &CdDemo) -> Result<()> {
    show_kubectl(demo, &["get", "pipelines,pipelinecontexts,servicedeployments", "-A"]).await?;
    say("$ kubectl stagecoach tree cd-demo -n infra --all\n")?;
    let mut plugin = Command::new(demo.binaries().plugin());
    plugin.args(["tree", "cd-demo", "-n", INFRA, "--all"]);
    show(&mut plugin, &demo.testbed().control_plane()?.kubeconfig()).await
}

async fn show_kubectl(demo: &CdDemo, arguments: &[&str]) -> Result<()> {
    let control_plane = demo.testbed().control_plane()?;
    say(&format!("\n$ kubectl {}\n", arguments.join(" ")))?;
    let mut kubectl = Command::new(control_plane.kubectl());
    show(kubectl.args(arguments), &control_plane.kubeconfig()).await?;
    say("\n")
}

async fn show(command: &mut Command, kubeconfig: &std::path::Path) -> Result<()> {
    let output = command
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("cannot start {}", command.as_std().get_program().display()))?;
    say(&String::from_utf8_lossy(&output.stdout))?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}

/// Waits for Ctrl-C, or to be ended.
async fn until_asked() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

/// Writes to standard output.
fn say(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}
