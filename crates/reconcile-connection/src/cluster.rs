//! Cluster: is it one that services can be deployed to?

use kube::ResourceExt as _;
use stagecoach_api::Cluster;
use stagecoach_runtime::{Class, Classify, KubeError, Next, ObjectKey};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::keep::{self, Verdict};

const KIND: &str = "Cluster";
/// Annotation that says that the operator runs in it.
const IN_CLUSTER: &str = "stagecoach.dev/in-cluster";

/// Why nothing can be deployed to a cluster.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "nothing is known of this cluster: annotate it with stagecoach.dev/in-cluster: \"true\" if it is the one that \
         the operator runs in; other clusters are not supported by this version"
    )]
    Unknown,
}

impl Classify for Error {
    fn class(&self) -> Class {
        Class::Stalled
    }

    fn reason(&self) -> &'static str {
        "ClusterUnknown"
    }
}

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = context.clusters.triggers(|cluster| [ObjectKey::of(cluster)]);
    keep::run(KIND, context, triggers, shutdown, pass).await;
}

async fn pass(context: Context, key: ObjectKey) -> Result<Next, KubeError> {
    let Some(cluster) = context.clusters.find(&key) else {
        return Ok(Next::Done);
    };
    let found = decide(&cluster);
    let mut status = cluster.status.clone().unwrap_or_default();
    let error = found.as_ref().err().map(|error| error as _);
    let message = "services are deployed to the cluster that the operator runs in".to_owned();
    let verdict = Verdict {
        ready: "InCluster",
        message,
        error,
    };
    verdict.apply(&mut status, cluster.metadata.generation, context.runtime.now());
    let api = keep::own_namespace(&context.runtime, cluster.as_ref());
    let current = cluster.status.as_ref();
    keep::store(
        &context.runtime,
        &api,
        &context.clusters,
        &cluster,
        current,
        &status,
        &verdict,
    )
    .await?;
    Ok(Next::Done)
}

fn decide(cluster: &Cluster) -> Result<(), Error> {
    match cluster.annotations().get(IN_CLUSTER).map(String::as_str) {
        Some("true") => Ok(()),
        Some(_) | None => Err(Error::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_annotation_makes_a_cluster_the_operators_own() {
        let mut cluster = Cluster::new("dev", stagecoach_api::ClusterSpec::default());
        let error = decide(&cluster).unwrap_err();
        assert!(
            error.to_string().contains("stagecoach.dev/in-cluster: \"true\""),
            "{error}"
        );
        cluster
            .annotations_mut()
            .insert(IN_CLUSTER.to_owned(), "true".to_owned());
        assert!(decide(&cluster).is_ok());
    }
}
