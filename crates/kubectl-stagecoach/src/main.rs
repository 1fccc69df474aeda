//! `kubectl stagecoach`: what is where and what waits for whom, and the commands of people: promote, approve, reject,
//! retry, cancel, poll.
//!
//! It talks to the API server with the user's own rights and to nothing else. What is shown is built by pure functions
//! from objects that were read before; `output` alone writes.

mod age;
mod arguments;
mod ask;
mod cluster;
mod decide;
mod error;
#[cfg(test)]
mod fixtures;
mod follow;
mod output;
mod overview;
mod promote;
mod run_view;
mod shape;
mod tree;
mod values;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    arguments::{Arguments, Command},
    cluster::Cluster,
    error::Error,
    output::Output,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut output = Output::of_process();
    match run(Arguments::parse(), &mut output).await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read what we write has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

async fn run(arguments: Arguments, output: &mut Output) -> Result<(), Error> {
    let Arguments { connection, command } = arguments;
    let cluster = Cluster::connect(&connection).await?;
    match command {
        Command::Overview(arguments) => overview::run(&cluster, &arguments, output).await,
        Command::Tree(arguments) => tree::run(&cluster, &arguments, output).await,
        Command::Promote(arguments) => promote::run(&cluster, arguments, output).await,
        Command::Approve(arguments) => decide::approve(&cluster, &arguments, output).await,
        Command::Reject(arguments) => decide::reject(&cluster, &arguments, output).await,
        Command::Retry(arguments) => ask::retry(&cluster, &arguments.context, output).await,
        Command::Cancel(arguments) => ask::cancel(&cluster, &arguments.context, output).await,
        Command::Poll(arguments) => ask::poll(&cluster, &arguments.observer, output).await,
    }
}
