//! The binary as a process of its own, against a real API server.

mod house;
mod lives;
mod refuses;
