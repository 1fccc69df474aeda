//! HelmRepository: does the address hold an index of charts?

use stagecoach_runtime::{KubeError, Next, ObjectKey};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::keep::{self, Verdict};

const KIND: &str = "HelmRepository";

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = context
        .helm_repositories
        .triggers(|repository| [ObjectKey::of(repository)]);
    keep::run(KIND, context, triggers, shutdown, pass).await;
}

async fn pass(context: Context, key: ObjectKey) -> Result<Next, KubeError> {
    let Some(repository) = context.helm_repositories.find(&key) else {
        return Ok(Next::Done);
    };
    let url = repository.spec.url.trim_end_matches('/');
    // Registries want a token for each chart, and private repositories their own credentials: both are asked when used.
    let asked = repository.spec.auth.is_none() && !url.starts_with("oci://");
    let found = if asked {
        context.probe.ask(&format!("{url}/index.yaml"), None).await
    } else {
        Ok(())
    };
    let mut status = repository.status.clone().unwrap_or_default();
    let message = if asked {
        "the repository has an index"
    } else {
        "asked when it is used"
    };
    let error = found.as_ref().err().map(|error| error as _);
    let verdict = Verdict {
        ready: "Accepted",
        message: message.to_owned(),
        error,
    };
    verdict.apply(&mut status, repository.metadata.generation, context.runtime.now());
    let api = keep::own_namespace(&context.runtime, repository.as_ref());
    let current = repository.status.as_ref();
    keep::store(
        &context.runtime,
        &api,
        &context.helm_repositories,
        &repository,
        current,
        &status,
        &verdict,
    )
    .await?;
    Ok(verdict.next())
}
