//! GitRepository: does the address answer as a git server does?

use kube::Api;
use stagecoach_api::GitRepository;
use stagecoach_api::git_repository::GitHealth;
use stagecoach_runtime::{Class, Classify, KubeError, Next, ObjectKey, SecretError};
use tokio_util::sync::CancellationToken;

use crate::keep::{self, Verdict};
use crate::probe::Credentials;
use crate::{Context, ProbeError};

const KIND: &str = "GitRepository";
/// User where only a password is known.
const DEFAULT_USER: &str = "apikey";

/// Why a repository cannot be pulled.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Probe(#[from] ProbeError),
    #[error("credentialsRef: {0}")]
    Secret(#[from] SecretError),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Probe(error) => error.class(),
            Self::Secret(error) => error.class(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Probe(error) => error.reason(),
            Self::Secret(error) => error.reason(),
        }
    }
}

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let triggers = context
        .git_repositories
        .triggers(|repository| [ObjectKey::of(repository)]);
    keep::run(KIND, context, triggers, shutdown, pass).await;
}

async fn pass(context: Context, key: ObjectKey) -> Result<Next, KubeError> {
    let Some(repository) = context.git_repositories.get(None, &key.name) else {
        return Ok(Next::Done);
    };
    let found = observe(&context, &repository).await;
    let mut status = repository.status.clone().unwrap_or_default();
    status.health = match &found {
        Ok(Answer::Pullable) => Some(GitHealth::Pullable),
        Ok(Answer::NotAsked) => None,
        Err(_) => Some(GitHealth::Failed),
    };
    let verdict = Verdict {
        ready: "Accepted",
        message: match &found {
            Ok(Answer::Pullable) => "the repository answers".to_owned(),
            Ok(Answer::NotAsked) => "an address for ssh is not asked; the deployer that pulls it says more".to_owned(),
            Err(_) => String::new(),
        },
        error: found.as_ref().err().map(|error| error as _),
    };
    verdict.apply(&mut status, repository.metadata.generation, context.runtime.now());
    status.message = Some(
        found
            .as_ref()
            .map_or_else(ToString::to_string, |_| verdict.message.clone()),
    );
    let api = Api::all(context.runtime.client.clone());
    let current = repository.status.as_ref();
    keep::store(
        &context.runtime,
        &api,
        &context.git_repositories,
        &repository,
        current,
        &status,
        &verdict,
    )
    .await?;
    Ok(verdict.next())
}

enum Answer {
    Pullable,
    NotAsked,
}

async fn observe(context: &Context, repository: &GitRepository) -> Result<Answer, Error> {
    let url = repository.spec.url.trim_end_matches('/');
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Ok(Answer::NotAsked);
    }
    let credentials = credentials(context, repository)?;
    // The first question of every git client (git's smart HTTP protocol).
    context
        .probe
        .ask(
            &format!("{url}/info/refs?service=git-upload-pack"),
            credentials.as_ref(),
            "spec.credentialsRef",
        )
        .await?;
    Ok(Answer::Pullable)
}

fn credentials(context: &Context, repository: &GitRepository) -> Result<Option<Credentials>, SecretError> {
    let Some(reference) = &repository.spec.credentials_ref else {
        return Ok(None);
    };
    let namespace = reference.namespace.as_deref().unwrap_or(&context.runtime.namespace);
    let name = reference.name.as_deref().unwrap_or_default();
    let password = match context.secrets.get(namespace, name, "password") {
        Ok(password) => password,
        // A Secret with a key for ssh has no password.
        Err(SecretError::SecretKeyMissing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let user = context.secrets.get(namespace, name, "username").ok();
    let user = user.map_or_else(
        || DEFAULT_USER.to_owned(),
        |user| secrecy::ExposeSecret::expose_secret(&user).to_owned(),
    );
    Ok(Some(Credentials { user, password }))
}
