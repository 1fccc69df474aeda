//! HelmRepository: does the address hold an index of charts, for whom its credentials name?

use futures::stream::{self, StreamExt as _};
use kube::ResourceExt as _;
use stagecoach_api::HelmRepository;
use stagecoach_delivery::{RegistryError, registry_credentials};
use stagecoach_runtime::{Class, Classify, KubeError, Next, ObjectKey};
use stagecoach_versions as versions;
use tokio_util::sync::CancellationToken;

use crate::keep::{self, Verdict};
use crate::probe::Credentials;
use crate::{Context, ProbeError};

const KIND: &str = "HelmRepository";

/// Why a chart repository cannot be read.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Probe(#[from] ProbeError),
    #[error("spec.auth: {0}")]
    Registry(#[from] RegistryError),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Probe(error) => error.class(),
            Self::Registry(error) => error.class(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Probe(error) => error.reason(),
            Self::Registry(error) => error.reason(),
        }
    }
}

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let forges = context.forges.clone();
    let secrets =
        (context.secrets.changes()).flat_map(move |secret| stream::iter(forges.chart_repositories_with(&secret)));
    let objects = context
        .helm_repositories
        .triggers(|repository| [ObjectKey::of(repository)]);
    let triggers = stream::select(objects, secrets).boxed();
    keep::run(KIND, context, triggers, shutdown, pass).await;
}

async fn pass(context: Context, key: ObjectKey) -> Result<Next, KubeError> {
    let Some(repository) = context.helm_repositories.find(&key) else {
        return Ok(Next::Done);
    };
    let found = observe(&context, &repository).await;
    let mut status = repository.status.clone().unwrap_or_default();
    let message = match &found {
        Ok(Answer::Index) => "the repository has an index",
        Ok(Answer::NotAsked) => "asked when it is used",
        Err(_) => "",
    };
    let verdict = Verdict {
        ready: "Accepted",
        message: message.to_owned(),
        error: found.as_ref().err().map(|error| error as _),
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

enum Answer {
    Index,
    NotAsked,
}

async fn observe(context: &Context, repository: &HelmRepository) -> Result<Answer, Error> {
    let namespace = repository.namespace().unwrap_or_default();
    let spec = &repository.spec;
    let credentials = registry_credentials(&context.secrets, &namespace, spec.provider, spec.auth.as_ref())?;
    let credentials = match credentials {
        versions::Credentials::Anonymous => None,
        versions::Credentials::Basic { username, password } => Some(Credentials {
            user: username,
            password,
        }),
        versions::Credentials::Bearer { .. } => return Ok(Answer::NotAsked),
    };
    let url = spec.url.trim_end_matches('/');
    // Registries want a token for each chart.
    if url.starts_with("oci://") {
        return Ok(Answer::NotAsked);
    }
    let address = format!("{url}/index.yaml");
    context.probe.ask(&address, credentials.as_ref(), "spec.auth").await?;
    Ok(Answer::Index)
}
