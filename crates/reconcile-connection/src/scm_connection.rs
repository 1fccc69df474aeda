//! ScmConnection: can its token be found, and whose is it?

use futures::StreamExt as _;
use futures::stream;
use kube::Api;
use stagecoach_delivery::Error;
use stagecoach_runtime::{KubeError, Next, ObjectKey};
use tokio_util::sync::CancellationToken;

use crate::Context;
use crate::keep::{self, Verdict};

const KIND: &str = "ScmConnection";

pub(crate) async fn run(context: Context, shutdown: CancellationToken) {
    let forges = context.forges.clone();
    let secrets = context.secrets.changes().flat_map(move |secret| {
        let readers = forges.readers_of(&secret);
        stream::iter(readers.into_iter().map(|name| ObjectKey::new(None, &name)))
    });
    let objects = context.connections.triggers(|connection| [ObjectKey::of(connection)]);
    let triggers = stream::select(objects, secrets).boxed();
    keep::run(KIND, context, triggers, shutdown, pass).await;
}

async fn pass(context: Context, key: ObjectKey) -> Result<Next, KubeError> {
    let Some(connection) = context.connections.get(None, &key.name) else {
        return Ok(Next::Done);
    };
    let found = observe(&context, &key.name).await;
    let mut status = connection.status.clone().unwrap_or_default();
    status.login = found.as_ref().ok().cloned().flatten();
    let verdict = Verdict {
        ready: "Connected",
        message: match &status.login {
            Some(login) => format!("the forge answers and knows the token as {login}"),
            None => "the forge answers and takes the token".to_owned(),
        },
        error: found.as_ref().err().map(|error| error as _),
    };
    verdict.apply(&mut status, connection.metadata.generation, context.runtime.now());
    let api = Api::all(context.runtime.client.clone());
    let current = connection.status.as_ref();
    keep::store(
        &context.runtime,
        &api,
        &context.connections,
        &connection,
        current,
        &status,
        &verdict,
    )
    .await?;
    Ok(verdict.next())
}

async fn observe(context: &Context, name: &str) -> Result<Option<String>, Error> {
    Ok(context.forges.forge(name)?.read().whoami().await?)
}
