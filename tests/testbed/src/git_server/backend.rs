//! `git http-backend`, called as a web server calls it: RFC 3875, as far as git needs it.

use std::{
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{io::AsyncWriteExt as _, net::TcpListener, task::JoinSet};

use super::{Settings, git};
use crate::environment::Environment;

/// The largest question of a client.
const LARGEST_BODY: usize = 16 << 20;

#[derive(Debug)]
pub(super) struct Backend {
    pub(super) environment: Environment,
    pub(super) folder: PathBuf,
    pub(super) settings: Arc<Mutex<Settings>>,
}

/// Connections live in the set, so that they end with the server.
pub(super) async fn serve(listener: TcpListener, backend: Arc<Backend>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    continue;
                };
                let backend = Arc::clone(&backend);
                connections.spawn(async move {
                    let service = service_fn(|request| answer(Arc::clone(&backend), request));
                    // A client that went is nobody's loss.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(backend: Arc<Backend>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let settings = backend.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((user, password)) = &settings.login {
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        if text(&parts.headers, header::AUTHORIZATION.as_str()) != expected {
            let refused = Response::builder().status(StatusCode::UNAUTHORIZED);
            let refused = refused.header(header::WWW_AUTHENTICATE, "Basic realm=\"git\"");
            return Ok(refused.body(Full::default())?);
        }
    }
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
    let printed = backend.run(&parts, &body, settings.is_old).await?;
    parse(&printed)
}

impl Backend {
    async fn run(&self, parts: &Parts, body: &Bytes, is_old: bool) -> Result<Vec<u8>> {
        let mut command = git(&self.environment, &self.folder);
        command
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", &self.folder)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", parts.method.as_str())
            .env("PATH_INFO", parts.uri.path())
            .env("QUERY_STRING", parts.uri.query().unwrap_or_default())
            .env("CONTENT_TYPE", text(&parts.headers, header::CONTENT_TYPE.as_str()))
            .env("CONTENT_LENGTH", body.len().to_string())
            .env(
                "HTTP_CONTENT_ENCODING",
                text(&parts.headers, header::CONTENT_ENCODING.as_str()),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if !is_old {
            command.env("GIT_PROTOCOL", text(&parts.headers, "git-protocol"));
        }
        let mut child = command.spawn().context("git http-backend does not start")?;
        let stdin = child.stdin.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // Who does not read to the end has said why.
                let _ = stdin.write_all(body).await;
            }
        };
        let ((), output) = tokio::join!(feed, child.wait_with_output());
        Ok(output?.stdout)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// Header lines, an empty line, and the body.
fn parse(printed: &[u8]) -> Result<Response<Full<Bytes>>> {
    let end = printed.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.context("git http-backend printed no headers")?;
    let head = std::str::from_utf8(&printed[..end])?;
    let mut response = Response::builder();
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        response = match name {
            "Status" => response.status(value.get(..3).unwrap_or_default()),
            _ => response.header(name, value),
        };
    }
    Ok(response.body(Full::from(printed[end + 4..].to_vec()))?)
}
