//! How this operator talks to Kubernetes: client, caches, work queues, server-side apply, conditions, events, error
//! classes, lease, clock, metrics and logs.
//!
//! The reconcilers are built from these parts. Nothing in here knows a forge, a registry or what a promotion is.

pub mod apply;
pub mod cache;
pub mod client;
pub mod clock;
pub mod conditions;
pub mod error;
pub mod events;
pub mod lease;
pub mod logging;
pub mod managers;
pub mod metrics;
pub mod queue;
pub mod secrets;
pub mod status;
pub mod supervise;

mod context;

pub use crate::{
    cache::{Cache, Change, ObjectKey},
    clock::Clock,
    context::Runtime,
    error::{Class, Classify, KubeError},
    events::Events,
    lease::Claim,
    metrics::Metrics,
    queue::Next,
    secrets::{SecretError, Secrets},
    status::apply_status,
    supervise::Tasks,
};
