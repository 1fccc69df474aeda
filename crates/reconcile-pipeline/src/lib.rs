//! The Pipeline reconciler.
