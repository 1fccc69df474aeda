//! The promotion machine: graph, runs, stage runs, gates, decide(). Pure.
