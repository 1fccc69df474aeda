//! GitRepository: does the address answer as a git server does? By HTTP it is asked directly, else through git.

use futures::StreamExt as _;
use futures::stream;
use kube::Api;
use stagecoach_api::GitRepository;
use stagecoach_api::git_repository::GitHealth;
use stagecoach_delivery as delivery;
use stagecoach_runtime::{Class, Classify, KubeError, Next, ObjectKey};
use stagecoach_scm as scm;
use stagecoach_scm::git::{Login, Protocol};
use tokio_util::sync::CancellationToken;

use crate::keep::{self, Verdict};
use crate::probe::Credentials;
use crate::{Context, ProbeError};

const KIND: &str = "GitRepository";
/// Why a repository cannot be pulled.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Probe(#[from] ProbeError),
    #[error("{0}")]
    Delivery(#[from] delivery::Error),
}

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Probe(error) => error.class(),
            Self::Delivery(error) => error.class(),
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Probe(error) => error.reason(),
            Self::Delivery(error) => error.reason(),
        }
    }
}

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let forges = context.forges.clone();
    let secrets = context.secrets.changes().flat_map(move |secret| {
        let readers = forges.repositories_with(&secret);
        stream::iter(readers.into_iter().map(|name| ObjectKey::new(None, &name)))
    });
    let objects = context
        .git_repositories
        .triggers(|repository| [ObjectKey::of(repository)]);
    let triggers = stream::select(objects, secrets).boxed();
    keep::run(KIND, context, triggers, shutdown, pass).await;
}

async fn pass(context: Context, key: ObjectKey) -> Result<Next, KubeError> {
    let Some(repository) = context.git_repositories.get(None, &key.name) else {
        return Ok(Next::Done);
    };
    let found = observe(&context, &repository).await;
    let mut status = repository.status.clone().unwrap_or_default();
    status.health = match &found {
        Ok(Answer::Pullable | Answer::Believed { .. }) => Some(GitHealth::Pullable),
        Ok(Answer::NotAsked) => None,
        Err(_) => Some(GitHealth::Failed),
    };
    let verdict = Verdict {
        ready: "Accepted",
        message: match &found {
            Ok(Answer::Pullable) => "the repository answers".to_owned(),
            Ok(Answer::Believed { secret }) => format!(
                "the repository answers; the host key of its server was not checked against anything: write the server's \
                 line of a known_hosts file into the key known_hosts of {secret}"
            ),
            Ok(Answer::NotAsked) => {
                "an address for ssh is asked only with a credentialsRef; the deployer that pulls it says more"
                    .to_owned()
            }
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
    /// As well, but the server may be another one than is meant: where to write its key.
    Believed {
        secret: String,
    },
    NotAsked,
}

async fn observe(context: &Context, repository: &GitRepository) -> Result<Answer, Error> {
    let remote = context.forges.git_repository(repository)?;
    let address = remote.address();
    match (address.protocol(), remote.credentials().login()) {
        (Protocol::Http, login) => {
            // The first question of every git client (git's smart HTTP protocol), which needs no git.
            let url = address.as_str().trim_end_matches('/');
            let question = format!("{url}/info/refs?service=git-upload-pack");
            let credentials = match login {
                Login::Password { user, password } => Some(Credentials {
                    user: user.clone(),
                    password: password.clone(),
                }),
                Login::Anonymous | Login::Key { .. } => None,
            };
            let asked = context
                .probe
                .ask(&question, credentials.as_ref(), "spec.credentialsRef");
            asked.await?;
            Ok(Answer::Pullable)
        }
        // Nobody said that Stagecoach itself may read it.
        (Protocol::Ssh, Login::Anonymous) => Ok(Answer::NotAsked),
        (Protocol::Ssh | Protocol::Git, _) => {
            let asked = remote.probe().await.map_err(scm::Error::from);
            asked.map_err(delivery::Error::from)?;
            Ok(if remote.is_first_answer_believed() {
                let secret = remote.credentials().source().to_owned();
                Answer::Believed { secret }
            } else {
                Answer::Pullable
            })
        }
    }
}
