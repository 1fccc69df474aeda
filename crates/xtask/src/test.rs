//! `cargo xtask test`: every test of every floor. Builds the released binaries and the real parts first, shows what
//! runs, and ends with one line that counts what passed and failed.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stagecoach_testbed::{Console, Needs, Testbed};

use crate::binaries;

/// What may be narrowed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Handed on to `cargo test`, for example `-p stagecoach-core` or a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// What the tests came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Count {
    /// Adds what a line of a test runner says, if it says something.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line
            .trim_start()
            .strip_prefix("test result: ")
            .and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                Some("ignored") => self.skipped += number,
                Some(_) | None => {}
            }
        }
    }
}

/// Runs all tests.
///
/// # Errors
/// When something does not build, or a test fails.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long the command takes is for a person to see"
    )]
    let started = Instant::now();
    Testbed::build(Needs::all().parts(), Console::new()).await?;
    let folder = binaries::build()?;
    let count = tests(&folder, &arguments.arguments)?;
    let mut out = io::stdout().lock();
    writeln!(out, "\nall tests took {} s", started.elapsed().as_secs())?;
    writeln!(
        out,
        "{} passed, {} failed, {} skipped",
        count.passed, count.failed, count.skipped
    )?;
    if count.failed > 0 {
        bail!("{} tests failed", count.failed);
    }
    if count.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

fn tests(binaries: &Path, arguments: &[String]) -> Result<Count> {
    let mut command = Command::new("cargo");
    command.args(["test", "--locked", "--no-fail-fast"]);
    if !arguments
        .iter()
        .any(|argument| argument == "-p" || argument == "--package")
    {
        command.arg("--workspace");
    }
    command
        .args(arguments)
        .env("STAGECOACH_BINARIES", binaries)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start cargo test")?;
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.context("cannot read what cargo test says")?;
            count.add(&line);
            writeln!(io::stdout(), "{line}")?;
        }
    }
    let status = child.wait().context("cannot wait for cargo test")?;
    if !status.success() && count.failed == 0 {
        bail!("cargo test ended with {status} before its tests did");
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_runner_are_added_up() {
        let mut count = Count::default();
        for line in [
            "running 3 tests",
            "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "test rule_01 ... ok",
        ] {
            count.add(line);
        }
        assert_eq!(
            count,
            Count {
                passed: 7,
                failed: 2,
                skipped: 1
            }
        );
    }
}
