//! What one rendering may cost: steps, bytes made on the way, bytes written. A template that asks for more is an error, in time.

use std::collections::HashMap;

use super::Refusal;
use crate::pattern::Pattern;

/// The limits of one rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of the template itself.
    pub(crate) source: usize,
    /// Bytes that it writes.
    pub(crate) output: usize,
    /// Bytes of all values that it makes on the way.
    pub(crate) memory: usize,
    /// Parts rendered, filters called, rounds of loops; long inputs of filters count more.
    pub(crate) steps: usize,
}

impl Limits {
    /// Generous for people, small for bombs: the worst template ends in about a second.
    pub(crate) const DEFAULT: Self = Self {
        source: 4 << 20,
        output: 16 << 20,
        memory: 64 << 20,
        steps: 1_000_000,
    };
}

/// So many bytes of a filter's input are one step.
const BYTES_A_STEP: usize = 256;
/// Compiling a regular expression is worth so many steps.
const COMPILE_STEPS: usize = 10_000;

/// What is left.
pub(super) struct Budget {
    limits: Limits,
    steps: usize,
    memory: usize,
    /// Expressions that filters compiled; a loop compiles each once.
    patterns: HashMap<String, Pattern>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            steps: limits.steps,
            memory: limits.memory,
            patterns: HashMap::new(),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Takes one step.
    pub(super) fn step(&mut self) -> Result<(), Refusal> {
        self.steps(1)
    }

    pub(super) fn steps(&mut self, steps: usize) -> Result<(), Refusal> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(Refusal::Limit(format!(
                "the template takes more than {} steps; loop over less, or split it",
                self.limits.steps
            ))),
        }
    }

    /// Takes the steps that reading so many bytes is worth.
    pub(super) fn read(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.steps(bytes / BYTES_A_STEP)
    }

    /// Takes memory for a value before it is made.
    pub(super) fn memory(&mut self, bytes: usize) -> Result<(), Refusal> {
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(self.out_of_memory()),
        }
    }

    pub(super) fn memory_left(&self) -> usize {
        self.memory
    }

    pub(super) fn out_of_memory(&self) -> Refusal {
        let most = self.limits.memory >> 20;
        Refusal::Limit(format!("the template makes more than {most} MiB of values on its way"))
    }

    /// The compiled expression of a filter.
    pub(super) fn pattern(&mut self, source: &str) -> Result<Pattern, Refusal> {
        if let Some(pattern) = self.patterns.get(source) {
            return Ok(pattern.clone());
        }
        self.steps(COMPILE_STEPS)?;
        let pattern = Pattern::new(source).map_err(|invalid| {
            let column = source.get(..invalid.at).unwrap_or(source).chars().count() + 1;
            Refusal::Message(format!(
                "the regular expression is not valid at its character {column}: {}",
                invalid.message
            ))
        })?;
        self.patterns.insert(source.to_owned(), pattern.clone());
        Ok(pattern)
    }
}
