//! The operator binary: arguments, wiring, supervision.

fn main() {}
