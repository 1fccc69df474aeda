//! `cargo xtask fuzz-lite`: many generated cases, held against another program's answer. Regular expressions against Go's
//! `regexp`; the editors of YAML, JSON and TOML against other parsers, by the generated tests of `stagecoach-change`.
//!
//! The cases are a function of the seed, so a difference is found again. `cargo xtask test` runs a few thousand of them.

mod regexp;

use std::io::{self, Write as _};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

/// Tells the generated tests of `stagecoach-change` how many cases to make.
const CASES: &str = "STAGECOACH_CASES";
/// Differences that are shown.
const SHOWN: usize = 20;

/// How many, and which.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Cases of each kind.
    #[arg(long, default_value_t = 100_000)]
    cases: u32,
    /// Another seed makes other cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Makes the cases and compares.
///
/// # Errors
/// When an answer differs, or a program does not run.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let seen = regexp::compare(arguments.cases, arguments.seed)?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "regular expressions: {} of {} cases compile and agree with Go's regexp, {} are refused by both",
        seen.same, arguments.cases, seen.refused
    )?;
    for difference in seen.differences.iter().take(SHOWN) {
        writeln!(out, "differs: {difference}")?;
    }
    if !seen.differences.is_empty() {
        bail!(
            "{} cases differ; --seed {} makes them again",
            seen.differences.len(),
            arguments.seed
        );
    }
    editors(arguments.cases)
}

/// The generated tests of the editors, in their released form, with as many cases. They are built first, so that code that does
/// not build is not taken for a difference.
fn editors(cases: u32) -> Result<()> {
    let tests = |options: &[&str]| {
        Command::new("cargo")
            .args(["test", "--release", "--locked", "--quiet", "-p", "stagecoach-change"])
            .args(options)
            .env(CASES, cases.to_string())
            .status()
            .context("cannot start cargo test")
    };
    if !tests(&["--no-run"])?.success() {
        bail!("the tests of stagecoach-change do not build; no editor was compared");
    }
    if !tests(&[])?.success() {
        bail!("an editor differs from another parser; the case stands above");
    }
    Ok(())
}
