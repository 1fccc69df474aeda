//! The promotion machine.
//!
//! [`decide`] looks at a pipeline's graph, at every run that is not over and at what was observed, and answers with
//! the runs' next states and the effects to carry out; [`settle`] folds the outcomes of those effects back in. Both
//! are pure: no clock, no randomness, no I/O. `reconcile-context` is the only caller that carries effects out.
//!
//! | room | what it does |
//! |---|---|
//! | `graph` | checks a pipeline once, so that nothing later meets a name that does not resolve |
//! | `machine` | `decide`, `settle`, and the walk over runs and stages |
//! | `start` | a run begins, is replaced, follows an edited pipeline, obeys a person |
//! | `supersede` | what runs of one pipeline do to one another |
//! | `stage`, `verify` | one run in one stage |
//! | `gate` | one run on one edge |
//! | `effects`, `fold` | what is asked of the outside, and what came of it |
//! | `phase`, `message` | where a run stands as a whole, for a person |

mod effects;
mod fold;
mod gate;
pub mod graph;
pub mod input;
mod machine;
mod message;
mod phase;
mod stage;
mod start;
pub mod status;
mod supersede;
mod verify;

pub use graph::{Graph, Problem};
pub use input::{Action, ContextKey, Decision, Outcome, RunInput};
pub use machine::{decide, settle};
pub use message::summary_of_stages;

#[cfg(test)]
mod tests;
