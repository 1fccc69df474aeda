//! What a process uses, as the kernel counts it.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What a process has used so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usage {
    /// Time on a processor, to the nanosecond.
    pub(super) processor: Duration,
    /// Memory that is in use now, in MiB.
    pub(super) megabytes: f64,
}

impl Usage {
    /// Of the process with this id.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) fn of(process: u32) -> Result<Self> {
        let mut nanoseconds = 0;
        let folder = format!("/proc/{process}/task");
        for task in fs::read_dir(&folder).with_context(|| format!("cannot read {folder}"))? {
            // A thread may end in between.
            let Ok(text) = fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            nanoseconds += on_processor(&text);
        }
        let path = format!("/proc/{process}/status");
        let status = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        Ok(Self {
            processor: Duration::from_nanos(nanoseconds),
            megabytes: resident(&status),
        })
    }
}

/// The first number: nanoseconds that the thread ran.
fn on_processor(schedstat: &str) -> u64 {
    let first = schedstat.split_whitespace().next();
    first.and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// The line VmRSS, in MiB.
fn resident(status: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1_024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        assert_eq!(on_processor("123 45 6\n"), 123);
        assert!((resident("Name:\tx\nVmRSS:\t   2048 kB\n") - 2.0).abs() < 1e-9);
        assert!(Usage::of(std::process::id()).unwrap().megabytes > 1.0);
    }
}
