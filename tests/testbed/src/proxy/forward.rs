//! Passes requests on and answers back, byte for byte: no header is added, no body is unpacked, no redirect is followed.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use reqwest::{Body, Client};
use tokio::net::TcpStream;

use super::rules::{Decision, Fault, Rules, hold};
use crate::http_client;

/// The largest request body: a commit of many files, not more.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Headers that are about one connection, not about the request.
const HOP_BY_HOP: [header::HeaderName; 6] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
];

/// The far side of a proxy.
#[derive(Debug)]
pub(super) struct Upstream {
    url: String,
    client: Client,
    rules: Arc<Rules>,
}

/// An error of the service makes the server close the connection without a word, which is what is wanted.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut")]
struct Cut;

impl Upstream {
    pub(super) fn new(url: &str, rules: Arc<Rules>) -> Result<Self> {
        let client = http_client::plain()
            .build()
            .context("cannot make an HTTP client for a proxy")?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            client,
            rules,
        })
    }

    /// What came whole goes its way also when the client is gone: a client that is killed while the upstream works
    /// was killed before it knew the answer, and a stop after the answer is told so.
    async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
        let (parts, body) = request.into_parts();
        // What is refused for its size would be cut anyway.
        let body = Limited::new(body, LARGEST_BODY).collect().await.map_err(|_| Cut)?;
        let answer = async move { self.answer(parts, body.to_bytes()).await };
        tokio::spawn(answer).await.map_err(|_| Cut)?
    }

    async fn answer(&self, parts: Parts, body: Bytes) -> Result<Response<Body>, Cut> {
        let query = parts.uri.query().unwrap_or_default();
        let verdict = self.rules.note(&parts.method, parts.uri.path(), query, &body);
        let response = match hold(verdict.before, &verdict.request).await {
            Decision::Cut => return Err(Cut),
            Decision::Answer(status, body) => plain(status, body),
            Decision::Pass => self.reach(parts, body, verdict.fault).await?,
        };
        let response = match hold(self.rules.after(&verdict.request), &verdict.request).await {
            Decision::Cut => return Err(Cut),
            Decision::Answer(status, body) => plain(status, body),
            Decision::Pass => response,
        };
        self.rules.answered(verdict.request.number, response.status());
        Ok(response)
    }

    async fn reach(&self, parts: Parts, body: Bytes, fault: Option<Fault>) -> Result<Response<Body>, Cut> {
        match fault {
            Some(Fault::Answer(status, body)) => return Ok(plain(status, body)),
            Some(Fault::Cut) => return Err(Cut),
            Some(Fault::Slow(time)) => tokio::time::sleep(time).await,
            None => {}
        }
        // An upstream that does not answer looks to the client as if it spoke to it directly.
        self.pass_on(parts, body).await.map_err(|_| Cut)
    }

    async fn pass_on(&self, parts: Parts, body: Bytes) -> Result<Response<Body>> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = parts.headers;
        strip(&mut headers);
        headers.remove(header::CONTENT_LENGTH);
        // An upstream behind TLS is asked by its own name; a plain one sees the name that the client used.
        if self.url.starts_with("https:") {
            headers.remove(header::HOST);
        }
        let mut onward = self
            .client
            .request(parts.method, format!("{}{path}", self.url))
            .headers(headers);
        if !body.is_empty() {
            onward = onward.body(body);
        }
        let mut response = Response::<Body>::from(onward.send().await?);
        strip(response.headers_mut());
        // The upstream may speak HTTP/2; the client does not.
        *response.version_mut() = http::Version::HTTP_11;
        Ok(response)
    }
}

/// Serves one client until it goes.
pub(super) async fn serve_connection(stream: TcpStream, upstream: Arc<Upstream>) {
    let service = service_fn(|request| Arc::clone(&upstream).serve(request));
    // The end of a connection, by the client or by a cut, is no event.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn strip(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

fn plain(status: StatusCode, body: String) -> Response<Body> {
    let kind = if body.starts_with(['{', '[']) {
        "application/json"
    } else {
        "text/plain"
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
