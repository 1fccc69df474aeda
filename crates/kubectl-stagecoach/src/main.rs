//! `kubectl stagecoach`: what is where and what waits for whom; the commands of people: promote, approve, reject, retry,
//! cancel, poll; and what helps before anything is applied: render, lint.
//!
//! It talks to the API server with the user's own rights and to nothing else; render and lint talk to nobody. What is
//! shown is built by pure functions from objects that were read before; `output` alone writes to the terminal.

mod age;
mod arguments;
mod ask;
mod cluster;
mod decide;
mod documents;
mod error;
#[cfg(test)]
mod fixtures;
mod follow;
mod lint;
mod output;
mod overview;
mod promote;
mod render;
mod run_view;
mod schema;
mod shape;
mod tree;
mod values;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    arguments::{Arguments, Command, Connection, OnCluster, OnFiles},
    cluster::Cluster,
    error::Error,
    output::Output,
};

fn main() -> ExitCode {
    let mut output = Output::of_process();
    match run(Arguments::parse(), &mut output) {
        Ok(code) => code,
        // Whoever read what we write has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: Arguments, output: &mut Output) -> Result<ExitCode, Error> {
    let Arguments { connection, command } = arguments;
    match command {
        // What works on files starts at once: it needs no runtime and no client.
        Command::OnFiles(OnFiles::Render(arguments)) => {
            render::run(&arguments, connection.namespace.as_deref(), output)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::OnFiles(OnFiles::Lint(arguments)) => lint::run(&arguments, connection.namespace.as_deref(), output),
        Command::OnCluster(command) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(Error::Start)?;
            runtime.block_on(on_cluster(&connection, command, output))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn on_cluster(connection: &Connection, command: OnCluster, output: &mut Output) -> Result<(), Error> {
    let cluster = Cluster::connect(connection).await?;
    match command {
        OnCluster::Overview(arguments) => overview::run(&cluster, &arguments, output).await,
        OnCluster::Tree(arguments) => tree::run(&cluster, &arguments, output).await,
        OnCluster::Promote(arguments) => promote::run(&cluster, arguments, output).await,
        OnCluster::Approve(arguments) => decide::approve(&cluster, &arguments, output).await,
        OnCluster::Reject(arguments) => decide::reject(&cluster, &arguments, output).await,
        OnCluster::Retry(arguments) => ask::retry(&cluster, &arguments.context, output).await,
        OnCluster::Cancel(arguments) => ask::cancel(&cluster, &arguments.context, output).await,
        OnCluster::Poll(arguments) => ask::poll(&cluster, &arguments.observer, output).await,
    }
}
