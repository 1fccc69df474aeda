//! The process that a testbed lives in after `up` has returned. When it ends, also by SIGKILL, all parts end.

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process, setsid};
use stagecoach_testbed::{ArgoCd, Console, Needs, Testbed};
use tokio::signal::unix::{SignalKind, signal};

use super::state::{Cluster, Forge, Run, State};

/// Starts the parts, writes down where they are, and waits to be told to end.
pub(super) async fn serve(run: &Run, needs: &Needs) -> Result<()> {
    // A session of its own: the terminal's Ctrl-C and its end are not for us.
    setsid().context("cannot leave the terminal")?;
    let _lock = run.claim()?;
    let mut asked = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    let built = Testbed::build(needs.parts(), Console::new()).await?;
    let started = tokio::select! {
        started = Testbed::start_built(built, needs) => started?,
        _ = asked.recv() => return Ok(()),
    };
    run.write(&describe(&started)?)?;
    asked.recv().await;
    run.forget()
}

/// Sends a signal to a supervisor. That it is gone already is no error.
pub(super) fn end(pid: u32, signal: Signal) -> Result<()> {
    let raw = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .context("no process has such an id")?;
    match kill_process(raw, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot end process {pid}")),
    }
}

/// Where everything is.
fn describe(testbed: &Testbed) -> Result<State> {
    let cluster = testbed.control_plane().ok().map(|control_plane| Cluster {
        url: control_plane.url(),
        kubeconfig: control_plane.kubeconfig(),
        kubectl: control_plane.kubectl().to_owned(),
    });
    let forge = testbed.forge().ok().map(|forge| {
        let (user, password) = forge.login();
        Forge {
            url: forge.url(),
            user,
            password,
        }
    });
    Ok(State {
        pid: std::process::id(),
        folder: std::path::absolute(testbed.folder().path())?,
        seconds: testbed.took().as_secs_f64(),
        cluster,
        forge,
        registry: testbed.registry().ok().map(stagecoach_testbed::Registry::address),
        deployer: testbed.deployer().ok().map(|_| ArgoCd::NAMESPACE.to_owned()),
    })
}
