//! What a builder tells while it works. A first build takes many minutes, so that nobody may wonder whether it hangs.

use std::time::Duration;

/// One step of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Another process builds this part; we wait for it.
    Waiting {
        /// The part's name.
        part: &'static str,
    },
    /// A program is compiled and linked.
    Building {
        /// The part's name.
        part: &'static str,
        /// The program's name.
        program: &'static str,
        /// Its number among the missing programs of this part, from 1.
        index: usize,
        /// How many programs of this part are missing.
        of: usize,
    },
    /// All of a part is there.
    Built {
        /// The part's name.
        part: &'static str,
        /// How long it took.
        took: Duration,
    },
}

/// Somebody who wants to know.
pub trait Progress: Send + Sync {
    /// Called from the builder's thread at every step.
    fn step(&self, step: &Step);
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _step: &Step) {}
}
