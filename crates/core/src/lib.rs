//! The promotion machine.
//!
//! [`decide`] looks at a pipeline's graph, at every run that is not over and at what was observed, and answers with
//! the runs' next states and the effects to carry out; [`settle`] folds the outcomes of those effects back in. Both
//! are pure: no clock, no randomness, no I/O. `reconcile-context` is the only caller that carries effects out.

mod gate;
pub mod graph;
pub mod input;
mod machine;
mod phase;
mod stage;
pub mod status;
mod supersede;

pub use graph::{Graph, Problem};
pub use input::{Action, ContextKey, Decision, Outcome, RunInput};
pub use machine::{decide, settle};
pub use phase::summary_of_stages;

#[cfg(test)]
mod tests;
