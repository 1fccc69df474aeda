//! The operator binary: arguments, wiring, supervision.
//!
//! [`run::run`] says what the process consists of. Nothing here knows a pipeline or a forge.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod caches;
mod reconcilers;
mod run;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    match started(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn started(args: Args) -> anyhow::Result<()> {
    // The one TLS provider of the process; a second call would be a bug that the first connection shows.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    stagecoach_runtime::logging::init(args.log_format.into(), &args.log_filter)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run::run(args))
}

/// One sentence, also when logs are not set up or filtered away.
#[expect(clippy::print_stderr, reason = "the last word of a process that failed")]
fn complain(error: &anyhow::Error) {
    eprintln!("stagecoach: {error:#}");
}
