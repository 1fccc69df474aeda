//! Progress for a person: a spinner with the time on a terminal, plain lines elsewhere. Silent when all is built.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::progress::{Progress, Step};
use crate::clock;

/// Progress on standard error.
pub struct Console {
    started: Instant,
    terminal: bool,
    bar: Mutex<Option<ProgressBar>>,
}

impl Console {
    /// Looks whether standard error is a terminal.
    pub fn new() -> Self {
        Self {
            started: clock::now(),
            terminal: io::stderr().is_terminal(),
            bar: Mutex::new(None),
        }
    }

    fn show(&self, text: String) {
        if !self.terminal {
            return line(&text);
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.get_or_insert_with(spinner).set_message(text);
    }

    fn done(&self, text: &str) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
        line(text);
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Console")
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}

impl Progress for Console {
    fn step(&self, step: &Step) {
        match *step {
            Step::Waiting { part } => self.show(format!("testbed: waiting for another process that builds {part}")),
            Step::Building {
                part,
                program,
                index,
                of,
            } => {
                self.show(format!(
                    "testbed: building {part}: {program} ({index} of {of}; minutes the first time)"
                ));
            }
            Step::Built { part, took } => self.done(&format!(
                "testbed: {part} is ready after {} ({} in all)",
                seconds(took),
                seconds(self.started.elapsed())
            )),
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed_precise}]") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// A terminal that went away is no reason to stop a build.
fn line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
