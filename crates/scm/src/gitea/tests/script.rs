//! A forge that plays a script: it answers exactly the calls that it was told of, in their order.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use serde_json::Value;

use crate::{CallReport, Options, gitea::Gitea};

pub(super) const TOKEN: &str = "s3cret-t0ken";
pub(super) const NOW: &str = "2026-01-01T00:00:00Z";

/// One call that must come, and its answer.
#[derive(Clone)]
pub(super) struct Exchange {
    call: String,
    sent: Vec<String>,
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    hang: bool,
}

/// `call` is `METHOD /path?query` below `/api/v1`.
pub(super) fn on(call: &str, status: u16, body: impl Into<Body>) -> Exchange {
    let Body(body) = body.into();
    Exchange {
        call: call.to_owned(),
        sent: vec![],
        status,
        headers: vec![],
        body,
        hang: false,
    }
}

pub(super) struct Body(Vec<u8>);

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self(value.to_string().into_bytes())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl Exchange {
    /// The body of the call must contain this.
    pub(super) fn sends(mut self, text: &str) -> Self {
        self.sent.push(text.to_owned());
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Never answers.
    pub(super) fn hangs(mut self) -> Self {
        self.hang = true;
        self
    }
}

#[derive(Default)]
struct Play {
    coming: VecDeque<Exchange>,
    wrong: Vec<String>,
}

pub(super) struct Script {
    play: Arc<Mutex<Play>>,
    reports: Arc<Mutex<Vec<CallReport>>>,
    pub(super) url: String,
}

impl Script {
    pub(super) async fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        let play = Arc::new(Mutex::new(Play {
            coming: exchanges.into_iter().collect(),
            wrong: vec![],
        }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(play.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            play,
            reports: Arc::default(),
            url,
        }
    }

    pub(super) fn forge(&self) -> Gitea {
        let reports = self.reports.clone();
        let mut options = Options::new(Arc::new(|| NOW.parse().unwrap()));
        options.timeout = Duration::from_secs(10);
        options.on_call = Some(Arc::new(move |report| reports.lock().unwrap().push(*report)));
        self.forge_with(options)
    }

    pub(super) fn forge_with(&self, options: Options) -> Gitea {
        Gitea::new(&self.url, SecretString::from(TOKEN), options).unwrap()
    }

    pub(super) fn reports(&self) -> Vec<CallReport> {
        self.reports.lock().unwrap().clone()
    }

    /// The script was played to its end, and nothing else was.
    pub(super) fn played(&self) {
        let play = self.play.lock().unwrap();
        assert!(
            play.wrong.is_empty(),
            "calls that were not in the script: {:#?}",
            play.wrong
        );
        let missing: Vec<&str> = play.coming.iter().map(|exchange| exchange.call.as_str()).collect();
        assert!(missing.is_empty(), "calls that never came: {missing:#?}");
    }
}

async fn answer(
    State(play): State<Arc<Mutex<Play>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let uri = uri.to_string();
    let call = format!("{method} {}", uri.strip_prefix("/api/v1").unwrap_or(&uri));
    let sent = String::from_utf8_lossy(&body).into_owned();
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let exchange = {
        let mut play = play.lock().unwrap();
        let next = play.coming.pop_front();
        let fits = next
            .as_ref()
            .is_some_and(|next| next.call == call && next.sent.iter().all(|text| sent.contains(text)));
        if !fits || token != Some(format!("token {TOKEN}")) {
            let wanted = next.map(|next| (next.call, next.sent));
            play.wrong
                .push(format!("{call}\n  sent {sent}\n  with {token:?}\n  wanted {wanted:?}"));
            return (StatusCode::IM_A_TEAPOT, "{}").into_response();
        }
        next.unwrap()
    };
    if exchange.hang {
        std::future::pending::<()>().await;
    }
    let mut response = (StatusCode::from_u16(exchange.status).unwrap(), exchange.body).into_response();
    for (name, value) in exchange.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
