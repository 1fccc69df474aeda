//! Where versions are found, and how they are ordered.
//!
//! [`order`] and [`substitute()`] are pure: texts come in, the one that an observer fires with comes out. [`oci`]
//! and [`helm`] read registries and chart repositories over HTTP, with deadlines and bounds. This crate knows no
//! Kubernetes and puts no credentials into an error. The observers' reconciler calls it.

mod error;
mod fetch;
pub mod helm;
pub mod oci;
pub mod order;
mod substitute;

pub use error::{Error, Kind};
pub use fetch::{Client, Credentials, Options};
pub use order::{Order, Rules, pick};
pub use substitute::substitute;
