//! The commands of the house: `cargo xtask COMMAND`. One file a command; this one only hands over.

mod bench;
mod binaries;
mod codegen;
mod demo;
mod fuzz_lite;
mod test;
mod testbed;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// The commands of the house.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure what things cost, beside their budgets.
    Bench(bench::Arguments),
    /// Write what is made from the types of the custom resources: config/crds.
    Codegen(codegen::Arguments),
    /// Watch a version travel from a registry to production on real parts.
    Demo(demo::Arguments),
    /// Hold many generated cases against other programs' answers.
    FuzzLite(fuzz_lite::Arguments),
    /// Run every test of every floor.
    Test(test::Arguments),
    /// Run the real parts that tests use, for a person.
    Testbed(testbed::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments).await,
        Command::Codegen(arguments) => codegen::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::FuzzLite(arguments) => fuzz_lite::run(&arguments),
        Command::Test(arguments) => test::run(&arguments).await,
        Command::Testbed(arguments) => testbed::run(arguments).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nobody to tell when standard error is gone.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
