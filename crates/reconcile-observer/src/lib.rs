//! The Observer reconciler.
