//! The reconcilers of ScmConnection, GitRepository, HelmRepository and Cluster.
