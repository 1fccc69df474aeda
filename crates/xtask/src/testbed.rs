//! `cargo xtask testbed up|down|status`: the real parts of the tests, left running for a person.

mod report;
mod state;
mod supervisor;

use std::{
    fs::File,
    io::{self, Write as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use stagecoach_testbed::{Console, Environment, Look, Needs, Testbed, eventually};

use self::state::Run;

/// How long the parts may take to start once they are built.
const START_DEADLINE: Duration = Duration::from_mins(2);
/// How long they may take to end.
const END_DEADLINE: Duration = Duration::from_secs(20);

/// What `cargo xtask testbed` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Build what is missing, start it, and leave it running.
    Up(Selection),
    /// End what `up` started.
    Down,
    /// Say what runs and where.
    Status,
    /// What `up` leaves behind.
    #[command(hide = true)]
    Serve(Selection),
}

#[derive(Debug, Args)]
struct Selection {
    /// Start these parts and no others (the deployer brings the control plane with it).
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Piece {
    ControlPlane,
    Forge,
    Deployer,
    Registry,
}

impl Selection {
    fn needs(&self) -> Needs {
        if self.only.is_empty() {
            return Needs::all();
        }
        self.only.iter().fold(Needs::nothing(), |needs, piece| match piece {
            Piece::ControlPlane => needs.with_control_plane(),
            Piece::Forge => needs.with_forge(),
            Piece::Deployer => needs.with_deployer(),
            Piece::Registry => needs.with_registry(),
        })
    }

    /// The arguments that mean the same selection.
    fn arguments(&self) -> Vec<String> {
        let name = |piece: &Piece| Some(piece.to_possible_value()?.get_name().to_owned());
        self.only
            .iter()
            .filter_map(name)
            .flat_map(|name| ["--only".to_owned(), name])
            .collect()
    }
}

/// Does what was asked.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let run = Run::in_cache(&Environment::of_process()?)?;
    match arguments.command {
        Action::Up(selection) => up(&run, &selection).await,
        Action::Down => down(&run).await,
        Action::Status => status(&run),
        Action::Serve(selection) => supervisor::serve(&run, &selection.needs()).await,
    }
}

async fn up(run: &Run, selection: &Selection) -> Result<()> {
    if let Some(pid) = run.supervisor()? {
        bail!("a testbed is running already (process {pid}): see `cargo xtask testbed status`, end it with `down`");
    }
    Testbed::build(selection.needs().parts(), Console::new()).await?;
    run.forget()?;
    let mut supervisor = spawn_supervisor(run, selection)?;
    let state = eventually("the testbed to start", START_DEADLINE, async || {
        if let Some(state) = run.read()? {
            return Ok(Look::Found(state));
        }
        match supervisor.try_wait()? {
            Some(status) => bail!("the testbed did not start ({status}):\n{}", run.last_lines()),
            None => Ok(Look::NotYet("starting".to_owned())),
        }
    })
    .await?;
    say(&report::text(&state))
}

/// Starts ourselves again as the supervisor, which goes on when this process ends.
fn spawn_supervisor(run: &Run, selection: &Selection) -> Result<Child> {
    let log = File::create(run.log()).with_context(|| format!("cannot write {}", run.log().display()))?;
    let ourselves = std::env::current_exe().context("cannot find this program's own file")?;
    Command::new(ourselves)
        .args(["testbed", "serve"])
        .args(selection.arguments())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot start the testbed's supervisor")
}

async fn down(run: &Run) -> Result<()> {
    let Some(pid) = run.supervisor()? else {
        return say("No testbed is running.\n");
    };
    supervisor::end(pid, rustix::process::Signal::TERM)?;
    let gone = async || {
        Ok(Look::or_not_yet(
            run.supervisor()?.is_none().then_some(()),
            "it is still running",
        ))
    };
    if eventually("the testbed to end", END_DEADLINE, gone).await.is_err() {
        supervisor::end(pid, rustix::process::Signal::KILL)?;
        eventually("the testbed to be killed", END_DEADLINE, gone).await?;
    }
    run.forget()?;
    say("The testbed is gone.\n")
}

fn status(run: &Run) -> Result<()> {
    match (run.supervisor()?, run.read()?) {
        (None, _) => say("No testbed is running. Start one with `cargo xtask testbed up`.\n"),
        (Some(pid), None) => say(&format!("A testbed is starting (process {pid}).\n")),
        (Some(_), Some(state)) => say(&report::text(&state)),
    }
}

fn say(text: &str) -> Result<()> {
    io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_selection_everything_is_started() {
        assert_eq!(Selection { only: Vec::new() }.needs(), Needs::all());
        let some = Selection {
            only: vec![Piece::Forge, Piece::Registry],
        };
        assert_eq!(some.needs(), Needs::nothing().with_forge().with_registry());
        assert_eq!(some.arguments(), ["--only", "forge", "--only", "registry"]);
    }
}
