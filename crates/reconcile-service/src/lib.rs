//! The ServiceDeployment reconciler.
