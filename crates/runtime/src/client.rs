//! The client of the API server, with one deadline on every call.
//!
//! The client's own retries are off (a reconcile that fails comes again by its own pace, and retries in two places
//! multiply), and a call that hangs ends: kube itself has no deadline for the time between request and answer.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, DynBody},
};
use tower::{BoxError, Layer, Service};

/// Time to connect to the API server.
const CONNECT: Duration = Duration::from_secs(5);
/// Time from sending a request to having read its whole answer. For a watch: until it begins.
const CALL: Duration = Duration::from_secs(30);

/// The API server took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the API server did not answer within {} s", .0.as_secs())]
pub struct DeadlineExceeded(pub Duration);

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Neither a kubeconfig nor a service account is usable.
    #[error("no way to reach a cluster: set KUBECONFIG, or run inside one: {0}")]
    Config(String),
    /// The configuration cannot be used, for example a certificate that does not parse.
    #[error("the cluster configuration cannot be used: {0}")]
    Client(String),
}

/// A client from the environment: `KUBECONFIG`, the user's kubeconfig, or the pod's service account, in this order.
pub async fn connect() -> Result<Client, ConnectError> {
    let config = Config::infer()
        .await
        .map_err(|error| ConnectError::Config(error.to_string()))?;
    build(config)
}

/// A client for a configuration that is already there.
pub fn build(mut config: Config) -> Result<Client, ConnectError> {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT);
    config.write_timeout = Some(CALL);
    let builder = ClientBuilder::try_from(config)
        .map_err(|error| ConnectError::Client(crate::error::said(&error)))?
        .with_layer(&DeadlineLayer { limit: CALL });
    Ok(builder.build())
}

/// Puts a [`Deadline`] around a transport.
#[derive(Debug, Clone, Copy)]
pub struct DeadlineLayer {
    /// Time for one call.
    pub limit: Duration,
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Deadline {
            inner,
            limit: self.limit,
        }
    }
}

/// A transport whose calls end in time: the whole answer of an ordinary call, the beginning of the answer of a watch.
#[derive(Debug, Clone)]
pub struct Deadline<S> {
    inner: S,
    limit: Duration,
}

impl<S> Service<Request<Body>> for Deadline<S>
where
    S: Service<Request<Body>, Response = Response<Box<DynBody>>, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = Response<Box<DynBody>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let limit = self.limit;
        let watch = is_watch(request.uri().query());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let whole = async move {
                let answer = answer.await?;
                if watch { Ok(answer) } else { read_whole(answer).await }
            };
            tokio::time::timeout(limit, whole)
                .await
                .map_err(|_| DeadlineExceeded(limit))?
        })
    }
}

/// Reads the body, so that the deadline covers it too.
async fn read_whole(answer: Response<Box<DynBody>>) -> Result<Response<Box<DynBody>>, BoxError> {
    let (head, body) = answer.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let body = Full::new(bytes).map_err(|never| match never {});
    Ok(Response::from_parts(head, Box::new(body)))
}

fn is_watch(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|pair| pair == "watch=true" || pair == "watch=1"))
}

#[cfg(test)]
mod tests;
