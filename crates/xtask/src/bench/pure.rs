//! What the pure crates cost: their own benches, run in their released form, read and put into the table.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::table::{Row, Table};

/// Runs both benches.
pub(super) fn measure(table: &mut Table) -> Result<()> {
    let decide = bench("stagecoach-core", "decide")?;
    for (name, milliseconds) in cases(&decide) {
        table.add(Row::of(&format!("decide on 1,000 stages: {name}"), milliseconds, "ms").budget(1.0));
    }
    let change = bench("xtask", "change")?;
    let number = |name: &str| -> Result<f64> {
        let line = change.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().parse().ok());
        number.with_context(|| format!("the bench of change sets does not say {name}"))
    };
    table.add(Row::of("change set on 1,000 files of 20 kB", number("milliseconds")?, "ms").budget(200.0));
    table.add(Row::of("  its memory, in bytes read", number("memory_ratio")?, "x").budget(2.0));
    table.add(Row::of("5 MB YAML one-line change", number("yaml_patch")?, "ms").budget(50.0));
    Ok(())
}

fn bench(package: &str, name: &str) -> Result<String> {
    let output = Command::new("cargo")
        .args(["bench", "--locked", "--quiet", "-p", package, "--bench", name])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start cargo bench")?;
    if !output.status.success() {
        bail!("the bench {name} of {package} fails");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The lines of the bench of the machine: a name, and the times for 1,000 and for 10,000 stages.
fn cases(output: &str) -> Vec<(String, f64)> {
    let case = |line: &str| {
        let (rest, _) = line.trim_end().rsplit_once(char::is_whitespace)?;
        let (name, small) = rest.trim_end().rsplit_once(char::is_whitespace)?;
        Some((name.trim().to_owned(), milliseconds(small)?))
    };
    output.lines().filter_map(case).collect()
}

/// A time as Rust prints it.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3)];
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_bench_are_read() {
        let output = "\
median of decide                                    1,000       10,000
chain, the run begins                            512.50µs       6.10ms
fan-out, every stage fails (decide + settle)       1.25ms       2.00s
";
        let expected = [
            ("chain, the run begins".to_owned(), 0.5125),
            ("fan-out, every stage fails (decide + settle)".to_owned(), 1.25),
        ];
        assert_eq!(cases(output), expected);
    }
}
