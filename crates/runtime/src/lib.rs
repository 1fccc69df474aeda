//! How this operator talks to Kubernetes.
