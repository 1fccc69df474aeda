//! Tests of the machine: named rules on a simulated world, generated cases, and a model check.

mod build;
mod checks;
mod diagram;
mod faults;
mod garbage;
mod generate;
mod model;
mod properties;
mod simulation;
mod world;

mod rules_commands;
mod rules_edges;
mod rules_gates;
mod rules_pull_requests;
mod rules_runs;
mod rules_stages;
mod rules_supersede;
