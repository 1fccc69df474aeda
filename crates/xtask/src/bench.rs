//! `cargo xtask bench`: what things cost, beside the budgets of the design. Real parts and released binaries; a few
//! minutes. The machine counts too: on a busy one the times are worth little, the counts everything.

mod floor;
mod own_time;
mod promotions;
mod pure;
mod render;
mod table;
mod usage;

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use stagecoach_system::{CdDemo, Setup, needs};
use stagecoach_testbed::{Console, Testbed};

use self::promotions::{Bench, Counts, Latency};
use self::table::{Row, Table};
use self::usage::Usage;
use crate::binaries;

/// How long the idle operator is watched.
const IDLE: Duration = Duration::from_secs(10);
/// Nothing is written for so long once the operator has started.
const SETTLED: Duration = Duration::from_secs(3);
/// 100 MiB, 40 MB.
const MEMORY_BUDGET: f64 = 100.0;
const BINARY_BUDGET: f64 = 40.0;

/// What the command takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Promotions from trigger to pull request that are measured.
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    promotions: usize,
    /// Only what needs no real parts.
    #[arg(long)]
    pure: bool,
    /// Only what needs the real parts.
    #[arg(long, conflicts_with = "pure")]
    system: bool,
}

/// Measures and prints.
///
/// # Errors
/// When something does not build or does not work.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let mut table = Table::default();
    if !arguments.system {
        pure::measure(&mut table)?;
    }
    if !arguments.pure {
        let folder = binaries::build()?;
        let binary = folder.join("stagecoach");
        let size = fs::metadata(&binary).with_context(|| format!("cannot look at {}", binary.display()))?;
        table.add(Row::of("operator binary", megabytes(size.len()), "MB").budget(BINARY_BUDGET));
        render::measure(&mut table, &folder)?;
        Testbed::build(needs().parts(), Console::new()).await?;
        whole_system(&mut table, arguments.promotions).await?;
    }
    table.print()
}

async fn whole_system(table: &mut Table, promotions: usize) -> Result<()> {
    let demo = CdDemo::start(&Setup {
        without_observer: true,
        ..Setup::default()
    })
    .await?;
    let mut bench = Bench::new(demo).await?;
    let idle_share = idle(table, &bench).await?;
    latency(table, &bench.latency(promotions).await?, idle_share);
    counts(table, &bench.whole().await?);
    Ok(())
}

/// The operator with nothing to do: memory, processor, writes. Returns the share of a core that it uses, 0 to 1.
async fn idle(table: &mut Table, bench: &Bench) -> Result<f64> {
    // What the start has set off comes to its end first.
    let mut writes = bench.writes_but_leases().len();
    loop {
        tokio::time::sleep(SETTLED).await;
        let now = bench.writes_but_leases().len();
        if now == writes {
            break;
        }
        writes = now;
    }
    let before = bench.usage()?;
    tokio::time::sleep(IDLE).await;
    let after = bench.usage()?;
    let share = after.processor.saturating_sub(before.processor).as_secs_f64() / IDLE.as_secs_f64();
    table.add(Row::of("idle: memory (budget: with 10,000 contexts)", after.megabytes, "MiB").budget(MEMORY_BUDGET));
    table.add(
        Row::of(
            "idle: share of a core (budget: with 10,000 contexts)",
            share * 100.0,
            "%",
        )
        .budget(1.0),
    );
    let written: Vec<String> = bench.writes_but_leases().into_iter().skip(writes).collect();
    table.add(Row::count("idle: Kubernetes writes but leases, in 10 s", written.len()).budget(0.0));
    for write in &written {
        table.note(&format!("    {write}"));
    }
    Ok(share)
}

fn latency(table: &mut Table, seen: &Latency, idle_share: f64) {
    let (count, floor) = (seen.promotions.len(), seen.floor.len());
    table.add(Row::of(
        &format!("trigger -> PR open, p50 of {count}"),
        milliseconds(at(&seen.promotions, 50)),
        "ms",
    ));
    table.add(Row::of(
        &format!("trigger -> PR open, p99 of {count}"),
        milliseconds(at(&seen.promotions, 99)),
        "ms",
    ));
    table.add(Row::of(
        &format!("  the floor: a bare client, p50 of {floor}"),
        milliseconds(at(&seen.floor, 50)),
        "ms",
    ));
    table.add(Row::of(
        &format!("  the floor: a bare client, p99 of {floor}"),
        milliseconds(at(&seen.floor, 99)),
        "ms",
    ));
    table.add(Row::of(
        "  above the floor right after it, p50",
        at(&seen.above, 50),
        "ms",
    ));
    // The forge alone differs by more than the budget from one call to the next, so no difference of two p99 says much.
    table.add(Row::of(
        "  the operator's own part, outside of all calls, p50",
        milliseconds(at(&seen.own, 50)),
        "ms",
    ));
    table.add(
        Row::of(
            "  the operator's own part, outside of all calls, p99",
            milliseconds(at(&seen.own, 99)),
            "ms",
        )
        .budget(50.0),
    );
    table.add(
        Row::count(
            "forge calls, trigger -> PR open (1 file: N + 3)",
            seen.forge_calls.len(),
        )
        .budget(4.0),
    );
    for call in &seen.forge_calls {
        table.note(&format!("    {call}"));
    }
    processor(table, seen, idle_share);
}

/// What a trigger costs is what is used beyond the polls that run anyway, here every second.
fn processor(table: &mut Table, seen: &Latency, idle_share: f64) {
    let used = milliseconds(seen.processor);
    let rounds = u32::try_from(seen.promotions.len()).unwrap_or(u32::MAX).max(1);
    let idle = milliseconds(seen.promotions.iter().sum::<Duration>() / rounds) * idle_share;
    table.add(Row::of("operator CPU, trigger -> PR open, mean", used - idle, "ms").budget(5.0));
    table.add(Row::of(
        "  beside it: what the idle operator uses in that time",
        idle,
        "ms",
    ));
}

fn counts(table: &mut Table, seen: &Counts) {
    table.add(Row::of(
        "merge of dev -> PR of prod open (deployer, 1 s polls, 1 s stability)",
        seconds(seen.hop),
        "s",
    ));
    table.add(Row::of(
        "  operator CPU meanwhile (the deployer's and the forge's polls with it)",
        milliseconds(seen.hop_processor),
        "ms",
    ));
    table.add(Row::of(
        "operator CPU, whole promotion of 2 stages",
        milliseconds(seen.processor),
        "ms",
    ));
    let per_stage =
        |writes: usize| Row::of("  writes to PipelineContext and Pipeline, a stage", half(writes), "").budget(6.0);
    table.add(Row::count("writes to PipelineContext, whole promotion", seen.contexts));
    table.add(Row::count("writes to Pipeline, whole promotion", seen.pipelines));
    table.add(per_stage(seen.contexts + seen.pipelines));
    table.add(Row::count("  beside it: events", seen.events));
    table.add(Row::count("  beside it: other objects", seen.others));
    table.add(Row::count("forge calls, whole promotion", seen.forge_calls));
}

/// The value below which `share` percent of the sorted values are.
fn at<T: Copy + Default>(values: &[T], share: usize) -> T {
    let position = (values.len() * share).div_ceil(100).saturating_sub(1);
    values.get(position).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files and small counts")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files and small counts")]
fn half(number: usize) -> f64 {
    number as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Vec<Duration> = (1..=20).map(Duration::from_millis).collect();
        assert_eq!(at(&times, 50), Duration::from_millis(10));
        assert_eq!(at(&times, 99), Duration::from_millis(20));
        assert_eq!(at::<Duration>(&[], 99), Duration::ZERO);
    }
}
